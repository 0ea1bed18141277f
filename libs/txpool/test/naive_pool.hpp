// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/txpool/pool.hpp"
#include "meta138/txpool/validate_for_pool.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <vector>

namespace meta138::txpool::test {

/// What a pool without limits of size does, written down in the plainest way: no indices, nothing
/// remembered, everything searched and sorted each time.
class NaivePool {
public:
    NaivePool(const PoolConfig& config, const PoolHead& head) : config_{config}, head_{head} {}

    std::optional<PoolError> add(const PoolTransaction& transaction, const AccountState& account,
                                 Time now) {
        const auto& fields = transaction.transaction;
        for (const auto& known : all_)
            if (known.hash == transaction.hash) return PoolError::already_known;
        if (!knows(transaction.sender)) accounts_[transaction.sender] = account;
        const auto& state = accounts_.at(transaction.sender);
        if (*upfront_cost(fields) > state.balance) return PoolError::insufficient_funds;
        if (fields.nonce < state.nonce) return PoolError::nonce_too_low;
        if (fields.nonce >= state.nonce + config_.max_future_by_sender)
            return PoolError::nonce_too_far;
        auto same = std::ranges::find_if(all_, [&](const PoolTransaction& known) {
            return known.sender == transaction.sender && known.transaction.nonce == fields.nonce;
        });
        if (same != all_.end()) {
            if (!replaces(fields, same->transaction)) return PoolError::replacement_underpriced;
            all_.erase(same);
        }
        all_.push_back(transaction);
        all_.back().arrival = ++arrivals_;
        all_.back().added_at = now;
        return std::nullopt;
    }

    void remove(const Hash32& hash) {
        std::erase_if(all_, [&](const auto& known) { return known.hash == hash; });
    }
    void expire(Time now) {
        std::erase_if(all_,
                      [&](const auto& known) { return now - known.added_at >= config_.retention; });
    }
    void on_head(const PoolHead& head, const std::map<Address, AccountState>& accounts) {
        head_ = head;
        for (const auto& [address, account] : accounts)
            if (knows(address)) accounts_[address] = account;
        std::erase_if(all_, [&](const auto& known) {
            return known.transaction.nonce < accounts_.at(known.sender).nonce;
        });
    }

    /// All hashes, by arrival.
    [[nodiscard]] std::vector<Hash32> content() const {
        std::vector<Hash32> hashes;
        for (const auto& known : all_) hashes.push_back(known.hash);
        return hashes;
    }
    /// What may be in the next block, best first.
    [[nodiscard]] std::vector<Hash32> selection() const {
        auto next = accounts_;
        std::map<Address, uint256> spent;
        std::vector<Hash32> picks;
        while (true) {
            const PoolTransaction* best = nullptr;
            for (const auto& known : all_) {
                if (known.transaction.nonce != next.at(known.sender).nonce) continue;
                if (spent[known.sender] + *upfront_cost(known.transaction) >
                    accounts_.at(known.sender).balance)
                    continue;
                if (known.transaction.max_fee_per_gas < head_.next_base_fee) continue;
                if (best == nullptr || is_better(known, *best)) best = &known;
            }
            if (best == nullptr) return picks;
            picks.push_back(best->hash);
            ++next.at(best->sender).nonce;
            spent[best->sender] = spent[best->sender] + *upfront_cost(best->transaction);
        }
    }
    [[nodiscard]] bool knows(const Address& sender) const {
        return std::ranges::any_of(all_, [&](const auto& known) { return known.sender == sender; });
    }

private:
    [[nodiscard]] uint256 tip_of(const Transaction& fields) const {
        if (fields.max_fee_per_gas < head_.next_base_fee) return 0;
        return std::min(fields.max_priority_fee_per_gas,
                        fields.max_fee_per_gas - head_.next_base_fee);
    }
    [[nodiscard]] bool is_better(const PoolTransaction& a, const PoolTransaction& b) const {
        if (a.has_priority != b.has_priority) return a.has_priority;
        const auto tip_a = tip_of(a.transaction);
        const auto tip_b = tip_of(b.transaction);
        return tip_a != tip_b ? tip_a > tip_b : a.arrival < b.arrival;
    }
    [[nodiscard]] bool replaces(const Transaction& fresh, const Transaction& old) const {
        const auto bumped = [&](const uint256& more, const uint256& less) {
            return (config_.price_bump == 0 || more > less) &&
                   more * 100 >= less * (100 + config_.price_bump);
        };
        if (fresh.type == TransactionType::legacy && old.type == TransactionType::legacy)
            return bumped(fresh.max_fee_per_gas, old.max_fee_per_gas);
        const auto price = [&](const Transaction& fields) {
            return std::min(fields.max_fee_per_gas, head_.next_base_fee + tip_of(fields));
        };
        if (bumped(price(fresh), price(old))) return tip_of(fresh) >= tip_of(old);
        return price(fresh) == price(old) && bumped(tip_of(fresh), tip_of(old));
    }

    PoolConfig config_;
    PoolHead head_;
    std::map<Address, AccountState> accounts_;
    std::vector<PoolTransaction> all_;
    std::uint64_t arrivals_ = 0;
};

}  // namespace meta138::txpool::test
