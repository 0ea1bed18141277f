// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace meta138::http::test {

/// A connection as a server that keeps to no rule sees it: blocking, and gives up after seconds.
class RawConnection {
public:
    explicit RawConnection(int descriptor) : descriptor_{descriptor} {}
    ~RawConnection();
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;

    /// Up to and with `end`; shorter at the end of the stream.
    std::string read_until(std::string_view end);
    void send(std::string_view bytes) const;
    void close();
    /// Passes bytes both ways between this connection and a port of 127.0.0.1, until one side ends.
    void relay_to(std::uint16_t port);

private:
    int descriptor_;
    std::string buffered_;
};

/// A listener on 127.0.0.1 that serves one connection after the other with a function.
class RawServer {
public:
    explicit RawServer(std::function<void(RawConnection&)> serve);
    ~RawServer();
    RawServer(const RawServer&) = delete;
    RawServer& operator=(const RawServer&) = delete;

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url(std::string_view scheme = "http") const {
        return std::string{scheme} + "://127.0.0.1:" + std::to_string(port_);
    }
    /// Connections accepted so far.
    [[nodiscard]] unsigned connections() const noexcept { return connections_; }

private:
    int listener_;
    std::uint16_t port_;
    std::atomic<unsigned> connections_{0};
    std::atomic<int> current_{-1};
    std::jthread thread_;
};

}  // namespace meta138::http::test
