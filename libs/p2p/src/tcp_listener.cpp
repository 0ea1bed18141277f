// SPDX-License-Identifier: Apache-2.0
#include "tcp_listener.hpp"

#include <boost/asio/ip/v6_only.hpp>
#include <fmt/format.h>

#include <chrono>
#include <system_error>
#include <utility>

namespace meta138::p2p {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Out of file descriptors: connections wait in the backlog until some have been closed.
constexpr std::chrono::milliseconds pause_when_exhausted{100};

tcp::endpoint find_endpoint(boost::asio::io_context& io, const std::string& host,
                            std::uint16_t port, error_code& error) {
    const auto ip = boost::asio::ip::make_address(host, error);
    if (!error) return {ip, port};
    tcp::resolver resolver{io};
    const auto found = resolver.resolve(host, std::to_string(port), error);
    return error || found.empty() ? tcp::endpoint{} : found.begin()->endpoint();
}

}  // namespace

TcpListener::TcpListener(boost::asio::io_context& io, const telemetry::Logger& log,
                         OnAccepted on_accepted)
    : log_{log}, on_accepted_{std::move(on_accepted)}, acceptor_{io}, pause_{io} {}

void TcpListener::bind(const std::string& host, std::uint16_t port, bool only_v6,
                       std::string_view options) {
    error_code error;
    auto& io = static_cast<boost::asio::io_context&>(acceptor_.get_executor().context());
    const auto endpoint = find_endpoint(io, host, port, error);
    if (!error) static_cast<void>(acceptor_.open(endpoint.protocol(), error));
    if (!error) static_cast<void>(acceptor_.set_option(tcp::acceptor::reuse_address{true}, error));
    if (!error && endpoint.protocol() == tcp::v6())
        static_cast<void>(acceptor_.set_option(boost::asio::ip::v6_only{only_v6}, error));
    if (!error) static_cast<void>(acceptor_.bind(endpoint, error));
    if (!error) static_cast<void>(acceptor_.listen(tcp::acceptor::max_listen_connections, error));
    if (!error) return;
    error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
    throw std::system_error{
        static_cast<std::error_code>(error),
        fmt::format("Cannot listen for peers on {} port {} ({})", host, port, options)};
}

std::uint16_t TcpListener::port() const {
    return acceptor_.local_endpoint().port();
}

std::string TcpListener::host() const {
    return acceptor_.local_endpoint().address().to_string();
}

void TcpListener::start() {
    accept();
}

void TcpListener::stop() {
    error_code ignored;
    static_cast<void>(acceptor_.close(ignored));
    pause_.cancel();
}

void TcpListener::accept() {
    acceptor_.async_accept([this](error_code error, Socket socket) {
        if (!acceptor_.is_open()) return;
        if (!error) {
            on_accepted_(std::move(socket));
            return accept();
        }
        const auto exhausted = error == boost::system::errc::too_many_files_open ||
                               error == boost::system::errc::too_many_files_open_in_system ||
                               error == boost::system::errc::no_buffer_space ||
                               error == boost::system::errc::not_enough_memory;
        if (!exhausted) return accept();  // that one connection has failed
        log_.warn("Cannot accept connections of peers: {}", error.message());
        pause_.expires_after(pause_when_exhausted);
        pause_.async_wait([this](error_code stopped) {
            if (!stopped && acceptor_.is_open()) accept();
        });
    });
}

}  // namespace meta138::p2p
