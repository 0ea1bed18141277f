// SPDX-License-Identifier: Apache-2.0
#include "network_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace meta138::p2p {
namespace {

using telemetry::Category;

/// Besu's spelling (DisconnectMessage.DisconnectReason), which dashboards use.
std::string_view besu_name(DisconnectReason reason) {
    switch (reason) {
        case DisconnectReason::requested: return "REQUESTED";
        case DisconnectReason::tcp_error: return "TCP_SUBSYSTEM_ERROR";
        case DisconnectReason::breach_of_protocol: return "BREACH_OF_PROTOCOL";
        case DisconnectReason::useless_peer: return "USELESS_PEER";
        case DisconnectReason::too_many_peers: return "TOO_MANY_PEERS";
        case DisconnectReason::already_connected: return "ALREADY_CONNECTED";
        case DisconnectReason::incompatible_version: return "INCOMPATIBLE_P2P_PROTOCOL_VERSION";
        case DisconnectReason::null_identity: return "NULL_NODE_ID";
        case DisconnectReason::client_quitting: return "CLIENT_QUITTING";
        case DisconnectReason::unexpected_identity: return "UNEXPECTED_ID";
        case DisconnectReason::same_identity: return "LOCAL_IDENTITY";
        case DisconnectReason::timeout: return "TIMEOUT";
        case DisconnectReason::subprotocol_error: return "SUBPROTOCOL_TRIGGERED";
        case DisconnectReason::unknown: return "UNKNOWN";
    }
    return "UNKNOWN";
}

// A peer chooses its client id: only names from this list become labels.
constexpr std::array<std::string_view, 9> known_clients{
    "besu", "meta138", "geth", "nethermind", "erigon", "reth", "ethereumjs", "quorum", "teku"};

std::string client_label(std::string_view client_id) {
    std::string name{client_id.substr(0, client_id.find('/'))};
    std::ranges::transform(name, name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return std::ranges::find(known_clients, name) == known_clients.end() ? "unknown" : name;
}

struct MessageName {
    std::string_view protocol;
    std::uint8_t code = 0;
    std::string_view name;
};

constexpr std::array message_names{
    MessageName{"eth", 0x00, "Status"},
    MessageName{"eth", 0x01, "NewBlockHashes"},
    MessageName{"eth", 0x02, "Transactions"},
    MessageName{"eth", 0x03, "GetBlockHeaders"},
    MessageName{"eth", 0x04, "BlockHeaders"},
    MessageName{"eth", 0x05, "GetBlockBodies"},
    MessageName{"eth", 0x06, "BlockBodies"},
    MessageName{"eth", 0x07, "NewBlock"},
    MessageName{"eth", 0x08, "NewPooledTransactionHashes"},
    MessageName{"eth", 0x09, "GetPooledTransactions"},
    MessageName{"eth", 0x0a, "PooledTransactions"},
    MessageName{"eth", 0x0d, "GetNodeData"},
    MessageName{"eth", 0x0e, "NodeData"},
    MessageName{"eth", 0x0f, "GetReceipts"},
    MessageName{"eth", 0x10, "Receipts"},
    MessageName{"eth", 0x11, "BlockRangeUpdate"},
    MessageName{"istanbul", 0x12, "Proposal"},
    MessageName{"istanbul", 0x13, "Prepare"},
    MessageName{"istanbul", 0x14, "Commit"},
    MessageName{"istanbul", 0x15, "RoundChange"},
    MessageName{"snap", 0x00, "GetAccountRange"},
    MessageName{"snap", 0x01, "AccountRange"},
    MessageName{"snap", 0x02, "GetStorageRange"},
    MessageName{"snap", 0x03, "StorageRange"},
    MessageName{"snap", 0x04, "GetByteCodes"},
    MessageName{"snap", 0x05, "ByteCodes"},
    MessageName{"snap", 0x06, "GetTrieNodes"},
    MessageName{"snap", 0x07, "TrieNodes"},
};

std::string_view message_name(std::string_view protocol, std::uint8_t code) {
    const auto found = std::ranges::find_if(message_names, [&](const MessageName& one) {
        return one.protocol == protocol && one.code == code;
    });
    return found == message_names.end() ? "Unknown" : found->name;
}

}  // namespace

std::string_view to_string(HandshakeFailure failure) noexcept {
    switch (failure) {
        case HandshakeFailure::resolve: return "resolve";
        case HandshakeFailure::connect: return "connect";
        case HandshakeFailure::timeout: return "timeout";
        case HandshakeFailure::hung_up: return "hung_up";
        case HandshakeFailure::rejected: return "rejected";
        case HandshakeFailure::invalid: return "invalid";
        case HandshakeFailure::useless: return "useless";
        case HandshakeFailure::evicted: return "evicted";
        case HandshakeFailure::refused: return "refused";
        case HandshakeFailure::stopped: return "stopped";
    }
    return "";
}

NetworkMetrics::NetworkMetrics(telemetry::Metrics& metrics, std::size_t max_peers)
    : metrics_{metrics},
      connected_{metrics.counter(Category::peers, "connected", "Connections ever made")},
      nodes_{metrics.gauge(Category::ethereum, "peer_count", "Connected peers")},
      candidates_{metrics.gauge(Category::meta138, "p2p_candidates",
                                "Discovered nodes that may be dialled")},
      dials_{metrics.counter(Category::meta138, "p2p_dials", "Connections that this node began")},
      slow_readers_{metrics.counter(Category::meta138, "p2p_slow_readers",
                                    "Peers dropped because too much waited for them")},
      handler_faults_{metrics.counter(Category::meta138, "p2p_handler_faults",
                                      "Faults in handlers; each ended a connection or a task")} {
    metrics.gauge(Category::ethereum, "peer_limit", "The most peers there may be")
        .set(static_cast<double>(max_peers));
    for (const auto inbound : {false, true})
        connections_[inbound ? 1 : 0] =
            &metrics.gauge(Category::meta138, "p2p_connections", "Open connections, by who dialled",
                           {{"direction", inbound ? "inbound" : "outbound"}});
    for (std::size_t i = 0; i < refusal_kinds; ++i)
        refused_[i] = &metrics.counter(Category::meta138, "p2p_refused",
                                       "Connections refused, by the rule that refused them",
                                       {{"rule", to_string(static_cast<Refusal>(i))}});
}

void NetworkMetrics::connected(bool is_inbound, std::string_view client_id) {
    connected_.increment();
    connections_[is_inbound ? 1 : 0]->add(1);
    metrics_
        .gauge(Category::peers, "peer_count_by_client", "Peers by client",
               {{"client", client_label(client_id)}})
        .add(1);
}

void NetworkMetrics::disconnected(bool is_inbound, std::string_view client_id,
                                  DisconnectReason reason, bool by_remote) {
    connections_[is_inbound ? 1 : 0]->add(-1);
    metrics_
        .gauge(Category::peers, "peer_count_by_client", "Peers by client",
               {{"client", client_label(client_id)}})
        .add(-1);
    metrics_
        .counter(Category::peers, "disconnected", "Connections that ended",
                 {{"initiator", by_remote ? "remote" : "local"},
                  {"disconnectReason", besu_name(reason)}})
        .increment();
}

void NetworkMetrics::set_nodes(std::size_t nodes) {
    nodes_.set(static_cast<double>(nodes));
}

void NetworkMetrics::set_candidates(std::size_t candidates) {
    candidates_.set(static_cast<double>(candidates));
}

void NetworkMetrics::handshake_failed(bool is_inbound, HandshakeFailure cause) {
    metrics_
        .counter(Category::meta138, "p2p_handshake_failures",
                 "Connections that ended before both Hellos were exchanged",
                 {{"direction", is_inbound ? "inbound" : "outbound"}, {"cause", to_string(cause)}})
        .increment();
}

void NetworkMetrics::refused(Refusal rule) {
    refused_[static_cast<std::size_t>(rule)]->increment();
}

void NetworkMetrics::message_in(std::string_view protocol, std::uint8_t code, std::size_t bytes) {
    const auto& traffic = find_traffic(in_, "inbound", protocol, code);
    traffic.messages->increment();
    traffic.bytes->increment(bytes);
}

void NetworkMetrics::message_out(std::string_view protocol, std::uint8_t code, std::size_t bytes) {
    const auto& traffic = find_traffic(out_, "outbound", protocol, code);
    traffic.messages->increment();
    traffic.bytes->increment(bytes);
}

NetworkMetrics::Traffic& NetworkMetrics::find_traffic(TrafficByCode& table,
                                                      std::string_view direction,
                                                      std::string_view protocol,
                                                      std::uint8_t code) {
    const std::pair key{std::string{protocol}, code};
    if (const auto found = table.find(key); found != table.end()) return found->second;
    const auto number = std::to_string(code);
    const auto name = message_name(protocol, code);
    const auto counter = [&](std::string_view what, std::string_view help) {
        return &metrics_.counter(Category::network, fmt::format("p2p_{}_{}", what, direction), help,
                                 {{"protocol", protocol}, {"name", name}, {"code", number}});
    };
    return table[key] = {.messages = counter("messages", "Messages of sub-protocols"),
                         .bytes = counter("bytes", "Their payloads, uncompressed")};
}

}  // namespace meta138::p2p
