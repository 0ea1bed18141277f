// SPDX-License-Identifier: Apache-2.0
#include "peer_status.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

namespace meta138::sync {

namespace {

std::string text_of(const ForkId& id) {
    return fmt::format("{} (next {})", to_hex(id.hash.bytes), id.next);
}

}  // namespace

PeerStatus::PeerStatus(std::uint64_t network_id, const blockchain::ChainView& view)
    : network_id_{network_id},
      genesis_hash_{view.genesis_hash()},
      genesis_time_{view.genesis().timestamp},
      schedule_{view.genesis().schedule},
      filter_{genesis_hash_, genesis_time_, schedule_},
      has_forks_{filter_.fork_id(0, genesis_time_) != filter_.fork_id(UINT64_MAX, UINT64_MAX)} {}

p2p::eth::BlockRange PeerStatus::range(const blockchain::ChainView& view) const {
    return {.earliest = view.blocks().oldest_block(),
            .latest = view.head().header.number,
            .latest_hash = view.head().hash};
}

p2p::eth::Status PeerStatus::local(std::uint64_t version, const blockchain::ChainView& view) const {
    const auto& head = view.head();
    return {.version = version,
            .network_id = network_id_,
            .genesis_hash = genesis_hash_,
            .fork_id = filter_.fork_id(head.header.number, head.header.timestamp),
            .total_difficulty = head.total_difficulty,
            .head_hash = head.hash,
            .range = range(view)};
}

std::optional<std::string> PeerStatus::find_mismatch(const p2p::eth::Status& remote,
                                                     const blockchain::ChainView& view) const {
    if (remote.network_id != network_id_)
        return fmt::format("its network id is {}, ours {} (--network-id)", remote.network_id,
                           network_id_);
    if (remote.genesis_hash != genesis_hash_)
        return fmt::format("its genesis block is {}, ours {}: compare the genesis files",
                           to_hex(remote.genesis_hash.bytes), to_hex(genesis_hash_.bytes));
    // Besu accepts anybody when it has no forks after the genesis block, and so must we.
    if (!has_forks_) return std::nullopt;
    const auto& head = view.head().header;
    const auto verdict = filter_.validate(remote.fork_id, head.number, head.timestamp);
    if (verdict == ForkIdVerdict::accept) return std::nullopt;
    return fmt::format("its fork id is {}, ours {}: {}", text_of(remote.fork_id),
                       text_of(filter_.fork_id(head.number, head.timestamp)),
                       verdict == ForkIdVerdict::remote_stale
                           ? fmt::format("it does not know a fork that has passed here; {}",
                                         explain(remote.fork_id, head.number, head.timestamp))
                           : explain(remote.fork_id, head.number, head.timestamp));
}

// Tries every key of the genesis file: which one, left out or moved, makes the fork ids agree?
std::string PeerStatus::explain(const ForkId& remote, std::uint64_t number,
                                std::uint64_t timestamp) const {
    const auto agrees = [&](const ForkSchedule& schedule) {
        return ForkFilter{genesis_hash_, genesis_time_, schedule}.validate(
                   remote, number, timestamp) == ForkIdVerdict::accept;
    };
    // First the keys that count here: one at the genesis block is in nobody's fork id.
    for (const bool counts : {true, false}) {
        for (const auto& row : forks()) {
            const auto at = schedule_.activation(row.fork);
            if (!at || row.genesis_key.empty()) continue;
            if (counts != (*at > (row.by_time ? genesis_time_ : 0))) continue;
            auto other = schedule_;
            other.activate(row.fork, remote.next);
            if (remote.next != 0 && remote.next != *at && agrees(other))
                return fmt::format("its genesis file seems to have {} at {}, which is {} here",
                                   row.genesis_key, remote.next, *at);
            other.activations[std::to_underlying(row.fork)].reset();
            if (agrees(other))
                return fmt::format("its genesis file seems to lack {}, which is {} here",
                                   row.genesis_key, *at);
        }
    }
    return "a fork in its genesis file has another block or time: compare the genesis files";
}

}  // namespace meta138::sync
