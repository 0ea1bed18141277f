// SPDX-License-Identifier: Apache-2.0
#include "address_rules.hpp"

namespace meta138::p2p::discv4 {
namespace {

constexpr unsigned range_bits_v4 = 24;
constexpr unsigned range_bits_v6 = 48;
constexpr unsigned host_bits_v6 = 64;
constexpr std::uint16_t last_service_port = 1024;

}  // namespace

IpAddress range_of(const IpAddress& address) noexcept {
    return address.prefix(address.is_v4() ? range_bits_v4 : range_bits_v6);
}

bool is_local(const IpAddress& address) noexcept {
    return address.is_loopback() || address.is_private();
}

UdpEndpoint source_of(const UdpEndpoint& endpoint) noexcept {
    if (is_local(endpoint.ip)) return endpoint;
    return {.ip = endpoint.ip.is_v4() ? endpoint.ip : endpoint.ip.prefix(host_bits_v6)};
}

bool may_tell(const IpAddress& teller, const IpAddress& told) noexcept {
    if (told.is_nobodys()) return false;
    if (told.is_loopback()) return teller.is_loopback();
    return !told.is_private() || is_local(teller);
}

bool is_plausible(const UdpEndpoint& endpoint) noexcept {
    if (endpoint.port == 0 || endpoint.ip.is_nobodys()) return false;
    return is_local(endpoint.ip) || endpoint.port > last_service_port;
}

}  // namespace meta138::p2p::discv4
