// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/execution/invalid_block.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::blockchain {

/// What the header of a block to be built is to say.
struct BlockAttributes {
    std::uint64_t timestamp = 0;
    Address coinbase;
    Bytes extra_data;
    Hash32 prev_randao;
    BlockNonce nonce;
    /// Moved towards from the parent's gas limit by at most 1/1024; absent: the parent's.
    std::optional<std::uint64_t> target_gas_limit;
    std::optional<std::vector<Withdrawal>> withdrawals;  ///< Shanghai and later; absent: none.
    std::optional<Hash32> parent_beacon_block_root;      ///< Cancun and later.
    /// In place of what the chain's rules say.
    std::optional<uint256> difficulty;
    /// Development chains: in place of EIP-1559's.
    std::optional<uint256> base_fee_per_gas;
    std::uint64_t min_gas_price = 0;     ///< In wei; transactions below stay out.
    std::uint64_t min_priority_fee = 0;  ///< In wei; transactions below stay out.
};

/// What to do with the sender of a transaction that was offered.
enum class Selection : std::uint8_t {
    included,
    skipped,  ///< May do later: too large for what is left, underpriced now, nonce too high.
    invalid,  ///< Will never do: out of the pool with it.
};

/// Hands out candidates in the order in which they should stand in the block.
class TransactionSource {
public:
    struct Candidate {
        std::shared_ptr<const Transaction> transaction;
        Address sender;
        Hash32 hash;
    };
    virtual ~TransactionSource() = default;
    /// The next one, or none when there are no more.
    virtual std::optional<Candidate> next() = 0;
    /// What became of the last one. After `skipped` and `invalid` no later transaction of its
    /// sender is offered.
    virtual void report(Selection selection, std::optional<TransactionError> error) = 0;
};

/// How long building may go on; false: finish the block with what it has. Asked before each
/// transaction, once one is in the block or some were of no use: so a block that is always built
/// too late is not empty for ever.
using KeepBuilding = std::function<bool()>;

/// Why a block holds what it holds: "why are my blocks empty?"
struct BuildReport {
    /// What ended the choice of transactions.
    enum class End : std::uint8_t { no_more_candidates, block_full, time_is_up };
    End end = End::no_more_candidates;
    std::uint32_t offered = 0;
    std::uint32_t included = 0;
    std::uint32_t below_min_gas_price = 0;     ///< Or below the minimum of the priority fee.
    std::uint32_t too_large_for_the_rest = 0;  ///< Gas, blobs or bytes.
    /// Of those refused by a rule, how many by which.
    std::map<TransactionError, std::uint32_t> refused;
    /// Set when not even the block without transactions is valid (a system contract is missing).
    std::optional<execution::InvalidBlock> error;
};

/// "2 of 5 candidates included (time is up): 1 below the minimum gas price, 2 nonce too high"
std::string to_string(const BuildReport& report);

/// Builds a block on the chain's head: bounded in gas, size and time; never fails because of what
/// the source offers. Null only when the chain's rules allow no block at all, see
/// BuildReport::error. On the chain's thread (it uses the database's commitment for the root).
[[nodiscard]] std::shared_ptr<const ExecutedBlock> build_block(Chain& chain,
                                                               const BlockAttributes& attributes,
                                                               TransactionSource& source,
                                                               const KeepBuilding& keep_building,
                                                               BuildReport* report = nullptr);

}  // namespace meta138::blockchain
