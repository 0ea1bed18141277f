// SPDX-License-Identifier: Apache-2.0
#include "text_cache.hpp"

namespace meta138::rpc {

TextCache::Text TextCache::find(const Hash32& key) {
    const MutexLock lock{mutex_};
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->text;
}

void TextCache::put(const Hash32& key, std::string text) {
    if (text.size() > capacity_ / 4) return;
    auto shared = std::make_shared<const std::string>(std::move(text));
    const MutexLock lock{mutex_};
    if (by_key_.contains(key)) return;
    bytes_ += shared->size();
    entries_.push_front({key, std::move(shared)});
    by_key_.emplace(key, entries_.begin());
    while (bytes_ > capacity_) {
        bytes_ -= entries_.back().text->size();
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

std::size_t TextCache::bytes() const {
    const MutexLock lock{mutex_};
    return bytes_;
}

}  // namespace meta138::rpc
