// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain_view.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace meta138::blockchain {

/// What a consensus protocol has to say on top: how two genesis files differ in what concerns the
/// blocks up to the head. Of the stored one only `config` and the time are there.
using CompareGenesis = std::function<std::vector<std::string>(
    const Genesis& stored, const Genesis& given, const Header& head)>;

/// What the view's genesis file says otherwise than `record` about blocks that exist already: one
/// sentence each, none when they agree or nothing was recorded yet. Changes nothing. Throws
/// storage::OpenError: the record is damaged.
[[nodiscard]] std::vector<std::string> find_genesis_differences(
    const std::filesystem::path& record, const ChainView& view,
    const CompareGenesis& compare_more = {});

/// Remembers in `record`, a file beside the database, what the genesis file said about forks and
/// the rules of blocks, none of which is in the genesis block. Refuses a genesis file that says
/// something else about blocks that exist already: throws storage::OpenError that names the chain
/// id, the fork or the switch. Changes that concern later blocks are taken over.
///
/// Call it with the view of a chain just opened, before it grows. Throws storage::IoError.
void check_genesis_record(const std::filesystem::path& record, const ChainView& view,
                          const CompareGenesis& compare_more = {});

}  // namespace meta138::blockchain
