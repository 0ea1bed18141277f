// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace meta138::sync {

/// How far this node is: for eth_syncing, a bar on a terminal, readiness and metrics.
struct SyncStatus {
    /// Far behind, and blocks that turned out valid are coming in. False within a few blocks of the
    /// head: a claim of a peer alone never sets it, nor do one or two blocks that were missed.
    bool is_syncing = false;
    std::uint64_t starting_block = 0;  ///< The head when it began to be far behind.
    std::uint64_t current_block = 0;   ///< The head.
    /// The highest block that a peer on this chain says it has; the head when none says more.
    std::uint64_t highest_block = 0;
    std::size_t headers_ahead = 0;  ///< Downloaded, and linked to the head.
    std::size_t bodies_ahead = 0;   ///< Of those, ready to be imported or on the way to it.
    std::size_t peers = 0;          ///< With which the handshake of eth is done.
    std::size_t useful_peers = 0;   ///< Of those, ahead of this node.
    /// Blocks a second over the last few seconds; 0 when nothing is imported.
    double blocks_per_second = 0;
    /// Why nothing moves although there is something ahead, for people; empty otherwise.
    std::string obstacle;

    friend bool operator==(const SyncStatus&, const SyncStatus&) = default;
};

/// What a peer says of its chain (admin_peers).
struct PeerChain {
    std::uint64_t version = 0;                ///< Of eth.
    std::optional<uint256> total_difficulty;  ///< Absent: eth/69 does not tell.
    std::uint64_t number = 0;                 ///< Of its head; 0 when it is not known yet.
    Hash32 head;
    std::uint64_t earliest = 0;  ///< The oldest block that it serves.

    friend bool operator==(const PeerChain&, const PeerChain&) = default;
};

}  // namespace meta138::sync
