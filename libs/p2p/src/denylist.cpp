// SPDX-License-Identifier: Apache-2.0
#include "denylist.hpp"

#include <algorithm>

namespace meta138::p2p {

void Denylist::ban(const crypto::PublicKey& id, Time until) {
    if (until_.size() >= max_nodes && !until_.contains(id))
        until_.erase(
            std::ranges::min_element(until_, {}, [](const auto& entry) { return entry.second; }));
    until_[id] = until;
}

bool Denylist::contains(const crypto::PublicKey& id, Time now) const {
    const auto found = until_.find(id);
    return found != until_.end() && now < found->second;
}

}  // namespace meta138::p2p
