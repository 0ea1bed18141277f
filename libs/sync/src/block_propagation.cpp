// SPDX-License-Identifier: Apache-2.0
#include "block_propagation.hpp"

#include <algorithm>

namespace meta138::sync {

void BlockPropagation::on_peer(PeerId peer) {
    peers_.insert_or_assign(peer, Peer{.known = {settings_.known_per_peer, settings_.seed},
                                       .sent = {settings_.known_per_peer, settings_.seed},
                                       .in_work = 0});
}

void BlockPropagation::on_disconnected(PeerId peer) {
    peers_.erase(peer);
}

NewBlockVerdict BlockPropagation::on_new_block(PeerId id, const Announced& block,
                                               std::uint64_t head, const Hash32& head_hash) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return NewBlockVerdict::too_many;
    auto& peer = found->second;
    peer.known.insert(block.hash);
    if (!peer.sent.insert(block.raw_hash)) return NewBlockVerdict::repeated;
    if (block.hash == head_hash || in_work_.contains(block.hash)) return NewBlockVerdict::known;
    const auto lowest = head - std::min(head, settings_.past_blocks);
    if (block.number < lowest ||
        (block.number > head && block.number - head > settings_.future_blocks))
        return NewBlockVerdict::out_of_window;
    if (settings_.is_final && block.number <= head) return NewBlockVerdict::known;
    if (peer.in_work >= settings_.blocks_per_peer) return NewBlockVerdict::too_many;
    ++peer.in_work;
    in_work_.insert(block.hash);
    return block.number > head + 1 ? NewBlockVerdict::wait : NewBlockVerdict::import;
}

void BlockPropagation::on_done(PeerId id, const Hash32& hash) {
    in_work_.erase(hash);
    if (const auto found = peers_.find(id); found != peers_.end() && found->second.in_work > 0)
        --found->second.in_work;
}

std::optional<std::uint64_t> BlockPropagation::on_hashes(
    PeerId id, std::span<const p2p::eth::BlockAnnouncement> blocks, std::uint64_t head) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) return std::nullopt;
    std::optional<std::uint64_t> highest;
    for (const auto& block : blocks) {
        found->second.known.insert(block.hash);
        if (block.number > head) highest = std::max(highest.value_or(0), block.number);
    }
    return highest;
}

std::vector<BlockPropagation::PeerId> BlockPropagation::take_recipients(const Hash32& hash) {
    std::vector<PeerId> recipients;
    for (auto& [id, peer] : peers_)
        if (peer.known.insert(hash)) recipients.push_back(id);
    return recipients;
}

std::size_t BlockPropagation::memory() const noexcept {
    std::size_t bytes = in_work_.size() * 2 * sizeof(Hash32);
    for (const auto& [id, peer] : peers_) bytes += peer.known.memory() + peer.sent.memory();
    return bytes;
}

}  // namespace meta138::sync
