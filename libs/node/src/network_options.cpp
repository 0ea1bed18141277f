// SPDX-License-Identifier: Apache-2.0
#include "network_options.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/p2p/dns_tree_url.hpp"
#include "meta138/p2p/enode.hpp"
#include "meta138/types/fork_id.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace meta138::node {
namespace {

std::vector<p2p::Enode> bootnodes_of(const PeerOptions& options, const Genesis& genesis) {
    const auto& urls = options.bootnodes ? *options.bootnodes : genesis.bootnodes;
    std::vector<p2p::Enode> nodes;
    for (const auto& url : urls) {
        auto node = p2p::parse_enode(url);
        if (!node)
            throw OptionError{fmt::format("Invalid {}: '{}': {}",
                                          options.bootnodes
                                              ? "value for option '--bootnodes'"
                                              : "config.discovery.bootnodes of the genesis file",
                                          url, node.error())};
        nodes.push_back(std::move(*node));
    }
    return nodes;
}

std::vector<p2p::Enode> static_nodes_of(const PeerOptions& options) {
    const auto& file = options.static_nodes_file;
    if (!options.static_nodes_file_must_exist && !std::filesystem::exists(file)) return {};
    auto nodes = p2p::read_static_nodes(file);
    if (!nodes)
        throw OptionError{fmt::format("Unable to read the static nodes: {}", nodes.error())};
    return std::move(*nodes);
}

void require_addresses(const std::vector<p2p::Enode>& nodes, std::string_view origin) {
    for (const auto& node : nodes)
        if (!p2p::has_address(node))
            throw OptionError{
                fmt::format("{} name the host {}, but --Xdns-enabled is false", origin, node.host)};
}

std::vector<crypto::PublicKey> banned_of(const PeerOptions& options) {
    std::vector<crypto::PublicKey> keys;
    for (const auto& text : options.banned) {
        const auto key = decode_fixed_hex<crypto::PublicKey>(
            text.starts_with("0x") ? text : fmt::format("0x{}", text));
        if (!key)
            throw OptionError{fmt::format(
                "Invalid value for option '--banned-node-ids': '{}' is no node id of 128 digits",
                text)};
        keys.push_back(*key);
    }
    return keys;
}

std::vector<std::string> dns_trees_of(const PeerOptions& options, const Genesis& genesis) {
    const auto& url = options.dns_tree.empty() ? genesis.discovery_dns : options.dns_tree;
    if (url.empty()) return {};
    if (const auto tree = p2p::parse_dns_tree_url(url); !tree)
        throw OptionError{fmt::format("Invalid list of nodes in DNS '{}': {}", url, tree.error())};
    return {url};
}

}  // namespace

p2p::NetworkOptions network_options_of(const Options& options, const Genesis& genesis) {
    const auto& peers = options.peers;
    p2p::NetworkOptions result;
    result.client_id = client_version(options.identity);
    result.listen_host = peers.interface;
    result.port = peers.port;
    result.advertised_host = peers.host;
    result.listen_host_ipv6 = peers.interface_ipv6;
    result.advertised_host_ipv6 = peers.host_ipv6;
    result.port_ipv6 = peers.port_ipv6;
    result.discovery = peers.discovery;
    result.bootnodes = bootnodes_of(peers, genesis);
    result.static_nodes = static_nodes_of(peers);
    result.max_peers = peers.max_peers;
    result.max_inbound_share = peers.max_inbound_share;
    result.random_priority = peers.random_priority;
    result.net_restrict = peers.net_restrict;
    result.banned = banned_of(peers);
    result.dns = peers.dns;
    result.learn_address = peers.learn_address;
    result.dns_trees = dns_trees_of(peers, genesis);
    result.filter_on_fork_id = peers.filter_on_fork_id;
    result.retry_bootnodes = peers.retry_bootnodes;
    result.check_maintained = peers.check_maintained;
    result.initiate = peers.initiate;
    // Nodes that start together find each other before the second block is due.
    result.limits.first_redial = std::chrono::milliseconds{500};
    if (!options.storage.in_memory) result.directory = options.data_path;
    if (!peers.dns) {
        require_addresses(result.bootnodes, "The bootnodes");
        require_addresses(result.static_nodes, "The static nodes");
    }
    return result;
}

void follow_forks(p2p::NetworkOptions& options, const blockchain::Chain& chain) {
    const auto view = chain.view();
    const auto& genesis = view->genesis();
    const auto filter = std::make_shared<const ForkFilter>(view->genesis_hash(), genesis.timestamp,
                                                           genesis.schedule);
    options.fork_id = [filter, &chain] {
        const auto& head = chain.view()->head().header;
        return filter->fork_id(head.number, head.timestamp);
    };
    options.accepts_fork_id = [filter, &chain](const ForkId& remote) {
        const auto& head = chain.view()->head().header;
        return filter->validate(remote, head.number, head.timestamp) == ForkIdVerdict::accept;
    };
}

}  // namespace meta138::node
