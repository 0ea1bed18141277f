// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::p2p {

/// enode://<128 digits>@<host>:<TCP port>[?discport=<UDP port>]
struct Enode {
    crypto::PublicKey id{};
    std::string host{};          ///< An IPv4 or IPv6 address without brackets, or a DNS name.
    std::uint16_t tcp_port = 0;  ///< 0: it takes no connections.
    /// Absent: no discovery (discport=0). Without a discport the TCP port.
    std::optional<std::uint16_t> udp_port{};

    friend bool operator==(const Enode&, const Enode&) = default;
};

/// What is wrong, for people, without the URL itself. The id must be a point of the curve.
std::expected<Enode, std::string> parse_enode(std::string_view url);
/// An IPv6 address in brackets, a discport only where it is not the TCP port. Parses to the same.
std::string to_string(const Enode& enode);

/// Whether the host is an address, not a name that DNS must tell.
bool has_address(const Enode& enode);

/// A file of static nodes: a JSON array of enode URLs, each with a TCP port (Besu
/// StaticNodesParser). An empty file is an empty list. The error names the entry and what is wrong
/// with it.
std::expected<std::vector<Enode>, std::string> parse_static_nodes(std::string_view json);
/// The same from disk; the error names the file. Whether it may be missing the caller knows: then
/// it does not call.
std::expected<std::vector<Enode>, std::string> read_static_nodes(const std::filesystem::path& path);

}  // namespace meta138::p2p
