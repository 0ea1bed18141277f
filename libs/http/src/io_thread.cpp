// SPDX-License-Identifier: Apache-2.0
#include "io_thread.hpp"

#include "meta138/telemetry/logging.hpp"

#include <pthread.h>

#include <csignal>
#include <string>
#include <utility>

namespace meta138::http {

IoThread::IoThread(std::chrono::milliseconds sweep_interval) : sweep_interval_{sweep_interval} {}

IoThread::~IoThread() {
    join();
}

void IoThread::start(std::string name) {
    std::atomic<bool> named{false};
    thread_ = std::thread{[this, name = std::move(name), &named] {
        id_ = std::this_thread::get_id();
        named = true;
        named.notify_one();
        telemetry::set_thread_name(name);
        // Signals are for the main thread; SIGPIPE, raised by a write of OpenSSL, for nobody.
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        context_.run();
    }};
    named.wait(false);
}

void IoThread::join() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
    {
        const MutexLock lock{mutex_};
        joined_ = true;
    }
    // What was posted in the last moment: it may own what owns this.
    context_.restart();
    context_.poll();
}

void IoThread::enter(Member& member) {
    member.position_ = members_.size();
    members_.push_back(&member);
    if (!sweeping_) schedule_sweep();
}

void IoThread::leave(Member& member) {
    members_[member.position_] = members_.back();
    members_[member.position_]->position_ = member.position_;
    members_.pop_back();
    if (members_.empty()) timer_.cancel();
}

void IoThread::schedule_sweep() {
    sweeping_ = true;
    timer_.expires_after(sweep_interval_);
    timer_.async_wait([this](boost::system::error_code) {
        sweeping_ = false;
        const auto now = Clock::now();
        // A sweep closes no connection itself, it wakes it up: the list does not change meanwhile.
        for (auto* member : members_) member->sweep(now);
        if (!members_.empty()) schedule_sweep();
    });
}

void IoThread::drain() {
    draining_ = true;
    for (auto* member : members_) member->drain();
}

void IoThread::close_now() {
    for (auto* member : members_) member->close_now();
}

}  // namespace meta138::http
