// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/pool.hpp"

#include "pool_implementation.hpp"

#include "meta138/txpool/validate_for_pool.hpp"

#include <utility>

namespace meta138::txpool {

Pool::Implementation::Implementation(const PoolConfig& config, const PoolHead& head)
    : config_{config}, head_{head}, by_hash_{0, hash_}, senders_{0, hash_} {
    set_base_fee();
}

Pool::Implementation::~Implementation() {
    clear(Removal::dropped);
}

// Besu's order: MainnetTransactionValidator.validateForSender, then the pool's own rules.
std::optional<PoolError> Pool::Implementation::check_account(const PoolTransaction& transaction,
                                                             const uint256& cost,
                                                             const AccountState& account) const {
    const auto nonce = transaction.transaction.nonce;
    if (cost > account.balance) return PoolError::insufficient_funds;
    if (nonce < account.nonce) return PoolError::nonce_too_low;
    if (account.has_code) return PoolError::sender_not_eoa;
    if (nonce - account.nonce >= config_.max_future_by_sender) return PoolError::nonce_too_far;
    return std::nullopt;
}

std::expected<SharedTransaction, PoolError> Pool::Implementation::add(PoolTransaction transaction,
                                                                      const AccountState& account,
                                                                      Time now) {
    if (by_hash_.contains(transaction.hash)) return std::unexpected{PoolError::already_known};
    const auto cost = upfront_cost(transaction.transaction);
    if (!cost) return std::unexpected{PoolError::upfront_cost_overflow};
    const auto known = senders_.find(transaction.sender);
    const bool is_known = known != senders_.end();
    if (const auto error =
            check_account(transaction, *cost, is_known ? known->second.account : account))
        return std::unexpected{*error};

    auto* const replaced = is_known ? known->second.find(transaction.transaction.nonce) : nullptr;
    if (replaced != nullptr &&
        !replaces(transaction.transaction, replaced->transaction->transaction))
        return std::unexpected{PoolError::replacement_underpriced};

    transaction.added_at = now;
    transaction.arrival = next_arrival_++;
    const auto hash = transaction.hash;
    auto& sender = is_known ? known->second : senders_[transaction.sender];
    if (!is_known) {
        sender.address = transaction.sender;
        sender.account = account;
        sender.memory = memory_of_sender();
        status_.bytes += sender.memory;
        ++status_.senders;
    } else if (const auto error =
                   make_room_in_share(sender, transaction, replaced, memory_of(transaction))) {
        return std::unexpected{*error};
    }

    const auto events_before = events_.size();
    SharedTransaction gone;
    if (replaced != nullptr) gone = replaced->transaction;
    const auto added = link(sender, replaced, std::move(transaction), *cost);
    make_room();
    if (by_hash_.contains(hash)) return added;

    // It was the worst itself: it was never there, and what it replaced fell with it.
    std::erase_if(events_, [&](const PoolEvent& event) { return event.transaction == added; });
    for (auto i = events_before; i < events_.size(); ++i)
        if (gone && events_[i].transaction == gone) events_[i].removal = Removal::evicted;
    return std::unexpected{PoolError::pool_full};
}

// Besu's TransactionReplacementByGasPriceRule, ...ByFeeMarketRule and ...ByBlobPriceRule.
bool Pool::Implementation::replaces(const Transaction& fresh, const Transaction& old) const {
    const auto is_bumped = [](const uint256& more, const uint256& less, std::uint32_t percent) {
        if (percent != 0 && more <= less) return false;
        const auto offered = checked_mul(more, 100);
        const auto wanted = checked_mul(less, std::uint64_t{100} + percent);
        return offered && wanted && *offered >= *wanted;
    };
    const auto is_gas_priced = [](const Transaction& transaction) {
        return transaction.type == TransactionType::legacy ||
               transaction.type == TransactionType::access_list;
    };
    const auto tip_of = [this](const Transaction& transaction) {
        const auto& base_fee = head_.next_base_fee;
        if (transaction.max_fee_per_gas < base_fee) return uint256{};
        return std::min(transaction.max_priority_fee_per_gas,
                        transaction.max_fee_per_gas - base_fee);
    };
    const auto price_of = [this, &tip_of](const Transaction& transaction) {
        return std::min(transaction.max_fee_per_gas, head_.next_base_fee + tip_of(transaction));
    };

    if ((fresh.type == TransactionType::blob) != (old.type == TransactionType::blob)) return false;
    if (fresh.type == TransactionType::blob &&
        !is_bumped(fresh.max_fee_per_blob_gas, old.max_fee_per_blob_gas, config_.blob_price_bump))
        return false;
    if (is_gas_priced(fresh) && is_gas_priced(old))
        return is_bumped(fresh.max_fee_per_gas, old.max_fee_per_gas, config_.price_bump);

    const auto fresh_price = price_of(fresh);
    const auto old_price = price_of(old);
    const auto fresh_tip = tip_of(fresh);
    const auto old_tip = tip_of(old);
    if (is_bumped(fresh_price, old_price, config_.price_bump)) return fresh_tip >= old_tip;
    return fresh_price == old_price && is_bumped(fresh_tip, old_tip, config_.price_bump);
}

// A lower nonce is of more use to the sender than its highest, which leaves for it.
std::optional<PoolError> Pool::Implementation::make_room_in_share(
    const Sender& sender, const PoolTransaction& transaction, const Entry* replaced,
    std::size_t memory) {
    const auto count = sender.entries.size() + (replaced == nullptr ? 1 : 0);
    const auto bytes = sender.memory + memory - (replaced == nullptr ? 0 : replaced->memory);
    const bool is_over = (config_.max_by_sender != 0 && count > config_.max_by_sender) ||
                         (config_.max_bytes_by_sender != 0 && bytes > config_.max_bytes_by_sender);
    if (!is_over) return std::nullopt;
    auto& last = *sender.entries.back();
    if (last.nonce() <= transaction.transaction.nonce || sender.entries.size() < 2)
        return PoolError::sender_limit;
    remove_entry(last, Removal::evicted);
    return make_room_in_share(sender, transaction, replaced, memory);
}

SharedTransaction Pool::Implementation::link(Sender& sender, Entry* replaced,
                                             PoolTransaction transaction, const uint256& cost) {
    auto& entry = by_hash_[transaction.hash];
    entry.sender = &sender;
    entry.cost = cost;
    entry.memory = memory_of(transaction);
    entry.blob_memory = blob_memory_of(transaction);
    entry.transaction = std::make_shared<const PoolTransaction>(std::move(transaction));
    by_arrival_.insert(by_arrival_.end(), entry);

    const auto& pooled = *entry.transaction;
    ++status_.transactions;
    status_.local += pooled.is_local ? 1 : 0;
    status_.bytes += entry.memory;
    status_.blob_bytes += entry.blob_memory;
    ++status_.by_type[static_cast<std::size_t>(pooled.transaction.type)];
    sender.memory += entry.memory;
    sender.blob_memory += entry.blob_memory;
    if (pooled.transaction.type == TransactionType::blob && sender.blobs++ == 0)
        blob_senders_.push_back(&sender);

    const auto at = sender.position_of(entry.nonce());
    if (replaced != nullptr) {
        unlink(*replaced, Removal::replaced);
        sender.entries[at] = &entry;
    } else {
        sender.entries.insert(sender.entries.begin() + static_cast<std::ptrdiff_t>(at), &entry);
    }
    events_.push_back({.transaction = entry.transaction, .removal = std::nullopt});
    refresh(sender, at);
    return entry.transaction;
}

Pool::Pool(const PoolConfig& config, const PoolHead& head)
    : implementation_{std::make_unique<Implementation>(config, head)} {}
Pool::~Pool() = default;

std::expected<SharedTransaction, PoolError> Pool::add(PoolTransaction transaction,
                                                      const AccountState& account, Time now) {
    return implementation_->add(std::move(transaction), account, now);
}
void Pool::on_head(const HeadUpdate& update) {
    implementation_->on_head(update);
}
void Pool::expire(Time now) {
    implementation_->expire(now);
}
bool Pool::remove(const Hash32& hash, Removal removal) {
    return implementation_->remove(hash, removal);
}
std::size_t Pool::remove_sender(const Address& sender, Removal removal) {
    return implementation_->remove_sender(sender, removal);
}
std::size_t Pool::clear(Removal removal) {
    return implementation_->clear(removal);
}
void Pool::penalize(const Hash32& hash) {
    implementation_->penalize(hash);
}
void Pool::set_min_gas_price(const uint256& min_gas_price) {
    implementation_->config_.min_gas_price = min_gas_price;
}
std::vector<PoolEvent> Pool::take_events() {
    return std::exchange(implementation_->events_, {});
}

}  // namespace meta138::txpool
