// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/ip_address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <functional>

namespace meta138::p2p {

namespace asio = boost::asio;

/// A bound UDP socket that never waits: what the system cannot take now is dropped, as on any
/// network.
class UdpSocket {
public:
    /// Datagrams that are handled before other work of the thread gets its turn.
    static constexpr int datagrams_at_once = 64;

    /// Throws std::system_error, naming the address.
    UdpSocket(asio::io_context& io, const UdpEndpoint& local);

    [[nodiscard]] UdpEndpoint local() const noexcept { return local_; }

    /// Calls back once, when datagrams are there or the socket is closed.
    void wait(std::move_only_function<void(const boost::system::error_code&)> done);
    /// Gives datagrams that are there to `take`, a few at most.
    void receive(const std::function<void(ByteView, const UdpEndpoint&)>& take);
    /// False if it was dropped.
    bool send(ByteView datagram, const UdpEndpoint& to);
    void close();

private:
    asio::ip::udp::socket socket_;
    UdpEndpoint local_;
    std::array<std::uint8_t, 4096> buffer_{};  // longer ones are cut
};

}  // namespace meta138::p2p
