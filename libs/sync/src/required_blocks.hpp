// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/sync/eth_protocol.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace meta138::sync {

/// Finds out whether peers have the blocks that the operator requires (--required-blocks): asks
/// each for the header of each, and again later while the peer has not come so far. A core: no
/// clock, no connection.
class RequiredBlocks {
public:
    using PeerId = p2p::PeerId;
    using Time = std::chrono::steady_clock::time_point;

    struct Question {
        PeerId peer{};
        std::uint64_t request = 0;
        std::uint64_t number = 0;
    };

    explicit RequiredBlocks(std::vector<RequiredBlock> blocks) : blocks_{std::move(blocks)} {}

    /// True: nobody knows yet whether its chain is the right one, so no block is to be asked of it.
    bool on_peer(PeerId peer, Time now);
    void on_disconnected(PeerId peer) { peers_.erase(peer); }
    /// A question is open, or cannot wait: on_peer()'s answer still holds.
    [[nodiscard]] bool is_doubtful(PeerId peer, Time now) const;
    /// What to ask now.
    [[nodiscard]] std::vector<Question> on_time(Time now);
    [[nodiscard]] bool expects(PeerId peer, std::uint64_t request) const;
    /// The answer to an expected question: the hash of the header, or none. `height`: the highest
    /// block that the peer is known to have. Returns why the peer is on another chain, if it is.
    [[nodiscard]] std::optional<std::string> on_answer(PeerId peer,
                                                       const std::optional<Hash32>& hash,
                                                       std::uint64_t height, Time now);

private:
    struct Peer {
        std::size_t next = 0;  // of blocks_
        std::optional<std::uint64_t> request;
        Time due{};  // of the question, or of the next one if the answer does not come
    };

    const std::vector<RequiredBlock> blocks_;
    std::map<PeerId, Peer> peers_;                         // with blocks still to be seen
    std::uint64_t next_request_ = std::uint64_t{1} << 62;  // apart from the downloader's
};

}  // namespace meta138::sync
