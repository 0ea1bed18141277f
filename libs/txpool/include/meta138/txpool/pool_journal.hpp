// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/mutex.hpp"
#include "meta138/txpool/journal.hpp"
#include "meta138/txpool/saved_transaction.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <system_error>
#include <vector>

namespace meta138::txpool {

/// What came of saved transactions.
struct Restored {
    std::size_t added = 0;
    std::size_t total = 0;
};

/// Judges saved transactions like new ones, and takes in those that still are valid. Recovers
/// senders in bulk.
Restored restore(SharedPool& pool, std::span<const SavedTransaction> transactions);

/// The pool's content for write_save_file, in the order of arrival.
[[nodiscard]] std::vector<SavedTransaction> save(const SharedPool& pool);

/// Writes every change of a pool into its journal, and compacts that. The pool outlives it. What
/// went into a block is not written: it would be refused when it is restored.
class PoolJournal {
public:
    /// `on_error` learns of writes that failed; the pool goes on without.
    using OnError = std::function<void(const std::error_code&)>;

    /// Call restore() with what read_journal() found first.
    PoolJournal(SharedPool& pool, Journal journal, OnError on_error);
    /// No other thread may change the pool meanwhile.
    ~PoolJournal();
    PoolJournal(const PoolJournal&) = delete;
    PoolJournal& operator=(const PoolJournal&) = delete;

private:
    void added(const SharedTransaction& transaction);
    void removed(const SharedTransaction& transaction, Removal removal);
    void check(const std::error_code& error);

    SharedPool& pool_;
    Mutex mutex_;
    Journal journal_ META138_GUARDED_BY(mutex_);
    OnError on_error_;
    std::size_t observer_;
};

}  // namespace meta138::txpool
