// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

namespace meta138::rpc {

/// Texts that never change, by a hash: the least recently used go first. Any thread.
class TextCache {
public:
    using Text = std::shared_ptr<const std::string>;

    /// In bytes of text, all together.
    explicit TextCache(std::size_t capacity) : capacity_{capacity} {}

    /// Null: not there.
    [[nodiscard]] Text find(const Hash32& key);
    /// A text of more than a quarter of the capacity is not kept.
    void put(const Hash32& key, std::string text);

    [[nodiscard]] std::size_t bytes() const;

private:
    struct Entry {
        Hash32 key;
        Text text;
    };

    const std::size_t capacity_;
    mutable Mutex mutex_;
    std::list<Entry> entries_ META138_GUARDED_BY(mutex_);  // the most recently used first
    std::unordered_map<Hash32, std::list<Entry>::iterator> by_key_ META138_GUARDED_BY(mutex_);
    std::size_t bytes_ META138_GUARDED_BY(mutex_) = 0;
};

}  // namespace meta138::rpc
