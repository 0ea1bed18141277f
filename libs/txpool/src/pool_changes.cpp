// SPDX-License-Identifier: Apache-2.0
#include "pool_implementation.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace meta138::txpool {

// Taking out.

void Pool::Implementation::unlink(Entry& entry, Removal removal) {
    auto& sender = *entry.sender;
    const auto pooled = entry.transaction;
    --status_.transactions;
    status_.local -= pooled->is_local ? 1 : 0;
    status_.bytes -= entry.memory;
    status_.blob_bytes -= entry.blob_memory;
    --status_.by_type[static_cast<std::size_t>(pooled->transaction.type)];
    sender.memory -= entry.memory;
    sender.blob_memory -= entry.blob_memory;
    if (pooled->transaction.type == TransactionType::blob && --sender.blobs == 0)
        std::erase(blob_senders_, &sender);
    by_arrival_.erase(by_arrival_.iterator_to(entry));
    by_hash_.erase(pooled->hash);
    events_.push_back({.transaction = pooled, .removal = removal});
}

void Pool::Implementation::remove_range(Sender& sender, std::size_t first, std::size_t last,
                                        Removal removal) {
    if (first == last) return;
    for (auto i = first; i != last; ++i) unlink(*sender.entries[i], removal);
    const auto begin = sender.entries.begin();
    sender.entries.erase(begin + static_cast<std::ptrdiff_t>(first),
                         begin + static_cast<std::ptrdiff_t>(last));
    if (sender.entries.empty()) {
        forget(sender);
    } else {
        refresh(sender, first);
    }
}

void Pool::Implementation::remove_entry(Entry& entry, Removal removal) {
    const auto at = entry.sender->position_of(entry.nonce());
    remove_range(*entry.sender, at, at + 1, removal);
}

bool Pool::Implementation::remove(const Hash32& hash, Removal removal) {
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return false;
    remove_entry(found->second, removal);
    return true;
}

std::size_t Pool::Implementation::remove_sender(const Address& address, Removal removal) {
    const auto found = senders_.find(address);
    if (found == senders_.end()) return 0;
    const auto count = found->second.entries.size();
    remove_range(found->second, 0, count, removal);
    return count;
}

std::size_t Pool::Implementation::clear(Removal removal) {
    const auto count = by_hash_.size();
    while (!senders_.empty()) {
        auto& sender = senders_.begin()->second;
        remove_range(sender, 0, sender.entries.size(), removal);
    }
    return count;
}

void Pool::Implementation::expire(Time now) {
    if (config_.retention == std::chrono::seconds{0}) return;
    while (!by_arrival_.empty()) {
        auto& oldest = *by_arrival_.begin();
        if (now - oldest.transaction->added_at < config_.retention) return;
        remove_entry(oldest, Removal::expired);
    }
}

void Pool::Implementation::penalize(const Hash32& hash) {
    const auto found = by_hash_.find(hash);
    if (found == by_hash_.end()) return;
    auto& entry = found->second;
    if (entry.score <= config_.min_score) {
        remove_entry(entry, Removal::penalized);
        return;
    }
    --entry.score;
    place_head(*entry.sender);
}

// Eviction.

void Pool::Implementation::make_room() {
    while (status_.blob_bytes > config_.max_blob_bytes)
        remove_entry(worst_with_blobs(), Removal::evicted);
    while (status_.transactions > config_.max_transactions || status_.bytes > config_.max_bytes)
        remove_entry(worst(), Removal::evicted);
}

Pool::Implementation::Rank Pool::Implementation::eviction_rank(const Sender& sender,
                                                               std::size_t position) {
    const bool is_executable = position < sender.pending;
    if (sender.entries[position]->transaction->has_priority)
        return is_executable ? Rank::executable_priority : Rank::gapped_priority;
    return is_executable ? Rank::executable : Rank::gapped;
}

/// The last transaction of a sender: of those with more than their share of the pool, the largest
/// first; of the others, the one that pays least.
Entry& Pool::Implementation::worst() {
    META138_ASSERT(!senders_.empty());
    const auto share = config_.max_transactions / senders_.size();
    const auto within_share = std::min<std::size_t>(std::bit_width(share), size_count - 1);
    for (auto& tails : tails_) {
        for (auto size = size_count - 1; size > within_share; --size)
            if (const auto* slot = tails[size].worst()) return *slot->sender->entries.back();
        const FeeSlot* worst = nullptr;
        for (std::size_t size = 0; size <= within_share; ++size) {
            const auto* slot = tails[size].worst();
            if (slot != nullptr && (worst == nullptr || heads_.is_worse(*slot, *worst)))
                worst = slot;
        }
        if (worst != nullptr) return *worst->sender->entries.back();
    }
    META138_ASSERT(false);
}

Entry& Pool::Implementation::worst_with_blobs() {
    META138_ASSERT(!blob_senders_.empty());
    const auto last_blob = [](const Sender* sender) {
        auto at = sender->entries.size() - 1;
        while (sender->entries[at]->transaction->transaction.type != TransactionType::blob) --at;
        return at;
    };
    const auto is_worse = [&](const Sender* a, const Sender* b) {
        const auto at_a = last_blob(a);
        const auto at_b = last_blob(b);
        const auto rank_a = eviction_rank(*a, at_a);
        const auto rank_b = eviction_rank(*b, at_b);
        if (rank_a != rank_b) return rank_a < rank_b;
        const auto& entry_a = *a->entries[at_a];
        const auto& entry_b = *b->entries[at_b];
        const auto base_fee = to_price(head_.next_base_fee);
        const auto tip_a = effective_tip(entry_a.offer, base_fee);
        const auto tip_b = effective_tip(entry_b.offer, base_fee);
        if (tip_a != tip_b) return tip_a < tip_b;
        return entry_a.transaction->arrival > entry_b.transaction->arrival;
    };
    const auto* sender = *std::ranges::min_element(blob_senders_, is_worse);
    return *sender->entries[last_blob(sender)];
}

// A new head.

void Pool::Implementation::on_head(const HeadUpdate& update) {
    META138_ASSERT(update.returned.size() == update.returned_accounts.size());
    head_ = update.head;
    set_base_fee();
    Included included{update.included.begin(), update.included.end(), 0, hash_};
    for (const auto& [address, account] : update.accounts) {
        const auto found = senders_.find(address);
        if (found != senders_.end()) apply_account(found->second, account, included);
    }
    for (const auto& hash : update.included) {  // of senders whose account was not given
        const auto found = by_hash_.find(hash);
        if (found == by_hash_.end()) continue;
        auto account = found->second.sender->account;
        account.nonce = std::max(account.nonce, found->second.nonce() + 1);
        apply_account(*found->second.sender, account, included);
    }
    for (std::size_t i = 0; i < update.returned.size(); ++i)
        take_back(update.returned[i], update.returned_accounts[i]);
}

void Pool::Implementation::take_back(PoolTransaction transaction, const AccountState& account) {
    if (transaction.transaction.type == TransactionType::blob && !transaction.sidecar) {
        const auto kept = std::ranges::find_if(
            kept_, [&](const auto& known) { return known->hash == transaction.hash; });
        if (kept == kept_.end()) return;
        transaction.sidecar = (*kept)->sidecar;
    }
    const auto now = transaction.added_at;
    static_cast<void>(add(std::move(transaction), account, now));
}

void Pool::Implementation::keep_sidecar(const SharedTransaction& transaction, std::size_t memory) {
    if (memory == 0) return;
    kept_.push_back(transaction);
    status_.kept_blob_bytes += memory;
    while (status_.kept_blob_bytes > config_.max_kept_blob_bytes) {
        status_.kept_blob_bytes -= blob_memory_of(*kept_.front());
        kept_.pop_front();
    }
}

void Pool::Implementation::apply_account(Sender& sender, const AccountState& account,
                                         const Included& included) {
    sender.account = account;
    if (account.has_code) {
        remove_range(sender, 0, sender.entries.size(), Removal::invalidated);
        return;
    }
    const auto used = sender.position_of(account.nonce);
    for (std::size_t i = 0; i != used; ++i) {
        auto& entry = *sender.entries[i];
        const bool is_included = included.contains(entry.transaction->hash);
        if (is_included) keep_sidecar(entry.transaction, entry.blob_memory);
        unlink(entry, is_included ? Removal::included : Removal::nonce_used);
    }
    sender.entries.erase(sender.entries.begin(),
                         sender.entries.begin() + static_cast<std::ptrdiff_t>(used));
    if (sender.entries.empty()) {
        forget(sender);
    } else {
        refresh(sender, 0);
    }
}

void Pool::Implementation::set_base_fee() {
    const auto base_fee = to_price(head_.next_base_fee);
    heads_.set_base_fee(base_fee);
    for (auto& tails : tails_)
        for (auto& index : tails) index.set_base_fee(base_fee);
}

// Where senders stand.

void Pool::Implementation::refresh(Sender& sender, std::size_t from) {
    status_.pending -= sender.pending;
    sender.recompute(from, config_.check_cumulative_balance);
    status_.pending += sender.pending;
    status_.queued = status_.transactions - status_.pending;
    place_head(sender);
    place_tail(sender);
}

std::uint32_t Pool::Implementation::rank_of(const Entry& entry) const noexcept {
    const auto score = static_cast<std::uint32_t>(entry.score + 128);
    return score << 1 | (entry.transaction->has_priority ? 1U : 0U);
}

void Pool::Implementation::place_head(Sender& sender) {
    const auto& first = *sender.entries.front();
    const auto arrival = first.transaction->arrival;
    const auto rank = rank_of(first);
    auto& slot = sender.head;
    if (slot.is_linked) {
        if (sender.pending != 0 && slot.arrival == arrival && slot.rank == rank) return;
        heads_.erase(slot);
    }
    if (sender.pending == 0) return;
    slot.sender = &sender;
    slot.arrival = arrival;
    slot.rank = rank;
    slot.offer = offer_of(first.transaction->transaction);
    heads_.insert(slot);
}

FeeIndex& Pool::Implementation::tails_of(const Sender& sender) {
    const auto of_bytes =
        static_cast<std::size_t>(detail::uint128{sender.memory} * config_.max_transactions /
                                 std::max<std::size_t>(1, config_.max_bytes));
    const auto size = std::bit_width(std::max(sender.entries.size(), of_bytes));
    const auto rank = eviction_rank(sender, sender.entries.size() - 1);
    return tails_[static_cast<std::size_t>(rank)]
                 [std::min<std::size_t>(static_cast<std::size_t>(size), size_count - 1)];
}

void Pool::Implementation::place_tail(Sender& sender) {
    const auto& last = *sender.entries.back();
    const auto offer = sender.entries.size() == sender.contiguous
                           ? last.offer
                           : offer_of(last.transaction->transaction);
    auto& index = tails_of(sender);
    auto& slot = sender.tail;
    if (slot.is_linked) {
        if (sender.tail_index == &index && slot.arrival == last.transaction->arrival &&
            slot.offer == offer)
            return;
        sender.tail_index->erase(slot);
    }
    slot.sender = &sender;
    slot.arrival = last.transaction->arrival;
    slot.offer = offer;
    sender.tail_index = &index;
    index.insert(slot);
}

void Pool::Implementation::forget(Sender& sender) {
    if (sender.head.is_linked) heads_.erase(sender.head);
    if (sender.tail.is_linked) sender.tail_index->erase(sender.tail);
    status_.pending -= sender.pending;
    status_.queued = status_.transactions - status_.pending;
    status_.bytes -= sender.memory;
    --status_.senders;
    const auto address = sender.address;
    senders_.erase(address);
}

}  // namespace meta138::txpool
