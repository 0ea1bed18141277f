// SPDX-License-Identifier: Apache-2.0
#include "peer_control.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/try.hpp"
#include "meta138/p2p/enode.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::node {
namespace {

std::string address_text(const std::string& host, std::uint16_t port) {
    const auto is_v6 = host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

rpc::PeerInformation describe(const p2p::Peer& peer) {
    rpc::PeerInformation result;
    result.id = to_hex(peer.key.bytes);
    result.name = peer.client_id;
    // Where it can be reached; of a peer that does not say where it listens, where it is.
    const auto port =
        peer.listen_port != 0 || peer.is_inbound ? peer.listen_port : peer.remote_port;
    result.enode = p2p::to_string(
        p2p::Enode{.id = peer.key, .host = peer.remote_host, .tcp_port = port, .udp_port = port});
    for (const auto& capability : peer.offered)
        result.capabilities.push_back(fmt::format("{}/{}", capability.name, capability.version));
    result.local_address = address_text(peer.local_host, peer.local_port);
    result.remote_address = address_text(peer.remote_host, peer.remote_port);
    result.port = peer.listen_port;
    result.version = peer.p2p_version;
    result.is_inbound = peer.is_inbound;
    return result;
}

}  // namespace

PeerControl::PeerControl(p2p::Network& network, Settings settings)
    : network_{network}, settings_{std::move(settings)} {}

bool PeerControl::is_listening() const {
    return network_.local().tcp_port != 0;
}

std::vector<rpc::PeerInformation> PeerControl::peers() const {
    std::vector<rpc::PeerInformation> result;
    for (const auto& peer : network_.peers()) {
        auto& information = result.emplace_back(describe(*peer));
        const auto chain = settings_.chain_of ? settings_.chain_of(peer->id) : std::nullopt;
        if (!chain) continue;
        information.eth_version = chain->version;
        information.head = chain->head;
        information.total_difficulty = chain->total_difficulty.value_or(uint256{});
    }
    return result;
}

std::optional<rpc::LocalNode> PeerControl::local_node() const {
    const auto local = network_.local();
    if (local.tcp_port == 0) return std::nullopt;
    return rpc::LocalNode{.enode = p2p::to_string(local.enode),
                          .enr = local.enr,
                          .id = to_hex_digits(local.enode.id.bytes),
                          .ip = local.enode.host,
                          .listen_address = address_text(local.enode.host, local.tcp_port),
                          .discovery_port = local.udp_port,
                          .listener_port = local.tcp_port};
}

std::expected<p2p::Enode, std::pair<PeerControl::Refusal, std::string>> PeerControl::decode(
    std::string_view text) const {
    auto enode = p2p::parse_enode(text);
    if (!enode) return std::unexpected{std::pair{Refusal::invalid_enode, enode.error()}};
    if (enode->id == network_.local().enode.id)
        return std::unexpected{std::pair{Refusal::local_node, std::string{}}};
    return *std::move(enode);
}

std::expected<bool, std::pair<PeerControl::Refusal, std::string>> PeerControl::add(
    std::string_view text) {
    TRY_LET(const auto enode, decode(text));
    if (enode.tcp_port == 0)
        return std::unexpected{
            std::pair{Refusal::invalid_enode, std::string{"The enode has no TCP port to dial"}}};
    if (!settings_.dns && !p2p::has_address(enode))
        return std::unexpected{std::pair{Refusal::dns_disabled, std::string{}}};
    return network_.add_static(enode);
}

std::expected<bool, std::pair<PeerControl::Refusal, std::string>> PeerControl::remove(
    std::string_view text) {
    TRY_LET(const auto enode, decode(text));
    return network_.remove_static(enode);
}

}  // namespace meta138::node
