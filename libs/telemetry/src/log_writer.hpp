// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace meta138::telemetry {

/// Takes lines from any thread and writes them from one of its own, so that nobody waits for
/// whoever reads them. What exceeds `queue_bytes` is dropped and counted.
class LogWriter {
public:
    using Output = std::function<void(std::string_view lines)>;

    LogWriter(Output output, std::size_t queue_bytes);
    /// Writes what is left.
    ~LogWriter();
    LogWriter(const LogWriter&) = delete;
    LogWriter& operator=(const LogWriter&) = delete;

    void append(std::string_view line) META138_EXCLUDES(mutex_);
    /// Waits until all that was appended before is written.
    void flush() META138_EXCLUDES(mutex_);
    [[nodiscard]] std::uint64_t dropped() const META138_EXCLUDES(mutex_);

private:
    void run() META138_EXCLUDES(mutex_);

    const Output output_;
    const std::size_t queue_bytes_;
    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    std::string pending_ META138_GUARDED_BY(mutex_);
    std::uint64_t appended_ META138_GUARDED_BY(mutex_) = 0;
    std::uint64_t written_ META138_GUARDED_BY(mutex_) = 0;
    std::uint64_t dropped_ META138_GUARDED_BY(mutex_) = 0;
    bool stopping_ META138_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

/// Writes all of `text` to a file descriptor, for as long as it takes; gives up when it is closed.
void write_all(int descriptor, std::string_view text) noexcept;

}  // namespace meta138::telemetry
