// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/ip_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace meta138::p2p {
namespace {

constexpr std::array<std::uint8_t, 12> v4_mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::from(ByteView bytes) noexcept {
    if (bytes.size() == 16 && equal(bytes.first(v4_mapped.size()), v4_mapped))
        bytes = bytes.subspan(v4_mapped.size());
    if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
    IpAddress result;
    result.is_v4_ = bytes.size() == 4;
    std::ranges::copy(bytes, result.bytes_.begin());
    return result;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated{text};
    if (terminated.find('\0') != std::string::npos) return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1)
        return from(ByteView{bytes}.first(4));
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return from(bytes);
    return std::nullopt;
}

bool IpAddress::is_unspecified() const noexcept {
    return std::ranges::all_of(bytes_, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const noexcept {
    if (is_v4_) return bytes_[0] == 127;
    return bytes_[15] == 1 && prefix(120).is_unspecified();
}

bool IpAddress::is_multicast() const noexcept {
    return is_v4_ ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

bool IpAddress::is_private() const noexcept {
    if (!is_v4_) {
        const bool unique_local = (bytes_[0] & 0xfe) == 0xfc;
        const bool link_local = bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
        return unique_local || link_local;
    }
    return bytes_[0] == 10 || (bytes_[0] == 172 && (bytes_[1] & 0xf0) == 16) ||
           (bytes_[0] == 192 && bytes_[1] == 168) || (bytes_[0] == 169 && bytes_[1] == 254) ||
           (bytes_[0] == 100 && (bytes_[1] & 0xc0) == 64);
}

bool IpAddress::is_nobodys() const noexcept {
    // 0.0.0.0/8 is "this network", 240.0.0.0/4 is reserved and ends in the broadcast address.
    if (is_v4_) return bytes_[0] == 0 || bytes_[0] >= 224;
    return is_unspecified() || is_multicast();
}

IpAddress IpAddress::prefix(unsigned bits) const noexcept {
    IpAddress result = *this;
    const std::size_t size = bytes().size();
    for (std::size_t i = 0; i < size; ++i) {
        const auto before = static_cast<unsigned>(i) * 8;
        if (before + 8 <= bits) continue;
        const unsigned kept = bits > before ? bits - before : 0;
        result.bytes_[i] &= static_cast<std::uint8_t>(0xff00u >> kept);
    }
    return result;
}

std::string to_string(const IpAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.is_v4() ? AF_INET : AF_INET6;
    return ::inet_ntop(family, address.bytes().data(), text.data(), text.size());
}

std::string to_string(const UdpEndpoint& endpoint) {
    const auto ip = to_string(endpoint.ip);
    return endpoint.ip.is_v4() ? fmt::format("{}:{}", ip, endpoint.port)
                               : fmt::format("[{}]:{}", ip, endpoint.port);
}

bool Subnet::contains(const IpAddress& address) const noexcept {
    return address.is_v4() == base.is_v4() && address.prefix(prefix_length) == base;
}

std::expected<Subnet, std::string> parse_subnet(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::unexpected{"no prefix length; a subnet is written like 192.0.2.0/24"};
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address)
        return std::unexpected{
            fmt::format("'{}' is not an IPv4 or IPv6 address", text.substr(0, slash))};
    const auto digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const unsigned longest = address->is_v4() ? 32 : 128;
    if (error != std::errc{} || end != digits.data() + digits.size() || length > longest)
        return std::unexpected{
            fmt::format("'{}' is not a prefix length from 0 to {}", digits, longest)};
    return Subnet{.base = address->prefix(length), .prefix_length = length};
}

}  // namespace meta138::p2p
