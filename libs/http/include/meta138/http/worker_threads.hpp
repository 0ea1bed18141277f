// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace meta138::http {

/// Threads for work that sockets must not wait for: a Handler hands it over together with its
/// Responder. Any thread may post; stop() belongs to whoever made it.
class WorkerThreads {
public:
    using Task = std::move_only_function<void()>;

    /// `name` is the threads', with a number behind it; at most `capacity` tasks wait.
    WorkerThreads(std::string name, std::size_t threads, std::size_t capacity);
    ~WorkerThreads();
    WorkerThreads(const WorkerThreads&) = delete;
    WorkerThreads& operator=(const WorkerThreads&) = delete;

    /// False, and the task stays the caller's: too many wait, or the threads are stopping. The task
    /// must not throw.
    bool post(Task& task) META138_EXCLUDES(mutex_);
    /// However many wait: what was accepted must go on.
    bool post_always(Task task) META138_EXCLUDES(mutex_);

    /// Finishes what runs and what waits, and joins.
    void stop() META138_EXCLUDES(mutex_);

    [[nodiscard]] std::size_t waiting() const META138_EXCLUDES(mutex_);

private:
    void loop(std::size_t number) META138_EXCLUDES(mutex_);

    const std::string name_;
    const std::size_t capacity_;
    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Task> tasks_ META138_GUARDED_BY(mutex_);
    bool is_stopping_ META138_GUARDED_BY(mutex_) = false;
    std::vector<std::thread> threads_;
};

}  // namespace meta138::http
