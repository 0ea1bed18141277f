// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace meta138::signer {

/// A file of ours cannot be opened, is damaged where that matters, or belongs to another process.
/// Says what to do.
struct LogError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// When what is appended is forced to the disk.
enum class SyncPolicy : std::uint8_t {
    always,  ///< Before the caller is told: survives a loss of power. Calls at one time share it.
    never,   ///< Left to the system: survives kill -9, not a loss of power.
};

/// Appends to a file from many threads with one write and one fdatasync for all that came in the
/// meantime. A failure to write is for good: every later append fails, so that nothing is signed
/// which would not be recorded.
class DurableLog {
public:
    /// `done(true)` once the bytes are as safe as the policy says, `done(false)` if they are not.
    /// Called from the log's thread: it must not throw, nor take long, because others wait.
    using Done = std::move_only_function<void(bool)>;

    /// Takes over `file`, a descriptor open for appending.
    DurableLog(int file, std::uint64_t size, SyncPolicy policy);
    /// Writes what is left.
    ~DurableLog();
    DurableLog(const DurableLog&) = delete;
    DurableLog& operator=(const DurableLog&) = delete;

    /// In the order of the calls.
    void append(ByteView bytes, Done done) META138_EXCLUDES(mutex_);

    /// Writes what waits, and puts another file in the place of this one, which is closed.
    void replace(int file, std::uint64_t size) META138_EXCLUDES(mutex_);

    /// Of the file with what waits to be written.
    [[nodiscard]] std::uint64_t size() const META138_EXCLUDES(mutex_);
    [[nodiscard]] bool has_failed() const META138_EXCLUDES(mutex_);

private:
    void run();
    bool write(ByteView bytes) const;

    const SyncPolicy policy_;
    int file_;  // the thread's while is_writing_, else that of who holds mutex_
    mutable Mutex mutex_;
    std::condition_variable_any changed_;
    Bytes waiting_ META138_GUARDED_BY(mutex_);
    std::vector<Done> waiting_done_ META138_GUARDED_BY(mutex_);
    std::uint64_t size_ META138_GUARDED_BY(mutex_);
    bool is_writing_ META138_GUARDED_BY(mutex_) = false;
    bool has_failed_ META138_GUARDED_BY(mutex_) = false;
    bool stops_ META138_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace meta138::signer
