// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/storage/database.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

namespace meta138::node {

/// A thread for what nobody waits for: old transactions leave the pool, old history the database.
class Upkeep {
public:
    /// Both outlive it.
    Upkeep(txpool::SharedPool& pool, storage::Database& database, bool prunes)
        : thread_{[&pool, &database, prunes](const std::stop_token& stop) {
              telemetry::set_thread_name("upkeep");
              std::mutex mutex;
              std::condition_variable_any wake;
              std::unique_lock lock{mutex};
              while (!stop.stop_requested()) {
                  wake.wait_for(lock, stop, interval, [] { return false; });
                  if (stop.stop_requested()) return;
                  pool.expire();
                  while (prunes && !stop.stop_requested() && database.prune(blocks_at_once) > 0) {
                  }
              }
          }} {}

private:
    static constexpr std::chrono::seconds interval{10};
    static constexpr std::size_t blocks_at_once = 256;

    std::jthread thread_;
};

}  // namespace meta138::node
