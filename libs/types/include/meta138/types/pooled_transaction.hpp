// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

namespace meta138 {

inline constexpr std::size_t BYTES_PER_BLOB = 131072;   ///< EIP-4844
inline constexpr std::size_t CELLS_PER_EXT_BLOB = 128;  ///< EIP-7594

/// What travels with a blob transaction between nodes and never enters a block.
struct BlobSidecar {
    /// 0: one proof a blob (EIP-4844). 1: CELLS_PER_EXT_BLOB cell proofs a blob (EIP-7594).
    std::uint8_t version = 0;
    std::vector<Bytes> blobs;  ///< Of BYTES_PER_BLOB bytes each.
    std::vector<FixedBytes<48>> commitments;
    std::vector<FixedBytes<48>> proofs;

    friend bool operator==(const BlobSidecar&, const BlobSidecar&) = default;
};

/// A transaction as nodes and wallets send it: a blob transaction comes with its sidecar.
struct PooledTransaction {
    Transaction transaction;
    std::optional<BlobSidecar> sidecar;  ///< Of blob transactions only, and of them always.

    friend bool operator==(const PooledTransaction&, const PooledTransaction&) = default;
};

/// The opaque network form: of a blob transaction 0x03 and rlp([fields, blobs, commitments,
/// proofs]), in version 1 rlp([fields, 1, blobs, commitments, cell proofs]); of others
/// decode_transaction's. The numbers of blobs, commitments, proofs and versioned hashes must fit
/// each other; that the proofs are right, and the versioned hashes those of the commitments, is not
/// checked here.
std::expected<PooledTransaction, TransactionDecodeError> decode_pooled_transaction(ByteView opaque);
Bytes encode_pooled_transaction(const PooledTransaction& pooled);

/// The next item of a PooledTransactions message: a list (legacy), or a string with an opaque form.
PooledTransaction read_pooled_transaction(rlp::Reader& in);
void write_pooled_transaction(rlp::Writer& out, const PooledTransaction& pooled);

}  // namespace meta138
