// SPDX-License-Identifier: Apache-2.0
#include "raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace meta138::http::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

RawConnection::~RawConnection() {
    close();
}

void RawConnection::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::string RawConnection::read_until(std::string_view end) {
    while (!buffered_.contains(end)) {
        std::array<char, 4096> piece{};
        const auto size = ::recv(descriptor_, piece.data(), piece.size(), 0);
        if (size <= 0) return std::exchange(buffered_, {});
        buffered_.append(piece.data(), static_cast<std::size_t>(size));
    }
    const auto size = buffered_.find(end) + end.size();
    auto result = buffered_.substr(0, size);
    buffered_.erase(0, size);
    return result;
}

void RawConnection::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (size <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(size));
    }
}

void RawConnection::relay_to(std::uint16_t port) {
    const RawConnection other{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = loopback(port);
    if (::connect(other.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
        0)
        return;
    std::array<pollfd, 2> ends{pollfd{.fd = descriptor_, .events = POLLIN, .revents = 0},
                               pollfd{.fd = other.descriptor_, .events = POLLIN, .revents = 0}};
    constexpr int patience_in_milliseconds = 10'000;
    while (::poll(ends.data(), ends.size(), patience_in_milliseconds) > 0) {
        for (std::size_t i = 0; i < 2; ++i) {
            if (!ends[i].revents) continue;
            std::array<char, 4096> piece{};
            const auto size = ::recv(ends[i].fd, piece.data(), piece.size(), 0);
            if (size <= 0) return;
            (i == 0 ? other : *this).send({piece.data(), static_cast<std::size_t>(size)});
        }
    }
}

RawServer::RawServer(std::function<void(RawConnection&)> serve)
    : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
        throw std::runtime_error{"cannot listen"};
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread{[this, serve = std::move(serve)](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            const auto descriptor = ::accept(listener_, nullptr, nullptr);
            if (descriptor < 0) return;
            const timeval patience{.tv_sec = 10, .tv_usec = 0};
            ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
            RawConnection connection{descriptor};
            current_ = descriptor;
            ++connections_;
            serve(connection);
            current_ = -1;
        }
    }};
}

RawServer::~RawServer() {
    thread_.request_stop();
    ::shutdown(listener_, SHUT_RDWR);
    if (const int current = current_; current >= 0) ::shutdown(current, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
}

}  // namespace meta138::http::test
