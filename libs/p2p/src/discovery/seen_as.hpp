// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node_table.hpp"

namespace meta138::p2p::discv4 {

/// What other nodes say of our own address, in their pongs. One voice for each network range (on
/// local networks for each address), so that one owner of many addresses does not decide.
class SeenAsVotes {
public:
    void add(const IpAddress& voter, const UdpEndpoint& seen_as, Time now);
    /// What most say, if there are enough of them.
    [[nodiscard]] std::optional<UdpEndpoint> result(Time now) const;

private:
    struct Vote {
        IpAddress voter;
        UdpEndpoint seen_as;
        Time time{};
    };
    static constexpr std::size_t max_votes = 32;
    static constexpr std::chrono::hours lifetime{1};
    static constexpr std::size_t needed = 3;
    static constexpr std::size_t needed_on_local_networks = 2;

    std::vector<Vote> votes_;  // oldest first
};

}  // namespace meta138::p2p::discv4
