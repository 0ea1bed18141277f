// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/network.hpp"
#include "meta138/p2p/snap.hpp"
#include "meta138/sync/peers.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <variant>

namespace meta138::sync {

using SnapRequest = std::variant<p2p::snap::GetAccountRange, p2p::snap::GetStorageRanges,
                                 p2p::snap::GetByteCodes, p2p::snap::GetTrieNodes>;

struct SnapQueueSettings {
    std::size_t max_waiting = 16;  ///< Requests of one peer; geth has four on the way at most.
    /// Of a worker's time: for one peer, and for all of them. What else workers do, and the chain's
    /// thread on a machine with few processors, comes first.
    double peer_share = 0.25;
    double total_share = 0.5;
};

/// Which peer's request for states is served next: one at a time, peers in turn, and none before it
/// has rested for what its last one cost. Knows no clock.
class SnapQueue {
public:
    using Time = Peers::Time;
    using Duration = Time::duration;

    explicit SnapQueue(const SnapQueueSettings& settings = {}) : settings_{settings} {}

    /// False: the peer has too many waiting.
    bool add(p2p::PeerId peer, SnapRequest request);
    void on_disconnected(p2p::PeerId peer) { peers_.erase(peer); }

    struct Next {
        p2p::PeerId peer{};
        SnapRequest request;
    };
    /// Nothing while one is being served, until on_served(); nor for peers that do not read.
    std::optional<Next> take(Time now, const std::function<bool(p2p::PeerId)>& reads);
    /// The one taken last cannot be served now; its peer may have gone.
    void put_back(SnapRequest request);
    /// The one taken last has taken so long; its peer may have gone.
    void on_served(Duration took, Time now);

    /// When take() will give something, if all peers read; absent: as soon as something is added,
    /// or served.
    [[nodiscard]] std::optional<Time> due() const;

private:
    struct Waiting {
        std::deque<SnapRequest> requests;
        Time next_turn{};
        std::uint64_t last_turn = 0;
    };

    SnapQueueSettings settings_;
    std::map<p2p::PeerId, Waiting> peers_;
    std::optional<p2p::PeerId> served_;
    Time next_turn_{};  // of anybody
    std::uint64_t turns_ = 0;
};

}  // namespace meta138::sync
