// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/qbft/core.hpp"

#include <chrono>

namespace meta138::simulation {

/// Virtual time: since the start of the run.
using Time = std::chrono::microseconds;

/// A node's idea of the time.
struct Clock {
    Time base{};        ///< What true time is at the start of the run, since the Unix epoch.
    Time skew{};        ///< Of the wall clock; changes when it jumps.
    double rate = 1.0;  ///< Of both clocks: 1.0001 gains a tenth of a millisecond a second.
    Time booted{};      ///< True time: the steady clock starts there.

    [[nodiscard]] Time wall(Time now) const { return base + skew + scaled(now); }
    [[nodiscard]] qbft::Instant at(Time now) const {
        using std::chrono::floor;
        using std::chrono::milliseconds;
        return {.wall = floor<milliseconds>(wall(now)),
                .steady = floor<milliseconds>(scaled(now - booted))};
    }
    /// How long a span of this clock takes in truth.
    [[nodiscard]] Time true_span(Time span) const {
        return Time{static_cast<Time::rep>(static_cast<double>(span.count()) / rate) + 1};
    }

private:
    [[nodiscard]] Time scaled(Time span) const {
        return Time{static_cast<Time::rep>(static_cast<double>(span.count()) * rate)};
    }
};

}  // namespace meta138::simulation
