// SPDX-License-Identifier: Apache-2.0
#include "simulate_parameters.hpp"

#include "meta138/base/try.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::rpc {

namespace {

constexpr int block_number_invalid = -38020;
constexpr int block_timestamp_invalid = -38021;
constexpr int client_limit_exceeded = -38026;

RpcResult<SimulatedBlockInput> block_of(json::Value value) {
    if (!value.is_object()) return fail(error::invalid_params);
    SimulatedBlockInput block;
    if (const auto overrides = value.find("blockOverrides"); !overrides.is_missing()) {
        TRY_LET(auto decoded, Parameter<BlockOverrides>::decode(overrides));
        block.block = std::move(decoded);
    }
    if (const auto overrides = value.find("stateOverrides"); !overrides.is_missing()) {
        TRY_LET(auto decoded, Parameter<StateOverrides>::decode(overrides));
        block.state = std::move(decoded);
    }
    for (const auto call : value.find("calls").elements()) {
        TRY_LET(auto decoded, Parameter<CallObject>::decode(call));
        block.calls.push_back(std::move(decoded));
    }
    return block;
}

std::unexpected<RpcError> too_many_blocks() {
    return std::unexpected{RpcError{client_limit_exceeded, "too many blocks"}};
}

}  // namespace

RpcResult<SimulationInput> Parameter<SimulationInput>::decode(json::Value value) {
    const auto blocks = value.find("blockStateCalls");
    if (!value.is_object() || !blocks.is_array()) return fail(error::invalid_params);
    if (blocks.size() == 0) return std::unexpected{RpcError{-32602, "empty input"}};
    if (blocks.size() > max_simulated_blocks) return too_many_blocks();
    SimulationInput input;
    std::size_t calls = 0;
    for (const auto element : blocks.elements()) {
        calls += element.find("calls").size();
        if (calls > max_simulated_calls)
            return std::unexpected{
                RpcError{client_limit_exceeded,
                         fmt::format("too many calls: {} > {}", calls, max_simulated_calls)}};
        TRY_LET(auto block, block_of(element));
        input.blocks.push_back(std::move(block));
    }
    const auto flag = [&](std::string_view name) {
        return value.find(name).boolean().value_or(false);
    };
    input.trace_transfers = flag("traceTransfers");
    input.validation = flag("validation");
    input.full_transactions = flag("returnFullTransactions");
    input.trie_log = flag("returnTrieLog");
    return input;
}

RpcResult<std::vector<SimulatedBlockInput>> complete_blocks(std::vector<SimulatedBlockInput> blocks,
                                                            const Header& base) {
    std::vector<SimulatedBlockInput> result;
    auto number = base.number;
    auto time = base.timestamp;
    for (auto& block : blocks) {
        const auto wanted = block.block.number.value_or(number + 1);
        if (wanted <= number)
            return std::unexpected{
                RpcError{block_number_invalid,
                         fmt::format("block numbers must be in order: {} <= {}", wanted, number)}};
        if (wanted - base.number > max_simulated_blocks) return too_many_blocks();
        while (++number < wanted) {
            time += simulated_block_period;
            auto& gap = result.emplace_back();
            gap.block.number = number;
            gap.block.time = time;
        }
        if (block.block.time && *block.block.time <= time)
            return std::unexpected{RpcError{
                block_timestamp_invalid, fmt::format("block timestamps must be in order: {} <= {}",
                                                     *block.block.time, time)}};
        time = block.block.time.value_or(time + simulated_block_period);
        block.block.number = number;
        block.block.time = time;
        result.push_back(std::move(block));
    }
    return result;
}

}  // namespace meta138::rpc
