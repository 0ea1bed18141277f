// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/txpool/pool_config.hpp"
#include "meta138/txpool/pool_error.hpp"
#include "meta138/txpool/pool_transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::txpool {

/// A change of the pool, in the order in which they happened.
struct PoolEvent {
    SharedTransaction transaction;
    std::optional<Removal> removal;  ///< Absent: added.
};

/// An account whose nonce, balance or code changed.
struct AccountUpdate {
    Address address;
    AccountState account;
};

/// What a new head changes.
struct HeadUpdate {
    PoolHead head;
    std::span<const Hash32> included;           ///< Transactions of the blocks that were added.
    std::span<const AccountUpdate> accounts;    ///< At least those the pool knows.
    std::span<const PoolTransaction> returned;  ///< Of blocks that are off the chain.
    std::span<const AccountState> returned_accounts;  ///< Of their senders, one for one.
};

/// Where a walk through the executable transactions stands. See Pool::next.
class Cursor {
public:
    Cursor();
    ~Cursor();
    Cursor(Cursor&&) noexcept;
    Cursor& operator=(Cursor&&) noexcept;

private:
    friend class Pool;
    struct State;
    std::unique_ptr<State> state_;
};

/// The transactions that wait for a block, by sender and nonce.
///
/// A plain state machine: no clock, no thread, no lock. Each call that changes it leaves events,
/// which take_events() hands out. Any change costs the logarithm of the pool's size, and the
/// number of transactions of the one sender at most.
class Pool {
public:
    explicit Pool(const PoolConfig& config, const PoolHead& head = {});
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    /// Takes in a transaction that validate_for_pool accepted, or says why not. `account` is its
    /// sender's at the head; ignored if the pool knows the sender. May evict others, or push out
    /// the very transaction: then the error is pool_full. Fills in added_at, arrival.
    std::expected<SharedTransaction, PoolError> add(PoolTransaction transaction,
                                                    const AccountState& account, Time now);

    /// The head moved, or accounts changed under it.
    void on_head(const HeadUpdate& update);

    /// Removes what waited for longer than PoolConfig::retention.
    void expire(Time now);
    /// Removes a transaction; later ones of its sender wait for a new one with its nonce. False:
    /// there is none.
    bool remove(const Hash32& hash, Removal removal);
    /// Removes all of a sender; returns how many.
    std::size_t remove_sender(const Address& sender, Removal removal);
    std::size_t clear(Removal removal);
    /// Block building could not use it, but it may do later: lowers its score.
    void penalize(const Hash32& hash);
    void set_min_gas_price(const uint256& min_gas_price);

    /// The best executable transaction after those the cursor has seen, or null: by score,
    /// priority, effective tip at the next base fee, arrival; nonces of one sender in order. The
    /// pool may change between two calls.
    [[nodiscard]] SharedTransaction next(Cursor& cursor) const;
    /// Says that the last one was taken: the sender's next nonce becomes a candidate. Without it,
    /// no later transaction of its sender is offered.
    void take(Cursor& cursor) const;

    [[nodiscard]] const PoolConfig& config() const noexcept;
    [[nodiscard]] const PoolHead& head() const noexcept;
    [[nodiscard]] const PoolStatus& status() const noexcept;

    [[nodiscard]] SharedTransaction find(const Hash32& hash) const;
    [[nodiscard]] SharedTransaction find(const Address& sender, std::uint64_t nonce) const;
    [[nodiscard]] std::optional<PoolEntry> find_entry(const Hash32& hash) const;
    [[nodiscard]] bool knows(const Address& sender) const;
    /// The lowest nonce that is neither used nor in the pool; none if the pool has nothing of it.
    [[nodiscard]] std::optional<std::uint64_t> pending_nonce(const Address& sender) const;
    [[nodiscard]] std::optional<SenderContent> content_from(const Address& sender) const;
    /// Up to `limit` transactions that arrived after number `after`, in the order of arrival.
    [[nodiscard]] std::vector<PoolEntry> content(std::uint64_t after, std::size_t limit) const;
    /// Looks at up to `limit` transactions that arrived after number `after` and were added by
    /// `until`; returns those that the next block could take.
    [[nodiscard]] Overdue overdue(std::uint64_t after, std::size_t limit, Time until) const;

    /// What happened since the last call.
    [[nodiscard]] std::vector<PoolEvent> take_events();

    /// Recomputes everything from the transactions alone and compares. For tests: slow.
    void check_invariants() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::txpool
