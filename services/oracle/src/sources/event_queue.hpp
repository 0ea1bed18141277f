// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"
#include "meta138/oracle/instant.hpp"

#include <condition_variable>
#include <cstddef>
#include <utility>
#include <vector>

namespace meta138::oracle {

/// Values on their way from any thread to one.
template <class Event>
class EventQueue {
public:
    /// For what may be dropped: false if it was, because too much waits or the queue is closed.
    bool offer(Event event) META138_EXCLUDES(mutex_) { return put(std::move(event), max_events); }
    /// For what there are few of, one answer to each question: kept unless the queue is closed.
    void post(Event event) META138_EXCLUDES(mutex_) { put(std::move(event), ~std::size_t{0}); }

    /// All events, once there is one, or none when the time is over or the queue is closed.
    [[nodiscard]] std::vector<Event> wait(milliseconds no_longer) META138_EXCLUDES(mutex_) {
        const auto end = std::chrono::steady_clock::now() + no_longer;
        const MutexLock lock{mutex_};
        while (events_.empty() && !closed_)
            if (changed_.wait_until(mutex_, end) == std::cv_status::timeout) break;
        return std::exchange(events_, {});
    }

    void close() META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            closed_ = true;
        }
        changed_.notify_all();
    }
    [[nodiscard]] bool is_closed() META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        return closed_;
    }

private:
    bool put(Event event, std::size_t most) META138_EXCLUDES(mutex_) {
        {
            const MutexLock lock{mutex_};
            if (closed_ || events_.size() >= most) return false;
            events_.push_back(std::move(event));
        }
        changed_.notify_one();
        return true;
    }

    static constexpr std::size_t max_events = 8192;
    Mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Event> events_ META138_GUARDED_BY(mutex_);
    bool closed_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::oracle
