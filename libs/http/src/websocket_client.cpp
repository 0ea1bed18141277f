// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/websocket_client.hpp"

#include "header_fields.hpp"
#include "response_reader.hpp"
#include "text.hpp"
#include "websocket_client_state.hpp"

#include "meta138/base/assert.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <utility>

namespace meta138::http {
namespace {

using websocket::Opcode;
using websocket::Reader;

constexpr std::chrono::seconds closing_timeout{1};
constexpr std::size_t kept_capacity = 64 * 1024;
constexpr std::uint16_t no_code = 1005;  // RFC 6455 7.1.5: a close frame without one

template <class Value>
Value random_value() {
    Value value{};
    const auto done = RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
    META138_ASSERT(done == 1);
    return value;
}

std::string make_key() {
    const auto nonce = random_value<std::array<unsigned char, 16>>();
    std::string key(24, '\0');
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(key.data()), nonce.data(), nonce.size());
    return key;
}

bool is_reserved(std::string_view name) {
    constexpr std::string_view websocket_prefix = "sec-websocket-";
    return equals_ignoring_case(name, "host") || equals_ignoring_case(name, "connection") ||
           equals_ignoring_case(name, "upgrade") ||
           equals_ignoring_case(name.substr(0, websocket_prefix.size()), websocket_prefix);
}

}  // namespace

WebSocketClient::State::State(Client::State& owner, WebSocketOptions given, WebSocketCallbacks told)
    : client_{owner},
      options_{std::move(given)},
      stream_{std::make_shared<Stream>(owner.thread.context(), owner.context)},
      callbacks_{std::move(told)} {}

void WebSocketClient::State::start() {
    client_.thread.enter(*this);
    give_up_at_ = Clock::now() + options_.open_timeout;
    asio::co_spawn(client_.thread.context(), run(shared_from_this()), rethrow);
}

std::unexpected<ClientError> WebSocketClient::State::failed(ClientErrorKind kind,
                                                            std::string_view text) const {
    return std::unexpected{
        ClientError{.kind = kind, .text = url_.authority() + ": " + std::string{text}}};
}

asio::awaitable<void> WebSocketClient::State::run(std::shared_ptr<State> self) {
    WebSocketEnd end;
    auto opened = co_await open();
    if (opened) {
        is_open_ = true;
        give_up_at_.reset();
        heard_at_ = Clock::now();
        asio::co_spawn(client_.thread.context(), write_queue(self), rethrow);
        {
            const std::lock_guard lock{callback_mutex_};
            if (!is_abandoned_ && callbacks_.on_open) callbacks_.on_open();
        }
        end = co_await read_messages();
    } else {
        end.error = std::move(opened).error();
        if (!given_up_.empty()) end.error = failed(ClientErrorKind::timed_out, given_up_).error();
    }
    has_ended_ = true;
    stream_->finish();
    writer_.wake();
    client_.thread.leave(*this);
    const std::lock_guard lock{callback_mutex_};
    if (!is_abandoned_ && callbacks_.on_close) callbacks_.on_close(end);
    callbacks_ = {};
}

std::string WebSocketClient::State::opening_request(std::string_view key) const {
    auto head = "GET " + url_.target + " HTTP/1.1\r\nHost: " + url_.host_header() +
                "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: ";
    head += key;
    head += "\r\n";
    if (!url_.user.empty())
        head += "Authorization: " + basic_credentials(url_.user, url_.password) + "\r\n";
    const auto& agent = client_.context.options.user_agent;
    if (!agent.empty()) head += "User-Agent: " + agent + "\r\n";
    for (const auto& [name, value] : options_.headers) head += name + ": " + value + "\r\n";
    return head += "\r\n";
}

std::expected<void, ClientError> WebSocketClient::State::check_answer(std::string_view text,
                                                                      std::string_view key) const {
    const auto head = parse_response_head(text, client_.context.options.limits.header_count);
    if (!head) return failed(head.error().kind, head.error().text);
    if (head->status != 101)
        return failed(ClientErrorKind::malformed, "the server answers with status " +
                                                      std::to_string(head->status) +
                                                      " in place of a WebSocket");
    const ClientResponse answer{.status = head->status, .headers = head->headers};
    const auto has = [](std::string_view list, std::string_view word) {
        return any_of_list(list, [word](auto part) { return equals_ignoring_case(part, word); });
    };
    // Nothing was offered, so nothing may be chosen.
    if (!has(answer.header("upgrade"), "websocket") ||
        !has(answer.header("connection"), "upgrade") ||
        answer.header("sec-websocket-accept") != websocket::accept_value(key) ||
        !answer.header("sec-websocket-extensions").empty() ||
        !answer.header("sec-websocket-protocol").empty())
        return failed(ClientErrorKind::malformed, "the server's WebSocket handshake is wrong");
    return {};
}

asio::awaitable<std::expected<void, ClientError>> WebSocketClient::State::open() {
    auto url = parse_url(options_.url);
    if (!url || (url->scheme != Scheme::ws && url->scheme != Scheme::wss))
        co_return std::unexpected{ClientError{
            .kind = ClientErrorKind::invalid_request,
            .text = "the URL " +
                    std::string{url ? "is neither ws:// nor wss://" : to_string(url.error())}}};
    url_ = *std::move(url);
    for (const auto& [name, value] : options_.headers)
        if (!is_token(name) || !is_field_value(value) || is_reserved(name))
            co_return failed(ClientErrorKind::invalid_request, "a header that cannot be sent");
    if (auto opened = co_await stream_->open(url_); !opened) co_return opened;
    const auto key = make_key();
    if (!co_await stream_->write(opening_request(key)))
        co_return failed(ClientErrorKind::closed, "the server ended the connection");
    std::size_t size = 0;
    while (size == 0) {
        if (stream_->in.unread().size() > client_.context.options.limits.header_bytes)
            co_return failed(ClientErrorKind::too_large, "the answer's headers are too large");
        if (!co_await stream_->receive(ReadBuffer::initial_capacity))
            co_return failed(ClientErrorKind::closed, "the server ended the connection");
        size = find_end_of_head(stream_->in.unread(), 0);
    }
    auto checked = check_answer(stream_->in.unread().substr(0, size), key);
    stream_->in.consume(size);
    co_return checked;
}

asio::awaitable<WebSocketEnd> WebSocketClient::State::read_messages() {
    Reader reader{options_.message_bytes, options_.message_bytes, websocket::Role::client};
    while (true) {
        const auto event = reader.advance(stream_->in);
        if (event == Reader::Event::nothing) {
            if (!co_await stream_->receive(reader.wanted())) co_return broken();
            heard_at_ = Clock::now();
            is_pinged_ = false;
            continue;
        }
        if (auto end = handle(reader, event)) {
            // The answer to a close frame, or the reason why we close, still leaves.
            writer_.wake();
            co_return *std::move(end);
        }
        reader.next(stream_->in);
        if (stream_->in.capacity() > kept_capacity) stream_->in.release();
    }
}

std::optional<WebSocketEnd> WebSocketClient::State::handle(Reader& reader, Reader::Event event) {
    switch (event) {
        case Reader::Event::nothing:
        case Reader::Event::pong: break;
        case Reader::Event::ping: static_cast<void>(enqueue(Opcode::pong, reader.payload())); break;
        case Reader::Event::message: {
            const std::lock_guard lock{callback_mutex_};
            if (!is_abandoned_ && callbacks_.on_message) callbacks_.on_message(reader.payload());
            break;
        }
        case Reader::Event::close: return closed_by_server(reader.payload());
        case Reader::Event::error: {
            static_cast<void>(
                enqueue(Opcode::close, websocket::close_payload(reader.code(), reader.reason())));
            const auto kind = reader.code() == CloseCode::message_too_big
                                  ? ClientErrorKind::too_large
                                  : ClientErrorKind::malformed;
            return WebSocketEnd{.error = failed(kind, reader.reason()).error(),
                                .code = static_cast<std::uint16_t>(reader.code()),
                                .reason = std::string{reader.reason()}};
        }
    }
    return std::nullopt;
}

WebSocketEnd WebSocketClient::State::closed_by_server(std::string_view payload) {
    WebSocketEnd end{.error = {}, .code = no_code, .reason = {}};
    if (payload.size() >= 2) {
        end.code = static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                              static_cast<unsigned char>(payload[1]));
        end.reason = payload.substr(2);
    }
    static_cast<void>(enqueue(Opcode::close, payload.substr(0, 2)));
    return end;
}

WebSocketEnd WebSocketClient::State::broken() const {
    if (!given_up_.empty())
        return {.error = failed(ClientErrorKind::timed_out, given_up_).error(), .reason = {}};
    return {.error = failed(ClientErrorKind::closed, "the server ended the connection").error(),
            .reason = {}};
}

asio::awaitable<void> WebSocketClient::State::write_queue(std::shared_ptr<State> self) {
    std::string out;
    while (true) {
        {
            const MutexLock lock{self->mutex_};
            out.clear();
            std::swap(out, self->queue_);
        }
        if (!out.empty()) {
            if (!co_await self->stream_->write(out)) break;
        } else if (self->has_ended_) {
            break;
        } else {
            co_await self->writer_.sleep();
        }
    }
}

bool WebSocketClient::State::enqueue(Opcode opcode, std::string_view payload) {
    {
        const MutexLock lock{mutex_};
        if (close_is_queued_ || queue_.size() + payload.size() > options_.queue_bytes) return false;
        close_is_queued_ = opcode == Opcode::close;
        websocket::append_masked_frame(queue_, opcode, payload, random_value<std::uint32_t>());
    }
    wake_writer();
    return true;
}

void WebSocketClient::State::wake_writer() {
    client_.thread.post([self = shared_from_this()] { self->writer_.wake(); });
}

void WebSocketClient::State::close(CloseCode code, std::string_view reason) {
    static_cast<void>(enqueue(Opcode::close, websocket::close_payload(code, reason)));
    client_.thread.post([self = shared_from_this()] {
        if (!self->give_up_at_) self->give_up_at_ = Clock::now() + closing_timeout;
    });
}

void WebSocketClient::State::abandon() {
    {
        const std::lock_guard lock{callback_mutex_};
        is_abandoned_ = true;
    }
    client_.thread.post([self = shared_from_this()] {
        self->stream_->close();
        self->writer_.wake();
    });
}

void WebSocketClient::State::sweep(Clock::time_point now) {
    if (give_up_at_ && now >= *give_up_at_) {
        given_up_ = is_open_ ? "no answer to the closing of the WebSocket"
                             : "no answer to the opening of the WebSocket";
        stream_->close();
    } else if (is_open_ && now - heard_at_ >= options_.ping_interval * (is_pinged_ ? 2 : 1)) {
        if (is_pinged_) {
            given_up_ = "the server does not answer pings";
            stream_->close();
        } else {
            is_pinged_ = true;
            static_cast<void>(enqueue(Opcode::ping, {}));
        }
    }
}

WebSocketClient::WebSocketClient(Client& client, WebSocketOptions options,
                                 WebSocketCallbacks callbacks)
    : state_{std::make_shared<State>(*client.state_, std::move(options), std::move(callbacks))} {
    client.state_->thread.post([state = state_] { state->start(); });
}

WebSocketClient::~WebSocketClient() {
    state_->abandon();
}

bool WebSocketClient::send(std::string message) {
    return state_->enqueue(Opcode::text, message);
}

void WebSocketClient::close(CloseCode code, std::string_view reason) {
    state_->close(code, reason);
}

}  // namespace meta138::http
