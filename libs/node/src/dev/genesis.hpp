// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/node/options.hpp"
#include "meta138/types/genesis.hpp"

namespace meta138::node {

/// The chain of --dev: chain id 138, every fork from the start, a gas limit of 30 million, the
/// funded accounts, the system contracts of the forks, and the deployer that makes addresses of
/// CREATE2 the same on every chain.
Genesis dev_genesis(const DevOptions& options);

}  // namespace meta138::node
