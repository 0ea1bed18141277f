// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <thread>

namespace meta138::http {

/// One thread for what io threads must not do themselves: checking passwords, which is slow by
/// design. Its queue is short, so that guessing passwords gets answers at the speed of one thread
/// and costs nobody else anything.
class Worker {
public:
    using Job = std::move_only_function<void()>;

    static constexpr std::size_t queue_limit = 32;

    Worker() = default;
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// False if the queue is full or the worker has been stopped; the job is untouched then.
    [[nodiscard]] bool post(Job&& job) META138_EXCLUDES(mutex_);

    /// Drops what waits and ends the thread.
    void stop() META138_EXCLUDES(mutex_);

private:
    void run() META138_EXCLUDES(mutex_);

    Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Job> jobs_ META138_GUARDED_BY(mutex_);
    bool stopping_ META138_GUARDED_BY(mutex_) = false;
    std::thread thread_ META138_GUARDED_BY(mutex_);  // started by the first job
};

}  // namespace meta138::http
