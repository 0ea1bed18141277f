// SPDX-License-Identifier: Apache-2.0
#include "seen_as.hpp"

#include "address_rules.hpp"

#include <algorithm>
#include <map>

namespace meta138::p2p::discv4 {

void SeenAsVotes::add(const IpAddress& voter, const UdpEndpoint& seen_as, Time now) {
    if (seen_as.ip.is_nobodys() || seen_as.ip.is_loopback() || seen_as.port == 0) return;
    const auto source = is_local(voter) ? voter : range_of(voter);
    std::erase_if(votes_, [&](const Vote& vote) {
        return vote.voter == source || now - vote.time > lifetime;
    });
    if (votes_.size() >= max_votes) votes_.erase(votes_.begin());
    votes_.push_back({.voter = source, .seen_as = seen_as, .time = now});
}

std::optional<UdpEndpoint> SeenAsVotes::result(Time now) const {
    std::map<UdpEndpoint, std::size_t> counts;
    std::size_t all = 0;
    for (const auto& vote : votes_) {
        if (now - vote.time > lifetime) continue;
        ++counts[vote.seen_as];
        ++all;
    }
    for (const auto& [endpoint, count] : counts) {
        const auto enough = is_local(endpoint.ip) ? needed_on_local_networks : needed;
        if (count >= enough && 2 * count > all) return endpoint;
    }
    return std::nullopt;
}

}  // namespace meta138::p2p::discv4
