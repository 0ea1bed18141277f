// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain_view.hpp"
#include "meta138/node/node.hpp"
#include "meta138/node/options.hpp"
#include "meta138/txpool/pool_config.hpp"

#include <string>
#include <vector>

namespace meta138::node {

/// What is enabled, and where: the lines within the frame at the start.
std::vector<std::string> overview(const Options& options, const blockchain::ChainView& view,
                                  const txpool::PoolConfig& pool, const ListeningPorts& ports);

/// The lines with a frame around them, in one text.
std::string framed(const std::vector<std::string>& lines);

/// Addresses and keys of a development chain, ready for copying.
std::string dev_accounts_text(const DevOptions& options);

}  // namespace meta138::node
