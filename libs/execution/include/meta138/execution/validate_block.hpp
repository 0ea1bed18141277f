// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/invalid_block.hpp"
#include "meta138/types/block.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <span>

namespace meta138::execution {

inline constexpr std::uint64_t GAS_LIMIT_ADJUSTMENT_FACTOR = 1024;
inline constexpr std::uint64_t GAS_LIMIT_MINIMUM = 5000;
inline constexpr std::uint64_t BASE_FEE_MAX_CHANGE_DENOMINATOR = 8;  ///< EIP-1559
inline constexpr std::uint64_t ELASTICITY_MULTIPLIER = 2;            ///< EIP-1559
inline constexpr std::size_t MAX_BLOCK_SIZE = 10'485'760;            ///< EIP-7934, in bytes
inline constexpr std::size_t SAFETY_MARGIN = 2'097'152;              ///< EIP-7934, in bytes
inline constexpr std::size_t MAX_RLP_BLOCK_SIZE = MAX_BLOCK_SIZE - SAFETY_MARGIN;  ///< EIP-7934
inline constexpr std::uint64_t MAX_OMMER_DEPTH = 6;

/// Whether the header may follow `parent`: every rule but the seal (execution-specs
/// validate_header). `rules` are the child's.
[[nodiscard]] std::expected<void, InvalidBlock> validate_header(const Header& header,
                                                                const Header& parent,
                                                                const BlockRules& rules);

/// The same on a chain whose consensus protocol gives blocks another hash than keccak256 of their
/// header: `parent_hash` is the parent's.
[[nodiscard]] std::expected<void, InvalidBlock> validate_header(const Header& header,
                                                                const Header& parent,
                                                                const Hash32& parent_hash,
                                                                const BlockRules& rules);

/// The base fee of a child of `parent` (EIP-1559; execution-specs calculate_base_fee_per_gas).
/// London and later; a parent from before London gives rules.initial_base_fee.
[[nodiscard]] uint256 base_fee_after(const Header& parent, const BlockRules& rules);

/// The difficulty of a proof-of-work child of `parent` at `timestamp` (execution-specs
/// calculate_block_difficulty; EIP-2, EIP-100 and the delays of the bomb).
[[nodiscard]] uint256 difficulty_after(const Header& parent, std::uint64_t timestamp,
                                       const BlockRules& rules);

/// Whether the body is the one that the header commits to, and small enough. `encoded_size`: bytes
/// of the block's RLP.
[[nodiscard]] std::expected<void, InvalidBlock> validate_body(const Block& block,
                                                              std::size_t encoded_size,
                                                              const BlockRules& rules);

/// The rules for a header, by its number and time.
using RulesOf = std::function<BlockRules(const Header&)>;

/// Whether the block's ommers are what Yellow Paper 11.1 allows. `ancestors`: the parent, its
/// parent and so on, MAX_OMMER_DEPTH + 1 of them, or as many as there are.
[[nodiscard]] std::expected<void, InvalidBlock> validate_ommers(const Block& block,
                                                                std::span<const Block> ancestors,
                                                                const RulesOf& rules_of);

}  // namespace meta138::execution
