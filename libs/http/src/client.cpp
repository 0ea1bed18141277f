// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/client.hpp"

#include "client_state.hpp"
#include "header_fields.hpp"
#include "text.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/try.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <utility>

namespace meta138::http {
namespace {

constexpr std::chrono::milliseconds sweep_interval{500};

std::unexpected<ClientError> invalid(std::string text) {
    return std::unexpected{
        ClientError{.kind = ClientErrorKind::invalid_request, .text = std::move(text)}};
}

/// Those that frame the message or route it: the client's own.
bool is_reserved(std::string_view name) {
    constexpr std::array<std::string_view, 6> reserved{
        "host", "content-length", "connection", "transfer-encoding", "upgrade", "expect"};
    return std::ranges::any_of(
        reserved, [name](std::string_view own) { return equals_ignoring_case(name, own); });
}

std::expected<void, ClientError> validate(const ClientRequest& request, const Url& url) {
    if (url.scheme != Scheme::http && url.scheme != Scheme::https)
        return invalid(url.origin() + " is neither http:// nor https://");
    if (!is_token(request.method) || request.method == "CONNECT")
        return invalid("a method that cannot be sent");
    for (const auto& [name, value] : request.headers) {
        if (!is_token(name) || !is_field_value(value))
            return invalid("a header that cannot be sent");
        if (is_reserved(name)) return invalid("the header " + name + " is the client's own");
    }
    return {};
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

std::string make_head(const ClientRequest& request, const Url& url, const ClientOptions& options) {
    const auto has = [&](std::string_view name) {
        return std::ranges::any_of(request.headers, [name](const auto& header) {
            return equals_ignoring_case(header.first, name);
        });
    };
    std::string head = request.method + ' ';
    const bool through_proxy = options.proxy && url.scheme == Scheme::http;
    if (through_proxy) head += "http://" + url.host_header();
    head += url.target + " HTTP/1.1\r\n";
    append_header(head, "Host", url.host_header());
    for (const auto& [name, value] : request.headers) append_header(head, name, value);
    if (!url.user.empty() && !has("authorization"))
        append_header(head, "Authorization", basic_credentials(url.user, url.password));
    if (through_proxy && !options.proxy->user.empty())
        append_header(head, "Proxy-Authorization",
                      basic_credentials(options.proxy->user, options.proxy->password));
    if (!options.user_agent.empty() && !has("user-agent"))
        append_header(head, "User-Agent", options.user_agent);
    if (options.accept_gzip && !has("accept-encoding"))
        append_header(head, "Accept-Encoding", "gzip");
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
        request.method == "PATCH")
        append_header(head, "Content-Length", std::to_string(request.body.size()));
    return head += "\r\n";
}

std::string describe(ClientErrorKind kind, const ClientExchange& exchange) {
    auto text = exchange.url.authority() + ": ";
    if (kind == ClientErrorKind::timed_out)
        return text + "no answer within " + std::to_string(exchange.timeout.count()) + " ms";
    if (kind == ClientErrorKind::busy) return text + "too many requests wait for a connection";
    return text + "cancelled";
}

}  // namespace

std::string_view to_string(ClientErrorKind kind) noexcept {
    switch (kind) {
        case ClientErrorKind::invalid_request: return "invalid_request";
        case ClientErrorKind::resolve: return "resolve";
        case ClientErrorKind::connect: return "connect";
        case ClientErrorKind::proxy: return "proxy";
        case ClientErrorKind::tls: return "tls";
        case ClientErrorKind::timed_out: return "timed_out";
        case ClientErrorKind::closed: return "closed";
        case ClientErrorKind::too_large: return "too_large";
        case ClientErrorKind::malformed: return "malformed";
        case ClientErrorKind::busy: return "busy";
        case ClientErrorKind::cancelled: return "cancelled";
    }
    return {};
}

std::string_view ClientResponse::header(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

Client::State::State(ClientOptions options) : context{std::move(options)}, thread{sweep_interval} {}

std::expected<void, ClientError> Client::State::prepare(ClientRequest request,
                                                        ClientExchange& exchange) const {
    auto url = parse_url(request.url);
    // Not the URL itself: it may hold a secret.
    if (!url) return invalid("the URL " + std::string{to_string(url.error())});
    exchange.url = *std::move(url);
    TRY(validate(request, exchange.url));
    exchange.head = make_head(request, exchange.url, context.options);
    exchange.origin = exchange.url.origin();
    exchange.body = std::move(request.body);
    exchange.to_head = request.method == "HEAD";
    exchange.repeatable = request.repeatable || exchange.to_head || request.method == "GET";
    exchange.timeout = request.timeout.value_or(context.options.limits.timeout);
    return {};
}

void Client::State::begin(const std::shared_ptr<ClientExchange>& exchange) {
    if (stopping_) return;  // its callback is dropped
    exchange->deadline.emplace(thread.context());
    exchange->deadline->expires_after(exchange->timeout);
    exchange->deadline->async_wait([this, exchange](boost::system::error_code cancelled) {
        if (!cancelled) abort(*exchange, ClientErrorKind::timed_out);
    });
    dispatch(exchange);
}

/// Connections that turn out to be closed leave on the way, and the host with the last of them: so
/// it is looked up each time.
bool Client::State::give_to_idle(const std::shared_ptr<ClientExchange>& exchange) {
    while (true) {
        const auto host = hosts_.find(exchange->origin);
        if (host == hosts_.end() || host->second.idle.empty()) return false;
        auto* const connection = host->second.idle.back();
        host->second.idle.pop_back();
        if (connection->assign(exchange)) return true;
    }
}

void Client::State::dispatch(const std::shared_ptr<ClientExchange>& exchange) {
    if (exchange->is_done()) return;
    if (stopping_) return abort(*exchange, ClientErrorKind::cancelled);
    if (give_to_idle(exchange)) return;
    const auto& limits = context.options.limits;
    auto& host = hosts_[exchange->origin];
    if (host.connections.size() < limits.connections_per_host) {
        const auto connection = std::make_shared<ClientConnection>(*this, exchange->origin);
        host.connections.insert(connection);
        connection->start(exchange);
    } else if (waiting_ < limits.waiting) {
        ++waiting_;
        host.waiting.push_back(exchange);
    } else {
        abort(*exchange, ClientErrorKind::busy);
    }
}

void Client::State::abort(ClientExchange& exchange, ClientErrorKind kind) {
    if (exchange.is_done()) return;
    auto* const connection = exchange.connection;
    if (const auto host = hosts_.find(exchange.origin); !connection && host != hosts_.end())
        waiting_ -= std::erase_if(host->second.waiting,
                                  [&](const auto& other) { return other.get() == &exchange; });
    ClientError error{.kind = kind,
                      .text = describe(kind, exchange),
                      .may_have_arrived = exchange.may_have_arrived};
    exchange.finish(std::unexpected{std::move(error)});
    if (connection) connection->close();
}

std::shared_ptr<ClientExchange> Client::State::next_for(ClientConnection& connection) {
    auto& host = hosts_.find(connection.origin())->second;
    if (host.waiting.empty()) {
        host.idle.push_back(&connection);
        return nullptr;
    }
    auto next = std::move(host.waiting.front());
    host.waiting.pop_front();
    --waiting_;
    return next;
}

void Client::State::forget(const std::shared_ptr<ClientConnection>& connection) {
    const auto found = hosts_.find(connection->origin());
    auto& host = found->second;
    std::erase(host.idle, connection.get());
    host.connections.erase(connection);
    if (!host.waiting.empty()) {
        // Posted: a host that refuses connections at once must not deepen the stack.
        thread.post([this, next = std::move(host.waiting.front())] { dispatch(next); });
        host.waiting.pop_front();
        --waiting_;
    } else if (host.connections.empty()) {
        hosts_.erase(found);
    }
}

void Client::State::abort_all() {
    stopping_ = true;
    std::vector<std::shared_ptr<ClientExchange>> exchanges;
    std::vector<std::shared_ptr<ClientConnection>> connections;
    for (auto& [origin, host] : hosts_) {
        exchanges.insert(exchanges.end(), host.waiting.begin(), host.waiting.end());
        for (const auto& connection : host.connections) {
            connections.push_back(connection);
            if (connection->exchange()) exchanges.push_back(connection->exchange());
        }
    }
    for (const auto& exchange : exchanges) abort(*exchange, ClientErrorKind::cancelled);
    for (const auto& connection : connections) connection->close();
}

void Client::State::stop() {
    META138_ASSERT(!thread.is_current());
    thread.post([this] { abort_all(); });
    thread.join();
}

Client::Client(ClientOptions options) : state_{std::make_shared<State>(std::move(options))} {
    state_->thread.start("http-client");
}

Client::~Client() {
    state_->stop();
}

PendingRequest Client::send(ClientRequest request, Callback callback) {
    const auto exchange = std::make_shared<ClientExchange>(state_, std::move(callback));
    auto prepared = state_->prepare(std::move(request), *exchange);
    state_->thread.post([state = state_.get(), exchange, prepared = std::move(prepared)]() mutable {
        if (prepared)
            state->begin(exchange);
        else
            exchange->finish(std::unexpected{std::move(prepared).error()});
    });
    return PendingRequest{exchange};
}

namespace {

/// Where a waiting thread finds its answer. Tells also when the callback dies without being called.
struct Waiting {
    Mutex mutex;
    std::condition_variable_any changed;
    std::optional<ClientResult> result META138_GUARDED_BY(mutex);

    void set(ClientResult value) META138_EXCLUDES(mutex) {
        {
            const MutexLock lock{mutex};
            if (result) return;
            result = std::move(value);
        }
        changed.notify_all();
    }
};

struct Teller {
    std::shared_ptr<Waiting> waiting;

    explicit Teller(std::shared_ptr<Waiting> whom) : waiting{std::move(whom)} {}
    Teller(Teller&&) noexcept = default;
    Teller& operator=(Teller&&) = delete;
    ~Teller() {
        if (waiting)
            waiting->set(std::unexpected{
                ClientError{.kind = ClientErrorKind::cancelled, .text = "the client has ended"}});
    }
    void operator()(ClientResult result) const { waiting->set(std::move(result)); }
};

}  // namespace

ClientResult Client::exchange(ClientRequest request, std::stop_token stop) {
    META138_ASSERT(!state_->thread.is_current());
    const auto waiting = std::make_shared<Waiting>();
    const auto pending = send(std::move(request), Teller{waiting});
    const std::stop_callback on_stop{std::move(stop), [&pending] { pending.cancel(); }};
    const MutexLock lock{waiting->mutex};
    while (!waiting->result) waiting->changed.wait(waiting->mutex);
    return *std::move(waiting->result);
}

std::size_t Client::connections() const noexcept {
    return state_->connection_count.load(std::memory_order_relaxed);
}

}  // namespace meta138::http
