// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/disconnect.hpp"

namespace meta138::p2p {

std::string_view to_string(DisconnectReason reason) noexcept {
    switch (reason) {
        case DisconnectReason::requested: return "disconnect requested";
        case DisconnectReason::tcp_error: return "TCP error";
        case DisconnectReason::breach_of_protocol: return "breach of protocol";
        case DisconnectReason::useless_peer: return "useless peer";
        case DisconnectReason::too_many_peers: return "too many peers";
        case DisconnectReason::already_connected: return "already connected";
        case DisconnectReason::incompatible_version: return "incompatible p2p version";
        case DisconnectReason::null_identity: return "null node identity";
        case DisconnectReason::client_quitting: return "client quitting";
        case DisconnectReason::unexpected_identity: return "unexpected identity";
        case DisconnectReason::same_identity: return "the same identity as ours";
        case DisconnectReason::timeout: return "timeout";
        case DisconnectReason::subprotocol_error: return "subprotocol error";
        case DisconnectReason::unknown: return "unknown reason";
    }
    return "unknown reason";
}

}  // namespace meta138::p2p
