// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/client/calls.hpp"
#include "meta138/client/chain.hpp"

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

namespace meta138::op {

/// Sees every block of a chain soon after it is there, on a thread of its own.
class LoadWatcher {
public:
    using Clock = std::chrono::steady_clock;
    struct Block {
        client::Head head;
        Clock::time_point seen;  ///< When its number was first told.
    };

    /// From the block behind `after` on. `chain` outlives this object.
    LoadWatcher(client::Chain& chain, std::uint64_t after);

    /// What has been seen since the last call, in ascending order.
    [[nodiscard]] std::vector<Block> take() META138_EXCLUDES(mutex_);

private:
    void run(const std::stop_token& stop) META138_EXCLUDES(mutex_);

    client::Chain& chain_;
    std::uint64_t last_;
    Mutex mutex_;
    std::vector<Block> blocks_ META138_GUARDED_BY(mutex_);
    std::jthread thread_;
};

}  // namespace meta138::op
