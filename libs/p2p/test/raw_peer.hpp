// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/random.hpp"
#include "meta138/p2p/session.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::p2p::test {

/// A blocking socket to 127.0.0.1, for those who do not behave.
class RawSocket {
public:
    explicit RawSocket(std::uint16_t port) : descriptor_{::socket(AF_INET, SOCK_STREAM, 0)} {
        // A small window, so that little fits between the two sides.
        const int size = 4096;
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        const timeval timeout{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_open_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address),
                             sizeof address) == 0;
    }
    ~RawSocket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    RawSocket(RawSocket&& other) noexcept
        : descriptor_{std::exchange(other.descriptor_, -1)}, is_open_{other.is_open_} {}
    RawSocket& operator=(RawSocket&&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return is_open_; }

    /// False: the other side has closed.
    bool write(ByteView bytes) {
        while (!bytes.empty()) {
            const auto size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (size <= 0) return false;
            bytes = bytes.subspan(static_cast<std::size_t>(size));
        }
        return true;
    }
    /// What is there next; empty: the other side has closed.
    Bytes read() {
        Bytes buffer(4096);
        const auto size = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
        buffer.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return buffer;
    }
    /// Reads until the other side closes.
    void read_to_end() {
        while (!read().empty()) {
        }
    }

private:
    int descriptor_;
    bool is_open_ = false;
};

/// A node that speaks the protocol as it is told to, on a RawSocket.
class RawPeer {
public:
    RawPeer(const Enode& target, const crypto::SecretKey& key,
            std::vector<OfferedCapability> capabilities = {{{"test", 1}, 4}},
            const Session::Limits& limits = {})
        : local_{.key = &key,
                 .client_id = "raw/test",
                 .listen_port = 0,
                 .capabilities = std::move(capabilities)},
          socket_{target.tcp_port},
          session_{Session::initiate(local_, target.id, std::chrono::steady_clock::now(), limits,
                                     crypto::fill_random)} {}

    /// Reads and writes until the connection is established (true) or closed (false).
    bool establish() {
        flush();
        while (!established_ && !closed_) receive();
        return established_;
    }
    void receive() {
        const auto bytes = socket_.read();
        if (bytes.empty()) closed_.emplace();
        for (const auto& event : session_.receive(bytes, std::chrono::steady_clock::now())) {
            if (std::holds_alternative<Session::Established>(event)) established_ = true;
            if (const auto* closed = std::get_if<Session::Closed>(&event)) closed_ = *closed;
        }
        flush();
    }
    bool flush() { return socket_.write(session_.take_output()); }
    /// Reads until the end, and how it came.
    Session::Closed wait_closed() {
        while (!closed_) receive();
        return *closed_;
    }

    Session& session() noexcept { return session_; }
    RawSocket& socket() noexcept { return socket_; }

private:
    LocalPeer local_;
    RawSocket socket_;
    Session session_;
    bool established_ = false;
    std::optional<Session::Closed> closed_;
};

}  // namespace meta138::p2p::test
