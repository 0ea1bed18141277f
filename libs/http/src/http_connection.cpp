// SPDX-License-Identifier: Apache-2.0
#include "http_connection.hpp"

#include "session_connection.hpp"
#include "text.hpp"
#include "websocket.hpp"
#include "worker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::http {
namespace {

constexpr std::size_t body_step = 64 * 1024;  // to arrive within Limits::body_timeout
constexpr std::chrono::seconds idle_before_release{1};
constexpr std::chrono::seconds linger_timeout{2};

RequestReader::Bounds bounds_of(const Limits& limits) {
    return {.header_bytes = limits.header_bytes,
            .header_count = limits.header_count,
            .body_bytes = limits.body_bytes};
}

}  // namespace

HttpConnection::HttpConnection(std::unique_ptr<Link> link)
    : thread_{link->thread},
      endpoint_{link->endpoint},
      remote_address_{link->remote_address},
      link_{std::move(link)},
      reader_{bounds_of(endpoint_->options.limits)} {}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start(std::unique_ptr<Link> link) {
    auto& context = link->thread->context();
    auto connection = std::make_shared<HttpConnection>(std::move(link));
    asio::co_spawn(context, connection->run(), rethrow);
}

asio::awaitable<void> HttpConnection::run() {
    const auto self = shared_from_this();
    thread_->enter(*this);
    if (thread_->is_draining()) closing_ = true;
    begin_deadline(endpoint_->options.limits.header_timeout);
    if (!link_->channel.is_tls() || co_await handshake())
        while (co_await serve() == Step::next) {
        }
    end();
}

void HttpConnection::end() {
    thread_->leave(*this);
    if (exchange_.exchange(Exchange::abandoned) == Exchange::answered) close_pipe();
    if (is_upgrade_) return open_session();
    if (resets_)
        link_->channel.reset_at_close();
    else
        link_->channel.shutdown();
    kept_ = std::move(link_->in);  // a handler may still read the request
    link_.reset();
}

asio::awaitable<bool> HttpConnection::handshake() {
    while (true) {
        const auto io = link_->channel.handshake();
        if (io == Io::done) break;
        if (io == Io::closed || !co_await wait_until(io)) {
            endpoint_->count(Refusal::tls);
            endpoint_->log.debug("TLS handshake with {} failed", remote_address_);
            co_return false;
        }
    }
    peer_name_ = link_->channel.peer_name();
    co_return true;
}

/// One step: more bytes, or one request and its answer.
asio::awaitable<HttpConnection::Step> HttpConnection::serve() {
    const auto progress = reader_.advance(link_->in);
    if (progress == RequestReader::Progress::invalid) co_return co_await refuse(reader_.error());
    if (progress != RequestReader::Progress::complete) co_return co_await read_on(progress);

    idle_ = false;
    served_ = true;
    continued_ = false;
    awaiting_ = progress;
    deadline_ = Clock::time_point::max();
    prepare_request();
    if (!answer_by_rule()) {
        if (!co_await find_access()) {
            is_upgrade_ = false;
            co_return co_await refuse(503);
        }
        if (is_upgrade_) co_return Step::end;
        call_handler();
    }
    if (!co_await wait_for_answer()) {
        if (timed_out_) co_return co_await refuse(504);
        co_return Step::end;
    }
    if (pipe_) {
        if (!co_await stream_body()) co_return Step::end;
        close_pipe();
    } else {
        append_response();
    }
    reader_.next(link_->in);
    exchange_.store(Exchange::none, std::memory_order_relaxed);
    // Answers to pipelined requests leave together.
    if (keep_alive_ && !link_->in.empty() && body_.empty() && out_.size() < pipelined_output)
        co_return Step::next;
    if (const auto io = flush_now(); io != Io::done && (io == Io::closed || !co_await flush()))
        co_return Step::end;
    co_return keep_alive_ ? Step::next : Step::end;
}

asio::awaitable<HttpConnection::Step> HttpConnection::read_on(RequestReader::Progress progress) {
    if (progress == RequestReader::Progress::body && reader_.head().expects_continue &&
        !continued_) {
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
        continued_ = true;
    }
    if (!is_flushed() && !co_await flush()) co_return Step::end;
    if (thread_->is_draining() && progress == RequestReader::Progress::nothing) co_return Step::end;
    if (!co_await receive(progress)) {
        if (!timed_out_) co_return Step::end;
        if (progress == RequestReader::Progress::body) co_return co_await refuse(408);
        endpoint_->count(progress == RequestReader::Progress::head ? Refusal::header_timeout
                                                                   : Refusal::idle_timeout);
        co_return Step::end;
    }
    if (!link_->charge()) co_return co_await refuse(503);
    co_return Step::next;
}

asio::awaitable<bool> HttpConnection::receive(RequestReader::Progress progress) {
    begin_deadline(progress);
    // Between requests nothing is there yet: waiting first saves a system call. TLS may hold bytes.
    auto io = idle_ && !link_->channel.is_tls() ? Io::wants_read : link_->receive(reader_.wanted());
    while (io != Io::done) {
        if (io == Io::closed || !co_await wait_until(io)) co_return false;
        io = link_->receive(reader_.wanted());
    }
    co_return true;
}

void HttpConnection::begin_deadline(std::chrono::milliseconds timeout) {
    deadline_ = Clock::now() + timeout;
}

void HttpConnection::begin_deadline(RequestReader::Progress progress) {
    const auto& limits = endpoint_->options.limits;
    const auto received = link_->in.unread().size();
    const auto begins = std::exchange(awaiting_, progress) != progress;
    idle_ = progress == RequestReader::Progress::nothing;
    if (idle_) {
        if (!begins) return;
        idle_since_ = Clock::now();
        deadline_ = idle_since_ + (served_ ? limits.idle_timeout : limits.header_timeout);
    } else if (progress == RequestReader::Progress::head) {
        // Once: a byte now and then buys a slow client no more time.
        if (begins) begin_deadline(limits.header_timeout);
    } else if (begins || received >= body_mark_ + body_step) {
        body_mark_ = received;
        begin_deadline(limits.body_timeout);
    }
}

/// Answers a request that is not or will not be read, and ends the connection.
asio::awaitable<HttpConnection::Step> HttpConnection::refuse(unsigned status) {
    switch (status) {
        case 408: endpoint_->count(Refusal::body_timeout); break;
        case 413: endpoint_->count(Refusal::body_too_large); break;
        case 431: endpoint_->count(Refusal::header_too_large); break;
        case 503: endpoint_->count(Refusal::memory); break;
        case 504: endpoint_->count(Refusal::request_timeout); break;
        default: endpoint_->count(Refusal::malformed); break;
    }
    timed_out_ = false;
    keep_alive_ = false;
    const auto response = text_response(status, reason_of(status));
    append_response_head(out_, response, {.length = response.body.size(), .keep_alive = false});
    out_ += response.body;
    if (co_await flush()) co_await linger();
    co_return Step::end;
}

/// Ends our direction and reads on for a moment: closing with unread bytes would reset the
/// connection, and the client would lose the answer.
asio::awaitable<void> HttpConnection::linger() {
    link_->channel.shutdown();
    deadline_ = Clock::now() + linger_timeout;
    link_->in.consume(link_->in.unread().size());
    while (true) {
        const auto io = link_->receive(ReadBuffer::initial_capacity);
        link_->in.consume(link_->in.unread().size());
        if (io == Io::closed || (io != Io::done && !co_await wait_until(io))) co_return;
        if (Clock::now() >= deadline_) co_return;
    }
}

/// Waits for the socket. False if the deadline has passed or the connection is to end.
asio::awaitable<bool> HttpConnection::wait_until(Io io) {
    if (closing_ || timed_out_) co_return false;
    const auto [error] = co_await link_->socket.async_wait(
        io == Io::wants_write ? Socket::wait_write : Socket::wait_read, use_tuple);
    co_return !error && !timed_out_ && !closing_;
}

void HttpConnection::open_session() {
    SessionConnection::start_websocket(std::move(link_), request_, reader_);
}

void HttpConnection::interrupt() {
    auto expected = Exchange::awaited;
    if (exchange_.compare_exchange_strong(expected, Exchange::abandoned) || wake_up_.is_sleeping())
        wake_soon();
    else
        link_->socket.cancel();
}

void HttpConnection::sweep(Clock::time_point now) {
    if (exchange_.load(std::memory_order_relaxed) == Exchange::awaited &&
        link_->channel.peer_has_gone())
        client_has_gone_.store(true, std::memory_order_relaxed);
    if (idle_ && now - idle_since_ > idle_before_release) {
        link_->in.release();
        out_.shrink_to_fit();
        recycled_ = {};
    }
    if (now < deadline_) return;
    deadline_ = Clock::time_point::max();
    timed_out_ = true;
    interrupt();
}

void HttpConnection::drain() {
    if (!idle_) return;  // the answer that is being made will be the last
    closing_ = true;
    link_->socket.cancel();
}

void HttpConnection::close_now() {
    closing_ = true;
    interrupt();
}

}  // namespace meta138::http
