// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// An account of a local network whose key lies in its folder signer/.
struct NetworkAccount {
    std::string name;  ///< deployer, load, oracle-1, ...
    Address address;
};

/// Makes keys for these names: signer/keys/<name>.json (V3) and signer/passwords/<name>.
std::vector<NetworkAccount> make_accounts(const std::filesystem::path& network_folder,
                                          const std::vector<std::string>& names);

/// The key of an account that `network init` has made and given money: "deployer", "load",
/// "oracle-1". Throws NetworkError.
[[nodiscard]] crypto::SecretKey read_account_key(const std::filesystem::path& network_folder,
                                                 std::string_view name);

}  // namespace meta138::op
