// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <string>
#include <string_view>

namespace meta138::http {

/// Between a thread that produces a body (BodyStream) and the io thread that sends it.
class BodyPipe {
public:
    enum class End : unsigned char { open, finished, aborted };

    BodyPipe(std::size_t window, std::chrono::milliseconds patience)
        : window_{window}, patience_{patience} {}

    struct Written {
        bool accepted;
        bool wake_consumer;
    };

    /// Waits while more than the window is unsent.
    [[nodiscard]] Written write(std::string_view piece) META138_EXCLUDES(mutex_);
    /// True if the consumer has to be woken.
    [[nodiscard]] bool end(End how) META138_EXCLUDES(mutex_);

    /// The consumer's: what is there, in place of what it has sent. If nothing is there and the
    /// stream is open, the producer will wake it.
    [[nodiscard]] End take(std::string& out) META138_EXCLUDES(mutex_);
    /// The client has gone: the producer's next write fails.
    void close() META138_EXCLUDES(mutex_);

private:
    const std::size_t window_;
    const std::chrono::milliseconds patience_;
    Mutex mutex_;
    std::condition_variable_any taken_;
    std::string pending_ META138_GUARDED_BY(mutex_);
    End end_ META138_GUARDED_BY(mutex_) = End::open;
    bool closed_ META138_GUARDED_BY(mutex_) = false;
    bool consumer_waits_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::http
