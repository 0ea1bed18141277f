// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/disconnect.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace meta138::p2p {

/// The rule by which a connection is not made or not kept.
enum class Refusal : std::uint8_t {
    net_restrict,         ///< --net-restrict
    banned_id,            ///< --banned-node-ids
    denylist,             ///< Banned for a while, for what it did.
    permissions,          ///< Node permissioning.
    same_identity,        ///< Ourselves.
    duplicate,            ///< Connected already.
    too_many_peers,       ///< --max-peers
    too_many_inbound,     ///< --remote-connections-max-percentage
    too_many_of_range,    ///< NetworkLimits::inbound_per_range
    too_many_handshakes,  ///< NetworkLimits::inbound_handshakes_per_address
    attempts_of_address,  ///< NetworkLimits::inbound_attempts_per_minute
    attempts,             ///< NetworkLimits::inbound_attempts_per_second
    dns,                  ///< A name, while names are not resolved.
};

/// The last enumerator's number and one.
inline constexpr std::size_t refusal_kinds = 13;

/// As metrics label it: "net_restrict".
std::string_view to_string(Refusal refusal) noexcept;

/// A refusal as the peer is told and the log says it.
struct RefusedPeer {
    Refusal rule{};
    DisconnectReason reason{};
    std::string detail;
};

}  // namespace meta138::p2p
