// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

#include <string>
#include <vector>

namespace meta138::blockchain {

/// In what the genesis block of a file differs from the one of a database, one phrase each, in the
/// words of genesis files: "extraData: the database has 0x00, the file 0x01".
[[nodiscard]] std::vector<std::string> compare_genesis_headers(const Header& stored,
                                                               const Header& given);

/// Which of the file's settings would have made blocks up to `head` others than they are. Changes
/// that concern later blocks are none: forks are added to running chains.
[[nodiscard]] std::vector<std::string> compare_genesis_configs(const Genesis& stored,
                                                               const Genesis& given,
                                                               const Header& head);

}  // namespace meta138::blockchain
