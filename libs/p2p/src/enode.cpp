// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/enode.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/p2p/ip_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace meta138::p2p {
namespace {

constexpr std::string_view scheme = "enode://";
constexpr std::string_view discport = "discport=";
constexpr std::size_t id_digits = 128;
constexpr std::size_t max_host_name = 253;  // RFC 1035 section 2.3.4
constexpr std::size_t max_label = 63;

std::expected<crypto::PublicKey, std::string> parse_id(std::string_view digits) {
    // Besu's words, which admin_addPeer also answers with.
    if (digits.size() != id_digits)
        return std::unexpected{
            "Invalid node ID: node ID must have exactly 128 hexadecimal characters and should not "
            "include any '0x' hex prefix."};
    const auto bytes = decode_hex_digits(digits);
    if (!bytes) return std::unexpected{"Invalid node ID: not hexadecimal."};
    const auto id = crypto::PublicKey::from(ByteView{*bytes}.first<64>());
    if (!crypto::compress(id))
        return std::unexpected{"Invalid node ID: it is not a point of secp256k1; no key has it."};
    return id;
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view digits,
                                                     std::string_view name) {
    std::uint16_t port = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, port);
    if (error != std::errc{} || stopped != end)
        return std::unexpected{
            fmt::format("the {} '{}' is not a number from 0 to 65535", name, digits)};
    return port;
}

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= max_label && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_';  // Docker Compose names services with underscores
           });
}

bool is_host_name(std::string_view name) {
    if (name.size() > max_host_name) return false;
    if (name.ends_with('.')) name.remove_suffix(1);
    std::string_view last;
    while (true) {
        const auto dot = name.find('.');
        last = name.substr(0, dot);
        if (!is_label(last)) return false;
        if (dot == std::string_view::npos) break;
        name.remove_prefix(dot + 1);
    }
    // 300.1.2.3 is a mistyped address: no top-level domain is a number.
    return !std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

struct HostAndPort {
    std::string host;
    std::string_view port;
};

std::expected<HostAndPort, std::string> split_host(std::string_view text) {
    if (text.starts_with('[')) {
        const auto bracket = text.find(']');
        if (bracket == std::string_view::npos)
            return std::unexpected{"the bracket before the IPv6 address is not closed"};
        const auto host = text.substr(1, bracket - 1);
        const auto address = IpAddress::parse(host);
        if (!address || host.find(':') == std::string_view::npos)
            return std::unexpected{fmt::format("'{}' is not an IPv6 address", host)};
        text.remove_prefix(bracket + 1);
        if (!text.starts_with(':')) return std::unexpected{"no port after the host"};
        return HostAndPort{.host = p2p::to_string(*address), .port = text.substr(1)};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::unexpected{"no port after the host"};
    const auto host = text.substr(0, colon);
    if (host.find(':') != std::string_view::npos)
        return std::unexpected{"an IPv6 address must stand in brackets"};
    if (!IpAddress::parse(host) && !is_host_name(host))
        return std::unexpected{fmt::format("'{}' is neither an IP address nor a host name", host)};
    return HostAndPort{.host = std::string{host}, .port = text.substr(colon + 1)};
}

}  // namespace

std::expected<Enode, std::string> parse_enode(std::string_view url) {
    if (!url.starts_with(scheme))
        return std::unexpected{
            "no enode URL; it should look like "
            "enode://<node_id>@<ip>:<listening_port>[?discport=<discovery_port>]"};
    url.remove_prefix(scheme.size());
    const auto at = url.find('@');
    if (at == std::string_view::npos)
        return std::unexpected{"no '@<host>:<port>' after the node ID"};
    Enode enode;
    TRY_LET(enode.id, parse_id(url.substr(0, at)));
    url.remove_prefix(at + 1);
    const auto question = url.find('?');
    TRY_LET(const auto place, split_host(url.substr(0, question)));
    enode.host = place.host;
    TRY_LET(enode.tcp_port, parse_port(place.port, "port"));
    if (enode.tcp_port != 0) enode.udp_port = enode.tcp_port;
    if (question == std::string_view::npos) return enode;
    const auto query = url.substr(question + 1);
    if (!query.starts_with(discport))
        return std::unexpected{
            fmt::format("'?{}' is unknown; only '?discport=<port>' may follow", query)};
    TRY_LET(const auto udp_port, parse_port(query.substr(discport.size()), "discovery port"));
    enode.udp_port = udp_port == 0 ? std::nullopt : std::optional{udp_port};
    return enode;
}

std::string to_string(const Enode& enode) {
    const bool brackets = enode.host.find(':') != std::string::npos;
    auto result = fmt::format("{}{}@{}{}{}:{}", scheme, to_hex_digits(enode.id.bytes),
                              brackets ? "[" : "", enode.host, brackets ? "]" : "", enode.tcp_port);
    const auto implied = enode.tcp_port == 0 ? std::nullopt : std::optional{enode.tcp_port};
    if (enode.udp_port != implied)
        result += fmt::format("?{}{}", discport, enode.udp_port.value_or(0));
    return result;
}

bool has_address(const Enode& enode) {
    return IpAddress::parse(enode.host).has_value();
}

}  // namespace meta138::p2p
