// SPDX-License-Identifier: Apache-2.0
#include "block_json.hpp"
#include "call_simulation.hpp"
#include "find_block.hpp"
#include "methods.hpp"
#include "receipt_json.hpp"
#include "simulate_block.hpp"
#include "simulate_parameters.hpp"
#include "trace_cancellation.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"

#include <optional>
#include <string>
#include <utility>

namespace meta138::rpc {

namespace {

/// execution-apis: a call that failed in the machine.
constexpr int vm_error = -32015;

void write_call_error(json::Writer& out, const execution::TransactionResult& result) {
    const auto failure = execution_failure(result);
    out.key("error").open_object();
    if (result.status == evm::Status::revert) {
        out.key("code").number(std::int64_t{failure.code});
        out.key("message").string(failure.message);
        out.key("data").hex(result.output);
    } else {
        out.key("code").number(std::int64_t{vm_error});
        out.key("message").string(halt_description(result.status));
    }
    out.close_object();
}

void write_call(json::Writer& out, const SimulatedCall& call, LogPlace place, ByteView output) {
    out.open_object();
    if (!call.result.succeeded()) write_call_error(out, call.result);
    out.key("gasUsed").quantity(call.result.gas_used);
    out.key("logs").open_array();
    place.transaction_hash = call.transaction_hash;
    for (const auto& log : call.logs) {
        place.log_index = log.index;
        write_log(out, log.log, place);
    }
    out.close_array();
    out.key("maxUsedGas").quantity(call.result.max_gas_used);
    out.key("returnData").hex(output);
    out.key("status").quantity(std::uint64_t{call.result.succeeded() ? 1U : 0U});
    out.close_object();
}

void write_calls(json::Writer& out, const SimulatedBlock& block, state::State& state) {
    const auto& header = block.block.header;
    LogPlace place{.block_number = header.number,
                   .block_timestamp = header.timestamp,
                   .block_hash = block.hash,
                   .transaction_hash = {}};
    out.open_array();
    for (const auto& call : block.calls) {
        const auto& result = call.result;
        const bool shows_code = result.created && result.succeeded();
        const bool shows_output = result.succeeded();
        write_call(out, call, place,
                   shows_code     ? state.code(*result.created)
                   : shows_output ? ByteView{result.output}
                                  : ByteView{});
        ++place.transaction_index;
    }
    out.close_array();
}

/// A block's object, and in it what its calls came to. `trie_log` is empty unless it is wanted.
void write_simulated_block(json::Writer& out, const SimulatedBlock& block, state::State& state,
                           bool full_transactions, const blockchain::Consensus& consensus,
                           ByteView trie_log) {
    std::string text;
    json::Writer writer{text};
    write_block(writer,
                {.header = block.block.header,
                 .hash = block.hash,
                 .total_difficulty = std::nullopt,
                 .size = encode_block(block.block).size(),
                 .transactions = block.block.transactions,
                 .senders = block.senders,
                 .ommers = {},
                 .withdrawals = block.block.withdrawals},
                full_transactions, consensus);
    text.back() = ',';  // in place of the brace
    std::string calls;
    json::Writer calls_writer{calls};
    write_calls(calls_writer, block, state);
    text += "\"calls\":" + calls;
    if (!trie_log.empty()) text += ",\"trieLog\":\"" + to_hex(trie_log) + '"';
    text += '}';
    out.raw(text);
}

RpcResult<void> simulate(const Request& request, SimulationInput input,
                         std::optional<BlockParameter> where, json::Writer& out) {
    TRY_LET(const auto number, find_block(request, where.value_or(BlockParameter{})));
    if (!number) return fail(error::block_not_found);
    const auto base = request.view->blocks().header(*number);
    const auto view = request.view->blocks().state_at(*number);
    if (!base) return fail(error::block_not_found);
    if (!view) return fail(error::world_state_unavailable);
    TRY_LET(const auto blocks, complete_blocks(std::move(input.blocks), base->header));
    StateLease state{*view};
    BlockSimulator simulator{request, *base, *state, input};
    out.open_array();
    for (const auto& block : blocks) {
        TRY_LET(const auto simulated, simulator.run(block));
        Bytes trie_log;
        if (input.trie_log)
            trie_log = encode_trie_log(simulated.hash, simulator.touched(),
                                       {.blocks = request.view->blocks(),
                                        .base = *number,
                                        .before = *view,
                                        .after = *state});
        write_simulated_block(out, simulated, *state, input.full_transactions,
                              request.view->consensus(), trie_log);
        TRY(pass_on(request));
    }
    out.close_array();
    return {};
}

}  // namespace

void add_simulate_methods(MethodTable& table) {
    table.add("eth_simulateV1", Group::eth, Cost::heavy, cancellable(simulate));
}

}  // namespace meta138::rpc
