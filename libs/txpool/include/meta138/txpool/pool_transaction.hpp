// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace meta138::txpool {

using Time = std::chrono::system_clock::time_point;

/// A transaction that waits. Values that never change once it is in the pool.
struct PoolTransaction {
    Transaction transaction;
    std::optional<BlobSidecar> sidecar;  ///< Of blob transactions only, and of them always.
    Hash32 hash;
    Address sender;
    std::size_t encoded_size = 0;  ///< Of encode_transaction: without the sidecar.
    bool is_local = false;         ///< Came through our own JSON-RPC.
    bool has_priority = false;     ///< Of a priority sender: see PoolConfig.
    Time added_at;
    std::uint64_t arrival = 0;  ///< Numbers what was ever added, in order.
};
using SharedTransaction = std::shared_ptr<const PoolTransaction>;

/// The transaction alone, sharing ownership of the whole.
[[nodiscard]] inline std::shared_ptr<const Transaction> transaction_of(
    const SharedTransaction& pooled) {
    return {pooled, &pooled->transaction};
}

/// What the pool needs to know of the head, and of the block after it, to judge transactions.
struct PoolHead {
    std::uint64_t number = 0;
    Fork next_fork = Fork::frontier;
    std::uint64_t gas_limit = 0;  ///< Of the head block.
    std::uint64_t chain_id = 1;
    uint256 next_base_fee;       ///< Zero where there is none.
    uint256 next_blob_base_fee;  ///< Zero where there is none.
    std::uint64_t max_blobs_per_block = 0;
    std::uint64_t gas_limit_cap = TX_MAX_GAS_LIMIT;  ///< EIP-7825, from Osaka on.
    std::uint64_t max_initcode_size = MAX_INITCODE_SIZE;

    friend bool operator==(const PoolHead&, const PoolHead&) = default;
};

/// What the pool needs to know of an account.
struct AccountState {
    std::uint64_t nonce = 0;
    uint256 balance;
    bool has_code = false;  ///< Other than a delegation (EIP-3607, EIP-7702).

    friend bool operator==(const AccountState&, const AccountState&) = default;
};

/// Nonce, balance and code of accounts at one head. Any thread.
class AccountSource {
public:
    virtual ~AccountSource() = default;
    /// The zero AccountState where there is no account. Throws what the storage throws.
    [[nodiscard]] virtual AccountState account(const Address& address) const = 0;
};

/// Why a transaction is no longer in the pool.
enum class Removal : std::uint8_t {
    included,     ///< It is in a block.
    nonce_used,   ///< Another transaction with its nonce is in a block.
    replaced,     ///< By one with the same nonce that pays more.
    evicted,      ///< The pool was full.
    expired,      ///< It waited for PoolConfig::retention.
    invalidated,  ///< Block building found that it can never be valid, or its sender has code now.
    penalized,    ///< Its score fell below PoolConfig::min_score.
    dropped,      ///< By an operator.
};
inline constexpr std::size_t removal_count = static_cast<std::size_t>(Removal::dropped) + 1;

/// In metrics and logs: "included".
std::string_view to_string(Removal removal) noexcept;

/// Why a transaction is not executable yet, for people and txpool_*. The first that applies.
enum class Waiting : std::uint8_t {
    nothing,          ///< It is: the next block may take it.
    nonce_gap,        ///< A transaction with a lower nonce is missing.
    balance,          ///< The sender cannot pay for it and those before it.
    base_fee,         ///< It, or one before it, offers less than the next block's base fee.
    blob_base_fee,    ///< It, or one before it, offers less than the next blob base fee.
    block_gas_limit,  ///< It, or one before it, has a gas limit above the block's.
    min_gas_price,    ///< It, or one before it, offers less than this node's minimum.
};
inline constexpr std::size_t waiting_count = static_cast<std::size_t>(Waiting::min_gas_price) + 1;

/// In metrics and logs: "nonce_gap".
std::string_view to_string(Waiting waiting) noexcept;
/// A sentence for people: "a transaction with a lower nonce is missing".
std::string_view explanation_of(Waiting waiting) noexcept;

/// A transaction and what it waits for.
struct PoolEntry {
    SharedTransaction transaction;
    Waiting waiting = Waiting::nothing;
    std::int8_t score = 127;
};

/// Of a stretch of the pool, in the order of arrival: what should be in a block by now.
struct Overdue {
    std::vector<SharedTransaction> transactions;
    std::uint64_t last = 0;  ///< Where to go on: number of the last one looked at; 0: the start.
};

/// All that the pool knows of one sender.
struct SenderContent {
    Address sender;
    AccountState account;             ///< At the head.
    std::uint64_t pending_nonce = 0;  ///< The lowest nonce that is neither used nor in the pool.
    std::size_t bytes = 0;            ///< Memory of its transactions, sidecars included.
    std::vector<PoolEntry> pending;   ///< From the account's nonce on without gap, and affordable.
    std::vector<PoolEntry> queued;    ///< The others. Both by nonce.
};

/// How full the pool is.
struct PoolStatus {
    std::size_t transactions = 0;
    std::size_t pending = 0;  ///< Without gap from the account's nonce on, and affordable.
    std::size_t queued = 0;   ///< The others.
    std::size_t local = 0;
    std::size_t senders = 0;
    std::size_t bytes = 0;                 ///< Memory, without sidecars.
    std::size_t blob_bytes = 0;            ///< Memory of sidecars.
    std::size_t kept_blob_bytes = 0;       ///< Memory of sidecars of transactions in recent blocks.
    std::array<std::size_t, 5> by_type{};  ///< Indexed by TransactionType.

    friend bool operator==(const PoolStatus&, const PoolStatus&) = default;
};

}  // namespace meta138::txpool
