// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/durable_log.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace meta138::signer {

DurableLog::DurableLog(int file, std::uint64_t size, SyncPolicy policy)
    : policy_{policy}, file_{file}, size_{size}, thread_{[this] { run(); }} {}

DurableLog::~DurableLog() {
    {
        const MutexLock lock{mutex_};
        stops_ = true;
    }
    changed_.notify_all();
    thread_.join();
    ::close(file_);
}

void DurableLog::append(ByteView bytes, Done done) {
    {
        const MutexLock lock{mutex_};
        waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
        waiting_done_.push_back(std::move(done));
        size_ += bytes.size();
    }
    changed_.notify_all();
}

void DurableLog::replace(int file, std::uint64_t size) {
    const MutexLock lock{mutex_};
    while (is_writing_) changed_.wait(mutex_);
    // Not left to the thread: it may be in a Done that waits for our caller.
    if (!write(waiting_)) has_failed_ = true;
    waiting_.clear();
    ::close(file_);
    file_ = file;
    size_ = size;
}

std::uint64_t DurableLog::size() const {
    const MutexLock lock{mutex_};
    return size_;
}

bool DurableLog::has_failed() const {
    const MutexLock lock{mutex_};
    return has_failed_;
}

void DurableLog::run() {
    Bytes bytes;
    std::vector<Done> done;
    for (;;) {
        {
            const MutexLock lock{mutex_};
            while (waiting_done_.empty() && !stops_) changed_.wait(mutex_);
            if (waiting_done_.empty()) return;
            is_writing_ = true;
            bytes.clear();
            done.clear();
            bytes.swap(waiting_);
            done.swap(waiting_done_);
        }
        const bool is_written = write(bytes);
        bool ok = false;
        {
            const MutexLock lock{mutex_};
            is_writing_ = false;
            if (!is_written) has_failed_ = true;
            ok = !has_failed_;
        }
        changed_.notify_all();
        for (auto& tell : done) {
            if (tell) tell(ok);
        }
    }
}

bool DurableLog::write(ByteView bytes) const {
    const bool has_bytes = !bytes.empty();
    while (!bytes.empty()) {
        const auto put = ::write(file_, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(put));
    }
    return policy_ == SyncPolicy::never || !has_bytes || ::fdatasync(file_) == 0;
}

}  // namespace meta138::signer
