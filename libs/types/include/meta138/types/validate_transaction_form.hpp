// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/fork.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstdint>
#include <expected>

namespace meta138 {

/// What a chain's rules say about a transaction, whatever the state and the block.
struct TransactionRules {
    Fork fork = Fork::frontier;
    std::uint64_t chain_id = 1;
    std::uint64_t max_blobs_per_block = 0;  ///< BlobParameters::max; Cancun and later.
    /// EIP-7825, from Osaka on; a private chain may have another.
    std::uint64_t gas_limit_cap = TX_MAX_GAS_LIMIT;
};

/// All checks that need only the transaction: its type, chain id, nonce, fees, sizes and gas limit.
/// Not the signature, which recover_sender checks.
std::expected<void, TransactionError> validate_transaction_form(const Transaction& transaction,
                                                                const TransactionRules& rules);

}  // namespace meta138
