// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rocks.hpp"

#include "meta138/storage/retention.hpp"
#include "meta138/storage/snapshot.hpp"

#include <rocksdb/write_batch.h>

#include <cstdint>
#include <optional>

namespace meta138::storage {

/// One block's worth of what is no longer retained.
struct PruningStep {
    std::optional<std::uint64_t> block;  ///< Its body goes.
    std::optional<std::uint64_t> state;  ///< Its state goes.
};

/// The oldest things that the retention does not cover, or none.
[[nodiscard]] std::optional<PruningStep> next_pruning_step(const Snapshot& chain,
                                                           const Retention& retention);

void prune_block(const Rocks& rocks, rocksdb::WriteBatch& batch, const Snapshot& chain,
                 std::uint64_t number);
void prune_state(const Rocks& rocks, rocksdb::WriteBatch& batch, std::uint64_t number);

}  // namespace meta138::storage
