// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <utility>
#include <vector>

namespace meta138::oracle {

/// Events for one thread from many. Not bounded: what is posted answers what the thread asked for.
class Mailbox {
public:
    using Event = std::move_only_function<void()>;

    void post(Event event) META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            events_.push_back(std::move(event));
        }
        changed_.notify_one();
    }

    /// Ends a wait without an event; many at once are one.
    void wake() META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            is_woken_ = true;
        }
        changed_.notify_one();
    }

    /// What was posted, in order; returns when there is something, when woken, or at `end`.
    [[nodiscard]] std::vector<Event> wait_until(std::chrono::steady_clock::time_point end)
        META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        while (events_.empty() && !is_woken_) {
            if (changed_.wait_until(mutex_, end) == std::cv_status::timeout) break;
        }
        is_woken_ = false;
        return std::exchange(events_, {});
    }

private:
    Mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Event> events_ META138_GUARDED_BY(mutex_);
    bool is_woken_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::oracle
