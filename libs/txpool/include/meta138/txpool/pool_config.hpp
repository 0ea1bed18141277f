// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace meta138::txpool {

/// The limits and rules of a pool. A limit of 0 is no limit, where it says so.
struct PoolConfig {
    std::size_t max_transactions = 100'000;
    /// Memory that transactions and their bookkeeping may take; sidecars of blobs apart.
    std::size_t max_bytes = std::size_t{96} << 20;
    /// Memory that sidecars may take.
    std::size_t max_blob_bytes = std::size_t{32} << 20;
    /// Memory for sidecars of transactions in recent blocks, which a reorganisation may return.
    std::size_t max_kept_blob_bytes = std::size_t{8} << 20;
    /// Of one transaction in its encoding, without its sidecar (as geth and most nodes have it).
    std::size_t max_transaction_bytes = std::size_t{128} << 10;
    /// Transactions of one sender; 0: no limit.
    std::size_t max_by_sender = 0;
    /// Memory of one sender's transactions; 0: no limit.
    std::size_t max_bytes_by_sender = 0;
    /// How far a nonce may be ahead: less than this above the account's
    /// (--tx-pool-max-future-by-sender).
    std::uint64_t max_future_by_sender = 200;

    /// In percent more than what is replaced; 0: the same price will do (--tx-pool-price-bump).
    std::uint32_t price_bump = 10;
    std::uint32_t blob_price_bump = 100;  ///< --tx-pool-blob-price-bump
    /// In wei; SharedPool::set_min_gas_price changes it (--tx-pool-min-gas-price).
    uint256 min_gas_price = 1000;
    /// In wei a gas, of local transactions; 0: no cap (--rpc-tx-feecap).
    uint256 fee_cap = 1'000'000'000'000'000'000;
    /// Local transactions must carry a chain id (--strict-tx-replay-protection-enabled).
    bool strict_replay_protection = false;

    /// Local transactions are like others (--tx-pool-no-local-priority).
    bool no_local_priority = false;
    /// First in blocks, last to be evicted, exempt from min_gas_price (--tx-pool-priority-senders).
    std::vector<Address> priority_senders;
    /// A transaction starts with a score of 127, loses one with each penalty, and leaves when it
    /// falls below this (--tx-pool-min-score).
    std::int8_t min_score = -128;
    /// Whether a sender must be able to pay for all its transactions in a row; if not, each alone.
    bool check_cumulative_balance = true;
    /// A transaction leaves after this long; 0: never (--tx-pool-retention-hours).
    std::chrono::seconds retention = std::chrono::hours{13};
};

}  // namespace meta138::txpool
