// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <span>
#include <string_view>

namespace meta138::node {

/// An account whose key the whole world knows: for development chains, and nothing else.
struct DevAccount {
    Address address;
    Hash32 secret_key;
};

inline constexpr std::string_view dev_mnemonic =
    "test test test test test test test test test test test junk";

/// The first accounts of m/44'/60'/0'/0 of that mnemonic, the same as other development nodes have.
std::span<const DevAccount> dev_accounts();

}  // namespace meta138::node
