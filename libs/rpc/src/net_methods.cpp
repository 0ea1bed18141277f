// SPDX-License-Identifier: Apache-2.0
#include "methods.hpp"

#include "meta138/crypto/keccak.hpp"

namespace meta138::rpc {

namespace {

RpcResult<std::string> net_version(const Request& request) {
    return to_string(request.backend.node.network_id);
}

RpcResult<bool> net_listening(const Request& request) {
    return request.backend.peers != nullptr && request.backend.peers->is_listening();
}

RpcResult<Quantity> net_peer_count(const Request& request) {
    if (request.backend.peers == nullptr) return fail(error::p2p_disabled);
    return Quantity{request.backend.peers->count()};
}

RpcResult<std::string> net_enode(const Request& request) {
    if (request.backend.peers == nullptr) return fail(error::p2p_disabled);
    const auto node = request.backend.peers->local_node();
    if (!node) return fail(error::p2p_network_not_running);
    return node->enode;
}

RpcResult<void> net_services(const Request& request, json::Writer& out) {
    out.open_object();
    for (const auto& service : request.backend.node.services) {
        out.key(service.name).open_object();
        out.key("host").string(service.host);
        out.key("port").string(std::to_string(service.port));
        out.close_object();
    }
    out.close_object();
    return {};
}

RpcResult<std::string> web3_client_version(const Request& request) {
    return request.backend.node.client_version;
}

RpcResult<Hash32> web3_sha3(const Request&, Arguments arguments) {
    if (arguments.values.size() != 1) return fail(error::invalid_param_count);
    const auto data = bytes_of(arguments.values.at(0));
    if (!data) return fail(error::invalid_data_params);
    return crypto::keccak256(*data);
}

RpcResult<void> rpc_modules(const Request& request, json::Writer& out) {
    out.open_object();
    for (std::size_t i = 0; i < group_count; ++i) {
        const auto group = static_cast<Group>(i);
        if (request.caller.apis == nullptr || request.caller.apis->has(group))
            out.key(to_string(group)).string("1.0");
    }
    out.close_object();
    return {};
}

}  // namespace

void add_net_methods(MethodTable& table) {
    table.add("net_version", Group::net, Cost::cheap, net_version);
    table.add("net_listening", Group::net, Cost::cheap, net_listening);
    table.add("net_peerCount", Group::net, Cost::cheap, net_peer_count);
    table.add("net_enode", Group::net, Cost::cheap, net_enode);
    table.add("net_services", Group::net, Cost::cheap, net_services);
    table.add("web3_clientVersion", Group::web3, Cost::cheap, web3_client_version);
    table.add("web3_sha3", Group::web3, Cost::cheap, web3_sha3);
    table.add("rpc_modules", Group::rpc, Cost::cheap, rpc_modules);
}

}  // namespace meta138::rpc
