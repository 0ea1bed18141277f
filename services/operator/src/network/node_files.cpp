// SPDX-License-Identifier: Apache-2.0
#include "network/node_files.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace meta138::op {
namespace {

std::string_view tier_comment(Tier tier) {
    switch (tier) {
        case Tier::validator: return "makes blocks; sees sentries only";
        case Tier::sentry: return "stands between the validators and everybody else";
        case Tier::rpc: return "answers JSON-RPC";
        case Tier::archive: return "keeps all history, and answers debug_ and trace_";
        case Tier::oracle:
        case Tier::prices:
        case Tier::signer: break;
    }
    return "";
}

std::string_view http_methods(Tier tier) {
    // What only listens on this machine may also tell how it is, and change the validators.
    switch (tier) {
        case Tier::validator:
        case Tier::sentry: return R"(["ETH", "NET", "WEB3", "ADMIN", "QBFT", "TXPOOL", "DEBUG"])";
        case Tier::rpc: return R"(["ETH", "NET", "WEB3", "ADMIN", "QBFT", "TXPOOL"])";
        case Tier::archive:
            return R"(["ETH", "NET", "WEB3", "ADMIN", "QBFT", "TXPOOL", "DEBUG", "TRACE", "OTS"])";
        case Tier::oracle:
        case Tier::prices:
        case Tier::signer: break;
    }
    return "[]";
}

}  // namespace

std::string node_folder(std::string_view name) {
    return fmt::format("nodes/{}", name);
}

NetworkProcess make_node(Tier tier, unsigned number) {
    const auto name = fmt::format("{}-{}", to_string(tier), number);
    const auto folder = node_folder(name);
    return {.name = name,
            .tier = tier,
            .command = {"meta138-node", fmt::format("--profile={}", to_string(tier)),
                        fmt::format("--config-file={}/config.toml", folder)},
            .log = folder + "/log",
            .ports = {}};
}

std::string print_node_config(const NetworkProcess& node) {
    const auto folder = node_folder(node.name);
    std::string text = fmt::format(
        R"(# {0}: {1}.
# Every option of `meta138-node --help` may stand here, and goes before what --profile={2} says.
# Paths are relative to the network's folder, two up.
# `meta138 network restart {0}` makes changes count.

identity = "{0}"
genesis-file = "genesis.json"
data-path = "{3}/data"
node-private-key-file = "{3}/key"

# Ports are those of network.toml. Peers are those of static-nodes.json: nobody has to be looked for here.
p2p-host = "127.0.0.1"
p2p-interface = "127.0.0.1"
p2p-port = {4}
static-nodes-file = "{3}/static-nodes.json"
discovery-enabled = false
nat-method = "NONE"

# On this machine only: for `meta138 network status`, votes, and you.
rpc-http-enabled = true
rpc-http-host = "127.0.0.1"
rpc-http-port = {5}
rpc-http-api = {6}
)",
        node.name, tier_comment(node.tier), to_string(node.tier), folder, node.ports.p2p,
        node.ports.http, http_methods(node.tier));
    if (node.ports.websocket != 0)
        text += fmt::format(
            "rpc-ws-enabled = true\nrpc-ws-host = \"127.0.0.1\"\nrpc-ws-port = {}\n"
            "rpc-ws-api = {}\n",
            node.ports.websocket, http_methods(node.tier));
    text += fmt::format(
        R"(
metrics-enabled = true
metrics-host = "127.0.0.1"
metrics-port = {}

# A small network on one machine: gas may cost nothing, and caches are small.
min-gas-price = 0
tx-pool-min-gas-price = 0
storage-cache-mb = 16
color-enabled = false
)",
        node.ports.metrics);
    return text;
}

std::string with_option(std::string_view text, std::string_view key, std::string_view value) {
    const auto line = fmt::format("{} = {}\n", key, value);
    std::string result;
    bool is_set = false;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
        const auto old = text.substr(0, end);
        const bool has_key = old.starts_with(key) && old.size() > key.size() &&
                             (old[key.size()] == ' ' || old[key.size()] == '=');
        if (has_key && !is_set) result += line;
        if (!has_key) result += old;
        is_set = is_set || has_key;
        text.remove_prefix(end);
    }
    if (!result.empty() && !result.ends_with('\n')) result += '\n';
    return is_set ? result : result + line;
}

void write_node_key(const std::filesystem::path& file, const crypto::SecretKey& key) {
    auto text = to_hex(key.reveal()) + "\n";
    write_file(file, text, true);
    std::ranges::fill(text, '0');
}

crypto::SecretKey read_node_key(const std::filesystem::path& file) {
    auto text = read_file(file);
    while (text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
    const auto bytes = text.starts_with("0x") ? decode_hex(text) : decode_hex_digits(text);
    if (bytes)
        if (auto key = crypto::SecretKey::from(*bytes)) return *std::move(key);
    throw NetworkError{
        fmt::format("{}: not a private key: one line of 64 hexadecimal digits", file.string())};
}

std::string enode_of(const std::filesystem::path& network_folder, const NetworkProcess& node) {
    const auto key =
        crypto::public_key(read_node_key(network_folder / node_folder(node.name) / "key"));
    return fmt::format("enode://{}@127.0.0.1:{}?discport=0", to_hex_digits(key.bytes),
                       node.ports.p2p);
}

Address address_of(const std::filesystem::path& network_folder, const NetworkProcess& node) {
    return crypto::address_of(
        crypto::public_key(read_node_key(network_folder / node_folder(node.name) / "key")));
}

std::vector<NetworkProcess> static_peers_of(const NetworkFile& network,
                                            const NetworkProcess& node) {
    const auto sentries = network.of(Tier::sentry);
    const auto validators = network.of(Tier::validator);
    std::vector<NetworkProcess> peers = sentries;
    if (node.tier == Tier::sentry || sentries.empty())
        peers.insert(peers.end(), validators.begin(), validators.end());
    std::erase_if(peers, [&](const auto& each) { return each.name == node.name; });
    return peers;
}

void write_static_nodes(const std::filesystem::path& network_folder, const NetworkFile& network) {
    for (const auto& node : network.nodes()) {
        auto enodes = nlohmann::json::array();
        for (const auto& peer : static_peers_of(network, node))
            enodes.push_back(enode_of(network_folder, peer));
        write_file(network_folder / node_folder(node.name) / "static-nodes.json",
                   enodes.dump(2) + "\n");
    }
}

}  // namespace meta138::op
