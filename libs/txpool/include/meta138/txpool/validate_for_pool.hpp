// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/txpool/pool_config.hpp"
#include "meta138/txpool/pool_error.hpp"
#include "meta138/txpool/pool_transaction.hpp"
#include "meta138/types/pooled_transaction.hpp"
#include "meta138/types/transaction.hpp"

#include <expected>
#include <functional>
#include <optional>

namespace meta138::txpool {

/// Whether the transactions of an account get the benefits of priority.
[[nodiscard]] bool has_priority(const PoolConfig& config, const Address& sender, bool is_local);

/// All checks that need neither the sender's account nor the rest of the pool, in Besu's order.
/// `sender` is absent when none could be recovered. Not the proofs of blobs.
[[nodiscard]] std::expected<void, PoolError> validate_for_pool(const PooledTransaction& pooled,
                                                               const std::optional<Address>& sender,
                                                               bool is_local,
                                                               const PoolConfig& config,
                                                               const PoolHead& head);

/// What the sender must own to send it: gas limit times max fee, blob gas times max blob fee, and
/// the value; none if that is 2^256 or more.
[[nodiscard]] std::optional<uint256> upfront_cost(const Transaction& transaction);

/// Whether the sidecar's commitments are those of the versioned hashes, and its proofs right.
/// Milliseconds (version 0) to tenths of a second (version 1) a blob.
[[nodiscard]] bool verify_blob_sidecar(const Transaction& transaction, const BlobSidecar& sidecar);

}  // namespace meta138::txpool
