// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/ip_address.hpp"

/// What follows from an address alone.
namespace meta138::p2p::discv4 {

/// The network that probably has one owner: a /24, or a /48 of IPv6.
[[nodiscard]] IpAddress range_of(const IpAddress& address) noexcept;

/// Loopback and private networks: there operators put many nodes side by side.
[[nodiscard]] bool is_local(const IpAddress& address) noexcept;

/// Whom a rate limit counts: an address (of IPv6 a /64, which is what a host gets), or on local
/// networks an address and a port.
[[nodiscard]] UdpEndpoint source_of(const UdpEndpoint& endpoint) noexcept;

/// Whether a node may be told of another: nobody's addresses never, loopback only on the same host,
/// private networks not to the Internet. So that a stranger cannot point us at our own network.
[[nodiscard]] bool may_tell(const IpAddress& teller, const IpAddress& told) noexcept;

/// Whether datagrams may go there on a stranger's word: ports of the system's services on the
/// Internet (DNS, NTP) are no nodes, but victims.
[[nodiscard]] bool is_plausible(const UdpEndpoint& endpoint) noexcept;

}  // namespace meta138::p2p::discv4
