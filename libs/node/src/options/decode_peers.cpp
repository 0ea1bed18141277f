// SPDX-License-Identifier: Apache-2.0
#include "options/decode.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/p2p/nat.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace meta138::node {
namespace {

std::optional<std::string> optional_text(const Settings& settings, std::string_view name) {
    auto text = settings.text(name);
    if (text.empty()) return std::nullopt;
    return text;
}

std::optional<double> decode_inbound_share(const Settings& settings) {
    constexpr double all = 100;
    if (!settings.flag("remote-connections-limit-enabled")) return std::nullopt;
    const auto percent = settings.number("remote-connections-max-percentage");
    if (percent < 0 || percent > all)
        throw OptionError{
            "Invalid value for option '--remote-connections-max-percentage': not within 0 and 100"};
    return percent / all;
}

std::chrono::seconds decode_frequency(const Settings& settings, std::string_view name) {
    constexpr std::uint64_t most = 86'400;
    const auto seconds = settings.count(name);
    if (seconds == 0 || seconds > most)
        throw OptionError{
            fmt::format("Invalid value for option '--{}': not within 1 and {}", name, most)};
    return std::chrono::seconds{seconds};
}

std::vector<RequiredBlock> decode_required_blocks(const Settings& settings) {
    std::vector<RequiredBlock> blocks;
    for (const auto& text : settings.list("required-blocks")) {
        const auto equals = text.find('=');
        const auto number = text.substr(0, equals);
        const auto hash = decode_fixed_hex<Hash32>(
            equals == text.npos ? std::string_view{} : std::string_view{text}.substr(equals + 1));
        RequiredBlock block;
        const auto [end, error] =
            std::from_chars(number.data(), number.data() + number.size(), block.number);
        if (!hash || error != std::errc{} || end != number.data() + number.size())
            throw settings.invalid("required-blocks",
                                   fmt::format("'{}' is not NUMBER=HASH, as in 1=0x...", text));
        block.hash = *hash;
        blocks.push_back(block);
    }
    return blocks;
}

p2p::NatMethod decode_nat(const Settings& settings) {
    const auto method = p2p::parse_nat_method(settings.text("nat-method"));
    if (!method)
        throw OptionError{
            fmt::format("Invalid value for option '--nat-method': {}", method.error())};
    return *method;
}

}  // namespace

PeerOptions decode_peers(const Settings& settings, const std::filesystem::path& data_path, bool dev,
                         std::vector<std::string>& warnings) {
    PeerOptions options;
    // A development chain is one node's.
    options.enabled = settings.flag("p2p-enabled") && !dev;
    options.interface = settings.text("p2p-interface");
    options.port = static_cast<std::uint16_t>(settings.count("p2p-port"));
    options.host = settings.text("p2p-host");
    options.interface_ipv6 = optional_text(settings, "p2p-interface-ipv6");
    options.host_ipv6 = optional_text(settings, "p2p-host-ipv6");
    options.port_ipv6 = static_cast<std::uint16_t>(settings.count("p2p-port-ipv6"));
    options.discovery = settings.flag("discovery-enabled");
    if (settings.has("bootnodes")) options.bootnodes = settings.list("bootnodes");
    options.static_nodes_file_must_exist = settings.has("static-nodes-file");
    options.static_nodes_file = options.static_nodes_file_must_exist
                                    ? std::filesystem::path{settings.text("static-nodes-file")}
                                    : data_path / "static-nodes.json";
    options.max_peers = settings.count("max-peers");
    options.max_inbound_share = decode_inbound_share(settings);
    options.random_priority = settings.flag("random-peer-priority-enabled");
    options.banned = settings.list("banned-node-ids");
    options.retry_bootnodes = settings.flag("poa-discovery-retry-bootnodes");
    options.net_restrict = settings.list("net-restrict");
    options.required_blocks = decode_required_blocks(settings);
    options.dns_tree = settings.text("discovery-dns-url");
    options.learn_address = decode_nat(settings) == p2p::NatMethod::automatic;
    options.dns = settings.flag("Xdns-enabled");
    options.filter_on_fork_id = settings.flag("filter-on-enr-fork-id");
    options.serves_states = settings.flag("snapsync-server-enabled");
    options.check_maintained =
        decode_frequency(settings, "Xp2p-check-maintained-connections-frequency");
    options.initiate = decode_frequency(settings, "Xp2p-initiate-connections-frequency");
    if (settings.text("sync-mode") != "FULL")
        warnings.push_back(fmt::format("--sync-mode={}: this node catches up as with FULL",
                                       settings.text("sync-mode")));
    return options;
}

QbftOptions decode_qbft(const Settings& settings) {
    constexpr double most = 86'400;
    const auto seconds = settings.number("qbft-max-round-timeout");
    if (seconds <= 0 || seconds > most)
        throw OptionError{
            "Invalid value for option '--qbft-max-round-timeout': not within 0 and a day"};
    return {
        .early_round_change = settings.flag("Xqbft-enable-early-round-change"),
        .legacy_encoding = settings.has("Xbft-legacy-protocol-encoding")
                               ? std::optional{settings.flag("Xbft-legacy-protocol-encoding")}
                               : std::nullopt,
        .max_round_timeout = std::chrono::milliseconds{std::llround(seconds * 1000)},
        .relay = settings.flag("qbft-relay"),
        .clock_offset = std::chrono::milliseconds{settings.integer("Xclock-offset")},
    };
}

}  // namespace meta138::node
