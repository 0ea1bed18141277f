// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/validate_block.hpp"
#include "meta138/types/account.hpp"

#include <algorithm>

namespace meta138::execution {

namespace {

constexpr std::uint64_t MINIMUM_DIFFICULTY = 131072;
constexpr std::uint64_t DIFFICULTY_BOUND_DIVISOR = 2048;
constexpr std::int64_t largest_step_down = -99;  // in 2048ths
constexpr std::uint64_t blocks_per_bomb_period = 100000;

/// By how many 2048ths of the parent's difficulty the next one differs from it.
std::int64_t adjustment(const Header& parent, std::uint64_t seconds, Fork fork) {
    // So long that the step is the largest in any case, and that it fits.
    const auto waited = static_cast<std::int64_t>(std::min<std::uint64_t>(seconds, 1'000'000));
    if (fork >= Fork::byzantium) {  // EIP-100
        const bool has_ommers = parent.ommers_hash != EMPTY_OMMERS_HASH;
        return std::max((has_ommers ? 2 : 1) - waited / 9, largest_step_down);
    }
    if (fork >= Fork::homestead) return std::max(1 - waited / 10, largest_step_down);  // EIP-2
    return waited < 13 ? 1 : -1;
}

}  // namespace

uint256 difficulty_after(const Header& parent, std::uint64_t timestamp, const BlockRules& rules) {
    const auto step = parent.difficulty / DIFFICULTY_BOUND_DIVISOR;
    const auto steps = adjustment(parent, timestamp - parent.timestamp, rules.fork);
    auto difficulty = parent.difficulty;
    if (steps >= 0)
        difficulty += step * static_cast<std::uint64_t>(steps);
    else
        difficulty -= step * static_cast<std::uint64_t>(-steps);
    // The bomb comes on top of the minimum, as in geth and Besu; execution-specs has it the other
    // way round. No difficulty of a live chain tells them apart.
    difficulty = std::max(difficulty, uint256{MINIMUM_DIFFICULTY});

    const auto number = parent.number + 1;
    if (number < rules.difficulty_bomb_delay) return difficulty;
    const auto periods = (number - rules.difficulty_bomb_delay) / blocks_per_bomb_period;
    return periods < 2 ? difficulty : difficulty + (uint256{1} << (periods - 2));
}

}  // namespace meta138::execution
