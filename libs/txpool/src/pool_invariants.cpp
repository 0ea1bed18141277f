// SPDX-License-Identifier: Apache-2.0
#include "pool_implementation.hpp"

#include "meta138/base/assert.hpp"

#include <map>
#include <ranges>

namespace meta138::txpool {
namespace {

/// What a sender's transactions say, computed one after another.
struct Expected {
    std::size_t contiguous = 0;
    std::size_t pending = 0;
    std::size_t memory = memory_of_sender();
    std::size_t blob_memory = 0;
    std::size_t blobs = 0;
};

Expected recompute(const Sender& sender, bool is_cumulative) {
    Expected expected;
    uint256 needed;
    bool is_paid = true;
    bool has_gap = false;
    auto nonce = sender.account.nonce;
    for (const auto* entry : sender.entries) {
        const auto& transaction = *entry->transaction;
        expected.memory += memory_of(transaction);
        expected.blob_memory += blob_memory_of(transaction);
        expected.blobs += transaction.transaction.type == TransactionType::blob ? 1 : 0;
        has_gap = has_gap || transaction.transaction.nonce != nonce++;
        if (has_gap) continue;
        ++expected.contiguous;
        needed =
            is_cumulative ? checked_add(needed, entry->cost).value_or(uint256::max()) : entry->cost;
        is_paid = is_paid && needed <= sender.account.balance;
        expected.pending += is_paid ? 1 : 0;
    }
    return expected;
}

}  // namespace

void Pool::Implementation::check_invariants() const {
    PoolStatus expected;
    expected.senders = senders_.size();
    for (const auto& [address, sender] : senders_) {
        const auto of_sender = recompute(sender, config_.check_cumulative_balance);
        META138_ASSERT(sender.address == address && !sender.entries.empty());
        META138_ASSERT(sender.contiguous == of_sender.contiguous);
        META138_ASSERT(sender.pending == of_sender.pending);
        META138_ASSERT(sender.memory == of_sender.memory);
        META138_ASSERT(sender.blob_memory == of_sender.blob_memory);
        META138_ASSERT(sender.blobs == of_sender.blobs);
        META138_ASSERT(sender.head.is_linked == (sender.pending != 0));
        META138_ASSERT(sender.tail.is_linked && sender.tail.sender == &sender);
        META138_ASSERT(sender.tail.arrival == sender.entries.back()->transaction->arrival);
        if (sender.pending != 0) {
            META138_ASSERT(sender.head.arrival == sender.entries.front()->transaction->arrival);
            META138_ASSERT(sender.head.rank == rank_of(*sender.entries.front()));
        }
        META138_ASSERT(sender.entries.front()->nonce() >= sender.account.nonce);
        for (const auto* entry : sender.entries) {
            const auto& transaction = *entry->transaction;
            META138_ASSERT(entry->sender == &sender && find(transaction.hash) == entry);
            META138_ASSERT(transaction.sender == address);
            ++expected.transactions;
            expected.local += transaction.is_local ? 1 : 0;
            expected.bytes += entry->memory;
            ++expected.by_type[static_cast<std::size_t>(transaction.transaction.type)];
        }
        for (std::size_t i = 1; i < sender.entries.size(); ++i)
            META138_ASSERT(sender.entries[i - 1]->nonce() < sender.entries[i]->nonce());
        expected.bytes += memory_of_sender();
        expected.blob_bytes += of_sender.blob_memory;
        expected.pending += of_sender.pending;
        META138_ASSERT(config_.max_by_sender == 0 ||
                       sender.entries.size() <= config_.max_by_sender);
    }
    for (const auto& kept : kept_) expected.kept_blob_bytes += blob_memory_of(*kept);
    META138_ASSERT(expected.kept_blob_bytes <= config_.max_kept_blob_bytes);
    expected.queued = expected.transactions - expected.pending;
    META138_ASSERT(expected == status_);
    META138_ASSERT(by_hash_.size() == expected.transactions);
    META138_ASSERT(expected.transactions <= config_.max_transactions);
    META138_ASSERT(expected.bytes <= config_.max_bytes);
    META138_ASSERT(expected.blob_bytes <= config_.max_blob_bytes);

    // The walk from best to worst sees every head once, in order.
    std::size_t heads = 0;
    std::size_t covered = 0;
    std::optional<Standing> last;
    while (const auto* slot = heads_.best(last)) {
        const auto standing = heads_.standing_of(*slot);
        META138_ASSERT(!last || is_better(*last, standing));
        const auto offer = offer_of(slot->sender->entries.front()->transaction->transaction);
        META138_ASSERT(effective_tip(offer, to_price(head_.next_base_fee)) == standing.tip);
        last = standing;
        ++heads;
    }
    for (const auto& sender : senders_ | std::views::values)
        covered +=
            sender.pending != 0 && effective_tip(sender.head.offer, to_price(head_.next_base_fee))
                ? 1
                : 0;
    META138_ASSERT(heads == covered);

    std::uint64_t arrival = 0;
    std::size_t arrived = 0;
    for (const auto& entry : by_arrival_) {
        META138_ASSERT(entry.transaction->arrival > arrival);
        arrival = entry.transaction->arrival;
        ++arrived;
    }
    META138_ASSERT(arrived == expected.transactions);
}

void Pool::check_invariants() const {
    implementation_->check_invariants();
}

}  // namespace meta138::txpool
