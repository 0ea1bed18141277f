// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/txpool/pool_config.hpp"
#include "meta138/txpool/pool_error.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction.hpp"

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

/// A transaction that waits. Values that never change once it is in the pool.
struct PoolTransaction {
    Transaction transaction;
    std::optional<BlobSidecar> sidecar;
    Hash32 hash;
    Address sender;
    std::size_t encoded_size = 0;
    bool is_local = false;
    std::chrono::system_clock::time_point added_at;
    std::uint64_t arrival = 0;  ///< Order of arrival.
};
using SharedTransaction = std::shared_ptr<const PoolTransaction>;

/// What the pool needs to know of the head to judge transactions.
struct PoolHead {
    std::uint64_t number = 0;
    Fork next_fork = Fork::frontier;
    std::uint64_t gas_limit = 0;
    std::uint64_t chain_id = 1;
    uint256 next_base_fee;  ///< Zero where there is none.
    uint256 next_blob_base_fee;
};

/// Nonce, balance and code of accounts at the head.
class AccountSource {
public:
    struct State {
        std::uint64_t nonce = 0;
        uint256 balance;
        bool has_code = false;  ///< Other than a delegation (EIP-3607).
    };
    virtual ~AccountSource() = default;
    [[nodiscard]] virtual State account(const Address& address) const = 0;
};

/// Why a transaction is no longer in the pool.
enum class Removal : std::uint8_t { included, replaced, evicted, expired, invalidated, dropped };

/// Told of every change, in order, after it has happened.
struct PoolObserver {
    std::function<void(const SharedTransaction&)> on_added;
    std::function<void(const SharedTransaction&, Removal)> on_removed;
};

/// Why a transaction is not executable yet, for people and txpool_*.
enum class Waiting : std::uint8_t {
    nothing,    ///< It is: the next block may take it.
    nonce_gap,  ///< A transaction with a lower nonce is missing.
    base_fee,   ///< Offers less than the next block's base fee.
    balance,    ///< The sender cannot pay for it and those before it.
};

}  // namespace meta138::txpool
