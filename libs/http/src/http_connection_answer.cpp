// SPDX-License-Identifier: Apache-2.0
// How an HTTP connection gets an answer from whoever makes it, and writes it.
#include "http_connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::http {
namespace {

constexpr std::size_t small_body = 16 * 1024;     // copied behind its head
constexpr std::size_t kept_capacity = 64 * 1024;  // of a buffer, from answer to answer

}  // namespace

void HttpConnection::answer(Response response) {
    response_ = std::move(response);
    exchange_.store(Exchange::answered, std::memory_order_relaxed);
}

void HttpConnection::respond(Response response) {
    if (exchange_.load(std::memory_order_acquire) == Exchange::abandoned) return;
    if (accepted_coding_ != ContentCoding::identity &&
        response.body.size() >= endpoint_->options.limits.compress_from_bytes) {
        response.body = compress(response.body, accepted_coding_);
        coding_ = accepted_coding_;
    }
    response_ = std::move(response);
    static_cast<void>(publish_answer());
}

std::shared_ptr<BodySink> HttpConnection::begin(Response head) {
    const auto& limits = endpoint_->options.limits;
    auto pipe = std::make_shared<BodyPipe>(limits.stream_window, limits.write_timeout,
                                           [self = shared_from_this()] { self->wake_soon(); });
    static_cast<void>(pipe->write(head.body));
    if (exchange_.load(std::memory_order_acquire) != Exchange::abandoned) {
        head.body.clear();
        response_ = std::move(head);
        pipe_ = pipe;
        if (publish_answer()) return pipe;
        pipe_.reset();
    }
    pipe->close();
    return pipe;
}

/// False if nobody waits for it any more; what it consists of is this thread's again then.
bool HttpConnection::publish_answer() {
    auto expected = Exchange::dispatched;
    if (exchange_.compare_exchange_strong(expected, Exchange::answered)) return true;
    expected = Exchange::awaited;
    if (!exchange_.compare_exchange_strong(expected, Exchange::answered)) return false;
    wake_soon();
    return true;
}

/// What the handler has begun to stream will not be read any further.
void HttpConnection::close_pipe() {
    if (const auto pipe = std::exchange(pipe_, nullptr)) pipe->close();
}

bool HttpConnection::is_abandoned() const noexcept {
    return client_has_gone_.load(std::memory_order_relaxed) ||
           exchange_.load(std::memory_order_relaxed) == Exchange::abandoned;
}

void HttpConnection::wake_soon() {
    thread_->post([self = shared_from_this()] { self->wake_up_.wake(); });
}

asio::awaitable<bool> HttpConnection::wait_for_answer() {
    if (exchange_.load(std::memory_order_acquire) == Exchange::answered) co_return true;
    if (!is_flushed() && !co_await flush()) co_return false;
    auto expected = Exchange::dispatched;
    if (!exchange_.compare_exchange_strong(expected, Exchange::awaited)) co_return true;
    begin_deadline(endpoint_->options.limits.request_timeout);
    while (exchange_.load(std::memory_order_acquire) == Exchange::awaited)
        co_await wake_up_.sleep();
    deadline_ = Clock::time_point::max();
    co_return exchange_.load(std::memory_order_acquire) == Exchange::answered;
}

void HttpConnection::append_response() {
    const auto& head = reader_.head();
    keep_alive_ = keep_alive_ && !thread_->is_draining();
    append_response_head(out_, response_,
                         {.length = response_.body.size(),
                          .http_1_0 = head.http_1_0,
                          .keep_alive = keep_alive_,
                          .coding = coding_,
                          .allowed_origin = allowed_origin_});
    if (head.method != "HEAD") {
        if (response_.body.size() > small_body)
            body_ = std::move(response_.body);
        else
            out_ += response_.body;
    }
    recycle(response_.body);
    response_.headers.clear();
}

void HttpConnection::recycle(std::string& body) {
    if (body.capacity() > recycled_.capacity() && body.capacity() <= kept_capacity)
        recycled_ = std::move(body);
    recycled_.clear();
    body = {};
}

asio::awaitable<bool> HttpConnection::stream_body() {
    const auto& head = reader_.head();
    const auto chunked = !head.http_1_0;
    // Without a last chunk nobody takes a part for the whole; where the end of the stream is all
    // there is, it must not come in order.
    resets_ = !chunked;
    keep_alive_ = keep_alive_ && chunked && !thread_->is_draining();
    append_response_head(out_, response_,
                         {.length = std::nullopt,
                          .http_1_0 = head.http_1_0,
                          .keep_alive = keep_alive_,
                          .allowed_origin = allowed_origin_});
    std::string piece;
    auto end = BodyPipe::End::open;
    while (end == BodyPipe::End::open) {
        end = pipe_->take(piece);
        if (!piece.empty()) {
            if (chunked) out_ += fmt::format("{:x}\r\n", piece.size());
            out_ += piece;
            if (chunked) out_ += "\r\n";
            if (!co_await flush()) co_return false;
        } else if (end == BodyPipe::End::open) {
            if (!is_flushed() && !co_await flush()) co_return false;
            begin_deadline(endpoint_->options.limits.request_timeout);
            co_await wake_up_.sleep();
            if (timed_out_ || closing_) co_return false;
            deadline_ = Clock::time_point::max();
        }
    }
    if (end != BodyPipe::End::finished) co_return false;
    if (chunked) out_ += "0\r\n\r\n";
    resets_ = false;
    co_return true;
}

/// Writes what the socket takes; `done` if that was all.
Io HttpConnection::flush_now() {
    while (written_ < out_.size() + body_.size()) {
        const auto first = std::string_view{out_}.substr(std::min(written_, out_.size()));
        const auto second =
            std::string_view{body_}.substr(written_ - std::min(written_, out_.size()));
        const auto [io, size] =
            first.empty() ? link_->channel.write(second) : link_->channel.write(first, second);
        if (io != Io::done) return io;
        written_ += size;
    }
    written_ = 0;
    out_.clear();
    if (out_.capacity() > pipelined_output + small_body) out_.shrink_to_fit();
    if (!body_.empty()) recycle(body_);
    return Io::done;
}

asio::awaitable<bool> HttpConnection::flush() {
    const auto deadline = std::exchange(deadline_, Clock::time_point::max());
    while (true) {
        const auto before = written_;
        const auto io = flush_now();
        if (io == Io::done) break;
        if (io == Io::closed) co_return false;
        static_cast<void>(link_->charge(out_.size() + body_.size()));
        if (written_ != before || deadline_ == Clock::time_point::max())
            begin_deadline(endpoint_->options.limits.write_timeout);
        if (!co_await wait_until(io)) {
            if (timed_out_) endpoint_->count(Refusal::write_timeout);
            timed_out_ = false;
            co_return false;
        }
    }
    static_cast<void>(link_->charge());
    deadline_ = deadline;
    co_return true;
}

}  // namespace meta138::http
