// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/types/genesis.hpp"

#include <map>
#include <string>

namespace meta138::op {

/// The standard contracts at their canonical addresses, for the alloc of a new chain's genesis:
/// WETH9, Multicall3 and the CREATE2 factory. With balance zero.
[[nodiscard]] std::map<Address, GenesisAccount> genesis_alloc();

/// Any accounts as the `alloc` object of a genesis file.
[[nodiscard]] std::string alloc_to_json(const std::map<Address, GenesisAccount>& alloc);

}  // namespace meta138::op
