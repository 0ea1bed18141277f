// SPDX-License-Identifier: Apache-2.0
#include "meta138/rpc/server.hpp"

#include "filter_store.hpp"
#include "subscription_hub.hpp"

#include "meta138/crypto/random.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace meta138::rpc {

namespace {

using Clock = std::chrono::steady_clock;

/// 16 random bytes without leading zeros, as Besu's.
std::string random_filter_id() {
    std::array<std::uint8_t, 16> bytes{};
    crypto::fill_random(bytes);
    return to_quantity(uint256_from_be(bytes));
}

/// The thread's parser: its buffers are used again and again.
json::Parser& thread_parser() {
    thread_local json::Parser parser;
    return parser;
}

bool has_valid_id(json::Value id) {
    switch (id.type()) {
        case json::Type::absent:
        case json::Type::null:
        case json::Type::integer:
        case json::Type::number:
        case json::Type::string: return true;
        case json::Type::boolean:
        case json::Type::array:
        case json::Type::object: return false;
    }
    std::unreachable();
}

void write_id(json::Writer& out, json::Value id) {
    if (const auto text = id.string()) return out.string(*text);
    if (const auto number = id.unsigned_integer()) return out.number(*number);
    if (const auto number = id.signed_integer()) return out.number(*number);
    if (const auto number = id.number()) return out.number(*number);
    out.null();
}

void write_error(json::Writer& out, const RpcError& error) {
    out.key("error").open_object();
    out.key("code").number(error.code);
    out.key("message").string(error.message);
    if (!error.data.empty()) out.key("data").raw(error.data);
    out.close_object();
}

/// Begins `{"jsonrpc":"2.0","id":…,`.
void open_answer(json::Writer& out, json::Value id) {
    out.open_object();
    out.key("jsonrpc").raw(R"("2.0")");
    out.key("id");
    write_id(out, id);
}

void write_failure(std::string& text, json::Value id, const RpcError& error) {
    json::Writer out{text};
    open_answer(out, id);
    write_error(out, error);
    out.close_object();
}

/// The name of an error in metrics; Besu has its enumerators there.
std::string_view error_type(int code) {
    switch (code) {
        case -32700: return "PARSE_ERROR";
        case -32600: return "INVALID_REQUEST";
        case -32601: return "METHOD_NOT_FOUND";
        case -32602: return "INVALID_PARAMS";
        case -32603: return "INTERNAL_ERROR";
        case -32604: return "METHOD_NOT_ENABLED";
        case -32005: return "LIMIT_EXCEEDED";
        case -40100: return "UNAUTHORIZED";
        case 3: return "REVERT_ERROR";
        default: return "OTHER";
    }
}

/// Params of a request: an array; what is absent, null or [null] counts as none.
std::optional<json::Value> find_parameters(json::Value request) {
    const auto parameters = request.find("params");
    if (parameters.is_missing()) return json::Value{};
    if (!parameters.is_array()) return std::nullopt;
    auto elements = parameters.elements();
    auto at = elements.begin();
    if (at != elements.end() && (*at).is_missing() && ++at == elements.end()) return json::Value{};
    return parameters;
}

}  // namespace

struct Server::Implementation {
    Implementation(MethodTable table, const Backend& node, const Settings& chosen)
        : methods{std::move(table)},
          backend{node},
          settings{chosen},
          now{node.now ? node.now : [] { return Clock::now(); }},
          filters{
              settings, now,
              [&node] { return node.make_filter_id ? node.make_filter_id() : random_filter_id(); }},
          subscriptions{settings, node.metrics} {}

    /// One request of a single body or a batch. False: it was a notification, and nothing is
    /// written.
    bool answer(json::Value request, const Caller& caller, Clock::time_point deadline,
                std::string& out, HttpStatus& status);
    [[nodiscard]] RpcResult<const Method*> find_method(std::string_view name,
                                                       const Caller& caller) const;
    RpcResult<void> call(const Method& method, json::Value parameters, const Caller& caller,
                         Clock::time_point deadline, json::Writer& out);
    void answer_batch(json::Value batch, const Caller& caller, Clock::time_point deadline,
                      std::string& out);
    void observe(const Method& method, std::chrono::nanoseconds duration);
    void count_error(std::string_view method, int code);

    const MethodTable methods;
    const Backend& backend;
    const Settings settings;
    const std::function<Clock::time_point()> now;
    FilterStore filters;
    SubscriptionHub subscriptions;
};

RpcResult<const Method*> Server::Implementation::find_method(std::string_view name,
                                                             const Caller& caller) const {
    const auto* const method = methods.find(name);
    if (!caller.access.allows(name)) return fail(error::unauthorized);
    if (method == nullptr) return fail(error::method_not_found);
    const bool is_enabled = caller.apis == nullptr || caller.apis->allows(method->group, name);
    if (!is_enabled || !method->call) return fail(error::method_not_enabled);
    return method;
}

void Server::Implementation::observe(const Method& method, std::chrono::nanoseconds duration) {
    if (duration >= settings.slow_request)
        backend.log.warn({{"method", std::string_view{method.name}}},
                         "Slow JSON-RPC request: {} took {} ms", method.name,
                         std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
    if (backend.metrics == nullptr) return;
    auto* summary = method.duration.load(std::memory_order_acquire);
    if (summary == nullptr) {
        summary = &backend.metrics->summary(telemetry::Category::rpc, "request_time",
                                            "Time taken to process a JSON-RPC request",
                                            {{"methodName", method.name}});
        method.duration.store(summary, std::memory_order_release);
    }
    summary->observe(duration);
}

void Server::Implementation::count_error(std::string_view method, int code) {
    if (backend.metrics == nullptr) return;
    // A name that a caller made up must not become a label.
    const auto label = methods.find(method) != nullptr ? method : std::string_view{"unknown"};
    backend.metrics
        ->counter(telemetry::Category::rpc, "errors_count", "Number of errors per RPC method",
                  {{"rpcMethod", label}, {"errorType", error_type(code)}})
        .increment();
}

RpcResult<void> Server::Implementation::call(const Method& method, json::Value parameters,
                                             const Caller& caller, Clock::time_point deadline,
                                             json::Writer& out) {
    try {
        const Request request{.view = backend.view(),
                              .backend = backend,
                              .settings = settings,
                              .caller = caller,
                              .filters = filters,
                              .subscriptions = subscriptions,
                              .deadline = deadline};
        return method.call(request, parameters, out);
    } catch (const std::exception& exception) {
        backend.log.error("Error processing JSON-RPC request {}: {}", method.name,
                          exception.what());
        return fail(error::internal_error);
    }
}

bool Server::Implementation::answer(json::Value request, const Caller& caller,
                                    Clock::time_point deadline, std::string& out,
                                    HttpStatus& status) {
    status = HttpStatus::ok;
    const auto id = request.find("id");
    const auto name = request.find("method").string();
    const auto parameters = find_parameters(request);
    if (!request.is_object() || !has_valid_id(id) || !name || !parameters) {
        count_error("unknown", error::invalid_request.code);
        status = HttpStatus::bad_request;
        write_failure(out, id.type() == json::Type::integer ? id : json::Value{},
                      error::invalid_request);
        return true;
    }
    if (id.is_absent()) return false;

    auto method = find_method(*name, caller);
    // One request begins with nothing: only the answers before it in a batch can be too large.
    if (method && out.size() >= settings.max_batch_answer_bytes)
        method = std::unexpected{
            RpcError{error::exceeds_max_batch_size.code,
                     fmt::format("The answers before it in the batch take {} bytes or more",
                                 settings.max_batch_answer_bytes)}};
    if (!method) {
        count_error(*name, method.error().code);
        if (method.error().code == error::unauthorized.code) status = HttpStatus::unauthorized;
        write_failure(out, id, method.error());
        return true;
    }

    const auto begin = now();
    json::Writer writer{out};
    const auto before = out.size();
    open_answer(writer, id);
    writer.key("result");
    auto result = begin < deadline ? call(**method, *parameters, caller, deadline, writer)
                                   : RpcResult<void>{fail(error::timeout)};
    if (result) {
        writer.close_object();
    } else {
        out.resize(before);
        write_failure(out, id, result.error());
        count_error(*name, result.error().code);
    }
    observe(**method, now() - begin);
    return true;
}

void Server::Implementation::answer_batch(json::Value batch, const Caller& caller,
                                          Clock::time_point deadline, std::string& out) {
    out += '[';
    bool needs_comma = false;
    for (const auto request : batch.elements()) {
        if (needs_comma) out += ',';
        HttpStatus unused{};
        const bool has_answer = answer(request, caller, deadline, out, unused);
        if (!has_answer && needs_comma) out.pop_back();
        needs_comma = needs_comma || has_answer;
    }
    out += ']';
}

Server::Server(MethodTable methods, const Backend& backend, const Settings& settings)
    : implementation_{std::make_unique<Implementation>(std::move(methods), backend, settings)} {}
Server::~Server() = default;

HttpStatus Server::handle(std::string_view body, const Caller& caller, std::string& out) {
    auto& own = *implementation_;
    const auto deadline = own.now() + own.settings.timeout;
    const auto root = thread_parser().parse(body);
    if (!root) {
        own.count_error("unknown", error::parse_error.code);
        // On a WebSocket Besu answers an empty message and broken JSON otherwise than on HTTP.
        const auto& kind = caller.transport == Transport::http ? error::parse_error
                           : body.empty()                      ? error::invalid_request
                                                               : error::internal_error;
        write_failure(out, {}, kind);
        return HttpStatus::bad_request;
    }
    if (!root->is_array()) {
        HttpStatus status{};
        own.answer(*root, caller, deadline, out, status);
        return status;
    }
    const auto size = root->size();
    if (size == 0) {
        write_failure(out, {}, error::invalid_request);
        return HttpStatus::bad_request;
    }
    if (caller.transport == Transport::http && own.settings.max_batch_size != 0 &&
        size > own.settings.max_batch_size) {
        own.count_error("unknown", error::exceeds_max_batch_size.code);
        write_failure(out, {}, error::exceeds_max_batch_size);
        return HttpStatus::ok;
    }
    own.answer_batch(*root, caller, deadline, out);
    return HttpStatus::ok;
}

Cost Server::cost_of(std::string_view body) const noexcept {
    constexpr std::size_t longest_cheap_body = 16'384;
    constexpr std::string_view member = "\"method\"";
    constexpr std::string_view blanks = " \t\r\n";
    if (body.size() > longest_cheap_body) return Cost::heavy;
    const auto skip_blanks = [&](std::size_t from) {
        return std::min(body.find_first_not_of(blanks, from), body.size());
    };
    auto at = body.find(member);
    // A second one could be the real one; hidden by escapes, there seems to be none.
    if (at == std::string_view::npos || body.find(member, at + 1) != std::string_view::npos)
        return Cost::heavy;
    at = skip_blanks(at + member.size());
    if (at == body.size() || body[at] != ':') return Cost::heavy;
    at = skip_blanks(at + 1);
    if (at == body.size() || body[at] != '"') return Cost::heavy;
    const auto end = body.find('"', at + 1);
    if (end == std::string_view::npos) return Cost::heavy;
    const auto* const method = implementation_->methods.find(body.substr(at + 1, end - at - 1));
    return method == nullptr ? Cost::cheap : method->cost;
}

void Server::answered(const Caller& caller) {
    if (caller.sink) implementation_->subscriptions.activate(caller.sink->id());
}

void Server::closed(std::uint64_t sink_id) {
    implementation_->subscriptions.drop_connection(sink_id);
}

void Server::head_changed(const blockchain::HeadEvent& event) {
    implementation_->subscriptions.head_changed(event);
}

void Server::transaction_added(const txpool::SharedTransaction& transaction) {
    implementation_->filters.transaction_added(transaction->hash);
    implementation_->subscriptions.transaction_added(transaction);
}

void Server::transaction_removed(const txpool::SharedTransaction& transaction,
                                 txpool::Removal removal) {
    implementation_->subscriptions.transaction_removed(transaction, removal);
}

void Server::sync_changed(const std::optional<SyncProgress>& progress) {
    implementation_->subscriptions.sync_changed(progress);
}

void Server::flush_notifications() {
    implementation_->subscriptions.flush();
}

const MethodTable& Server::methods() const noexcept {
    return implementation_->methods;
}

}  // namespace meta138::rpc
