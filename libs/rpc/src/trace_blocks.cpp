// SPDX-License-Identifier: Apache-2.0
#include "trace_blocks.hpp"

#include "trace_replay.hpp"

#include "meta138/base/try.hpp"

#include <algorithm>

namespace meta138::rpc {

namespace {

/// The account that a trace is about for fromAddress, if any.
std::optional<Address> from_of(const tracing::ParityTrace& trace) {
    return trace.from;
}

std::optional<Address> to_of(const tracing::ParityTrace& trace) {
    const bool is_creation =
        trace.type == tracing::FrameType::create || trace.type == tracing::FrameType::create2;
    if (is_creation) return std::nullopt;
    return trace.to;
}

bool is_among(const std::vector<Address>& addresses, const std::optional<Address>& address) {
    return addresses.empty() ||
           (address && std::ranges::find(addresses, *address) != addresses.end());
}

/// Counts a trace that fits; true when it is to be written.
bool take(TraceSelection& selection) {
    if (selection.skip > 0) {
        --selection.skip;
        return false;
    }
    if (selection.count == 0) return false;
    --selection.count;
    return true;
}

bool is_selected(TraceSelection& selection, const tracing::ParityTrace& trace) {
    return is_among(selection.from, from_of(trace)) && is_among(selection.to, to_of(trace)) &&
           take(selection);
}

bool is_selected_reward(TraceSelection& selection, const Address& author) {
    return selection.from.empty() && is_among(selection.to, author) && take(selection);
}

tracing::ParityTraceContext context_of(const ReplayBlock& block, std::size_t position,
                                       const tracing::ParityTracer& tracer,
                                       const execution::TransactionResult& result) {
    return {
        .has_block = true,
        .block_hash = block.hash,
        .block_number = block.block.header.number,
        .transaction_hash = transaction_hash(block.block.transactions[position]),
        .transaction_position = position,
        .creation_method = tracer.has_create2() ? "create2" : "create",
        .revert_reason =
            result.status == evm::Status::revert ? ByteView{result.output} : ByteView{},
    };
}

/// Yellow Paper 11.3; on a chain without rewards Besu shows one of 0.
void write_rewards(const ReplayBlock& block, TraceSelection* selection, json::Writer& out) {
    const auto& header = block.block.header;
    const auto& ommers = block.block.ommers;
    const auto reward = block.rules.block_reward.value_or(uint256{});
    const auto write = [&](const Address& author, std::string_view type, const uint256& value) {
        if (selection == nullptr || is_selected_reward(*selection, author))
            tracing::write_reward_trace(out, author, type, value, block.hash, header.number);
    };
    write(header.coinbase, "block", reward + reward / 32 * ommers.size());
    for (const auto& ommer : ommers)
        write(ommer.coinbase, "uncle", reward * (8 + ommer.number - header.number) / 8);
}

}  // namespace

RpcResult<void> write_block_traces(const Request& request, std::uint64_t number,
                                   std::optional<std::reference_wrapper<TraceSelection>> selection,
                                   json::Writer& out) {
    auto* const selected = selection ? &selection->get() : nullptr;
    TRY_LET(const auto block, load_replay_block(request, number));
    if (!block) return fail(error::block_not_found);
    if (!block->block.transactions.empty()) {
        Replayer replayer{request, *block};
        tracing::ParityTracer tracer{block->rules.fork, max_held_trace_bytes};
        for (std::size_t i = 0; i < block->block.transactions.size(); ++i) {
            tracer.reset();
            TRY_LET(const auto result, replayer.run_next(&tracer));
            const auto context = context_of(*block, i, tracer, result);
            if (tracer.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
            for (const auto& trace : tracer.traces()) {
                if (selected != nullptr && !is_selected(*selected, trace)) continue;
                tracing::write_parity_trace(out, trace, context);
                TRY(pass_on(request));
            }
        }
    }
    write_rewards(*block, selected, out);
    return {};
}

RpcResult<void> write_transaction_traces(const Request& request, const Hash32& hash,
                                         const std::function<bool(const TracePlace&)>& on_trace) {
    const auto location = request.view->blocks().find_transaction(hash);
    if (!location) return {};
    TRY_LET(const auto block, load_replay_block(request, location->block_number));
    if (!block) return fail(error::block_not_found);
    Replayer replayer{request, *block};
    TRY(replayer.skip_to(location->index));
    tracing::ParityTracer tracer{block->rules.fork, max_held_trace_bytes};
    TRY_LET(const auto result, replayer.run_next(&tracer));
    if (tracer.is_full()) return std::unexpected{trace_too_large(max_held_trace_bytes)};
    const auto context = context_of(*block, location->index, tracer, result);
    for (const auto& trace : tracer.traces()) {
        if (!on_trace({trace, context})) break;
        TRY(pass_on(request));
    }
    return {};
}

}  // namespace meta138::rpc
