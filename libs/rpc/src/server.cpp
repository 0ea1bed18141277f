// SPDX-License-Identifier: Apache-2.0
#include "meta138/rpc/server.hpp"

#include "batch_senders.hpp"
#include "envelope.hpp"
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

}  // namespace

/// One body and its answer.
struct Exchange {
    const Caller& caller;
    Clock::time_point deadline;
    Answer& answer;
    const BatchSenders* senders = nullptr;
};

struct Server::Implementation {
    Implementation(MethodTable table, const Backend& node, const Settings& chosen)
        : methods{std::move(table)},
          backend{node},
          settings{chosen},
          now{node.now ? node.now : [] { return Clock::now(); }},
          filters{
              settings, now,
              [&node] { return node.make_filter_id ? node.make_filter_id() : random_filter_id(); }},
          subscriptions{settings, node, now} {
        if (node.metrics == nullptr) return;
        batches = &node.metrics->counter(telemetry::Category::rpc, "batches",
                                         "Batches of JSON-RPC requests that were answered");
        batch_requests = &node.metrics->counter(telemetry::Category::rpc, "batch_requests",
                                                "Requests in these batches");
        batches_refused =
            &node.metrics->counter(telemetry::Category::rpc, "batches_refused",
                                   "Batches of more requests than --rpc-http-max-batch-size");
        largest_batch = &node.metrics->gauge(telemetry::Category::rpc, "largest_batch",
                                             "Requests in the largest batch that came, answered or "
                                             "refused");
    }

    /// One request of a single body or a batch. False: it was a notification, and nothing is
    /// written.
    bool answer(json::Value request, const Exchange& exchange, HttpStatus& status);
    [[nodiscard]] RpcResult<const Method*> find_method(std::string_view name,
                                                       const Caller& caller) const;
    /// Writes the result; on an error some of one may have been written.
    RpcResult<void> call(const Method& method, json::Value parameters, const Exchange& exchange,
                         json::Writer& out);
    void answer_batch(json::Value batch, Exchange exchange);
    [[nodiscard]] std::optional<BatchSenders> find_senders(json::Value batch,
                                                           const Caller& caller) const;
    void break_off(Answer& out, const Method& method, const RpcError& error);
    /// Of the method whose name `text` begins with, behind its member's: `: "eth_call"`.
    [[nodiscard]] Cost cost_at(std::string_view text) const noexcept;
    void observe(const Method& method, std::chrono::nanoseconds duration);
    void count_error(std::string_view method, int code);
    void count_batch(std::size_t size, bool is_refused);

    const MethodTable methods;
    const Backend& backend;
    const Settings settings;
    const std::function<Clock::time_point()> now;
    FilterStore filters;
    SubscriptionHub subscriptions;
    // Null without metrics.
    telemetry::Counter* batches = nullptr;
    telemetry::Counter* batch_requests = nullptr;
    telemetry::Counter* batches_refused = nullptr;
    telemetry::Gauge* largest_batch = nullptr;
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

Cost Server::Implementation::cost_at(std::string_view text) const noexcept {
    constexpr std::string_view blanks = " \t\r\n";
    const auto take = [&](char expected) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (!text.starts_with(expected)) return false;
        text.remove_prefix(1);
        return true;
    };
    if (!take(':') || !take('"')) return Cost::heavy;
    const auto end = text.find('"');
    if (end == std::string_view::npos) return Cost::heavy;
    const auto* const method = methods.find(text.substr(0, end));
    return method == nullptr ? Cost::cheap : method->cost;
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

void Server::Implementation::count_batch(std::size_t size, bool is_refused) {
    if (batches == nullptr) return;
    // A larger one that comes at the same moment may be missed: it is a figure for people.
    largest_batch->set(std::max(largest_batch->value(), static_cast<double>(size)));
    if (is_refused) return batches_refused->increment();
    batches->increment();
    batch_requests->increment(size);
}

/// Some of an answer has left that cannot go on: its reader must not take it for a whole one.
void Server::Implementation::break_off(Answer& out, const Method& method, const RpcError& error) {
    out.break_off();
    if (backend.metrics != nullptr)
        backend.metrics
            ->counter(
                telemetry::Category::meta138, "rpc_answers_broken_off",
                "Long answers that ended before they were whole",
                {{"method", method.name}, {"reason", out.is_abandoned() ? "reader_gone" : "error"}})
            .increment();
    if (out.is_abandoned()) return;
    backend.log.warn({{"method", std::string_view{method.name}}},
                     "The answer to {} breaks off after {} bytes: {}", method.name, out.size(),
                     error.message);
}

RpcResult<void> Server::Implementation::call(const Method& method, json::Value parameters,
                                             const Exchange& exchange, json::Writer& out) {
    try {
        const Request request{.view = backend.view(),
                              .backend = backend,
                              .settings = settings,
                              .caller = exchange.caller,
                              .filters = filters,
                              .subscriptions = subscriptions,
                              .answer = exchange.answer,
                              .deadline = exchange.deadline,
                              .batch_senders = exchange.senders};
        return method.call(request, parameters, out);
    } catch (const std::exception& exception) {
        backend.log.error("Error processing JSON-RPC request {}: {}", method.name,
                          exception.what());
        return fail(error::internal_error);
    }
}

bool Server::Implementation::answer(json::Value request, const Exchange& exchange,
                                    HttpStatus& status) {
    auto& out = exchange.answer;
    status = HttpStatus::ok;
    const auto id = request.find("id");
    const auto name = request.find("method").string();
    const auto parameters = find_parameters(request);
    if (!request.is_object() || !has_valid_id(id) || !name || !parameters) {
        count_error("unknown", error::invalid_request.code);
        status = HttpStatus::bad_request;
        write_failure(out.text(), id.type() == json::Type::integer ? id : json::Value{},
                      error::invalid_request);
        return true;
    }
    if (id.is_absent()) return false;

    auto method = find_method(*name, exchange.caller);
    // One request begins with nothing: only the answers before it in a batch can be too large.
    if (method && out.size() >= settings.max_batch_answer_bytes)
        method = std::unexpected{
            RpcError{error::exceeds_max_batch_size.code,
                     fmt::format("The answers before it in the batch take {} bytes or more",
                                 settings.max_batch_answer_bytes)}};
    if (!method) {
        count_error(*name, method.error().code);
        if (method.error().code == error::unauthorized.code) status = HttpStatus::unauthorized;
        write_failure(out.text(), id, method.error());
        return true;
    }

    const auto begin = now();
    const auto waited = out.waited();
    json::Writer writer{out.text()};
    const auto before = out.size();
    open_answer(writer, id);
    writer.key("result");
    const auto result = begin - waited < exchange.deadline
                            ? call(**method, *parameters, exchange, writer)
                            : RpcResult<void>{fail(error::timeout)};
    if (result) {
        writer.close_object();
    } else {
        count_error(*name, result.error().code);
        if (out.rewind(before))
            write_failure(out.text(), id, result.error());
        else
            break_off(out, **method, result.error());
    }
    observe(**method, now() - begin - (out.waited() - waited));
    return true;
}

/// Nothing where it does not pay.
std::optional<BatchSenders> Server::Implementation::find_senders(json::Value batch,
                                                                 const Caller& caller) const {
    constexpr std::string_view sending = "eth_sendRawTransaction";
    std::size_t count = 0;
    for (const auto request : batch.elements())
        if (request.find("method").string() == sending) ++count;
    if (count < 2 || backend.pool == nullptr || !find_method(sending, caller)) return std::nullopt;
    return BatchSenders{batch, backend.pool->head().next_fork};
}

void Server::Implementation::answer_batch(json::Value batch, Exchange exchange) {
    const auto senders = find_senders(batch, exchange.caller);
    exchange.senders = senders ? &*senders : nullptr;
    auto& out = exchange.answer;
    out.text() += '[';
    bool needs_comma = false;
    for (const auto request : batch.elements()) {
        if (needs_comma) out.text() += ',';
        HttpStatus unused{};
        const bool has_answer = answer(request, exchange, unused);
        if (!has_answer && needs_comma) out.text().pop_back();
        needs_comma = needs_comma || has_answer;
        if (!out.release()) out.break_off();
        if (out.is_broken_off()) return;
    }
    out.text() += ']';
}

Server::Server(MethodTable methods, const Backend& backend, const Settings& settings)
    : implementation_{std::make_unique<Implementation>(std::move(methods), backend, settings)} {}
Server::~Server() = default;

HttpStatus Server::handle(std::string_view body, const Caller& caller, std::string& out) {
    Answer answer{out};
    return handle(body, caller, answer);
}

HttpStatus Server::handle(std::string_view body, const Caller& caller, Answer& answer) {
    auto& own = *implementation_;
    const auto deadline = own.now() + caller.timeout.value_or(own.settings.timeout);
    const Exchange exchange{caller, deadline, answer};
    const auto root = thread_parser().parse(body);
    if (!root) {
        own.count_error("unknown", error::parse_error.code);
        // On a WebSocket Besu answers an empty message and broken JSON otherwise than on HTTP.
        const auto& kind = caller.transport == Transport::http ? error::parse_error
                           : body.empty()                      ? error::invalid_request
                                                               : error::internal_error;
        write_failure(answer.text(), {}, kind);
        return HttpStatus::bad_request;
    }
    if (!root->is_array()) {
        HttpStatus status{};
        own.answer(*root, exchange, status);
        return status;
    }
    const auto size = root->size();
    if (size == 0) {
        write_failure(answer.text(), {}, error::invalid_request);
        return HttpStatus::bad_request;
    }
    if (caller.transport == Transport::http && own.settings.max_batch_size != 0 &&
        size > own.settings.max_batch_size) {
        own.count_error("unknown", error::exceeds_max_batch_size.code);
        own.count_batch(size, true);
        write_failure(answer.text(), {}, error::exceeds_max_batch_size);
        return HttpStatus::ok;
    }
    own.count_batch(size, false);
    own.answer_batch(*root, exchange);
    return HttpStatus::ok;
}

Cost Server::cost_of(std::string_view body) const noexcept {
    constexpr std::size_t longest_cheap_body = 16'384;
    constexpr std::size_t looked_at = 131'072;  // an io thread has microseconds
    constexpr std::string_view member = "\"method\"";
    const auto text = body.substr(0, looked_at);
    // One method, whose name is read as it stands: else it is heavy, or more. A second could be the
    // real one; hidden by escapes, there seems to be none.
    auto cost = Cost::cheap;
    std::size_t methods = 0;
    for (auto at = text.find(member); at != std::string_view::npos && cost != Cost::trace;
         at = text.find(member, at + 1), ++methods)
        cost = std::max(cost, implementation_->cost_at(text.substr(at + member.size())));
    const bool may_be_cheap = methods == 1 && body.size() <= longest_cheap_body;
    return may_be_cheap ? cost : std::max(cost, Cost::heavy);
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
