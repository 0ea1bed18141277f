// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/operator/network/network_file.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::op {

/// The folder of a node in its network's, "nodes/validator-1".
[[nodiscard]] std::string node_folder(std::string_view name);

/// A node of network.toml, with ports still to be given.
[[nodiscard]] NetworkProcess make_node(Tier tier, unsigned number);

/// What is in nodes/<name>/config.toml.
[[nodiscard]] std::string print_node_config(const NetworkProcess& node);

/// The text of a TOML file with another value for a key; with a line more if it has none.
[[nodiscard]] std::string with_option(std::string_view text, std::string_view key,
                                      std::string_view value);

/// One line of 64 digits after "0x", for the owner alone.
void write_node_key(const std::filesystem::path& file, const crypto::SecretKey& key);
/// Throws NetworkError.
[[nodiscard]] crypto::SecretKey read_node_key(const std::filesystem::path& file);

/// "enode://…@127.0.0.1:30303"
[[nodiscard]] std::string enode_of(const std::filesystem::path& network_folder,
                                   const NetworkProcess& node);
/// The account that a validator signs blocks with.
[[nodiscard]] Address address_of(const std::filesystem::path& network_folder,
                                 const NetworkProcess& node);

/// Whom a node stays connected to: validators with sentries alone, sentries with validators and
/// each other, everybody else with sentries; with validators where there are no sentries.
[[nodiscard]] std::vector<NetworkProcess> static_peers_of(const NetworkFile& network,
                                                          const NetworkProcess& node);

/// Writes the static-nodes.json of every node.
void write_static_nodes(const std::filesystem::path& network_folder, const NetworkFile& network);

}  // namespace meta138::op
