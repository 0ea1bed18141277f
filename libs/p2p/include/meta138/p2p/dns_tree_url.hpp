// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/crypto/secp256k1.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// A list of nodes in DNS (EIP-1459, --discovery-dns-url): whose tree it is, and where.
struct DnsTreeUrl {
    crypto::PublicKey key{};
    std::string domain{};

    friend bool operator==(const DnsTreeUrl&, const DnsTreeUrl&) = default;
};

/// "enrtree://<key in base32>@<domain>"; the error is for people.
std::expected<DnsTreeUrl, std::string> parse_dns_tree_url(std::string_view url);
std::string to_string(const DnsTreeUrl& url);

}  // namespace meta138::p2p
