// SPDX-License-Identifier: Apache-2.0
#include "session_connection.hpp"

#include "text.hpp"

#include <utility>

namespace meta138::http {
namespace {

constexpr std::chrono::seconds closing_handshake_timeout{5};
constexpr std::chrono::seconds idle_before_release{1};
constexpr std::size_t kept_capacity = 64 * 1024;

std::uint64_t next_session_id() {
    static std::atomic<std::uint64_t> next{1};
    return next.fetch_add(1, std::memory_order_relaxed);
}

std::chrono::sys_seconds now_in_seconds() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void append_handshake_answer(std::string& out, std::string_view key) {
    out +=
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        "sec-websocket-accept: ";
    out += websocket::accept_value(key);
    out += "\r\n\r\n";
}

}  // namespace

/// One message and its answer.
class SessionConnection::Call final : public ResponseSink,
                                      public BodySink,
                                      public std::enable_shared_from_this<Call> {
public:
    Call(std::shared_ptr<SessionConnection> session, std::string_view message)
        : session_{std::move(session)}, message_{message}, request_{session_->opening()} {
        request_.body = message_;
        request_.access = session_->current_access();
    }

    [[nodiscard]] const Request& request() const noexcept { return request_; }

    void respond(Response response) override {
        if (!response.body.empty()) session_->answer(response.body);
        session_->answered();
    }
    bool is_abandoned() const noexcept override {
        return session_->has_ended_.load(std::memory_order_relaxed);
    }
    std::string take_buffer() override { return {}; }

    // One message in many fragments; on IPC a document in many pieces.
    std::shared_ptr<BodySink> begin(Response head) override {
        static_cast<void>(write(head.body));
        return shared_from_this();
    }
    bool write(std::string_view piece) override { return session_->stream(*this, piece); }
    void finish() override {
        session_->end_stream(*this);
        session_->answered();
    }
    // The message never ends, and the connection does.
    void abort() override {
        session_->close(CloseCode::internal_error, "Answer broke off");
        session_->answered();
    }

private:
    const std::shared_ptr<SessionConnection> session_;
    const std::string message_;
    Request request_;
};

void SessionConnection::start_websocket(std::unique_ptr<Link> link, const Request& upgrade,
                                        RequestReader& reader) {
    auto opening = std::make_unique<Opening>();
    opening->method = upgrade.method;
    opening->target = upgrade.target;
    opening->remote_address = upgrade.remote_address;
    opening->peer_name = upgrade.tls_client_name;
    for (const auto& [name, value] : upgrade.headers)
        if (!equals_ignoring_case(name, "authorization"))
            opening->headers.emplace_back(name, value);
    for (const auto& [name, value] : opening->headers)
        opening->header_views.push_back({name, value});
    opening->request = {.method = opening->method,
                        .target = opening->target,
                        .headers = opening->header_views,
                        .body = {},
                        .transport = Transport::websocket,
                        .remote_address = opening->remote_address,
                        .tls_client_name = opening->peer_name,
                        .access = upgrade.access};
    std::string answer;
    append_handshake_answer(answer, reader.head().websocket_key);
    reader.next(link->in);
    auto& context = link->thread->context();
    auto session = std::make_shared<SessionConnection>(std::move(link), std::move(opening));
    {
        const MutexLock lock{session->mutex_};
        session->unsent_ = answer.size();
    }
    session->out_ = std::move(answer);
    asio::co_spawn(context, session->run(), rethrow);
}

void SessionConnection::start_ipc(std::unique_ptr<Link> link) {
    auto opening = std::make_unique<Opening>();
    opening->request.transport = Transport::ipc;
    auto& context = link->thread->context();
    auto session = std::make_shared<SessionConnection>(std::move(link), std::move(opening));
    asio::co_spawn(context, session->run(), rethrow);
}

SessionConnection::SessionConnection(std::unique_ptr<Link> link, std::unique_ptr<Opening> opening)
    : id_{next_session_id()},
      thread_{link->thread},
      endpoint_{link->endpoint},
      opening_{std::move(opening)},
      ipc_{endpoint_->is_ipc()},
      link_{std::move(link)},
      frames_{endpoint_->options.limits.frame_bytes, endpoint_->options.limits.message_bytes},
      last_received_{Clock::now()},
      last_written_{last_received_} {}

SessionConnection::~SessionConnection() = default;

asio::awaitable<void> SessionConnection::run() {
    const auto self = shared_from_this();
    thread_->enter(*this);
    endpoint_->session_opened();
    flush();
    try {
        endpoint_->handler.on_open(self);
    } catch (const std::exception& error) {
        endpoint_->log.error("Error opening a session: {}", error.what());
    }
    if (thread_->is_draining()) drain();
    while (phase_ == Phase::open) {
        const auto more = read_messages();
        flush();
        // Whole messages may be left in the buffer that no further byte will announce.
        if (more && !is_paused()) continue;
        if (phase_ == Phase::open) co_await wait_and_receive();
    }
    if (phase_ == Phase::closing) co_await linger();
    end();
}

void SessionConnection::end() {
    phase_ = Phase::ended;
    has_ended_.store(true, std::memory_order_relaxed);
    {
        const MutexLock lock{mutex_};
        closed_ = true;
        pending_ = {};
        held_back_ = {};
    }
    room_.notify_all();
    thread_->leave(*this);
    endpoint_->session_closed();
    link_->channel.shutdown();
    link_.reset();
    try {
        endpoint_->handler.on_close(shared_from_this());
    } catch (const std::exception& error) {
        endpoint_->log.error("Error closing a session: {}", error.what());
    }
}

asio::awaitable<void> SessionConnection::wait_and_receive() {
    if (draining_ || is_paused()) {
        co_await wake_up_.sleep();
        co_return;
    }
    const auto wanted = ipc_ ? ReadBuffer::initial_capacity : frames_.wanted();
    // Mostly nothing is there yet: waiting first saves a system call. TLS may hold bytes.
    auto io = link_->channel.is_tls() ? link_->receive(wanted) : Io::wants_read;
    if (io != Io::done && io != Io::closed) {
        if (!co_await wait_until(io) || phase_ != Phase::open) co_return;
        io = link_->receive(wanted);
    }
    if (io == Io::closed) phase_ = Phase::ended;
    if (io != Io::done) co_return;
    last_received_ = Clock::now();
    ping_sent_ = false;
    if (!link_->charge()) {
        endpoint_->count(Refusal::memory);
        close(CloseCode::try_again_later, "Too much to do");
        begin_closing();
    }
}

asio::awaitable<bool> SessionConnection::wait_until(Io io) {
    waiting_read_ = true;
    const auto [error] = co_await link_->socket.async_wait(
        io == Io::wants_write ? Socket::wait_write : Socket::wait_read, use_tuple);
    waiting_read_ = false;
    co_return !error;
}

/// After our close frame: sends what is queued and reads until the peer has closed as well.
asio::awaitable<void> SessionConnection::linger() {
    while (phase_ == Phase::closing) {
        flush();
        if (waiting_write_) {
            co_await wake_up_.sleep();
            continue;
        }
        if (phase_ != Phase::closing || peer_is_done()) break;
        auto io = link_->receive(ReadBuffer::initial_capacity);
        if (io == Io::closed) break;
        if (io != Io::done) co_await wait_until(io);
    }
}

/// Whether the peer has nothing more to say; drops what it says.
bool SessionConnection::peer_is_done() {
    using Event = websocket::Reader::Event;
    if (ipc_ || peer_closed_) return true;
    while (!failed_) {
        const auto event = frames_.advance(link_->in);
        if (event == Event::close) return true;
        if (event == Event::nothing) return false;
        if (event == Event::error)
            failed_ = true;
        else
            frames_.next(link_->in);
    }
    // No close frame can be made out any more; the end of its stream has to do.
    if (!link_->in.empty()) link_->in.consume(link_->in.unread().size());
    link_->channel.shutdown();
    return false;
}

bool SessionConnection::is_paused() {
    if (unanswered_.load(std::memory_order_acquire) >= endpoint_->options.limits.session_requests)
        return true;
    const MutexLock lock{mutex_};
    return unsent_ + held_back_.size() > endpoint_->options.limits.stream_window;
}

/// True if it stopped because the session is paused, and not for want of a whole message.
bool SessionConnection::read_messages() {
    if (draining_) return false;
    corked_ = true;
    auto paused = is_paused();
    while (!paused && (ipc_ ? read_document() : read_frame())) paused = is_paused();
    corked_ = false;
    begin_closing();
    return paused && phase_ == Phase::open;
}

/// False if no whole frame is there.
bool SessionConnection::read_frame() {
    using Event = websocket::Reader::Event;
    switch (frames_.advance(link_->in)) {
        case Event::nothing: return false;
        case Event::message: dispatch(frames_.payload()); break;
        case Event::ping: append_control(websocket::Opcode::pong, frames_.payload()); break;
        case Event::pong: break;
        case Event::close:
            peer_closed_ = true;
            close(frames_.code(), {});
            return false;
        case Event::error: refuse(frames_.code(), frames_.reason()); return false;
    }
    frames_.next(link_->in);
    return true;
}

bool SessionConnection::read_document() {
    const auto bytes = link_->in.unread();
    const auto progress = documents_.advance(bytes);
    if (progress == DocumentSplitter::Progress::incomplete) {
        if (bytes.size() > endpoint_->options.limits.message_bytes)
            refuse(CloseCode::message_too_big, {});
        return false;
    }
    const auto [begin, end] = documents_.document();
    dispatch(bytes.substr(begin, end - begin));
    link_->in.consume(end);
    documents_.next();
    return true;
}

void SessionConnection::refuse(CloseCode code, std::string_view reason) {
    endpoint_->count(Refusal::websocket);
    failed_ = true;
    close(code, reason);
}

/// What was proved at the handshake holds until it expires.
Access SessionConnection::current_access() const {
    const auto& access = opening_->request.access;
    const auto* identity = access.identity();
    return identity && identity->expires_at <= now_in_seconds() ? access.without_identity()
                                                                : access;
}

void SessionConnection::dispatch(std::string_view message) {
    endpoint_->messages.increment();
    unanswered_.fetch_add(1, std::memory_order_relaxed);
    const auto call = std::make_shared<Call>(shared_from_this(), message);
    try {
        endpoint_->handler.on_message(shared_from_this(), call->request(), Responder{call});
    } catch (const std::exception& error) {
        endpoint_->log.error("Error processing a message: {}", error.what());
    }
}

void SessionConnection::append_message(std::string_view message) {
    if (streaming_ != nullptr) return frame_message(held_back_, message);
    const auto before = pending_.size();
    frame_message(pending_, message);
    unsent_ += pending_.size() - before;
    schedule_flush();
}

void SessionConnection::frame_message(std::string& out, std::string_view message) const {
    if (ipc_) {
        out += message;
        out += '\n';
    } else {
        websocket::append_frame(out, websocket::Opcode::text, message);
    }
}

/// Waits while another answer is under way, or more than the window is unsent: a client that reads
/// nothing is closed by sweep(). False once the session is closed.
bool SessionConnection::stream(const Call& call, std::string_view piece) {
    const MutexLock lock{mutex_};
    const auto window = endpoint_->options.limits.stream_window;
    while (!closed_ && ((streaming_ != nullptr && streaming_ != &call) || unsent_ > window))
        room_.wait(mutex_);
    if (closed_) return false;
    const auto before = pending_.size();
    if (ipc_)
        pending_ += piece;
    else
        websocket::append_frame(
            pending_,
            streaming_ == nullptr ? websocket::Opcode::text : websocket::Opcode::continuation,
            piece, false);
    streaming_ = &call;
    unsent_ += pending_.size() - before;
    schedule_flush();
    return true;
}

/// What waited behind the streamed message follows it.
void SessionConnection::end_stream(const Call& call) {
    const MutexLock lock{mutex_};
    if (closed_ || streaming_ != &call) return;
    streaming_ = nullptr;
    const auto before = pending_.size();
    if (ipc_)
        pending_ += '\n';
    else
        websocket::append_frame(pending_, websocket::Opcode::continuation, {});
    pending_ += std::exchange(held_back_, {});
    unsent_ += pending_.size() - before;
    room_.notify_all();
    schedule_flush();
}

void SessionConnection::append_control(websocket::Opcode opcode, std::string_view payload) {
    const MutexLock lock{mutex_};
    if (closed_) return;
    const auto before = pending_.size();
    websocket::append_frame(pending_, opcode, payload);
    unsent_ += pending_.size() - before;
    schedule_flush();
}

void SessionConnection::answer(std::string_view message) {
    const MutexLock lock{mutex_};
    if (!closed_) append_message(message);
}

void SessionConnection::answered() {
    const auto limit = endpoint_->options.limits.session_requests;
    const auto before = unanswered_.fetch_sub(1, std::memory_order_acq_rel);
    if (before >= limit || draining_.load(std::memory_order_acquire)) wake_soon();
}

bool SessionConnection::send(std::string message) {
    const MutexLock lock{mutex_};
    if (closed_) return false;
    if (unsent_ + held_back_.size() + message.size() <=
        endpoint_->options.limits.session_queue_bytes) {
        append_message(message);
        return true;
    }
    endpoint_->count(Refusal::slow_consumer);
    unsent_ -= pending_.size();
    pending_.clear();
    held_back_.clear();
    if (!ipc_) websocket::append_close(pending_, CloseCode::try_again_later, "Too slow");
    unsent_ += pending_.size();
    closed_ = true;
    room_.notify_all();
    schedule_flush();
    return false;
}

void SessionConnection::close(CloseCode code, std::string_view reason) {
    const MutexLock lock{mutex_};
    if (closed_) return;
    const auto before = pending_.size();
    if (!ipc_) websocket::append_close(pending_, code, reason);
    unsent_ += pending_.size() - before;
    closed_ = true;
    room_.notify_all();
    schedule_flush();
}

void SessionConnection::schedule_flush() {
    if (flush_scheduled_) return;
    if (thread_->is_current() && corked_) return;
    flush_scheduled_ = true;
    thread_->post([self = shared_from_this()] {
        self->flush();
        self->begin_closing();
    });
}

/// Follows closed_, which any thread may have set.
void SessionConnection::begin_closing() {
    if (phase_ != Phase::open) return;
    {
        const MutexLock lock{mutex_};
        if (!closed_) return;
    }
    phase_ = Phase::closing;
    close_deadline_ = Clock::now() + closing_handshake_timeout;
    if (waiting_read_) link_->socket.cancel();
    wake_soon();
}

/// Whether there is something to write.
bool SessionConnection::refill() {
    if (out_written_ < out_.size()) return true;
    out_written_ = 0;
    out_.clear();
    if (out_.capacity() > kept_capacity) out_ = {};
    const MutexLock lock{mutex_};
    flush_scheduled_ = false;
    out_.swap(pending_);
    return !out_.empty();
}

void SessionConnection::written(std::size_t size) {
    last_written_ = Clock::now();
    out_written_ += size;
    const auto window = endpoint_->options.limits.stream_window;
    const MutexLock lock{mutex_};
    const auto was_behind = unsent_ > window;
    unsent_ -= size;
    if (was_behind && unsent_ <= window) room_.notify_all();
}

void SessionConnection::flush() {
    if (phase_ == Phase::ended || waiting_write_) return;
    while (refill()) {
        const auto [io, size] = link_->channel.write(std::string_view{out_}.substr(out_written_));
        if (io == Io::closed) {
            phase_ = Phase::ended;
            if (waiting_read_) link_->socket.cancel();
            wake_soon();
            return;
        }
        if (io != Io::done) return wait_writable(io);
        written(size);
    }
    if (wake_up_.is_sleeping() && (phase_ != Phase::open || !is_paused())) wake_soon();
}

void SessionConnection::wait_writable(Io io) {
    waiting_write_ = true;
    last_written_ = Clock::now();
    link_->socket.async_wait(io == Io::wants_read ? Socket::wait_read : Socket::wait_write,
                             [self = shared_from_this()](boost::system::error_code) {
                                 self->waiting_write_ = false;
                                 if (!self->link_) return;
                                 self->flush();
                                 if (self->phase_ != Phase::open) self->wake_up_.wake();
                             });
}

void SessionConnection::wake_soon() {
    thread_->post([self = shared_from_this()] {
        if (self->draining_) self->drain();
        self->wake_up_.wake();
    });
}

void SessionConnection::sweep(Clock::time_point now) {
    const auto& limits = endpoint_->options.limits;
    if (now >= close_deadline_ || (waiting_write_ && now - last_written_ > limits.write_timeout)) {
        if (waiting_write_) endpoint_->count(Refusal::write_timeout);
        return close_now();
    }
    if (phase_ != Phase::open || !waiting_read_) return;
    if (now - last_received_ > idle_before_release) link_->in.release();
    if (ipc_) return;
    const auto silence = now - last_received_;
    if (silence > 2 * limits.ping_interval) {
        endpoint_->count(Refusal::idle_timeout);
        close_now();
    } else if (silence > limits.ping_interval && !std::exchange(ping_sent_, true)) {
        append_control(websocket::Opcode::ping, {});
    }
}

void SessionConnection::drain() {
    if (phase_ != Phase::open) return;
    draining_ = true;
    if (waiting_read_) link_->socket.cancel();
    if (unanswered_.load(std::memory_order_acquire) != 0) return;
    close(CloseCode::going_away, "Node is shutting down");
    begin_closing();
}

void SessionConnection::close_now() {
    if (phase_ == Phase::ended) return;
    phase_ = Phase::ended;
    link_->socket.cancel();
    wake_soon();
}

}  // namespace meta138::http
