// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <optional>

namespace meta138::rpc {

/// The block that a transaction stands in.
struct TransactionPlace {
    Hash32 block_hash;
    std::uint64_t block_number = 0;
    std::uint64_t block_timestamp = 0;
    std::uint64_t index = 0;
    std::optional<uint256> base_fee_per_gas;
};

/// What a gas of the transaction costs in a block with that base fee, in wei (EIP-1559).
[[nodiscard]] uint256 effective_gas_price(const Transaction& transaction,
                                          const std::optional<uint256>& base_fee_per_gas);

/// `v` as the opaque form has it: 27 or 28, EIP-155's, or the y parity of typed transactions.
[[nodiscard]] uint256 signature_v(const Transaction& transaction);

/// A mined transaction (Besu TransactionCompleteResult).
void write_transaction(json::Writer& out, const Transaction& transaction, const Hash32& hash,
                       const Address& sender, const TransactionPlace& place);
/// A transaction in the pool as txpool_besuPendingTransactions has it (Besu
/// TransactionPendingResult): with its public key and raw bytes.
void write_pending_transaction(json::Writer& out, const Transaction& transaction,
                               const Hash32& hash, const Address& sender);
/// A transaction in the pool, as everywhere else: the members of a mined one, null where the block
/// would be.
void write_pool_transaction(json::Writer& out, const Transaction& transaction, const Hash32& hash,
                            const Address& sender);
/// What subscriptions to whole pending transactions get.
void write_pending_notification(json::Writer& out, const Transaction& transaction,
                                const Hash32& hash, const Address& sender);

}  // namespace meta138::rpc
