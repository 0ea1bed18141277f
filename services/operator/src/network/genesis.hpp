// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/accounts.hpp"
#include "meta138/operator/network/init.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace meta138::op {

/// The configuration file for `operator generate-blockchain-config` of the network: its genesis,
/// and as many keys as validators.
[[nodiscard]] std::string print_generator_config(const InitOptions& options,
                                                 const std::vector<NetworkAccount>& accounts,
                                                 std::uint64_t timestamp);

/// What a genesis file says of the chain.
struct GenesisFacts {
    std::uint64_t chain_id = 0;
    std::chrono::milliseconds block_period{};
};
/// Throws NetworkError.
[[nodiscard]] GenesisFacts read_genesis_facts(const std::filesystem::path& file);

}  // namespace meta138::op
