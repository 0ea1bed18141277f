// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace meta138 {

/// The rule sets of Ethereum in the order of their activation: `fork >= Fork::london` asks whether
/// London's rules hold. Upgrades that only move the difficulty bomb or blob parameters are not rule
/// sets; they are entries of the ForkSchedule.
enum class Fork : std::uint8_t {
    frontier,
    homestead,
    tangerine_whistle,
    spurious_dragon,
    byzantium,
    constantinople,
    petersburg,
    istanbul,
    berlin,
    london,
    paris,
    shanghai,
    cancun,
    prague,
    osaka,
};

/// Adding a fork moves this, and the table forks() with it.
inline constexpr std::size_t fork_count = static_cast<std::size_t>(Fork::osaka) + 1;

/// How a fork is known outside. One row a fork, in order: a new fork starts here.
struct ForkRow {
    Fork fork;
    std::string_view name;          ///< As execution-specs and people write it.
    std::string_view fixture_name;  ///< As the conformance fixtures write it.
    std::string_view genesis_key;   ///< In the `config` of a genesis file; empty for frontier.
    bool by_time;                   ///< Activated by timestamp rather than block number.
};

std::span<const ForkRow> forks() noexcept;

const ForkRow& row_of(Fork fork) noexcept;

/// The fork of that name, in the spelling of either column: in any case, and with or without spaces
/// and underscores ("Tangerine Whistle", "tangerine_whistle").
std::optional<Fork> find_fork(std::string_view name) noexcept;

/// EIP-4844 and EIP-7840: how many blobs a block may hold, and how fast their price moves.
struct BlobParameters {
    std::uint64_t target = 0;                    ///< Blobs a block, on average.
    std::uint64_t max = 0;                       ///< Blobs a block, at most.
    std::uint64_t base_fee_update_fraction = 0;  ///< In blob gas.

    friend bool operator==(const BlobParameters&, const BlobParameters&) = default;
};

}  // namespace meta138
