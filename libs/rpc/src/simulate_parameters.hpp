// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_object.hpp"

#include "meta138/codec/json/reader.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/parameters.hpp"
#include "meta138/types/block.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::rpc {

// Limits of eth_simulateV1, those of go-ethereum.
inline constexpr std::size_t max_simulated_blocks = 256;
inline constexpr std::size_t max_simulated_calls = 10'000;
/// Seconds between two simulated blocks, unless they say otherwise.
inline constexpr std::uint64_t simulated_block_period = 12;

/// A block of eth_simulateV1: what is different about it, and the calls in it.
struct SimulatedBlockInput {
    BlockOverrides block;
    StateOverrides state;
    std::vector<CallObject> calls;
};

struct SimulationInput {
    std::vector<SimulatedBlockInput> blocks;
    bool trace_transfers = false;
    bool validation = false;
    bool full_transactions = false;
    bool trie_log = false;  ///< Besu
};

template <>
struct Parameter<SimulationInput> {
    static RpcResult<SimulationInput> decode(json::Value value);
};

/// Gives each block a number and a time, and puts empty blocks where numbers are missing. Fails
/// when they are not in order (-38020, -38021) or too many (-38026).
[[nodiscard]] RpcResult<std::vector<SimulatedBlockInput>> complete_blocks(
    std::vector<SimulatedBlockInput> blocks, const Header& base);

}  // namespace meta138::rpc
