// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/types/fork.hpp"

namespace meta138::rpc {

namespace {

using PeerChange = std::expected<bool, std::pair<PeerControl::Refusal, std::string>>;

RpcResult<bool> answer_of(const PeerChange& change) {
    if (change) return *change;
    const auto& [refusal, text] = change.error();
    switch (refusal) {
        case PeerControl::Refusal::local_node: return fail(error::cant_connect_to_local_peer);
        case PeerControl::Refusal::dns_disabled: return fail(error::dns_not_enabled);
        case PeerControl::Refusal::cannot_resolve: return fail(error::cant_resolve_peer_enode_dns);
        case PeerControl::Refusal::invalid_enode: return std::unexpected{RpcError{-32000, text}};
    }
    std::unreachable();
}

RpcResult<bool> change_peer(const Request& request, const Arguments& arguments,
                            PeerChange (PeerControl::*change)(std::string_view)) {
    if (arguments.values.size() != 1) return fail(error::invalid_param_count);
    if (request.backend.peers == nullptr) return fail(error::p2p_disabled);
    const auto enode = arguments.values.at(0).string();
    if (!enode) return fail(error::invalid_enode_params);
    return answer_of((request.backend.peers->*change)(*enode));
}

RpcResult<bool> add_peer(const Request& request, Arguments arguments) {
    return change_peer(request, arguments, &PeerControl::add);
}

RpcResult<bool> remove_peer(const Request& request, Arguments arguments) {
    return change_peer(request, arguments, &PeerControl::remove);
}

void write_peer(json::Writer& out, const PeerInformation& peer) {
    out.open_object();
    out.key("version").quantity(peer.version);
    out.key("name").string(peer.name);
    out.key("caps").open_array();
    for (const auto& capability : peer.capabilities) out.string(capability);
    out.close_array();
    out.key("network").open_object();
    out.key("localAddress").string(peer.local_address);
    out.key("remoteAddress").string(peer.remote_address);
    out.key("inbound").boolean(peer.is_inbound);
    out.close_object();
    out.key("port").quantity(peer.port);
    out.key("id").string(peer.id);
    out.key("protocols").open_object();
    out.key("eth").open_object();
    out.key("difficulty").quantity(peer.total_difficulty);
    out.key("head").hex(peer.head.bytes);
    out.key("version").number(peer.eth_version);
    out.close_object();
    out.close_object();
    out.key("enode").string(peer.enode);
    out.close_object();
}

RpcResult<void> get_peers(const Request& request, json::Writer& out) {
    if (request.backend.peers == nullptr) return fail(error::p2p_disabled);
    out.open_array();
    for (const auto& peer : request.backend.peers->peers()) write_peer(out, peer);
    out.close_array();
    return {};
}

void write_eth_protocol(const Request& request, json::Writer& out) {
    const auto& view = *request.view;
    out.key("protocols").open_object();
    out.key("eth").open_object();
    const auto& config = view.genesis().config;
    out.key("config").raw(config.empty() ? std::string_view{"{}"} : std::string_view{config});
    out.key("difficulty").raw(to_string(view.head().total_difficulty));
    out.key("genesis").hex(view.genesis_hash().bytes);
    out.key("head").hex(view.head().hash.bytes);
    out.key("network").raw(to_string(request.backend.node.network_id));
    out.close_object();
    out.close_object();
}

RpcResult<void> get_node_info(const Request& request, json::Writer& out) {
    if (request.backend.peers == nullptr) return fail(error::p2p_disabled);
    const auto node = request.backend.peers->local_node();
    if (!node) return fail(error::p2p_network_not_running);
    out.open_object();
    out.key("enode").string(node->enode);
    if (!node->enr.empty()) out.key("enr").string(node->enr);
    out.key("ip").string(node->ip);
    out.key("listenAddr").string(node->listen_address);
    out.key("id").string(node->id);
    out.key("name").string(request.backend.node.client_version);
    out.key("ports").open_object();
    if (node->discovery_port != 0) out.key("discovery").number(node->discovery_port);
    out.key("listener").number(node->listener_port);
    out.close_object();
    write_eth_protocol(request, out);
    out.key("activeFork")
        .string(row_of(request.view->rules_of(request.view->head().header).fork).name);
    out.close_object();
    return {};
}

RpcResult<Success> change_log_level(const Request& request, json::Value level,
                                    std::optional<std::vector<std::string_view>> loggers) {
    const auto name = level.string();
    if (!name || !request.backend.set_log_level) return fail(error::invalid_log_level_params);
    std::vector<std::string> names;
    for (const auto logger : loggers.value_or(std::vector<std::string_view>{}))
        names.emplace_back(logger);
    if (!request.backend.set_log_level(*name, names)) return fail(error::invalid_log_level_params);
    return Success{};
}

/// Besu builds files of blooms here. Our index of logs is written with each block, so there is
/// nothing to generate, repair or remove.
RpcResult<void> log_cache(const Request& request, json::Writer& out) {
    out.open_object();
    out.key("startBlock").string("0x0");
    out.key("endBlock").quantity(request.view->head().header.number);
    out.key("currentBlock").quantity(request.view->head().header.number);
    out.key("indexing").boolean(false);
    out.key("requestAccepted").boolean(false);
    out.close_object();
    return {};
}

RpcResult<void> log_cache_status(const Request&, json::Writer& out) {
    out.open_object();
    out.key("Status").string("Not needed: logs are indexed with each block");
    out.close_object();
    return {};
}

}  // namespace

void add_admin_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::admin, Cost::heavy, function);
    };
    add("admin_addPeer", add_peer);
    add("admin_removePeer", remove_peer);
    add("admin_peers", get_peers);
    add("admin_nodeInfo", get_node_info);
    add("admin_changeLogLevel", change_log_level);
    add("admin_generateLogBloomCache", log_cache);
    add("admin_logsRepairCache", log_cache_status);
    add("admin_logsRemoveCache", log_cache_status);
}

}  // namespace meta138::rpc
