// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/operator/network/accounts.hpp"
#include "meta138/operator/network/network_file.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

// What stands around the nodes of a local network: a signer, made-up prices, and publishers.

[[nodiscard]] NetworkProcess make_signer();
[[nodiscard]] NetworkProcess make_prices(std::uint16_t port);
[[nodiscard]] NetworkProcess make_oracle(unsigned number);

/// Writes deploy.toml, signer/config.yaml, signer/policy.toml and oracle-<n>/config.toml.
void write_service_files(const std::filesystem::path& network_folder, const NetworkFile& network,
                         const std::vector<NetworkAccount>& accounts);

/// Tells configurations which ports have become others.
void update_service_ports(const std::filesystem::path& network_folder, const NetworkFile& network,
                          const std::map<std::uint16_t, std::uint16_t>& moved);

/// Tells signer and publishers of a node that serves JSON-RPC and has come, or has gone; true if
/// that was news to any. They hear of it at their next start.
bool update_endpoints(const std::filesystem::path& network_folder, const NetworkFile& network,
                      const NetworkProcess& node, bool is_there);

// The texts of the configurations with or without the node that serves at that port of this
// machine. The last endpoint of a list stays.
[[nodiscard]] std::string signer_config_with(std::string_view text, std::uint16_t port);
[[nodiscard]] std::string signer_config_without(std::string_view text, std::uint16_t port);
[[nodiscard]] std::string oracle_config_with(std::string_view text, std::uint16_t port);
[[nodiscard]] std::string oracle_config_without(std::string_view text, std::uint16_t port);

/// Tells the publishers where the registry of feeds is; true if that was news to any.
bool tell_registry(const std::filesystem::path& network_folder, const NetworkFile& network,
                   const Address& registry);

}  // namespace meta138::op
