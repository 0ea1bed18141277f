// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"
#include "subscription_hub.hpp"

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
    return fail(error::invalid_request);
}

RpcResult<Quantity> subscribe(const Request& request, json::Value name, json::Value options) {
    if (!request.caller.sink) return fail(error::method_not_enabled);
    const auto text = name.string();
    if (!text) return fail(error::invalid_request);
    TRY_LET(auto topic, decode_topic(*text, options));
    TRY_LET(const auto number,
            request.subscriptions.subscribe(request.caller.sink, std::move(topic)));
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
