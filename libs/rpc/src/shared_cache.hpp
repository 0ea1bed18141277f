// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

namespace meta138::rpc {

/// Values that never change, by a hash: the least recently used go first. Any thread.
template <typename T>
class SharedCache {
public:
    using Value = std::shared_ptr<const T>;

    /// In bytes, all together.
    explicit SharedCache(std::size_t capacity) : capacity_{capacity} {}

    /// Null: not there.
    [[nodiscard]] Value find(const Hash32& key) {
        const MutexLock lock{mutex_};
        const auto found = by_key_.find(key);
        if (found == by_key_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->value;
    }

    /// One of more than a quarter of the capacity is not kept.
    void put(const Hash32& key, Value value, std::size_t bytes) {
        if (bytes > capacity_ / 4) return;
        const MutexLock lock{mutex_};
        if (by_key_.contains(key)) return;
        bytes_ += bytes;
        entries_.push_front({key, std::move(value), bytes});
        by_key_.emplace(key, entries_.begin());
        while (bytes_ > capacity_) {
            bytes_ -= entries_.back().bytes;
            by_key_.erase(entries_.back().key);
            entries_.pop_back();
        }
    }

private:
    struct Entry {
        Hash32 key;
        Value value;
        std::size_t bytes;
    };

    const std::size_t capacity_;
    Mutex mutex_;
    std::list<Entry> entries_ META138_GUARDED_BY(mutex_);  // the most recently used first
    std::unordered_map<Hash32, typename std::list<Entry>::iterator> by_key_
        META138_GUARDED_BY(mutex_);
    std::size_t bytes_ META138_GUARDED_BY(mutex_) = 0;
};

}  // namespace meta138::rpc
