// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// enode://<128 digits>@<host>:<TCP port>[?discport=<UDP port>]
struct Enode {
    crypto::PublicKey id;
    std::string host;  ///< An IPv4 or IPv6 address without brackets, or a DNS name.
    std::uint16_t tcp_port = 0;
    /// Absent: no discovery (discport=0). Without a discport the TCP port.
    std::optional<std::uint16_t> udp_port;

    friend bool operator==(const Enode&, const Enode&) = default;
};

/// What is wrong, for people.
std::expected<Enode, std::string> parse_enode(std::string_view url);
std::string to_string(const Enode& enode);

/// Whether the host is an address, not a name that DNS must tell.
bool has_address(const Enode& enode);

}  // namespace meta138::p2p
