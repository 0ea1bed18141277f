// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fee_index.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/txpool/pool_transaction.hpp"

#include <boost/intrusive/set.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::txpool {

/// A transaction and what the pool keeps about it.
struct Entry {
    boost::intrusive::set_member_hook<boost::intrusive::optimize_size<true>> by_arrival;
    SharedTransaction transaction;
    uint256 cost;  ///< What it may cost its sender at most.
    std::size_t memory = 0;
    std::size_t blob_memory = 0;
    Sender* sender = nullptr;
    std::int8_t score = 127;

    // Of the transactions of its sender up to this one, while they have no gap.
    uint256 needed;  ///< The balance that pays for all, saturated.
    Offer offer;     ///< The lowest max fee and the lowest max tip.

    [[nodiscard]] std::uint64_t nonce() const noexcept { return transaction->transaction.nonce; }
};

/// An account with transactions in the pool.
struct Sender {
    Address address;
    AccountState account;
    std::vector<Entry*> entries;  ///< By nonce; never empty between two calls of the pool.
    std::size_t contiguous = 0;   ///< From the account's nonce on, without gap.
    std::size_t pending = 0;      ///< Of these, how many it can pay for.
    std::size_t memory = 0;
    std::size_t blob_memory = 0;
    std::size_t blobs = 0;  ///< Blob transactions.

    FeeSlot head;  ///< The first transaction, linked while it is pending: for block building.
    FeeSlot tail;  ///< The last transaction, always linked: for eviction.
    FeeIndex* tail_index = nullptr;

    /// Where the first entry with at least that nonce is.
    [[nodiscard]] std::size_t position_of(std::uint64_t nonce) const noexcept;
    [[nodiscard]] Entry* find(std::uint64_t nonce) const noexcept;

    /// Recomputes contiguous, pending, and the entries' sums, when nothing before `from` changed.
    void recompute(std::size_t from, bool is_cumulative);
};

[[nodiscard]] inline Offer offer_of(const Transaction& transaction) noexcept {
    return {.max_fee = to_price(transaction.max_fee_per_gas),
            .max_tip = to_price(transaction.max_priority_fee_per_gas)};
}

/// The memory that a transaction takes in the pool, with all its bookkeeping but the sender's.
[[nodiscard]] std::size_t memory_of(const PoolTransaction& transaction) noexcept;
[[nodiscard]] std::size_t blob_memory_of(const PoolTransaction& transaction) noexcept;
/// The memory that a sender takes besides its transactions.
[[nodiscard]] std::size_t memory_of_sender() noexcept;

}  // namespace meta138::txpool
