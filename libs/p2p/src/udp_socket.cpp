// SPDX-License-Identifier: Apache-2.0
#include "udp_socket.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <algorithm>
#include <system_error>

namespace meta138::p2p {
namespace {

using asio::ip::udp;

udp::endpoint to_asio(const UdpEndpoint& endpoint) {
    const auto bytes = endpoint.ip.bytes();
    if (endpoint.ip.is_v4()) {
        asio::ip::address_v4::bytes_type address{};
        std::ranges::copy(bytes, address.begin());
        return {asio::ip::address_v4{address}, endpoint.port};
    }
    asio::ip::address_v6::bytes_type address{};
    std::ranges::copy(bytes, address.begin());
    return {asio::ip::address_v6{address}, endpoint.port};
}

UdpEndpoint from_asio(const udp::endpoint& endpoint) {
    UdpEndpoint result{.port = endpoint.port()};
    if (endpoint.address().is_v4()) {
        const auto bytes = endpoint.address().to_v4().to_bytes();
        result.ip = IpAddress::from(bytes).value_or(IpAddress{});
    } else {
        const auto bytes = endpoint.address().to_v6().to_bytes();
        result.ip = IpAddress::from(bytes).value_or(IpAddress{});
    }
    return result;
}

}  // namespace

UdpSocket::UdpSocket(asio::io_context& io, const UdpEndpoint& local) : socket_{io} {
    try {
        const auto endpoint = to_asio(local);
        socket_.open(endpoint.protocol());
        // IPv4 has a socket of its own.
        if (local.ip.is_v6()) socket_.set_option(asio::ip::v6_only{true});
        socket_.bind(endpoint);
        socket_.non_blocking(true);
        local_ = from_asio(socket_.local_endpoint());
    } catch (const boost::system::system_error& error) {
        throw std::system_error{error.code(), "cannot listen on UDP " + to_string(local)};
    }
}

void UdpSocket::wait(std::move_only_function<void(const boost::system::error_code&)> done) {
    socket_.async_wait(udp::socket::wait_read, std::move(done));
}

void UdpSocket::receive(const std::function<void(ByteView, const UdpEndpoint&)>& take) {
    for (int i = 0; i < datagrams_at_once; ++i) {
        boost::system::error_code error;
        udp::endpoint from;
        const auto size = socket_.receive_from(asio::buffer(buffer_), from, 0, error);
        if (error) return;
        take(ByteView{buffer_}.first(size), from_asio(from));
    }
}

bool UdpSocket::send(ByteView datagram, const UdpEndpoint& to) {
    boost::system::error_code error;
    socket_.send_to(asio::buffer(datagram.data(), datagram.size()), to_asio(to), 0, error);
    return !error;
}

void UdpSocket::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

}  // namespace meta138::p2p
