// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace meta138::oracle {

using std::chrono::milliseconds;

/// A moment, by both clocks. Time-outs, schedules and how long ago a price came follow the steady
/// clock; an exchange's timestamps and the chain's follow the wall clock, which may jump.
struct Instant {
    milliseconds wall{};    ///< Since the Unix epoch.
    milliseconds steady{};  ///< Since any start; never goes back.
};

/// Now, by the clocks of this machine. For shells only.
[[nodiscard]] inline Instant read_clocks() {
    using std::chrono::duration_cast;
    return {
        .wall = duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()),
        .steady = duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()),
    };
}

}  // namespace meta138::oracle
