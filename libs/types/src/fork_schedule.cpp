// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/fork_schedule.hpp"

#include <algorithm>
#include <ranges>

namespace meta138 {

Fork ForkSchedule::fork_at(std::uint64_t number, std::uint64_t timestamp) const noexcept {
    return fork_at(number, timestamp, uint256{});
}

Fork ForkSchedule::fork_at(std::uint64_t number, std::uint64_t timestamp,
                           const uint256& parent_total_difficulty) const noexcept {
    for (const auto& row : forks() | std::views::reverse) {
        const auto at = activation(row.fork);
        if (at && *at <= (row.by_time ? timestamp : number)) return row.fork;
        if (row.fork == Fork::paris && terminal_total_difficulty &&
            parent_total_difficulty >= *terminal_total_difficulty)
            return Fork::paris;
    }
    return Fork::frontier;
}

BlobParameters ForkSchedule::blob_parameters_at(std::uint64_t timestamp) const noexcept {
    BlobParameters current;
    for (const auto& entry : blob_schedule) {
        if (entry.time > timestamp) break;
        current = entry.parameters;
    }
    return current;
}

std::uint64_t ForkSchedule::difficulty_bomb_delay_at(std::uint64_t number) const noexcept {
    struct Delay {
        std::optional<std::uint64_t> from;
        std::uint64_t blocks;
    };
    // The delay of London is in force without any glacier (EIP-3554).
    const std::array delays{
        Delay{activation(Fork::byzantium), 3'000'000},       // EIP-649
        Delay{activation(Fork::constantinople), 5'000'000},  // EIP-1234
        Delay{activation(Fork::petersburg), 5'000'000},
        Delay{muir_glacier_block, 9'000'000},        // EIP-2384
        Delay{activation(Fork::london), 9'700'000},  // EIP-3554
        Delay{arrow_glacier_block, 10'700'000},      // EIP-4345
        Delay{gray_glacier_block, 11'400'000},       // EIP-5133
    };
    std::uint64_t current = 0;
    for (const auto& delay : delays) {
        if (delay.from && *delay.from <= number) current = std::max(current, delay.blocks);
    }
    return current;
}

ForkSchedule schedule_of(Fork fork, std::uint64_t chain_id) {
    ForkSchedule schedule;
    schedule.chain_id = chain_id;
    for (const auto& row : forks()) {
        if (row.fork > fork) break;
        schedule.activate(row.fork, 0);
        if (const auto parameters = default_blob_parameters(row.fork); parameters.max != 0)
            schedule.blob_schedule.push_back({0, parameters});
    }
    if (fork >= Fork::berlin) schedule.muir_glacier_block = 0;
    if (fork >= Fork::paris) {
        schedule.terminal_total_difficulty = uint256{};
        schedule.arrow_glacier_block = 0;
        schedule.gray_glacier_block = 0;
    }
    return schedule;
}

BlobParameters default_blob_parameters(Fork fork) noexcept {
    if (fork < Fork::cancun) return {};
    if (fork == Fork::cancun)
        return {.target = 3, .max = 6, .base_fee_update_fraction = 3338477};  // EIP-4844
    return {.target = 6, .max = 9, .base_fee_update_fraction = 5007716};      // EIP-7691
}

std::optional<BlobParameters> default_bpo_parameters(std::size_t index) noexcept {
    if (index == 1)
        return BlobParameters{.target = 10, .max = 15, .base_fee_update_fraction = 8346193};
    if (index == 2)
        return BlobParameters{.target = 14, .max = 21, .base_fee_update_fraction = 11684671};
    return std::nullopt;
}

}  // namespace meta138
