// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/pool_journal.hpp"

#include "meta138/types/transaction_signature.hpp"

#include <algorithm>
#include <expected>
#include <utility>

namespace meta138::txpool {
namespace {

/// How many senders are recovered at a time.
constexpr std::size_t batch = 256;

SavedTransaction to_saved(const PoolTransaction& pooled, std::int8_t score) {
    return {.score = score,
            .is_local = pooled.is_local,
            .pooled = {.transaction = pooled.transaction, .sidecar = pooled.sidecar}};
}

}  // namespace

Restored restore(SharedPool& pool, std::span<const SavedTransaction> transactions) {
    Restored restored{.added = 0, .total = transactions.size()};
    const auto fork = pool.head().next_fork;
    while (!transactions.empty()) {
        const auto some = transactions.first(std::min(batch, transactions.size()));
        transactions = transactions.subspan(some.size());
        std::vector<Transaction> bare;
        for (const auto& saved : some) bare.push_back(saved.pooled.transaction);
        std::vector<std::expected<Address, TransactionError>> senders(some.size());
        recover_senders(bare, fork, senders);
        for (std::size_t i = 0; i != some.size(); ++i) {
            if (!senders[i]) continue;
            if (pool.add(some[i].pooled, *senders[i], some[i].is_local)) ++restored.added;
        }
    }
    return restored;
}

std::vector<SavedTransaction> save(const SharedPool& pool) {
    std::vector<SavedTransaction> saved;
    for (const auto& entry : pool.content())
        saved.push_back(to_saved(*entry.transaction, entry.score));
    return saved;
}

PoolJournal::PoolJournal(SharedPool& pool, Journal journal, OnError on_error)
    : pool_{pool},
      journal_{std::move(journal)},
      on_error_{std::move(on_error)},
      observer_{pool.add_observer(
          {.on_added = [this](const SharedTransaction& transaction) { added(transaction); },
           .on_removed = [this](const SharedTransaction& transaction,
                                Removal removal) { removed(transaction, removal); }})} {
    const MutexLock lock{mutex_};
    check(journal_.compact(save(pool_)));
}

PoolJournal::~PoolJournal() {
    pool_.remove_observer(observer_);
}

// Compacts here, on the thread of somebody who sent a transaction, and not on that of the chain.
// What changed since the events that are being told is in the content already; its events come
// later, and say what the file then says twice.
void PoolJournal::added(const SharedTransaction& transaction) {
    const MutexLock lock{mutex_};
    check(journal_.added(to_saved(*transaction, 127)));
    if (journal_.wants_compaction(pool_.status().transactions))
        check(journal_.compact(save(pool_)));
}

void PoolJournal::removed(const SharedTransaction& transaction, Removal removal) {
    if (removal == Removal::included || removal == Removal::nonce_used) return;
    const MutexLock lock{mutex_};
    check(journal_.removed(transaction->hash));
}

void PoolJournal::check(const std::error_code& error) {
    if (error && on_error_) on_error_(error);
}

}  // namespace meta138::txpool
