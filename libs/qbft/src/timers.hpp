// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/qbft/core.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace meta138::qbft {

using std::chrono::milliseconds;

/// How long a round may take: doubles with each, up to a limit (Besu BftRoundExpiryTimeCalculator
/// has none).
[[nodiscard]] milliseconds round_timeout(milliseconds request_timeout, std::uint32_t round,
                                         milliseconds limit);

/// Header.timestamp, within bounds.
[[nodiscard]] milliseconds time_of(const Header& header);

/// When the block of a height may be proposed, by the wall clock.
///
/// A wall clock that is slow, or was set back, would hold it for as long: so it also falls due by
/// the steady clock, once the parent cannot be that far ahead of anybody's time.
struct BlockTimer {
    milliseconds wall{};
    std::optional<milliseconds> latest{};  ///< Steady: due then, whatever the wall clock says.
    milliseconds earliest{};               ///< Steady: not before.

    [[nodiscard]] milliseconds due_in(const Instant& now) const;
};

/// That of a height that begins now (Besu BlockTimer.startTimer). Besu counts a period below a
/// second from the arrival of the head; here it counts from the proposal of the parent, if that was
/// seen: what the decision took does not come on top.
[[nodiscard]] BlockTimer block_timer(const HeightSettings& height, const Instant& now,
                                     std::optional<milliseconds> parent_proposed = {});

/// Header.timestamp of a block that is proposed now: the nearest second in round 0, else the second
/// that has begun, but never less than validation asks for (Besu QbftRound,
/// QbftBlockHeightManager).
[[nodiscard]] std::uint64_t block_timestamp(const HeightSettings& height, std::uint32_t round,
                                            const Instant& now);

/// Until when a block without transactions is not proposed; absent: it may be at any time.
[[nodiscard]] std::optional<milliseconds> end_of_empty_period(const HeightSettings& height);

}  // namespace meta138::qbft
