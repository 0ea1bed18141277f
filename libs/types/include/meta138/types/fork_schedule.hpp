// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/fork.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace meta138 {

/// Blobs a block from a time on (EIP-7840, EIP-7892).
struct BlobScheduleEntry {
    std::uint64_t time = 0;
    BlobParameters parameters;

    friend bool operator==(const BlobScheduleEntry&, const BlobScheduleEntry&) = default;
};

/// When a chain changes its rules: the `config` of its genesis file without what is the consensus
/// protocol's.
struct ForkSchedule {
    std::uint64_t chain_id = 1;

    /// Block number, or timestamp for the rows of forks() that are by time, from which a rule set
    /// holds. One that is scheduled implies all before it. Frontier holds from the start.
    std::array<std::optional<std::uint64_t>, fork_count> activations;

    /// EIP-3675: Paris holds once the parent's total difficulty has reached this.
    std::optional<uint256> terminal_total_difficulty;

    // Upgrades that are no rule sets.
    std::optional<std::uint64_t> dao_fork_block;       ///< EIP-779
    std::optional<std::uint64_t> muir_glacier_block;   ///< EIP-2384
    std::optional<std::uint64_t> arrow_glacier_block;  ///< EIP-4345
    std::optional<std::uint64_t> gray_glacier_block;   ///< EIP-5133
    std::vector<std::uint64_t> bpo_times;              ///< EIP-7892, in order.

    /// In order of time; the first belongs to Cancun.
    std::vector<BlobScheduleEntry> blob_schedule;

    /// EIP-6110, EIP-7002, EIP-7251.
    Address deposit_contract_address =
        literals::operator""_address("0x00000000219ab540356cbb839cbe05303d7705fa", 42);
    Address withdrawal_request_contract_address =
        literals::operator""_address("0x00000961ef480eb55e80d19ad83579a64c007002", 42);
    Address consolidation_request_contract_address =
        literals::operator""_address("0x0000bbddc7ce488642fb579f8b00f3a590007251", 42);

    [[nodiscard]] std::optional<std::uint64_t> activation(Fork fork) const noexcept {
        return activations[std::to_underlying(fork)];
    }
    void activate(Fork fork, std::uint64_t at) noexcept {
        activations[std::to_underlying(fork)] = at;
    }

    /// The rules of a block. Paris holds from its activation or, when the terminal total difficulty
    /// is 0, from the start.
    [[nodiscard]] Fork fork_at(std::uint64_t number, std::uint64_t timestamp) const noexcept;
    /// The rules of a block on a chain that may have passed its terminal total difficulty.
    [[nodiscard]] Fork fork_at(std::uint64_t number, std::uint64_t timestamp,
                               const uint256& parent_total_difficulty) const noexcept;

    /// Blobs in a block of that time; all zero before Cancun.
    [[nodiscard]] BlobParameters blob_parameters_at(std::uint64_t timestamp) const noexcept;

    /// Blocks by which the difficulty bomb is delayed (EIP-649 and its successors).
    [[nodiscard]] std::uint64_t difficulty_bomb_delay_at(std::uint64_t number) const noexcept;

    friend bool operator==(const ForkSchedule&, const ForkSchedule&) = default;
};

/// A chain that has the rules of `fork` from its first block on, with mainnet's blob parameters.
ForkSchedule schedule_of(Fork fork, std::uint64_t chain_id = 1);

/// Mainnet's blob parameters of Cancun (EIP-4844), Prague (EIP-7691), and Osaka (as Prague).
/// All zero before.
BlobParameters default_blob_parameters(Fork fork) noexcept;

/// Mainnet's parameters of its `index`th upgrade of blob parameters only, counted from 1
/// (EIP-7892); absent where mainnet has none.
std::optional<BlobParameters> default_bpo_parameters(std::size_t index) noexcept;

}  // namespace meta138
