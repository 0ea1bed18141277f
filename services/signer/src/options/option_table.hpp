// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/options/option_table.hpp"

namespace meta138::signer {

/// Web3Signer's options and ours: global ones, and those of `eth1`.
const options::Catalogue& web3signer_catalogue();

/// The same in EthSigner's form: all options are global, the command chooses the key.
const options::Catalogue& ethsigner_catalogue();

}  // namespace meta138::signer
