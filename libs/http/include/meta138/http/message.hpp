// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/access.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::http {

enum class Transport : std::uint8_t { http, websocket, ipc };

struct HeaderView {
    std::string_view name;
    std::string_view value;
};

/// One request, or the upgrade that opened a WebSocket. All views are valid until the request's
/// Responder has answered (of an upgrade: while the session lives).
struct Request {
    std::string_view method = {};  ///< `POST`; empty on IPC
    std::string_view
        target;  ///< path and query as sent, without an API key: `/readiness?minPeers=0`
    std::span<const HeaderView> headers = {};
    std::string_view body = {};  ///< decoded from chunks
    Transport transport = Transport::http;
    std::string_view remote_address = {};  ///< `127.0.0.1:54321`; empty on IPC
    std::string_view tls_client_name =
        {};              ///< common name of the client's certificate, if it had one
    Access access = {};  ///< what the caller may do

    /// The first header of that name (any letter case); empty if there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
    /// `target` without its query.
    [[nodiscard]] std::string_view path() const noexcept;
    /// The query's first value for a key, as sent (no percent-decoding); empty if there is none.
    [[nodiscard]] std::string_view query(std::string_view key) const noexcept;
};

struct Response {
    unsigned status = 200;
    /// A literal, or text that outlives the response.
    std::string_view content_type = "application/json";
    std::string body = {};
    /// Beyond what the server writes itself (length, encoding, CORS, connection).
    std::vector<std::pair<std::string, std::string>> headers = {};
};

/// What a BodyStream writes to.
class BodySink {
public:
    virtual ~BodySink() = default;
    BodySink() = default;
    BodySink(const BodySink&) = delete;
    BodySink& operator=(const BodySink&) = delete;

    [[nodiscard]] virtual bool write(std::string_view piece) = 0;
    virtual void finish() = 0;
    /// The stream ends too early.
    virtual void abort() = 0;
};

/// What a Responder answers to. The server's connections are sinks; a test may write its own.
class ResponseSink {
public:
    virtual ~ResponseSink() = default;
    ResponseSink() = default;
    ResponseSink(const ResponseSink&) = delete;
    ResponseSink& operator=(const ResponseSink&) = delete;

    virtual void respond(Response response) = 0;
    [[nodiscard]] virtual bool is_abandoned() const noexcept = 0;
    [[nodiscard]] virtual std::string take_buffer() = 0;
    [[nodiscard]] virtual std::shared_ptr<BodySink> begin(Response head) = 0;
};

/// An answer whose body is written piece by piece (HTTP: chunked; WebSocket: one fragmented
/// message), for results that nobody wants whole in memory. For one thread that may wait, so never
/// an io thread. Dying without finish() closes the connection: the client must not take a part for
/// the whole.
class BodyStream {
public:
    explicit BodyStream(std::shared_ptr<BodySink> sink) noexcept : sink_{std::move(sink)} {}
    ~BodyStream();
    BodyStream(BodyStream&&) noexcept = default;
    BodyStream& operator=(BodyStream&&) = delete;

    /// Waits while the client is behind by more than Limits::stream_window. False when the client
    /// has gone, or has read nothing for Limits::write_timeout: stop, nobody is interested.
    [[nodiscard]] bool write(std::string_view piece);
    void finish();

private:
    std::shared_ptr<BodySink> sink_;
};

/// The right and duty to answer one request, once, from any thread, now or later. Dying without an
/// answer answers 500. A WebSocket or IPC message is answered with a message (status and headers
/// are not sent; an empty body sends nothing).
class Responder {
public:
    explicit Responder(std::shared_ptr<ResponseSink> sink) noexcept : sink_{std::move(sink)} {}
    ~Responder();
    Responder(Responder&&) noexcept = default;
    Responder& operator=(Responder&&) = delete;

    void respond(Response response);

    /// An empty string with the capacity of an earlier response of this connection: build the body
    /// in it, and the steady state allocates nothing.
    [[nodiscard]] std::string take_buffer() { return sink_->take_buffer(); }

    /// Begins an answer of unknown length; `head.body` is its first piece. Consumes the responder.
    [[nodiscard]] BodyStream begin(Response head) &&;

    /// The client has gone or the request has timed out: long work may stop. A hint; respond
    /// anyway.
    [[nodiscard]] bool is_abandoned() const noexcept { return sink_->is_abandoned(); }

private:
    std::shared_ptr<ResponseSink> sink_;
};

/// A responder that hands its answer (a streamed one whole) to a function: for tests of handlers.
[[nodiscard]] Responder respond_to(std::function<void(Response)> done);

}  // namespace meta138::http
