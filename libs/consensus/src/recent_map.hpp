// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <utility>

namespace meta138::consensus {

/// The newest entries of a map: the one that was put in first goes first.
template <typename Key, typename Value>
class RecentMap {
public:
    explicit RecentMap(std::size_t capacity) : capacity_{capacity} {}

    [[nodiscard]] std::optional<Value> find(const Key& key) const {
        const auto entry = entries_.find(key);
        if (entry == entries_.end()) return std::nullopt;
        return entry->second;
    }
    void insert(const Key& key, Value value) {
        if (!entries_.insert_or_assign(key, std::move(value)).second) return;
        order_.push_back(key);
        if (order_.size() <= capacity_) return;
        entries_.erase(order_.front());
        order_.pop_front();
    }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    std::size_t capacity_;
    std::map<Key, Value> entries_;
    std::deque<Key> order_;
};

}  // namespace meta138::consensus
