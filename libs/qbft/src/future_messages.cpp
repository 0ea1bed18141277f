// SPDX-License-Identifier: Apache-2.0
#include "future_messages.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace meta138::qbft {

bool FutureMessages::is_over() const noexcept {
    return ids_.size() > limits_.messages || bytes_ > limits_.bytes;
}

// By what is short: bytes or number.
FutureMessages::Shares::iterator FutureMessages::largest_share() {
    const bool by_bytes = bytes_ > limits_.bytes;
    return std::ranges::max_element(shares_, {}, [by_bytes](const auto& entry) {
        return by_bytes ? entry.second.bytes : entry.second.entries.size();
    });
}

FutureMessage FutureMessages::remove(Share& share, Entries::iterator entry) {
    auto message = std::move(entry->second.message);
    share.bytes -= message.payload.size();
    bytes_ -= message.payload.size();
    ids_.erase(entry->second.id);
    share.entries.erase(entry);
    return message;
}

bool FutureMessages::add(FutureMessage message, const Hash32& id, std::uint64_t sequence,
                         const std::optional<Address>& author, std::uint64_t height) {
    if (sequence <= height || sequence - height > limits_.distance) return false;
    if (limits_.messages == 0 || message.payload.size() > limits_.bytes) return false;
    if (!ids_.insert(id).second) return false;

    auto& share = shares_[author];
    share.bytes += message.payload.size();
    bytes_ += message.payload.size();
    share.entries.emplace(std::pair{sequence, next_arrival_++},
                          Entry{.message = std::move(message), .id = id});
    while (is_over()) {
        const auto largest = largest_share();
        remove(largest->second, std::prev(largest->second.entries.end()));
        if (largest->second.entries.empty()) shares_.erase(largest);
    }
    return ids_.contains(id);
}

std::vector<FutureMessage> FutureMessages::take(std::uint64_t height) {
    std::map<std::uint64_t, FutureMessage> taken;  // by arrival
    for (auto it = shares_.begin(); it != shares_.end();) {
        auto& share = it->second;
        while (!share.entries.empty() && share.entries.begin()->first.first <= height) {
            const auto entry = share.entries.begin();
            const auto [sequence, arrival] = entry->first;
            auto message = remove(share, entry);
            if (sequence == height) taken.emplace(arrival, std::move(message));
        }
        it = share.entries.empty() ? shares_.erase(it) : std::next(it);
    }
    std::vector<FutureMessage> messages;
    messages.reserve(taken.size());
    for (auto& [arrival, message] : taken) messages.push_back(std::move(message));
    return messages;
}

}  // namespace meta138::qbft
