// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "asio.hpp"

#include "meta138/base/mutex.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace meta138::http {

using Clock = std::chrono::steady_clock;

/// A connection as its io thread sees it. All functions are called on that thread.
class Member {
public:
    virtual ~Member() = default;
    /// Called every IoThread::sweep_interval or so: the one timer of all connections. Deadlines are
    /// late by that much, and cost a request nothing.
    virtual void sweep(Clock::time_point now) = 0;
    /// Finish what runs, take nothing new.
    virtual void drain() = 0;
    /// End at once.
    virtual void close_now() = 0;

private:
    friend class IoThread;
    std::size_t position_ = 0;
};

/// A thread with its own io_context and the connections that were dealt to it.
class IoThread {
public:
    explicit IoThread(std::chrono::milliseconds sweep_interval);
    ~IoThread();
    IoThread(const IoThread&) = delete;
    IoThread& operator=(const IoThread&) = delete;

    /// `name`: of the thread, for log lines.
    void start(std::string name);
    /// Runs until nothing is left to do; then joins.
    void join() META138_EXCLUDES(mutex_);

    /// Runs a function on the thread, later; never after join(). Any thread.
    template <class Function>
    void post(Function function) META138_EXCLUDES(mutex_) {
        const MutexLock lock{mutex_};
        if (!joined_) asio::post(context_, std::move(function));
    }

    [[nodiscard]] asio::io_context& context() noexcept { return context_; }
    [[nodiscard]] bool is_current() const noexcept { return std::this_thread::get_id() == id_; }
    /// Connections dealt to this thread, for dealing evenly. Any thread.
    std::atomic<std::size_t> load{0};

    // On the thread:
    void enter(Member& member);
    void leave(Member& member);
    void drain();
    void close_now();
    [[nodiscard]] bool is_draining() const noexcept { return draining_; }

private:
    void schedule_sweep();

    const std::chrono::milliseconds sweep_interval_;
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer timer_{context_};
    bool sweeping_ = false;
    bool draining_ = false;
    std::vector<Member*> members_;
    std::thread thread_;
    std::thread::id id_;
    Mutex mutex_;
    bool joined_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::http
