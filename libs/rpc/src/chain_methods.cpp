// SPDX-License-Identifier: Apache-2.0
#include "fork_config.hpp"
#include "methods.hpp"

namespace meta138::rpc {

namespace {

RpcResult<Quantity> get_chain_id(const Request& request) {
    return Quantity{request.view->genesis().schedule.chain_id};
}

RpcResult<void> get_accounts(const Request&, json::Writer& out) {
    out.open_array().close_array();
    return {};
}

RpcResult<bool> get_mining(const Request& request) {
    return request.backend.mining != nullptr && request.backend.mining->is_mining();
}

RpcResult<std::optional<Quantity>> get_protocol_version(const Request& request) {
    if (request.backend.peers == nullptr) return std::nullopt;
    const auto version = request.backend.peers->eth_version();
    if (!version) return std::nullopt;
    return Quantity{*version};
}

RpcResult<void> get_syncing(const Request& request, json::Writer& out) {
    const auto progress =
        request.backend.sync_progress ? request.backend.sync_progress() : std::nullopt;
    if (!progress) {
        out.boolean(false);
        return {};
    }
    out.open_object();
    out.key("startingBlock").quantity(progress->starting_block);
    out.key("currentBlock").quantity(progress->current_block);
    out.key("highestBlock").quantity(progress->highest_block);
    out.close_object();
    return {};
}

void write_resource(json::Writer& out, std::string_view name, std::uint64_t oldest) {
    out.key(name).open_object();
    out.key("disabled").boolean(false);
    out.key("oldestBlock").quantity(oldest);
    out.close_object();
}

/// What a router of requests must know of this node (execution-apis): how far back it goes.
RpcResult<void> get_capabilities(const Request& request, json::Writer& out) {
    const auto& blocks = request.view->blocks();
    const auto& head = request.view->head();
    out.open_object();
    out.key("head").open_object();
    out.key("number").quantity(head.header.number);
    out.key("hash").hex(head.hash.bytes);
    out.close_object();
    write_resource(out, "state", blocks.oldest_state());
    write_resource(out, "tx", blocks.oldest_block());
    write_resource(out, "logs", blocks.oldest_block());
    write_resource(out, "receipts", blocks.oldest_block());
    write_resource(out, "blocks", blocks.oldest_block());
    write_resource(out, "stateproofs", blocks.oldest_state());
    out.close_object();
    return {};
}

}  // namespace

void add_chain_methods(MethodTable& table) {
    const auto add = [&table](std::string_view name, auto function) {
        table.add(name, Group::eth, Cost::cheap, function);
    };
    add("eth_chainId", get_chain_id);
    add("eth_accounts", get_accounts);
    add("eth_mining", get_mining);
    add("eth_protocolVersion", get_protocol_version);
    add("eth_syncing", get_syncing);
    add("eth_capabilities", get_capabilities);
    add("eth_config", write_fork_config);
    table.add_unavailable("eth_coinbase", Group::eth);
}

}  // namespace meta138::rpc
