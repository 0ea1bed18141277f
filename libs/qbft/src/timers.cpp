// SPDX-License-Identifier: Apache-2.0
#include "timers.hpp"

#include <algorithm>

namespace meta138::qbft {
namespace {

using std::chrono::seconds;

}  // namespace

milliseconds time_of(const Header& header) {
    // Beyond any clock, and still far from the end of the type.
    constexpr std::uint64_t last = std::uint64_t{1} << 40;
    return seconds{static_cast<std::int64_t>(std::min(header.timestamp, last))};
}

milliseconds round_timeout(milliseconds request_timeout, std::uint32_t round, milliseconds limit) {
    limit = std::max(limit, request_timeout);
    for (std::uint32_t i = 0; i < round && request_timeout < limit; ++i) request_timeout *= 2;
    return std::min(request_timeout, limit);
}

milliseconds BlockTimer::due_in(const Instant& now) const {
    auto wait = wall - now.wall;
    if (latest) wait = std::min(wait, *latest - now.steady);
    return std::max({wait, earliest - now.steady, milliseconds{0}});
}

BlockTimer block_timer(const HeightSettings& height, const Instant& now,
                       std::optional<milliseconds> parent_proposed) {
    if (height.is_subsecond) {
        const auto start = std::min(parent_proposed.value_or(now.steady), now.steady);
        const auto due = start + height.block_period;
        return {.wall = now.wall + (due - now.steady), .latest = due};
    }
    BlockTimer timer{.wall = time_of(height.parent) + height.block_period};
    // Header rule 4 lets a timestamp be a second ahead. A genesis block may be as far ahead as its
    // maker likes: the chain is to start then.
    if (height.parent.number > 0) timer.latest = now.steady + height.block_period + seconds{1};
    return timer;
}

std::uint64_t block_timestamp(const HeightSettings& height, std::uint32_t round,
                              const Instant& now) {
    const auto wall = std::max(now.wall, milliseconds{0});
    const auto current = std::chrono::floor<seconds>(round == 0 ? wall + milliseconds{500} : wall);
    auto earliest = height.parent.timestamp;
    if (!height.is_subsecond)
        earliest +=
            static_cast<std::uint64_t>(std::chrono::ceil<seconds>(height.block_period).count());
    return std::max(static_cast<std::uint64_t>(current.count()), earliest);
}

std::optional<milliseconds> end_of_empty_period(const HeightSettings& height) {
    if (height.empty_block_period <= milliseconds{0}) return std::nullopt;
    return time_of(height.parent) + height.empty_block_period;
}

}  // namespace meta138::qbft
