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

constexpr std::size_t small_body = 16 * 1024;        // copied behind its head
constexpr std::size_t pipelined_output = 64 * 1024;  // gathered before it is written
constexpr std::size_t kept_capacity = 64 * 1024;     // of a buffer, from answer to answer
constexpr std::size_t body_step = 64 * 1024;         // to arrive within Limits::body_timeout
constexpr std::chrono::seconds idle_before_release{1};
constexpr std::chrono::seconds linger_timeout{2};

RequestReader::Bounds bounds_of(const Limits& limits) {
    return {.header_bytes = limits.header_bytes,
            .header_count = limits.header_count,
            .body_bytes = limits.body_bytes};
}

Response text_response(unsigned status, std::string_view text) {
    return {.status = status,
            .content_type = "text/plain; charset=utf-8",
            .body = std::string{text},
            .headers = {}};
}

std::chrono::sys_seconds now_in_seconds() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
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

void HttpConnection::prepare_request() {
    const auto& head = reader_.head();
    endpoint_->requests.increment();
    keep_alive_ = head.keep_alive && !thread_->is_draining();
    allowed_origin_ = {};
    accepted_coding_ = head.accept_encoding.empty() ? ContentCoding::identity
                                                    : choose_coding(head.accept_encoding);
    coding_ = ContentCoding::identity;
    client_has_gone_.store(false, std::memory_order_relaxed);
    request_ = {.method = head.method,
                .target = head.target,
                .headers = reader_.headers(),
                .body = reader_.body(),
                .transport = Transport::http,
                .remote_address = remote_address_,
                .tls_client_name = peer_name_,
                .access = {}};
    exchange_.store(Exchange::dispatched, std::memory_order_relaxed);
}

/// What the endpoint answers itself, before any handler. True if it has.
bool HttpConnection::answer_by_rule() {
    const auto& head = reader_.head();
    const auto& options = endpoint_->options;
    if (!endpoint_->hosts.admits(head.host)) {
        endpoint_->count(Refusal::host);
        answer({.status = 403, .body = R"({"message":"Host not authorized."})", .headers = {}});
        return true;
    }
    if (head.upgrade_websocket && options.websocket) return answer_upgrade(head);
    if (answer_login()) return true;
    if (!options.http) {
        answer(text_response(400, "Websocket endpoint can't handle HTTP requests"));
        return true;
    }
    if (!head.origin.empty() && answer_origin(head)) return true;
    if (options.probe && head.method == "GET" && request_.path() == "/") {
        answer({.status = 201, .body = {}, .headers = {}});
        return true;
    }
    return false;
}

bool HttpConnection::answer_upgrade(const RequestHead& head) {
    if (head.method != "GET" || head.http_1_0 || !head.connection_upgrade ||
        !websocket::is_valid_key(head.websocket_key)) {
        endpoint_->count(Refusal::websocket);
        answer(text_response(400, "Not a WebSocket handshake"));
    } else if (head.websocket_version != "13") {
        endpoint_->count(Refusal::websocket);
        auto response = text_response(426, "WebSocket version 13 is required");
        response.headers.emplace_back("sec-websocket-version", "13");
        answer(std::move(response));
    } else {
        is_upgrade_ = true;
        return false;
    }
    return true;
}

/// Cross-origin requests of browsers (the Fetch standard's CORS protocol).
bool HttpConnection::answer_origin(const RequestHead& head) {
    if (is_same_origin(head.origin, head.host.value_or(""))) return false;
    allowed_origin_ = endpoint_->origins.allowed(head.origin);
    if (allowed_origin_.empty()) {
        endpoint_->count(Refusal::origin);
        answer(text_response(403, "CORS Rejected - Invalid origin"));
        return true;
    }
    if (head.method != "OPTIONS" || request_.header("access-control-request-method").empty())
        return false;
    answer({.status = 204,
            .body = {},
            .headers = {{"access-control-allow-methods", "GET, POST, OPTIONS"},
                        {"access-control-allow-headers", "*, content-type, authorization"},
                        {"access-control-max-age", "600"}}});
    return true;
}

bool HttpConnection::answer_login() {
    if (request_.method != "POST" || request_.path() != "/login" || !endpoint_->options.probe)
        return false;
    const auto& authenticator = endpoint_->options.authenticator;
    if (!authenticator) {
        if (!endpoint_->options.http) return false;
        answer(text_response(400, "Authentication not enabled"));
        return true;
    }
    auto job = [authenticator, body = request_.body,
                responder = Responder{shared_from_this()}]() mutable {
        responder.respond(authenticator->login(body, now_in_seconds()));
    };
    auto accepted = false;
    {
        Worker::Job task{std::move(job)};
        accepted = endpoint_->worker->post(std::move(task));
    }
    // The responder of a job that was not accepted has died with it, and answered 500.
    if (!accepted) answer(text_response(503, "Too many logins at a time"));
    return true;
}

/// Who calls. A password takes its time, on another thread. False if that has too much to do.
asio::awaitable<bool> HttpConnection::find_access() {
    const auto& authenticator = endpoint_->options.authenticator;
    if (!authenticator) co_return true;
    const auto authorization = reader_.head().authorization;
    if (authenticator->accepts_api_keys() && authorization.empty() && take_api_key())
        co_return true;
    if (!authenticator->is_slow(authorization, now_in_seconds())) {
        request_.access = authenticator->access(authorization, {}, now_in_seconds());
        co_return true;
    }
    access_found_ = false;
    auto job = [self = shared_from_this(), authorization = std::string{authorization}] {
        auto access =
            self->endpoint_->options.authenticator->access(authorization, {}, now_in_seconds());
        self->thread_->post([self, access = std::move(access)]() mutable {
            self->request_.access = std::move(access);
            self->access_found_ = true;
            self->wake_up_.wake();
        });
    };
    if (!endpoint_->worker->post(Worker::Job{std::move(job)})) co_return false;
    begin_deadline(endpoint_->options.limits.request_timeout);
    while (!access_found_ && !timed_out_ && !closing_) co_await wake_up_.sleep();
    deadline_ = Clock::time_point::max();
    co_return access_found_;
}

bool HttpConnection::take_api_key() {
    const auto path = request_.path();
    const auto end = std::min(path.find('/', 1), path.size());
    const auto key = path.substr(1, end - 1);
    if (key.empty()) return false;
    const auto& authenticator = *endpoint_->options.authenticator;
    const auto access = authenticator.access({}, key, now_in_seconds());
    if (!access.identity()) return false;
    request_.access = access;
    request_.target = end < request_.target.size() && request_.target[end] == '/'
                          ? request_.target.substr(end)
                          : std::string_view{"/"};
    return true;
}

void HttpConnection::call_handler() {
    try {
        endpoint_->handler.on_request(request_, Responder{shared_from_this()});
    } catch (const std::exception& error) {
        // The responder has died with the call, and answered 500.
        endpoint_->log.error("Error processing request to {}: {}", request_.path(), error.what());
    }
}

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
    if (chunked && end == BodyPipe::End::finished) out_ += "0\r\n\r\n";
    co_return end == BodyPipe::End::finished;
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
