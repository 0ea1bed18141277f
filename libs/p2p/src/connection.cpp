// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <utility>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;

// What is encrypted ahead of the socket, beside one message of any size.
constexpr std::size_t write_ahead = 128 << 10;
constexpr int unsent_in_kernel = 128 << 10;
// Memory of large messages is given back.
constexpr std::size_t kept_capacity = 64 << 10;
// A peer that asks (Ping) and does not read the answers is not listened to beyond that.
constexpr std::size_t unread_answers = 256 << 10;
// After goodbye: until the other side closes too, else the goodbye may be lost with unread input.
constexpr auto linger = 2s;
constexpr std::size_t linger_bytes = 1 << 20;
constexpr std::size_t addresses_tried = 4;

}  // namespace

IpAddress to_ip(const asio::ip::address& address) {
    if (address.is_v4()) return *IpAddress::from(address.to_v4().to_bytes());
    return *IpAddress::from(address.to_v6().to_bytes());
}

Connection::Connection(ConnectionHost& host, asio::io_context& io, PeerId id, tcp::socket socket)
    : host_{host}, id_{id}, socket_{std::move(socket)}, resolver_{io}, timer_{io} {}

Connection::Connection(ConnectionHost& host, asio::io_context& io, PeerId id, Enode node)
    : host_{host}, id_{id}, node_{std::move(node)}, socket_{io}, resolver_{io}, timer_{io} {}

std::optional<crypto::PublicKey> Connection::remote_id() const {
    if (node_) return node_->id;
    return session_ ? session_->remote_id() : std::nullopt;
}

void Connection::start() {
    if (is_inbound()) return connected();
    wait_until(Clock::now() + host_.limits().dial_timeout);
    resolve();
}

void Connection::resolve() {
    error_code error;
    if (const auto ip = asio::ip::make_address(node_->host, error); !error)
        return connect({tcp::endpoint{ip, node_->tcp_port}});
    if (!host_.resolves_names())
        return abort(DisconnectReason::tcp_error,
                     fmt::format("'{}' is a name, and names are not resolved", node_->host),
                     HandshakeFailure::resolve);
    resolver_.async_resolve(
        node_->host, std::to_string(node_->tcp_port), tcp::resolver::numeric_service,
        [self = shared_from_this()](error_code failed, const tcp::resolver::results_type& found) {
            if (self->state_ != State::connecting) return;
            if (failed)
                return self->abort(
                    DisconnectReason::tcp_error,
                    fmt::format("cannot resolve '{}': {}", self->node_->host, failed.message()),
                    HandshakeFailure::resolve);
            std::vector<tcp::endpoint> endpoints;
            for (const auto& one : found) endpoints.push_back(one.endpoint());
            // Behind a name may be several nodes, or an address that swallows all: each attempt
            // begins with another one.
            const auto turn =
                std::to_underlying(self->id_) % std::max<std::size_t>(found.size(), 1);
            std::ranges::rotate(endpoints, endpoints.begin() + static_cast<std::ptrdiff_t>(turn));
            self->connect(endpoints);
        });
}

void Connection::connect(const std::vector<tcp::endpoint>& endpoints) {
    std::vector<tcp::endpoint> accepted;
    std::ranges::copy_if(endpoints, std::back_inserter(accepted), [&](const auto& endpoint) {
        return accepted.size() < addresses_tried && host_.accepts(to_ip(endpoint.address()));
    });
    if (accepted.empty())
        return abort(DisconnectReason::tcp_error,
                     fmt::format("no address of '{}' is inside of --net-restrict", node_->host),
                     HandshakeFailure::resolve);
    asio::async_connect(
        socket_, accepted, [self = shared_from_this()](error_code error, const tcp::endpoint&) {
            if (self->state_ != State::connecting) return;
            if (!error) return self->connected();
            self->abort(DisconnectReason::tcp_error, error.message(), HandshakeFailure::connect);
        });
}

void Connection::connected() {
    error_code error;
    remote_ = socket_.remote_endpoint(error);
    if (!error) local_ = socket_.local_endpoint(error);
    if (!error) static_cast<void>(socket_.non_blocking(true, error));
    if (error)
        return abort(DisconnectReason::tcp_error, error.message(), HandshakeFailure::hung_up);
    set_options();
    session_ = is_inbound() ? host_.accept() : host_.initiate(node_->id);
    state_ = State::handshake;
    wait_until(session_->due());
    write();
    wait_readable();
}

/// For latency; nothing is lost if the kernel does not know one.
void Connection::set_options() {
    error_code ignored;
    static_cast<void>(socket_.set_option(tcp::no_delay{true}, ignored));
    // What is unsent waits here, where it can be overtaken, and not in the kernel.
    using unsent_limit = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;
    static_cast<void>(socket_.set_option(unsent_limit{unsent_in_kernel}, ignored));
}

bool Connection::may_read() const {
    if (state_ == State::leaving) return true;
    return (state_ == State::handshake || state_ == State::established) &&
           session_->output_size() < unread_answers;
}

void Connection::wait_readable() {
    if (is_waiting_ || !may_read()) return;
    is_waiting_ = true;
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
        self->is_waiting_ = false;
        if (self->state_ == State::gone) return;
        if (error)
            self->abort(DisconnectReason::tcp_error, error.message(), HandshakeFailure::hung_up);
        else if (self->state_ == State::leaving)
            self->drain();
        else
            self->read();
    });
}

void Connection::read() {
    const auto buffer = host_.buffer();
    error_code error;
    const auto size = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    if (error == asio::error::would_block) return wait_readable();
    if (error)
        return end({.reason = DisconnectReason::tcp_error,
                    .by_remote = true,
                    .detail = error == asio::error::eof ? "it hung up" : error.message(),
                    .failure = HandshakeFailure::hung_up},
                   true);
    handle(session_->receive(buffer.first(size), Clock::now()));
    if (!has_ended() && session_->due() < armed_for_) wait_until(session_->due());
    wait_readable();
}

void Connection::handle(std::vector<Session::Event> events) {
    for (auto& event : events) {
        if (has_ended()) return;
        if (const auto* established = std::get_if<Session::Established>(&event)) {
            state_ = State::established;
            host_.on_established(*this, *established);
        } else if (auto* message = std::get_if<Session::Message>(&event)) {
            host_.on_message(*this, std::move(*message));
        } else {
            return handle(std::get<Session::Closed>(event));
        }
    }
    write();
}

void Connection::handle(const Session::Closed& closed) {
    auto failure = HandshakeFailure::invalid;
    if (closed.by_remote)
        failure = HandshakeFailure::rejected;
    else if (closed.reason == DisconnectReason::timeout)
        failure = HandshakeFailure::timeout;
    else if (closed.reason == DisconnectReason::useless_peer)
        failure = HandshakeFailure::useless;
    end({.reason = closed.reason,
         .by_remote = closed.by_remote,
         .detail = closed.detail,
         .failure = failure},
        closed.by_remote);
}

void Connection::flush() {
    if (state_ == State::established) write();
}

void Connection::write() {
    if (is_writing_ || !session_ || state_ == State::gone) return;
    if (state_ == State::established) encrypt_messages();
    session_->take_output(out_);
    out_written_ = 0;
    if (!out_.empty()) {
        is_writing_ = true;
        progress_ = Clock::now();
        return write_some();
    }
    if (state_ != State::leaving) return;
    error_code error;
    static_cast<void>(socket_.shutdown(tcp::socket::shutdown_send, error));
    wait_readable();
}

void Connection::encrypt_messages() {
    while (session_->output_size() < write_ahead) {
        const auto message = host_.registry().pop(id_);
        if (!message) return;
        const auto sent = session_->send(message->capability, message->code, *message->payload);
        out_cost_ += PeerRegistry::cost(*message->payload);
        host_.on_sent(*this, *message, !sent);
    }
}

void Connection::write_some() {
    const auto rest = asio::buffer(out_) + out_written_;
    socket_.async_write_some(rest, [self = shared_from_this()](error_code error, std::size_t size) {
        if (self->state_ == State::gone) return;
        if (error)
            self->abort(DisconnectReason::tcp_error, error.message(), HandshakeFailure::hung_up);
        else
            self->written(size);
    });
}

void Connection::written(std::size_t bytes) {
    progress_ = Clock::now();
    out_written_ += bytes;
    if (out_written_ < out_.size()) return write_some();
    if (out_.capacity() > kept_capacity) out_ = {};
    out_.clear();
    is_writing_ = false;
    host_.registry().written(id_, std::exchange(out_cost_, 0));
    write();
    wait_readable();
}

void Connection::wait_until(Clock::time_point time) {
    armed_for_ = time;
    timer_.expires_at(time);
    timer_.async_wait([self = shared_from_this()](error_code error) {
        if (!error && self->state_ != State::gone) self->on_timer();
    });
}

void Connection::on_timer() {
    if (state_ == State::leaving) return vanish();
    if (state_ == State::connecting)
        return abort(DisconnectReason::timeout, "no answer in time", HandshakeFailure::timeout);
    const auto now = Clock::now();
    const auto patience = host_.limits().write_timeout;
    if (is_writing_ && now - progress_ >= patience)
        return abort(DisconnectReason::timeout, "it reads nothing", HandshakeFailure::timeout);
    handle(session_->on_time(now));
    if (has_ended()) return;
    const auto due =
        std::min(session_->due(), is_writing_ ? progress_ + patience : Clock::time_point::max());
    wait_until(std::max(due, now + 10ms));
}

void Connection::close(DisconnectReason reason, std::string detail, HandshakeFailure failure) {
    if (has_ended()) return;
    if (session_) session_->disconnect(reason);
    end({.reason = reason, .by_remote = false, .detail = std::move(detail), .failure = failure},
        !session_);
}

void Connection::abort(DisconnectReason reason, std::string detail, HandshakeFailure failure) {
    end({.reason = reason,
         .by_remote = reason == DisconnectReason::tcp_error,
         .detail = std::move(detail),
         .failure = failure},
        true);
}

/// Tells the network; then stays for a goodbye if there is one to say, or `at_once` not.
void Connection::end(const End& how, bool at_once) {
    const auto self = shared_from_this();
    if (!has_ended()) {
        state_ = State::leaving;
        host_.on_end(*this, how);
    }
    if (at_once || (!is_writing_ && session_->output_size() == 0)) return vanish();
    wait_until(Clock::now() + linger);
    write();
    wait_readable();
}

void Connection::drain() {
    const auto buffer = host_.buffer();
    error_code error;
    const auto size = socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
    drained_ += size;
    if ((error && error != asio::error::would_block) || drained_ > linger_bytes) return vanish();
    wait_readable();
}

void Connection::vanish() {
    if (state_ == State::gone) return;
    const auto self = shared_from_this();
    state_ = State::gone;
    error_code error;
    static_cast<void>(socket_.close(error));
    resolver_.cancel();
    timer_.cancel();
    host_.on_gone(*this);
}

}  // namespace meta138::p2p
