// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "transaction_json.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/json/writer.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <optional>

namespace meta138::rpc {

/// Where a log was written.
struct LogPlace {
    std::uint64_t log_index = 0;  ///< In the block.
    std::uint64_t block_number = 0;
    std::uint64_t block_timestamp = 0;
    std::uint64_t transaction_index = 0;
    Hash32 block_hash;
    Hash32 transaction_hash;
    bool is_removed = false;
};

/// A log as eth_getLogs, filters and subscriptions have it (Besu LogResult).
void write_log(json::Writer& out, const Log& log, const LogPlace& place);

/// What a receipt's object is written from.
struct ReceiptParts {
    const storage::StoredReceipt& receipt;
    const Transaction& transaction;
    const Hash32& transaction_hash;
    const Address& sender;
    const TransactionPlace& place;
    std::optional<uint256> blob_base_fee;  ///< Of blocks that have one.
};

/// A receipt (Besu TransactionReceiptResult).
void write_receipt(json::Writer& out, const ReceiptParts& parts);

}  // namespace meta138::rpc
