// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/node/options.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/types/genesis.hpp"

namespace meta138::node {

/// What the operator says about peers, as the network takes it: enodes read, the file of static
/// nodes too. Throws OptionError.
p2p::NetworkOptions network_options_of(const Options& options, const Genesis& genesis);

/// EIP-2124 of the chain as it is at the moment, for our record and for those of others. The chain
/// outlives the options' functions.
void follow_forks(p2p::NetworkOptions& options, const blockchain::Chain& chain);

}  // namespace meta138::node
