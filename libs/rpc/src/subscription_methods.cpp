// SPDX-License-Identifier: Apache-2.0
#include "find_block.hpp"
#include "methods.hpp"
#include "subscription_hub.hpp"

#include <fmt/format.h>

namespace meta138::rpc {

namespace {

/// The second parameter: {"includeTransactions": true}. Anything else but an object is refused, as
/// Besu does (go-ethereum takes a boolean here).
RpcResult<bool> decode_include_transactions(json::Value options) {
    if (options.is_missing()) return false;
    const auto include = options.find("includeTransactions");
    if (!options.is_object() || (!include.is_missing() && !include.boolean()))
        return fail(error::invalid_request);
    return include.boolean().value_or(false);
}

RpcResult<Heartbeat> decode_heartbeat(json::Value options) {
    constexpr std::uint64_t longest = 3600;
    if (options.is_missing()) return Heartbeat{};
    if (!options.is_object()) return fail(error::invalid_request);
    const auto value = options.find("interval");
    if (value.is_missing()) return Heartbeat{};
    const auto seconds = integer_of(value);
    if (!seconds || *seconds == 0 || *seconds > longest) return fail(error::invalid_request);
    return Heartbeat{std::chrono::seconds{*seconds}};
}

/// {"resumeFrom": block}, of heads and logs: a caller whose connection was lost names the block
/// after the last that it has heard of. Bounded as eth_getLogs is.
RpcResult<std::optional<std::uint64_t>> decode_resume(const Request& request, std::string_view name,
                                                      json::Value options) {
    const auto value = options.find("resumeFrom");
    if (value.is_missing() || (name != "newHeads" && name != "logs")) return std::nullopt;
    const auto from = integer_of(value);
    if (!from) return fail(error::invalid_request);
    const auto head = request.view->head().header.number;
    const auto max_range = request.settings.max_logs_range;
    if (*from > head) return *from;
    TRY(require_body(request, *from));
    if (max_range != 0 && head - *from > max_range)
        return std::unexpected{RpcError{
            error::exceeds_rpc_max_block_range.code,
            std::string{error::exceeds_rpc_max_block_range.message},
            fmt::format(R"({{"maxRange":{},"resumeFrom":"{:#x}"}})", max_range, head - max_range)}};
    return *from;
}

RpcResult<Topic> decode_topic(std::string_view name, json::Value options) {
    if (name == "newHeads") {
        TRY_LET(const auto full, decode_include_transactions(options));
        return NewHeads{full};
    }
    if (name == "newPendingTransactions") {
        TRY_LET(const auto full, decode_include_transactions(options));
        return NewPendingTransactions{full};
    }
    if (name == "logs") {
        if (options.is_missing()) return LogFilter{};
        const auto filter = decode_log_filter(options);
        if (!filter) return fail(error::invalid_request);
        return *filter;
    }
    if (name == "droppedPendingTransactions") return DroppedPendingTransactions{};
    if (name == "syncing") return Syncing{};
    if (name == "heartbeat") {
        TRY_LET(const auto beat, decode_heartbeat(options));
        return beat;
    }
    return fail(error::invalid_request);
}

RpcResult<Quantity> subscribe(const Request& request, json::Value name, json::Value options) {
    if (!request.caller.sink) return fail(error::method_not_enabled);
    const auto text = name.string();
    if (!text) return fail(error::invalid_request);
    TRY_LET(auto topic, decode_topic(*text, options));
    TRY_LET(const auto resume_from, decode_resume(request, *text, options));
    TRY_LET(const auto number,
            request.subscriptions.subscribe(request.caller.sink, std::move(topic), resume_from));
    return Quantity{number};
}

RpcResult<bool> unsubscribe(const Request& request, json::Value id) {
    if (!request.caller.sink) return fail(error::method_not_enabled);
    const auto number = integer_of(id);
    if (!number) return fail(error::invalid_request);
    if (!request.subscriptions.unsubscribe(request.caller.sink->id(), *number))
        return fail(error::subscription_not_found);
    return true;
}

}  // namespace

void add_subscription_methods(MethodTable& table) {
    table.add("eth_subscribe", Group::eth, Cost::cheap, subscribe);
    table.add("eth_unsubscribe", Group::eth, Cost::cheap, unsubscribe);
}

}  // namespace meta138::rpc
