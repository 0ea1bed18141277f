// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rocks.hpp"

#include "meta138/storage/database.hpp"
#include "meta138/storage/snapshot.hpp"

#include <rocksdb/write_batch.h>

namespace meta138::storage {

/// Puts a block on the canonical chain: header, transactions, receipts, indices, and the mark of
/// the head. `parent` is null for the genesis block. Returns its header row.
StoredHeader write_block_rows(const Rocks& rocks, rocksdb::WriteBatch& batch,
                              const BlockRecord& record, const StoredHeader* parent);

/// Takes away the body, the receipts and the indices of a canonical block, as the latest rows have
/// them.
void remove_body(const Rocks& rocks, rocksdb::WriteBatch& batch, const StoredHeader& header);

}  // namespace meta138::storage
