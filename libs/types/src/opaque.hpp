// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"

namespace meta138 {

/// Writes the fields that are signed, without the list around them. Of a legacy transaction not
/// what EIP-155 adds.
void write_unsigned_fields(rlp::Writer& out, const Transaction& transaction);

/// Appends the opaque form.
void write_opaque_transaction(rlp::Writer& out, const Transaction& transaction);
void write_opaque_receipt(rlp::Writer& out, const Receipt& receipt);

/// Writes the list of all fields, without a type.
void write_transaction_payload(rlp::Writer& out, const Transaction& transaction);

/// Reads the fields of a list that `in` has entered, without a type.
Transaction read_transaction_fields(rlp::Reader& in, TransactionType type);

}  // namespace meta138
