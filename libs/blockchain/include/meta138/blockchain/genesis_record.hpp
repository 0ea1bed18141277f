// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain_view.hpp"

#include <filesystem>

namespace meta138::blockchain {

/// Remembers in `record`, a file beside the database, what the genesis file said about forks and
/// the rules of blocks, none of which is in the genesis block. Refuses a genesis file that says
/// something else about blocks that exist already: throws storage::OpenError that names the chain
/// id, the fork or the switch. Changes that concern later blocks are taken over.
///
/// Call it with the view of a chain just opened, before it grows. Throws storage::IoError.
void check_genesis_record(const std::filesystem::path& record, const ChainView& view);

}  // namespace meta138::blockchain
