// SPDX-License-Identifier: Apache-2.0
#include "meta138/http/worker_threads.hpp"

#include "meta138/telemetry/logging.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::http {

WorkerThreads::WorkerThreads(std::string name, std::size_t threads, std::size_t capacity)
    : name_{std::move(name)}, capacity_{capacity} {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { loop(i); });
}

WorkerThreads::~WorkerThreads() {
    stop();
}

bool WorkerThreads::post(Task& task) {
    {
        const MutexLock lock{mutex_};
        if (is_stopping_ || tasks_.size() >= capacity_) return false;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

bool WorkerThreads::post_always(Task task) {
    {
        const MutexLock lock{mutex_};
        if (is_stopping_) return false;
        tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
    return true;
}

void WorkerThreads::stop() {
    {
        const MutexLock lock{mutex_};
        is_stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::size_t WorkerThreads::waiting() const {
    const MutexLock lock{mutex_};
    return tasks_.size();
}

void WorkerThreads::loop(std::size_t number) {
    telemetry::set_thread_name(fmt::format("{}-{}", name_, number));
    while (true) {
        Task task;
        {
            const MutexLock lock{mutex_};
            while (tasks_.empty() && !is_stopping_) changed_.wait(mutex_);
            if (tasks_.empty()) return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        task();
    }
}

}  // namespace meta138::http
