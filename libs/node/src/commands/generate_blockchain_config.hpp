// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace meta138::node {

/// What `operator generate-blockchain-config` is told.
struct BlockchainConfigPlan {
    std::filesystem::path config_file;
    std::filesystem::path to;  ///< A folder that does not exist yet, or is empty.
    std::string genesis_file_name = "genesis.json";
    std::string private_key_file_name = "key.priv";
    std::string public_key_file_name = "key.pub";
};

/// Writes the genesis file and the keys of a new network; returns its nodes' addresses, in the
/// order of the extra data. Throws OptionError before anything is written when the plan or its file
/// is wrong.
std::vector<Address> generate_blockchain_config(const BlockchainConfigPlan& plan);

}  // namespace meta138::node
