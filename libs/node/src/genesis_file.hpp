// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/node/options.hpp"
#include "meta138/types/genesis.hpp"

#include <string>
#include <vector>

namespace meta138::node {

/// The genesis of the network: of the file, with --override-genesis-config applied, or that of a
/// development chain. Throws OptionError, which names the place in the file.
Genesis load_genesis(const Options& options);

/// What an operator of a free-gas network should know before a fork turns on fees
/// (besu-eth/besu#4061): a base fee that will be charged although nobody wants gas to cost.
std::vector<std::string> genesis_warnings(const Genesis& genesis, const Options& options);

}  // namespace meta138::node
