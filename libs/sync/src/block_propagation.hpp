// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "known_set.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/p2p/network.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

namespace meta138::sync {

struct PropagationSettings {
    // Announced blocks are looked at from the head minus this to the head plus that (Besu
    // BlockPropagationManager).
    std::uint64_t past_blocks = 10;
    std::uint64_t future_blocks = 30;
    bool is_final = true;  ///< A block that is not above the head is known, or worthless.
    std::size_t known_per_peer = 1024;
    std::size_t blocks_per_peer = 4;  ///< Of one peer that are being prepared or imported.
    std::uint64_t seed = 0;
};

/// What to do with a NewBlock.
enum class NewBlockVerdict : std::uint8_t {
    import,         ///< Its parent is the head, or may be.
    wait,           ///< Its parent is missing: keep it for the download of the gap.
    known,          ///< It is in the chain, or on its way.
    repeated,       ///< This peer has sent it before.
    out_of_window,  ///< Long past, or far ahead: says how high the peer is.
    too_many,       ///< More than a peer may have in work.
};

/// Which blocks to take from peers' announcements, and whom to tell of ours: everybody who is not
/// known to have it, as Besu does (BlockBroadcaster). Plain state.
class BlockPropagation {
public:
    using PeerId = p2p::PeerId;

    explicit BlockPropagation(const PropagationSettings& settings) : settings_{settings} {}

    void on_peer(PeerId peer);
    void on_disconnected(PeerId peer);

    /// A block by its header. Seals are not part of `hash`, but of `raw_hash`. While one is in work
    /// others of its hash are `known`; should it have bad seals, the download brings the good one.
    struct Announced {
        std::uint64_t number = 0;
        Hash32 hash;
        Hash32 raw_hash;
        Hash32 parent_hash;
    };
    [[nodiscard]] NewBlockVerdict on_new_block(PeerId peer, const Announced& block,
                                               std::uint64_t head, const Hash32& head_hash);
    /// A block of on_new_block's `import` or `wait` is done with.
    void on_done(PeerId peer, const Hash32& hash);

    /// NewBlockHashes: the highest number among them that is not long past; none if there is none.
    [[nodiscard]] std::optional<std::uint64_t> on_hashes(
        PeerId peer, std::span<const p2p::eth::BlockAnnouncement> blocks, std::uint64_t head);

    /// Who is to be sent a block; they are taken to know it from now on.
    [[nodiscard]] std::vector<PeerId> take_recipients(const Hash32& hash);

    [[nodiscard]] std::size_t memory() const noexcept;

private:
    struct Peer {
        KnownSet known;
        KnownSet sent;  // blocks that it sent whole, by raw hash
        std::size_t in_work = 0;
    };

    const PropagationSettings settings_;
    std::map<PeerId, Peer> peers_;
    std::set<Hash32> in_work_;
};

}  // namespace meta138::sync
