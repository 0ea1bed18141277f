// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <thread>

namespace meta138::node {

/// The one thread that owns the chain: runs what others give it, in order, and what is due.
///
/// Any thread may call everything but stop(), which belongs to whoever made it.
class ChainThread {
public:
    using Task = std::move_only_function<void()>;
    using Time = std::chrono::steady_clock::time_point;

    /// At most `capacity` tasks wait. `on_fault` is told of an exception that nobody waits for, and
    /// of every one that a task for run() throws; no task runs after it.
    ChainThread(std::size_t capacity, std::function<void(std::exception_ptr)> on_fault);
    ~ChainThread();
    ChainThread(const ChainThread&) = delete;
    ChainThread& operator=(const ChainThread&) = delete;

    /// False, and the task is dropped: too many wait, or the thread is stopping.
    bool post(Task task);

    /// Runs the task there and waits for its end; throws what it throws, and Stopped. Not from the
    /// thread itself.
    struct Stopped : std::exception {
        [[nodiscard]] const char* what() const noexcept override { return "the node is stopping"; }
    };
    void run(const std::function<void()>& task);

    /// Runs the task once that time has come.
    void at(Time time, Task task);

    /// Finishes the task that runs, drops the others, runs `task`, and joins.
    void run_last(const std::function<void()>& task);
    /// The same without a last task.
    void stop() {
        run_last([] {});
    }

    [[nodiscard]] std::size_t waiting() const;

private:
    void loop();
    [[nodiscard]] bool take(Task& task) META138_EXCLUDES(mutex_);

    const std::size_t capacity_;
    const std::function<void(std::exception_ptr)> on_fault_;
    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Task> tasks_ META138_GUARDED_BY(mutex_);
    std::multimap<Time, Task> timers_ META138_GUARDED_BY(mutex_);
    bool is_stopping_ META138_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace meta138::node
