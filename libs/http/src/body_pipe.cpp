// SPDX-License-Identifier: Apache-2.0
#include "body_pipe.hpp"

#include <utility>

namespace meta138::http {

bool BodyPipe::write(std::string_view piece) {
    auto wake = false;
    {
        const MutexLock lock{mutex_};
        const auto deadline = std::chrono::steady_clock::now() + patience_;
        while (!closed_ && pending_.size() > window_)
            if (taken_.wait_until(mutex_, deadline) == std::cv_status::timeout) closed_ = true;
        if (closed_) return false;
        pending_ += piece;
        wake = std::exchange(consumer_waits_, false);
    }
    if (wake) wake_();
    return true;
}

void BodyPipe::end(End how) {
    auto wake = false;
    {
        const MutexLock lock{mutex_};
        end_ = how;
        wake = std::exchange(consumer_waits_, false);
    }
    if (wake) wake_();
}

BodyPipe::End BodyPipe::take(std::string& out) {
    auto result = End::open;
    {
        const MutexLock lock{mutex_};
        out.clear();
        out.swap(pending_);
        if (out.empty()) {
            result = end_;
            consumer_waits_ = end_ == End::open;
        }
    }
    taken_.notify_all();
    return result;
}

void BodyPipe::close() {
    {
        const MutexLock lock{mutex_};
        closed_ = true;
    }
    taken_.notify_all();
}

}  // namespace meta138::http
