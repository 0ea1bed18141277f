// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/txpool/pool.hpp"
#include "meta138/txpool/pool_config.hpp"
#include "meta138/txpool/pool_error.hpp"
#include "meta138/txpool/pool_transaction.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::txpool {

/// What the pool asks of its surroundings. Any thread calls them, outside the pool's lock.
struct PoolHooks {
    std::function<Time()> now;  ///< Absent: the system's clock.
    /// Account permissioning; absent: everybody is.
    std::function<bool(const Address& sender)> is_permitted;
    /// Absent: verify_blob_sidecar.
    std::function<bool(const Transaction&, const BlobSidecar&)> verify_blobs;
};

/// Told of every change in order, after it has happened, by one thread at a time, outside the
/// pool's lock: it may call the pool. Must not throw.
struct PoolObserver {
    std::function<void(const SharedTransaction&)> on_added;
    std::function<void(const SharedTransaction&, Removal)> on_removed;
};

/// What happened since the start.
struct PoolCounters {
    /// Indices: 1 if local, 1 if of a priority sender.
    template <class T>
    using BySource = std::array<std::array<T, 2>, 2>;

    BySource<std::uint64_t> added{};
    BySource<std::array<std::uint64_t, removal_count>> removed{};      ///< By Removal.
    BySource<std::array<std::uint64_t, pool_error_count>> rejected{};  ///< By PoolError.
    BySource<std::uint64_t> penalized{};
};

/// The head moved: what the chain's thread knows of it.
struct HeadChange {
    PoolHead head;
    std::shared_ptr<const AccountSource> accounts;  ///< Of the new head. Not null.
    std::span<const Address> changed;               ///< Accounts that differ from the head before.
    std::span<const Hash32> included;               ///< Transactions of the blocks that were added.
    std::span<const Transaction> returned;          ///< Of blocks that are off the chain.
    std::span<const Address> returned_senders;      ///< One for one.
};

/// A Pool that any thread may use: each call holds a mutex for microseconds. What takes longer
/// (hashes, recovery of senders, reads of accounts, proofs of blobs) happens before it is taken.
class SharedPool {
public:
    SharedPool(const PoolConfig& config, const PoolHead& head,
               std::shared_ptr<const AccountSource> accounts, PoolHooks hooks = {});
    ~SharedPool();
    SharedPool(const SharedPool&) = delete;
    SharedPool& operator=(const SharedPool&) = delete;

    /// Judges and takes in a transaction; recovers its sender.
    std::expected<SharedTransaction, PoolError> add(PooledTransaction transaction, bool is_local);
    /// The same, when the sender is known: recovered in bulk, or impersonated on a development
    /// chain.
    std::expected<SharedTransaction, PoolError> add(PooledTransaction transaction,
                                                    const Address& sender, bool is_local);
    /// Several, in order, with a result for each: their senders are recovered together, at a fifth
    /// of the time.
    std::vector<std::expected<SharedTransaction, PoolError>> add(
        std::vector<PooledTransaction> transactions, bool is_local);

    /// The chain's thread calls this after every change of the head.
    void on_head(const HeadChange& change);
    /// Accounts changed under the same head (development chains).
    void on_accounts(std::shared_ptr<const AccountSource> accounts,
                     std::span<const Address> changed);
    /// Removes what waited too long: call it every minute or so.
    void expire();

    /// While disabled every add is refused with pool_disabled (the node is out of sync).
    void set_enabled(bool enabled);
    [[nodiscard]] bool is_enabled() const;
    void set_min_gas_price(const uint256& min_gas_price);

    bool remove(const Hash32& hash, Removal removal = Removal::dropped);
    std::size_t remove_sender(const Address& sender, Removal removal = Removal::dropped);
    std::size_t clear(Removal removal = Removal::dropped);
    void penalize(const Hash32& hash);

    [[nodiscard]] PoolConfig config() const;
    [[nodiscard]] PoolHead head() const;
    [[nodiscard]] PoolStatus status() const;
    [[nodiscard]] PoolCounters counters() const;
    [[nodiscard]] SharedTransaction find(const Hash32& hash) const;
    [[nodiscard]] SharedTransaction find(const Address& sender, std::uint64_t nonce) const;
    /// The senders of the transactions that the pool holds, into `out` of the same size; absent for
    /// others. A hash stands for one signature, so whoever has a transaction with that hash need
    /// not recover its sender again.
    void find_senders(std::span<const Hash32> hashes, std::span<std::optional<Address>> out) const;
    /// With what it waits for.
    [[nodiscard]] std::optional<PoolEntry> find_entry(const Hash32& hash) const;
    /// The lowest nonce that is neither used nor in the pool; none if the pool has nothing of it:
    /// then it is the account's (eth_getTransactionCount pending).
    [[nodiscard]] std::optional<std::uint64_t> pending_nonce(const Address& sender) const;
    [[nodiscard]] std::optional<SenderContent> content_from(const Address& sender) const;
    /// All, or the first `limit`, in the order of arrival. Holds the mutex in short pieces, so it
    /// is not one moment's content if others add meanwhile.
    [[nodiscard]] std::vector<PoolEntry> content(std::size_t limit = SIZE_MAX) const;

    /// Of up to `limit` transactions that arrived after number `after` and wait for `age` or
    /// longer: those that the next block could take.
    [[nodiscard]] Overdue overdue(std::uint64_t after, std::size_t limit,
                                  std::chrono::milliseconds age) const;

    /// Returns a number for remove_observer, after which it is not called any more.
    std::size_t add_observer(PoolObserver observer);
    void remove_observer(std::size_t observer);

    /// A walk through the executable transactions, best first, for building a block. One thread;
    /// the pool may change meanwhile, and the pool outlives it.
    class Selection {
    public:
        explicit Selection(const SharedPool& pool) : pool_{pool} {}
        /// The best that has not been offered, or null: by score, priority, effective tip at the
        /// next base fee, arrival; nonces of one sender in order.
        [[nodiscard]] SharedTransaction best();
        /// The last one is in the block: its sender's next nonce becomes a candidate. Without
        /// this, no later transaction of its sender is offered.
        void take();

    private:
        const SharedPool& pool_;
        Cursor cursor_;
    };
    [[nodiscard]] Selection select() const { return Selection{*this}; }

private:
    struct Judgement;
    struct Context;
    static void identify(Judgement& of);
    [[nodiscard]] Context context() const META138_EXCLUDES(mutex_);
    [[nodiscard]] bool is_known(const Hash32& hash) const META138_EXCLUDES(mutex_);
    std::expected<SharedTransaction, PoolError> judge(Judgement of) META138_EXCLUDES(mutex_);
    std::expected<SharedTransaction, PoolError> judge(Judgement of, const Context& context)
        META138_EXCLUDES(mutex_);
    std::expected<SharedTransaction, PoolError> insert(Judgement of) META138_EXCLUDES(mutex_);
    std::unexpected<PoolError> reject(PoolError error, const Judgement& of)
        META138_EXCLUDES(mutex_);
    template <class Change>
    auto change(Change&& what) META138_EXCLUDES(mutex_);
    void collect_events() META138_REQUIRES(mutex_);
    void tell_observers() META138_EXCLUDES(mutex_);

    const PoolHooks hooks_;
    std::atomic<bool> enabled_{true};
    mutable Mutex mutex_;
    Pool pool_ META138_GUARDED_BY(mutex_);
    std::shared_ptr<const PoolConfig> config_ META138_GUARDED_BY(mutex_);
    std::shared_ptr<const AccountSource> accounts_ META138_GUARDED_BY(mutex_);
    PoolCounters counters_ META138_GUARDED_BY(mutex_);
    std::vector<PoolEvent> events_ META138_GUARDED_BY(mutex_);
    bool is_telling_ META138_GUARDED_BY(mutex_) = false;

    struct Registration {
        std::size_t number = 0;
        std::shared_ptr<const PoolObserver> observer;
    };
    std::vector<Registration> observers_ META138_GUARDED_BY(mutex_);
    std::size_t next_observer_ META138_GUARDED_BY(mutex_) = 0;
};

}  // namespace meta138::txpool
