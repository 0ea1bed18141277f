// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "refusal.hpp"

#include "meta138/p2p/disconnect.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace meta138::p2p {

/// Why there was no connection after all.
enum class HandshakeFailure : std::uint8_t {
    resolve,   ///< No address for the name.
    connect,   ///< Refused, or no route.
    timeout,   ///< Of dialling or of the handshake.
    hung_up,   ///< The other side closed.
    rejected,  ///< The other side said why: Disconnect.
    invalid,   ///< What it sent is no handshake.
    useless,   ///< No shared capability.
    evicted,   ///< For another one (NetworkLimits::inbound_handshakes).
    refused,   ///< This node does not want it (p2p_refused says by which rule).
    stopped,   ///< This node ended it.
};

std::string_view to_string(HandshakeFailure failure) noexcept;

/// What is counted on connections: Besu's names, and ours. The network's thread.
class NetworkMetrics {
public:
    NetworkMetrics(telemetry::Metrics& metrics, std::size_t max_peers);

    void connected(bool is_inbound, std::string_view client_id);
    void disconnected(bool is_inbound, std::string_view client_id, DisconnectReason reason,
                      bool by_remote);
    void set_nodes(std::size_t nodes);
    void set_candidates(std::size_t candidates);
    void handshake_failed(bool is_inbound, HandshakeFailure cause);
    void refused(Refusal rule);
    void dialled() { dials_.increment(); }
    void slow_reader() { slow_readers_.increment(); }
    void handler_fault() { handler_faults_.increment(); }
    void message_in(std::string_view protocol, std::uint8_t code, std::size_t bytes);
    void message_out(std::string_view protocol, std::uint8_t code, std::size_t bytes);

private:
    struct Traffic {
        telemetry::Counter* messages = nullptr;
        telemetry::Counter* bytes = nullptr;
    };
    using TrafficByCode = std::map<std::pair<std::string, std::uint8_t>, Traffic, std::less<>>;

    Traffic& find_traffic(TrafficByCode& table, std::string_view direction,
                          std::string_view protocol, std::uint8_t code);

    telemetry::Metrics& metrics_;
    telemetry::Counter& connected_;
    telemetry::Gauge& nodes_;
    telemetry::Gauge& candidates_;
    telemetry::Counter& dials_;
    telemetry::Counter& slow_readers_;
    telemetry::Counter& handler_faults_;
    std::array<telemetry::Gauge*, 2> connections_{};  // outbound, inbound
    std::array<telemetry::Counter*, refusal_kinds> refused_{};
    TrafficByCode in_;
    TrafficByCode out_;
};

}  // namespace meta138::p2p
