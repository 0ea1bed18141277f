// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

namespace meta138::blockchain {

struct GenesisBlock {
    Block block;
    state::StateDiff alloc;  ///< From the empty state.
};
[[nodiscard]] GenesisBlock make_genesis_block(const Genesis& genesis);

/// Puts the genesis block into an empty database, or compares the genesis file with what is there.
/// Throws storage::OpenError.
void open_genesis(storage::Database& database, const Genesis& genesis, const Consensus& consensus);

}  // namespace meta138::blockchain
