// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asio.hpp"
#include "channel.hpp"
#include "client_tls.hpp"
#include "read_buffer.hpp"

#include "meta138/http/client.hpp"
#include "meta138/http/url.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::http {

/// What a client's connections share.
struct ClientContext {
    const ClientOptions options;
    ClientTlsContext tls;

    explicit ClientContext(ClientOptions given) : options{std::move(given)}, tls{options.tls} {}
};

/// `Basic` and the credentials, for (Proxy-)Authorization.
[[nodiscard]] std::string basic_credentials(std::string_view user, std::string_view password);

/// An outgoing connection: plain or through TLS, direct or through a proxy. On one io thread; knows
/// no deadline but that of connecting: who is tired of waiting calls close().
class Stream : public std::enable_shared_from_this<Stream> {
public:
    using Opened = std::expected<void, ClientError>;

    /// `context` outlives this object.
    Stream(asio::io_context& io, ClientContext& context);

    /// Connects to the URL's host, once.
    asio::awaitable<Opened> open(Url url);
    /// Writes all of both; false when the connection has ended.
    asio::awaitable<bool> write(std::string_view first, std::string_view second = {});
    /// Receives what is there into `in`, waiting for a first byte; false at the end of the stream.
    asio::awaitable<bool> receive(std::size_t wanted);
    /// Ends what waits. What is called after that fails.
    void close();
    /// Ends our direction in order, then closes.
    void finish();

    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    /// Whether the server has ended the connection. Does not read.
    [[nodiscard]] bool peer_has_gone() const { return !channel_ || channel_->peer_has_gone(); }

    ReadBuffer in;

private:
    using Addresses = std::vector<asio::ip::tcp::endpoint>;

    asio::awaitable<std::expected<Addresses, ClientError>> resolve(std::string host,
                                                                   std::uint16_t port);
    asio::awaitable<Opened> connect(Addresses addresses, std::string name);
    asio::awaitable<boost::system::error_code> connect_to(asio::ip::tcp::endpoint address);
    asio::awaitable<Opened> open_tunnel(std::string authority);
    asio::awaitable<Opened> start_tls(Url url);
    asio::awaitable<bool> wait_until(Io io);

    ClientContext& context_;
    Socket socket_;
    asio::ip::tcp::resolver resolver_;
    asio::steady_timer connect_timer_;
    std::optional<Channel> channel_;
    unsigned attempt_ = 0;
    bool attempt_timed_out_ = false;
    bool closed_ = false;
};

}  // namespace meta138::http
