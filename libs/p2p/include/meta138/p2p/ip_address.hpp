// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// An IPv4 or IPv6 address; 0.0.0.0 when default-constructed. An IPv4 address that is spelled as an
/// IPv6 one (::ffff:1.2.3.4) becomes IPv4, so that a host has one address in every table.
class IpAddress {
public:
    IpAddress() = default;

    /// 4 or 16 bytes in network order; absent if there are not as many.
    [[nodiscard]] static std::optional<IpAddress> from(ByteView bytes) noexcept;
    /// "192.0.2.1", "2001:db8::1" (RFC 4291; no brackets, no zone).
    [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_v4() const noexcept { return is_v4_; }
    [[nodiscard]] bool is_v6() const noexcept { return !is_v4_; }
    /// 4 or 16 of them; they live as long as this object.
    [[nodiscard]] ByteView bytes() const noexcept {
        return ByteView{bytes_}.first(is_v4_ ? 4 : bytes_.size());
    }

    /// 0.0.0.0 or ::.
    [[nodiscard]] bool is_unspecified() const noexcept;
    [[nodiscard]] bool is_loopback() const noexcept;
    [[nodiscard]] bool is_multicast() const noexcept;
    /// Of a network that the public Internet does not route: RFC 1918, RFC 6598 (carrier-grade
    /// NAT), RFC 4193, link-local.
    [[nodiscard]] bool is_private() const noexcept;
    /// Multicast, broadcast, unspecified: nobody's.
    [[nodiscard]] bool is_nobodys() const noexcept;

    /// The first `bits` bits, the others zero.
    [[nodiscard]] IpAddress prefix(unsigned bits) const noexcept;

    friend bool operator==(const IpAddress&, const IpAddress&) = default;
    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};  // the first four of an IPv4 address
    bool is_v4_ = true;
};

/// The shortest spelling (RFC 5952), without brackets.
std::string to_string(const IpAddress& address);

/// Where a datagram comes from or goes to.
struct UdpEndpoint {
    IpAddress ip{};
    std::uint16_t port = 0;

    friend bool operator==(const UdpEndpoint&, const UdpEndpoint&) = default;
    friend auto operator<=>(const UdpEndpoint&, const UdpEndpoint&) = default;
};

/// "192.0.2.1:30303", "[2001:db8::1]:30303".
std::string to_string(const UdpEndpoint& endpoint);

/// Addresses with a common prefix: --net-restrict's "10.0.0.0/8".
struct Subnet {
    IpAddress base{};
    unsigned prefix_length = 0;

    [[nodiscard]] bool contains(const IpAddress& address) const noexcept;

    friend bool operator==(const Subnet&, const Subnet&) = default;
};

/// CIDR notation; the bits after the prefix do not matter. The error is for people.
std::expected<Subnet, std::string> parse_subnet(std::string_view text);

}  // namespace meta138::p2p
