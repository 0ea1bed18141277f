// SPDX-License-Identifier: Apache-2.0
#include "trace_methods.hpp"

#include "call_simulation.hpp"
#include "find_block.hpp"
#include "methods.hpp"
#include "trace_blocks.hpp"
#include "trace_replay.hpp"
#include "trace_types.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::rpc {

namespace {

/// Besu's transactionSimulator: whatever a transaction must be, but for its signature.
constexpr execution::SimulationLicense trace_license{
    .sender_with_code = true,
    .any_gas_limit = true,
    .beyond_block_limits = true,
};

// Blocks and transactions of the chain

RpcResult<void> trace_block(const Request& request, BlockParameter where, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where));
    if (!number) {
        out.null();
        return {};
    }
    out.open_array();
    if (*number > 0) TRY(write_block_traces(request, *number, {}, out));
    out.close_array();
    return {};
}

RpcResult<void> trace_transaction(const Request& request, TransactionHash hash, json::Writer& out) {
    out.open_array();
    TRY(write_transaction_traces(request, hash.value, [&](const TracePlace& place) {
        place.write(out);
        return true;
    }));
    out.close_array();
    return pass_on(request);
}

RpcResult<std::vector<std::size_t>> trace_address_of(json::Value value) {
    if (!value.is_array()) return fail(error::invalid_trace_numbers_params);
    std::vector<std::size_t> address;
    for (const auto element : value.elements()) {
        const auto index = integer_of(element);
        if (!index) return fail(error::invalid_trace_numbers_params);
        address.push_back(*index);
    }
    return address;
}

RpcResult<void> trace_get(const Request& request, Arguments arguments, json::Writer& out) {
    if (arguments.values.size() != 2) return fail(error::invalid_param_count);
    TRY_LET(const auto hash, Parameter<TransactionHash>::decode(arguments.values.at(0)));
    TRY_LET(const auto address, trace_address_of(arguments.values.at(1)));
    bool is_found = false;
    TRY(write_transaction_traces(request, hash.value, [&](const TracePlace& place) {
        if (place.trace.trace_address != address) return true;
        place.write(out);
        is_found = true;
        return false;
    }));
    if (!is_found) out.null();
    return {};
}

RpcResult<void> replay_block_transactions(const Request& request, BlockParameter where,
                                          TraceTypes types, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where));
    if (!number) {
        out.null();
        return {};
    }
    out.open_array();
    if (*number > 0) {
        TRY_LET(const auto block, load_replay_block(request, *number));
        if (!block) return fail(error::block_not_found);
        Replayer replayer{request, *block};
        TypedTracer tracer{types, replayer.state(), block->rules.fork, out};
        for (std::size_t i = 0; i < block->block.transactions.size(); ++i) {
            const auto& transaction = block->block.transactions[i];
            auto& observer =
                tracer.begin(transaction, block->senders[i], block->block.header.coinbase);
            TRY_LET(const auto result, replayer.run_next(&observer));
            if (tracer.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
            tracer.finish(result, {.transaction_hash = transaction_hash(transaction)});
            TRY(pass_on(request));
        }
    }
    out.close_array();
    return {};
}

/// Besu does not have it; Blockscout and others ask for it.
RpcResult<void> replay_transaction(const Request& request, TransactionHash hash, TraceTypes types,
                                   json::Writer& out) {
    const auto location = request.view->blocks().find_transaction(hash.value);
    if (!location) {
        out.null();
        return {};
    }
    TRY_LET(const auto block, load_replay_block(request, location->block_number));
    if (!block) return fail(error::block_not_found);
    Replayer replayer{request, *block};
    TRY(replayer.skip_to(location->index));
    TypedTracer tracer{types, replayer.state(), block->rules.fork, out};
    auto& observer = tracer.begin(block->block.transactions[location->index],
                                  block->senders[location->index], block->block.header.coinbase);
    TRY_LET(const auto result, replayer.run_next(&observer));
    if (tracer.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
    tracer.finish(result, {.transaction_hash = hash.value});
    return pass_on(request);
}

// Calls

struct TracedCall {
    CallObject call;
    TraceTypes types;
};

/// Runs the call on the state as it is, and writes what was asked for.
RpcResult<void> write_traced_call(const Request& request, const CallBlock& block,
                                  state::State& state, const TracedCall& traced,
                                  json::Writer& out) {
    TypedTracer tracer{traced.types, state, block.rules.fork, out};
    const auto sender = traced.call.sender();
    CallRunner::Options options{.payment = CallPayment::charged, .license = trace_license};
    Transaction probe;
    probe.to = traced.call.to;
    probe.authorization_list = traced.call.authorization_list;
    options.tracer = &tracer.begin(probe, sender, block.header.coinbase);
    CallRunner runner{request, block, state, nullptr, options};
    const auto transaction = runner.prepare(traced.call);
    const auto result = runner.run(transaction, sender, traced.call.authorities);
    if (!result)
        return fail(error::internal_error,
                    runner.refusal(result.error(), transaction, sender).message);
    if (tracer.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
    tracer.finish(*result, {});
    return pass_on(request);
}

RpcResult<void> trace_call(const Request& request, CallObject call, TraceTypes types,
                           std::optional<BlockParameter> where, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where.value_or(BlockParameter{})));
    if (!number) return fail(error::block_not_found);
    TRY_LET(const auto block, load_call_block(request, *number));
    StateLease state{*block.view};
    return write_traced_call(request, block, *state, {std::move(call), types}, out);
}

RpcResult<TracedCall> traced_call_of(json::Value value) {
    if (!value.is_array() || value.size() != 2) return fail(error::invalid_trace_call_many_params);
    auto call = Parameter<CallObject>::decode(value.at(0));
    auto types = Parameter<TraceTypes>::decode(value.at(1));
    if (!call || !types) return fail(error::invalid_trace_call_many_params);
    return TracedCall{*std::move(call), *types};
}

RpcResult<void> trace_call_many(const Request& request, Arguments arguments, json::Writer& out) {
    // Besu asks for both.
    if (arguments.values.size() != 2) return fail(error::invalid_param_count);
    const auto calls = arguments.values.at(0);
    if (!calls.is_array()) return fail(error::invalid_trace_call_many_params);
    TRY_LET(const auto where, Parameter<BlockParameter>::decode(arguments.values.at(1)));
    TRY_LET(const auto number, find_block(request, where));
    if (!number) return fail(error::block_not_found);
    TRY_LET(const auto block, load_call_block(request, *number));
    StateLease state{*block.view};
    out.open_array();
    for (const auto element : calls.elements()) {
        if (request.is_cancelled()) return fail(error::timeout);
        TRY_LET(const auto traced, traced_call_of(element));
        TRY(write_traced_call(request, block, *state, traced, out));
    }
    out.close_array();
    return {};
}

RpcResult<void> trace_raw_transaction(const Request& request, Arguments arguments,
                                      json::Writer& out) {
    if (arguments.values.size() != 2) return fail(error::invalid_param_count);
    const auto raw = bytes_of(arguments.values.at(0));
    TRY_LET(const auto types, Parameter<TraceTypes>::decode(arguments.values.at(1)));
    if (!raw) return fail(error::invalid_transaction_params);
    const auto transaction = decode_transaction(*raw);
    if (!transaction) return fail(error::invalid_transaction_params);
    TRY_LET(const auto block, load_call_block(request, request.view->head().header.number));
    const auto sender = recover_sender(*transaction, block.rules.fork);
    if (!sender) return fail(error::invalid_transaction_signature);

    StateLease state{*block.view};
    TypedTracer tracer{types, *state, block.rules.fork, out};
    CallRunner::Options options{.payment = CallPayment::charged, .license = trace_license};
    options.tracer = &tracer.begin(*transaction, *sender, block.header.coinbase);
    CallRunner runner{request, block, *state, nullptr, options};
    const auto result = runner.run(*transaction, *sender);
    if (!result)
        return fail(error::internal_error,
                    runner.refusal(result.error(), *transaction, *sender).message);
    if (tracer.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
    tracer.finish(*result, {});
    return pass_on(request);
}

// trace_filter

/// Besu takes no tags here but these two.
RpcResult<std::uint64_t> filter_block_of(const Request& request, json::Value value) {
    if (value.is_missing()) return request.view->head().header.number;
    TRY_LET(const auto block, Parameter<BlockNumberParameter>::decode(value));
    if (const auto* number = std::get_if<std::uint64_t>(&block.value)) return *number;
    TRY_LET(const auto number, find_block(request, block));
    return number.value_or(0);
}

RpcResult<std::vector<Address>> filter_addresses_of(json::Value value) {
    std::vector<Address> addresses;
    if (value.is_missing()) return addresses;
    if (const auto one = address_of(value)) return std::vector{*one};
    if (!value.is_array()) return fail(error::invalid_filter_params);
    for (const auto element : value.elements()) {
        const auto address = address_of(element);
        if (!address) return fail(error::invalid_filter_params);
        addresses.push_back(*address);
    }
    return addresses;
}

RpcResult<void> trace_filter(const Request& request, json::Value filter, json::Writer& out) {
    if (!filter.is_object()) return fail(error::invalid_filter_params);
    TRY_LET(const auto first, filter_block_of(request, filter.find("fromBlock")));
    TRY_LET(const auto last, filter_block_of(request, filter.find("toBlock")));
    TraceSelection selection;
    TRY_LET(auto from, filter_addresses_of(filter.find("fromAddress")));
    TRY_LET(auto to, filter_addresses_of(filter.find("toAddress")));
    selection.from = std::move(from);
    selection.to = std::move(to);
    selection.skip = integer_of(filter.find("after")).value_or(0);
    if (const auto count = integer_of(filter.find("count"))) selection.count = *count;
    if (first > last || last > request.view->head().header.number)
        return fail(error::invalid_params);
    const auto range = request.settings.max_trace_filter_range;
    if (range > 0 && last - first > range) return fail(error::exceeds_rpc_max_block_range);
    out.open_array();
    for (auto number = std::max<std::uint64_t>(first, 1); number <= last && selection.count > 0;
         ++number)
        TRY(write_block_traces(request, number, std::ref(selection), out));
    out.close_array();
    return {};
}

}  // namespace

void add_trace_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::trace, Cost::trace, cancellable(function));
    };
    add("trace_block", trace_block);
    add("trace_transaction", trace_transaction);
    add("trace_get", trace_get);
    add("trace_filter", trace_filter);
    add("trace_call", trace_call);
    add("trace_callMany", trace_call_many);
    add("trace_rawTransaction", trace_raw_transaction);
    add("trace_replayBlockTransactions", replay_block_transactions);
    add("trace_replayTransaction", replay_transaction);
    add_otterscan_trace_methods(table);
}

}  // namespace meta138::rpc
