// SPDX-License-Identifier: Apache-2.0
#include "chain_thread.hpp"

#include "meta138/telemetry/logging.hpp"

#include <future>
#include <utility>

namespace meta138::node {

ChainThread::ChainThread(std::size_t capacity, std::function<void(std::exception_ptr)> on_fault)
    : capacity_{capacity}, on_fault_{std::move(on_fault)}, thread_{[this] { loop(); }} {}

ChainThread::~ChainThread() {
    stop();
}

bool ChainThread::post(Task task) {
    {
        const MutexLock lock{mutex_};
        if (is_stopping_ || tasks_.size() >= capacity_) return false;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

void ChainThread::run(const std::function<void()>& task) {
    // The promise is broken when the thread stops before the task's turn.
    auto promise = std::make_shared<std::promise<void>>();
    auto done = promise->get_future();
    const bool posted = post([&task, promise = std::move(promise)] {
        try {
            task();
            promise->set_value();
        } catch (...) {
            promise->set_exception(std::current_exception());
            throw;
        }
    });
    if (!posted) throw Stopped{};
    try {
        done.get();
    } catch (const std::future_error&) {
        throw Stopped{};
    }
}

void ChainThread::at(Time time, Task task) {
    {
        const MutexLock lock{mutex_};
        timers_.emplace(time, std::move(task));
    }
    changed_.notify_one();
}

void ChainThread::run_last(const std::function<void()>& task) {
    {
        const MutexLock lock{mutex_};
        is_stopping_ = true;
    }
    changed_.notify_one();
    if (!thread_.joinable()) return;
    thread_.join();
    // The chain is its maker's now.
    task();
    const MutexLock lock{mutex_};
    tasks_.clear();
    timers_.clear();
}

std::size_t ChainThread::waiting() const {
    const MutexLock lock{mutex_};
    return tasks_.size();
}

bool ChainThread::take(Task& task) {
    const MutexLock lock{mutex_};
    while (!is_stopping_) {
        if (!timers_.empty() && timers_.begin()->first <= std::chrono::steady_clock::now()) {
            task = std::move(timers_.begin()->second);
            timers_.erase(timers_.begin());
            return true;
        }
        if (!tasks_.empty()) {
            task = std::move(tasks_.front());
            tasks_.pop_front();
            return true;
        }
        if (timers_.empty())
            changed_.wait(mutex_);
        else
            changed_.wait_until(mutex_, timers_.begin()->first);
    }
    return false;
}

void ChainThread::loop() {
    telemetry::set_thread_name("chain");
    for (Task task; take(task); task = nullptr) {
        try {
            task();
        } catch (...) {
            on_fault_(std::current_exception());
        }
    }
}

}  // namespace meta138::node
