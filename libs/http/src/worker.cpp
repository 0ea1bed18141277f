// SPDX-License-Identifier: Apache-2.0
#include "worker.hpp"

#include "meta138/telemetry/logging.hpp"

#include <utility>

namespace meta138::http {

Worker::~Worker() {
    stop();
}

bool Worker::post(Job&& job) {
    {
        const MutexLock lock{mutex_};
        if (stopping_ || jobs_.size() >= queue_limit) return false;
        jobs_.push_back(std::move(job));
        if (!thread_.joinable()) thread_ = std::thread{[this] { run(); }};
    }
    changed_.notify_one();
    return true;
}

void Worker::stop() {
    std::deque<Job> dropped;
    std::thread thread;
    {
        const MutexLock lock{mutex_};
        stopping_ = true;
        dropped.swap(jobs_);
        thread.swap(thread_);
    }
    changed_.notify_all();
    if (thread.joinable()) thread.join();
}

void Worker::run() {
    telemetry::set_thread_name("http-login");
    while (true) {
        Job job;
        {
            const MutexLock lock{mutex_};
            while (jobs_.empty() && !stopping_) changed_.wait(mutex_);
            if (stopping_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}

}  // namespace meta138::http
