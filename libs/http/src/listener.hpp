// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asio.hpp"
#include "endpoint.hpp"
#include "io_thread.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace meta138::http {

/// A bound and listening socket.
class ListeningSocket {
public:
    /// @throws ConfigurationError
    explicit ListeningSocket(const EndpointOptions& options);
    /// Closes it, and removes a Unix socket's file.
    ~ListeningSocket();
    ListeningSocket(const ListeningSocket&) = delete;
    ListeningSocket& operator=(const ListeningSocket&) = delete;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    /// `127.0.0.1:8545`, or the path.
    [[nodiscard]] const std::string& address() const noexcept { return address_; }
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    void bind_ip(const std::string& host, std::uint16_t port);
    void bind_unix(const std::string& path);

    int descriptor_ = -1;
    std::string address_;
    std::string unix_path_;
    std::uint16_t port_ = 0;
};

/// Accepts an endpoint's connections on one io thread and deals each to the thread with the fewest:
/// clients that keep few connections alive would share the threads unevenly otherwise.
class Listener : public std::enable_shared_from_this<Listener> {
public:
    Listener(std::unique_ptr<ListeningSocket> socket, std::shared_ptr<Endpoint> endpoint,
             std::vector<std::shared_ptr<IoThread>> threads);

    /// Any thread.
    void start();
    /// Accepts nothing more, and closes the socket. Any thread.
    void stop();

    [[nodiscard]] const Endpoint& endpoint() const noexcept { return *endpoint_; }
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

private:
    void wait();
    void accept_all();
    void accepted(int descriptor, std::string remote_address);

    std::unique_ptr<ListeningSocket> socket_;
    const std::shared_ptr<Endpoint> endpoint_;
    const std::vector<std::shared_ptr<IoThread>> threads_;
    const std::string address_;
    asio::posix::stream_descriptor readiness_;
    asio::steady_timer pause_;
    bool stopped_ = false;
};

}  // namespace meta138::http
