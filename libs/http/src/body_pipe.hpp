// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"
#include "meta138/http/message.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace meta138::http {

/// Between a thread that produces a body (BodyStream) and the io thread that sends it.
class BodyPipe final : public BodySink {
public:
    enum class End : unsigned char { open, finished, aborted };

    /// `wake` tells the consumer that something is there for it, from the producer's thread.
    BodyPipe(std::size_t window, std::chrono::milliseconds patience, std::function<void()> wake)
        : window_{window}, patience_{patience}, wake_{std::move(wake)} {}

    /// Waits while more than the window is unsent.
    [[nodiscard]] bool write(std::string_view piece) override META138_EXCLUDES(mutex_);
    void finish() override { end(End::finished); }
    void abort() override { end(End::aborted); }

    /// The consumer's: what is there, in place of what it has sent. If nothing is there and the
    /// stream is open, the producer will wake it.
    [[nodiscard]] End take(std::string& out) META138_EXCLUDES(mutex_);
    /// The client has gone: the producer's next write fails.
    void close() META138_EXCLUDES(mutex_);

private:
    void end(End how) META138_EXCLUDES(mutex_);

    const std::size_t window_;
    const std::chrono::milliseconds patience_;
    const std::function<void()> wake_;
    Mutex mutex_;
    std::condition_variable_any taken_;
    std::string pending_ META138_GUARDED_BY(mutex_);
    End end_ META138_GUARDED_BY(mutex_) = End::open;
    bool closed_ META138_GUARDED_BY(mutex_) = false;
    bool consumer_waits_ META138_GUARDED_BY(mutex_) = false;
};

}  // namespace meta138::http
