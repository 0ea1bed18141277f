// SPDX-License-Identifier: Apache-2.0
#include "stream.hpp"

#include "header_fields.hpp"
#include "response_reader.hpp"

#include "meta138/base/try.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <openssl/evp.h>

#include <utility>

namespace meta138::http {
namespace {

std::unexpected<ClientError> failed(ClientErrorKind kind, std::string text) {
    return std::unexpected{ClientError{.kind = kind, .text = std::move(text)}};
}

}  // namespace

std::string basic_credentials(std::string_view user, std::string_view password) {
    std::string plain{user};
    plain += ':';
    plain += password;
    std::string encoded((plain.size() + 2) / 3 * 4, '\0');  // the terminator has its own place
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                    reinterpret_cast<const unsigned char*>(plain.data()),
                    static_cast<int>(plain.size()));
    return "Basic " + encoded;
}

Stream::Stream(asio::io_context& io, ClientContext& context)
    : context_{context}, socket_{io}, resolver_{io}, connect_timer_{io} {}

asio::awaitable<Stream::Opened> Stream::open(Url url) {
    const auto& proxy = context_.options.proxy;
    auto addresses =
        proxy ? co_await resolve(proxy->host, proxy->port) : co_await resolve(url.host, url.port);
    if (!addresses) co_return std::unexpected{std::move(addresses).error()};
    auto connected =
        co_await connect(*std::move(addresses),
                         proxy ? proxy->host + ':' + std::to_string(proxy->port) : url.authority());
    if (!connected) co_return connected;
    if (proxy && url.scheme != Scheme::http) {
        auto opened = co_await open_tunnel(url.authority());
        if (!opened) co_return opened;
    }
    if (url.is_secure()) co_return co_await start_tls(std::move(url));
    co_return Opened{};
}

asio::awaitable<std::expected<Stream::Addresses, ClientError>> Stream::resolve(std::string host,
                                                                               std::uint16_t port) {
    boost::system::error_code not_numeric;
    const auto numeric = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) co_return Addresses{{numeric, port}};
    const auto [error, found] =
        co_await resolver_.async_resolve(host, std::to_string(port), use_tuple);
    Addresses result;
    for (const auto& entry : found) result.push_back(entry.endpoint());
    if (error || result.empty())
        co_return failed(ClientErrorKind::resolve,
                         host + ": " + (error ? error.message() : "has no address"));
    co_return result;
}

asio::awaitable<Stream::Opened> Stream::connect(Addresses addresses, std::string name) {
    std::string reason = "closed";
    for (const auto& address : addresses) {
        if (closed_) break;
        const auto error = co_await connect_to(address);
        if (!error) co_return Opened{};
        reason = attempt_timed_out_ ? "no answer to the attempt to connect" : error.message();
    }
    co_return failed(ClientErrorKind::connect, name + ": " + reason);
}

asio::awaitable<boost::system::error_code> Stream::connect_to(asio::ip::tcp::endpoint address) {
    boost::system::error_code error;
    socket_ = Socket{socket_.get_executor()};
    socket_.open(asio::generic::stream_protocol{address.protocol()}, error);
    if (error) co_return error;
    attempt_timed_out_ = false;
    connect_timer_.expires_after(context_.options.limits.connect_timeout);
    connect_timer_.async_wait(
        [self = shared_from_this(), attempt = ++attempt_](boost::system::error_code cancelled) {
            if (cancelled || attempt != self->attempt_) return;
            self->attempt_timed_out_ = true;
            boost::system::error_code ignored;
            self->socket_.close(ignored);
        });
    const auto [failure] = co_await socket_.async_connect(
        asio::generic::stream_protocol::endpoint{address}, use_tuple);
    ++attempt_;
    connect_timer_.cancel();
    if (failure) co_return failure;
    if (closed_) co_return asio::error::make_error_code(asio::error::operation_aborted);
    socket_.set_option(asio::ip::tcp::no_delay{true}, error);
    socket_.native_non_blocking(true, error);
    channel_.emplace(socket_.native_handle(), static_cast<SSL*>(nullptr));
    co_return error;
}

asio::awaitable<Stream::Opened> Stream::open_tunnel(std::string authority) {
    const auto& options = context_.options;
    auto request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (!options.proxy->user.empty())
        request += "Proxy-Authorization: " +
                   basic_credentials(options.proxy->user, options.proxy->password) + "\r\n";
    request += "\r\n";
    if (!co_await write(request)) co_return failed(ClientErrorKind::proxy, "the proxy hung up");
    std::size_t size = 0;
    while (size == 0) {
        if (in.unread().size() > options.limits.header_bytes)
            co_return failed(ClientErrorKind::proxy, "the proxy's answer is too large");
        if (!co_await receive(ReadBuffer::initial_capacity))
            co_return failed(ClientErrorKind::proxy, "the proxy hung up");
        size = find_end_of_head(in.unread(), 0);
    }
    const auto head = parse_response_head(in.unread().substr(0, size), options.limits.header_count);
    if (!head) co_return failed(ClientErrorKind::proxy, "the proxy's answer is malformed");
    if (head->status / 100 != 2)
        co_return failed(ClientErrorKind::proxy, "the proxy refuses the way to " + authority +
                                                     " with status " +
                                                     std::to_string(head->status));
    in.consume(size);
    co_return Opened{};
}

asio::awaitable<Stream::Opened> Stream::start_tls(Url url) {
    const auto name = url.authority();
    auto* const ssl = context_.tls.connect(socket_.native_handle(), url);
    if (!ssl) co_return failed(ClientErrorKind::tls, name + ": cannot set up TLS");
    channel_.emplace(socket_.native_handle(), ssl);
    auto io = channel_->handshake();
    while (io != Io::done) {
        if (io == Io::closed)
            co_return failed(ClientErrorKind::tls, name + ": " + handshake_failure(ssl));
        if (!co_await wait_until(io)) co_return failed(ClientErrorKind::tls, name + ": closed");
        io = channel_->handshake();
    }
    co_return Opened{};
}

asio::awaitable<bool> Stream::write(std::string_view first, std::string_view second) {
    while (!first.empty() || !second.empty()) {
        if (closed_) co_return false;
        const auto [io, size] =
            first.empty() ? channel_->write(second) : channel_->write(first, second);
        if (io == Io::closed) co_return false;
        if (io != Io::done && !co_await wait_until(io)) co_return false;
        const auto of_first = std::min(size, first.size());
        first.remove_prefix(of_first);
        second.remove_prefix(size - of_first);
    }
    co_return true;
}

asio::awaitable<bool> Stream::receive(std::size_t wanted) {
    while (!closed_) {
        const auto [io, size] = channel_->read(in.room(wanted));
        if (io == Io::done) {
            in.commit(size);
            co_return true;
        }
        if (io == Io::closed || !co_await wait_until(io)) co_return false;
    }
    co_return false;
}

asio::awaitable<bool> Stream::wait_until(Io io) {
    if (closed_) co_return false;
    const auto [error] = co_await socket_.async_wait(
        io == Io::wants_write ? Socket::wait_write : Socket::wait_read, use_tuple);
    co_return !error && !closed_;
}

void Stream::close() {
    if (std::exchange(closed_, true)) return;
    resolver_.cancel();
    connect_timer_.cancel();
    boost::system::error_code ignored;
    socket_.close(ignored);
}

void Stream::finish() {
    if (!closed_ && channel_) channel_->shutdown();
    close();
}

}  // namespace meta138::http
