// SPDX-License-Identifier: Apache-2.0
#include "refusal.hpp"

namespace meta138::p2p {

std::string_view to_string(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::net_restrict: return "net_restrict";
        case Refusal::banned_id: return "banned_id";
        case Refusal::denylist: return "denylist";
        case Refusal::permissions: return "permissions";
        case Refusal::same_identity: return "same_identity";
        case Refusal::duplicate: return "duplicate";
        case Refusal::too_many_peers: return "too_many_peers";
        case Refusal::too_many_inbound: return "too_many_inbound";
        case Refusal::too_many_of_range: return "too_many_of_range";
        case Refusal::too_many_handshakes: return "too_many_handshakes";
        case Refusal::attempts_of_address: return "attempts_of_address";
        case Refusal::attempts: return "attempts";
        case Refusal::dns: return "dns";
    }
    return "";
}

}  // namespace meta138::p2p
