// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <utility>

namespace meta138::p2p::discv4 {

/// A map of bounded size: what was used longest ago makes room. Ordered, because strangers choose
/// the keys.
template <typename Key, typename Value>
class LruMap {
public:
    explicit LruMap(std::size_t capacity) : capacity_{capacity} {}

    /// Null if there is none. Does not count as a use.
    [[nodiscard]] Value* find(const Key& key) {
        const auto found = places_.find(key);
        return found == places_.end() ? nullptr : &found->second->second;
    }

    /// The value of a key, made if there is none; the most recently used one from now on.
    Value& use(const Key& key, const Value& initial = {}) {
        if (const auto found = places_.find(key); found != places_.end()) {
            order_.splice(order_.begin(), order_, found->second);
            return found->second->second;
        }
        if (places_.size() >= capacity_ && !order_.empty()) {
            places_.erase(order_.back().first);
            order_.pop_back();
        }
        order_.emplace_front(key, initial);
        places_.emplace(key, order_.begin());
        return order_.front().second;
    }

    [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

private:
    using Order = std::list<std::pair<Key, Value>>;
    std::size_t capacity_;
    Order order_;  // most recently used first
    std::map<Key, typename Order::iterator> places_;
};

}  // namespace meta138::p2p::discv4
