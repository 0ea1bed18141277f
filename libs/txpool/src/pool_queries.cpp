// SPDX-License-Identifier: Apache-2.0
#include "pool_implementation.hpp"

#include <algorithm>

namespace meta138::txpool {

// Finding.

const Entry* Pool::Implementation::find(const Hash32& hash) const {
    const auto found = by_hash_.find(hash);
    return found == by_hash_.end() ? nullptr : &found->second;
}

const Sender* Pool::Implementation::find_sender(const Address& address) const {
    const auto found = senders_.find(address);
    return found == senders_.end() ? nullptr : &found->second;
}

Waiting Pool::Implementation::own_reason(const Entry& entry) const {
    const auto& transaction = entry.transaction->transaction;
    if (transaction.max_fee_per_gas < head_.next_base_fee) return Waiting::base_fee;
    if (transaction.type == TransactionType::blob &&
        transaction.max_fee_per_blob_gas < head_.next_blob_base_fee)
        return Waiting::blob_base_fee;
    if (transaction.gas_limit > head_.gas_limit) return Waiting::block_gas_limit;
    if (!entry.transaction->has_priority && transaction.max_fee_per_gas < config_.min_gas_price)
        return Waiting::min_gas_price;
    return Waiting::nothing;
}

Waiting Pool::Implementation::waiting_of(const Sender& sender, std::size_t position) const {
    if (position >= sender.contiguous) return Waiting::nonce_gap;
    if (position >= sender.pending) return Waiting::balance;
    for (std::size_t i = 0; i <= position; ++i)
        if (const auto reason = own_reason(*sender.entries[i]); reason != Waiting::nothing)
            return reason;
    return Waiting::nothing;
}

PoolEntry Pool::Implementation::to_pool_entry(const Entry& entry) const {
    const auto position = entry.sender->position_of(entry.nonce());
    return {.transaction = entry.transaction,
            .waiting = waiting_of(*entry.sender, position),
            .score = entry.score};
}

SenderContent Pool::Implementation::content_of(const Sender& sender) const {
    SenderContent content{.sender = sender.address,
                          .account = sender.account,
                          .pending_nonce = sender.account.nonce + sender.contiguous,
                          .bytes = sender.memory + sender.blob_memory,
                          .pending = {},
                          .queued = {}};
    auto reason = Waiting::nothing;
    for (std::size_t i = 0; i != sender.entries.size(); ++i) {
        const auto& entry = *sender.entries[i];
        if (reason == Waiting::nothing && i < sender.pending) reason = own_reason(entry);
        PoolEntry item{.transaction = entry.transaction, .waiting = reason, .score = entry.score};
        if (i >= sender.pending)
            item.waiting = i < sender.contiguous ? Waiting::balance : Waiting::nonce_gap;
        (i < sender.pending ? content.pending : content.queued).push_back(std::move(item));
    }
    return content;
}

std::vector<PoolEntry> Pool::Implementation::content(std::uint64_t after, std::size_t limit) const {
    std::vector<PoolEntry> content;
    for (auto at = by_arrival_.upper_bound(after);
         at != by_arrival_.end() && content.size() < limit; ++at)
        content.push_back(to_pool_entry(*at));
    return content;
}

Overdue Pool::Implementation::overdue(std::uint64_t after, std::size_t limit, Time until) const {
    Overdue found;
    std::size_t looked_at = 0;
    for (auto at = by_arrival_.upper_bound(after);
         at != by_arrival_.end() && at->transaction->added_at <= until; ++at) {
        if (looked_at++ == limit) return found;
        found.last = at->transaction->arrival;
        const auto& sender = *at->sender;
        if (sender.position_of(at->nonce()) < sender.pending && own_reason(*at) == Waiting::nothing)
            found.transactions.push_back(at->transaction);
    }
    found.last = 0;
    return found;
}

// Selection.

Standing Pool::Implementation::standing_of(const Entry& entry) const {
    const auto& pooled = *entry.transaction;
    const auto tip = effective_tip(offer_of(pooled.transaction), to_price(head_.next_base_fee));
    return {.rank = rank_of(entry), .tip = tip.value_or(0), .arrival = pooled.arrival};
}

namespace {

constexpr auto is_less = [](const auto& a, const auto& b) {
    return is_better(b.standing, a.standing);
};

}  // namespace

SharedTransaction Pool::Implementation::next(Cursor::State& cursor) const {
    cursor.last = nullptr;
    while (true) {
        const auto* head = heads_.best(cursor.position);
        auto& successors = cursor.successors;
        if (!successors.empty() && (head == nullptr || is_better(successors.front().standing,
                                                                 heads_.standing_of(*head)))) {
            std::ranges::pop_heap(successors, is_less);
            const auto candidate = std::move(successors.back().transaction);
            successors.pop_back();
            if (!by_hash_.contains(candidate->hash)) continue;  // it left meanwhile
            cursor.last = candidate;
            return candidate;
        }
        if (head == nullptr) return nullptr;
        cursor.position = heads_.standing_of(*head);
        const auto& first = *head->sender->entries.front();
        if (!cursor.visited.insert(head->sender->address).second) continue;
        if (own_reason(first) != Waiting::nothing) continue;
        cursor.last = first.transaction;
        return first.transaction;
    }
}

void Pool::Implementation::take(Cursor::State& cursor) const {
    const auto taken = std::exchange(cursor.last, nullptr);
    if (!taken) return;
    const auto* sender = find_sender(taken->sender);
    if (sender == nullptr) return;
    const auto nonce = taken->transaction.nonce + 1;
    const auto position = sender->position_of(nonce);
    if (position >= sender->pending) return;
    const auto& entry = *sender->entries[position];
    if (entry.nonce() != nonce || own_reason(entry) != Waiting::nothing) return;
    cursor.successors.push_back({.standing = standing_of(entry), .transaction = entry.transaction});
    std::ranges::push_heap(cursor.successors, is_less);
}

Cursor::Cursor() : state_{std::make_unique<State>()} {}
Cursor::~Cursor() = default;
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;

SharedTransaction Pool::next(Cursor& cursor) const {
    return implementation_->next(*cursor.state_);
}
void Pool::take(Cursor& cursor) const {
    implementation_->take(*cursor.state_);
}

const PoolConfig& Pool::config() const noexcept {
    return implementation_->config_;
}
const PoolHead& Pool::head() const noexcept {
    return implementation_->head_;
}
const PoolStatus& Pool::status() const noexcept {
    return implementation_->status_;
}

SharedTransaction Pool::find(const Hash32& hash) const {
    const auto* entry = implementation_->find(hash);
    return entry == nullptr ? nullptr : entry->transaction;
}
SharedTransaction Pool::find(const Address& sender, std::uint64_t nonce) const {
    const auto* known = implementation_->find_sender(sender);
    const auto* entry = known == nullptr ? nullptr : known->find(nonce);
    return entry == nullptr ? nullptr : entry->transaction;
}
std::optional<PoolEntry> Pool::find_entry(const Hash32& hash) const {
    const auto* entry = implementation_->find(hash);
    if (entry == nullptr) return std::nullopt;
    return implementation_->to_pool_entry(*entry);
}
bool Pool::knows(const Address& sender) const {
    return implementation_->find_sender(sender) != nullptr;
}
std::optional<std::uint64_t> Pool::pending_nonce(const Address& sender) const {
    const auto* known = implementation_->find_sender(sender);
    if (known == nullptr) return std::nullopt;
    return known->account.nonce + known->contiguous;
}
std::optional<SenderContent> Pool::content_from(const Address& sender) const {
    const auto* known = implementation_->find_sender(sender);
    if (known == nullptr) return std::nullopt;
    return implementation_->content_of(*known);
}
Overdue Pool::overdue(std::uint64_t after, std::size_t limit, Time until) const {
    return implementation_->overdue(after, limit, until);
}
std::vector<PoolEntry> Pool::content(std::uint64_t after, std::size_t limit) const {
    return implementation_->content(after, limit);
}

}  // namespace meta138::txpool
