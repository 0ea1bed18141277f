// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/telemetry/logging.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// Accepts connections at one address. The thread that runs the context, but for bind().
class TcpListener {
public:
    using Socket = boost::asio::ip::tcp::socket;
    using OnAccepted = std::function<void(Socket)>;

    TcpListener(boost::asio::io_context& io, const telemetry::Logger& log, OnAccepted on_accepted);

    /// Port 0: any free one. "::" takes IPv4 as well, unless `only_v6`. Throws std::system_error
    /// that names the address and `options`, where the operator can change it.
    void bind(const std::string& host, std::uint16_t port, bool only_v6, std::string_view options);
    void start();
    void stop();
    [[nodiscard]] std::uint16_t port() const;
    /// As an address.
    [[nodiscard]] std::string host() const;

private:
    void accept();

    telemetry::Logger log_;
    OnAccepted on_accepted_;
    boost::asio::ip::tcp::acceptor acceptor_;
    boost::asio::steady_timer pause_;
};

}  // namespace meta138::p2p
