// SPDX-License-Identifier: Apache-2.0
#include "client_connection.hpp"

#include "client_state.hpp"

#include <utility>

namespace meta138::http {

void ClientExchange::cancel() {
    const auto state = state_.lock();
    if (!state) return;
    // The state outlives what is posted: it waits for the thread before it dies.
    state->thread.post([raw = state.get(), self = shared_from_this()] {
        raw->abort(*self, ClientErrorKind::cancelled);
    });
}

void ClientExchange::finish(ClientResult result) {
    if (std::exchange(done_, true)) return;
    connection = nullptr;
    if (deadline) deadline->cancel();
    auto callback = std::exchange(callback_, nullptr);
    if (callback) callback(std::move(result));
}

ClientConnection::ClientConnection(Client::State& state, std::string origin)
    : state_{state},
      origin_{std::move(origin)},
      stream_{std::make_shared<Stream>(state.thread.context(), state.context)} {}

void ClientConnection::start(const std::shared_ptr<ClientExchange>& first) {
    take(first);
    state_.connection_count.fetch_add(1, std::memory_order_relaxed);
    state_.thread.enter(*this);
    asio::co_spawn(state_.thread.context(), run(shared_from_this()), rethrow);
}

void ClientConnection::take(const std::shared_ptr<ClientExchange>& exchange) {
    exchange_ = exchange;
    exchange_->connection = this;
}

bool ClientConnection::assign(const std::shared_ptr<ClientExchange>& exchange) {
    if (stream_->peer_has_gone()) {
        close();
        return false;
    }
    take(exchange);
    wake_up_.wake();
    return true;
}

void ClientConnection::close() {
    stream_->close();
    wake_up_.wake();
}

void ClientConnection::sweep(Clock::time_point now) {
    if (exchange_ || !wake_up_.is_sleeping()) return;
    const bool gone =
        now - idle_since_ > state_.context.options.limits.idle_timeout || stream_->peer_has_gone();
    // Not from within the sweep: the connection would leave the list that is being walked.
    if (gone)
        state_.thread.post([self = shared_from_this()] {
            if (!self->exchange_) self->close();
        });
    stream_->in.release();
}

void ClientConnection::finish(ClientResult result) {
    const auto exchange = std::exchange(exchange_, nullptr);
    if (!result) result.error().may_have_arrived = exchange->may_have_arrived;
    exchange->finish(std::move(result));
}

asio::awaitable<void> ClientConnection::run(std::shared_ptr<ClientConnection> self) {
    auto opened = co_await stream_->open(exchange_->url);
    if (opened) {
        while (co_await serve()) {
            if (const auto next = state_.next_for(*this)) {
                take(next);
                continue;
            }
            idle_since_ = Clock::now();
            co_await wake_up_.sleep();
            if (!exchange_) break;
        }
    } else {
        finish(std::unexpected{std::move(opened).error()});
    }
    stream_->finish();
    state_.thread.leave(*this);
    state_.connection_count.fetch_sub(1, std::memory_order_relaxed);
    state_.forget(self);
}

asio::awaitable<bool> ClientConnection::serve() {
    const auto exchange = exchange_;
    const auto& limits = state_.context.options.limits;
    ResponseReader reader{{.header_bytes = limits.header_bytes,
                           .header_count = limits.header_count,
                           .body_bytes = limits.body_bytes},
                          exchange->to_head};
    exchange->may_have_arrived = true;
    // A server may answer and hang up before it has read everything: so read in any case.
    const auto written = co_await stream_->write(exchange->head, exchange->body);
    bool has_begun = false;
    auto progress = ResponseReader::Progress::more;
    while (progress == ResponseReader::Progress::more) {
        const auto received = co_await stream_->receive(reader.wanted());
        has_begun = has_begun || received;
        progress = received ? reader.advance(stream_->in) : reader.end_of_stream();
    }
    if (exchange->is_done()) {  // timed out or cancelled
        exchange_ = nullptr;
        co_return false;
    }
    if (!has_begun && std::exchange(has_served_, true) && exchange->repeatable) {
        // The server closed a kept connection just when it was used again.
        exchange->repeatable = false;
        exchange->connection = nullptr;
        exchange_ = nullptr;
        state_.dispatch(exchange);
        co_return false;
    }
    has_served_ = true;
    if (progress == ResponseReader::Progress::invalid) {
        finish(std::unexpected{ClientError{
            .kind = reader.fault().kind,
            .text = exchange->url.authority() + ": " + std::string{reader.fault().text}}});
        co_return false;
    }
    auto answer = reader.take();
    if (answer)
        finish(*std::move(answer));
    else
        finish(std::unexpected{ClientError{
            .kind = answer.error().kind,
            .text = exchange->url.authority() + ": " + std::string{answer.error().text}}});
    // Bytes that nobody asked for: whatever they are, they are no part of the next answer.
    co_return written&& reader.keeps_alive() && stream_->in.empty() && !stream_->is_closed();
}

}  // namespace meta138::http
