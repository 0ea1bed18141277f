// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/p2p/network.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace meta138::p2p {

/// The established connections with what waits to be sent to each: where other threads meet the
/// network's. Any thread; a payload is shared, not copied.
class PeerRegistry {
public:
    struct Message {
        std::size_t capability = 0;  ///< Index into Peer::shared.
        std::uint8_t code = 0;
        std::shared_ptr<const Bytes> payload;
    };
    struct Push {
        bool queued = false;
        bool wake = false;  ///< The network's thread must be told, for take_marked().
    };
    /// What the network's thread has to do.
    struct Marked {
        std::vector<PeerId> to_flush;
        std::vector<PeerId> overflowing;  ///< More waits for them than may.
    };

    explicit PeerRegistry(std::size_t max_queued_bytes) : max_queued_bytes_{max_queued_bytes} {}

    void add(std::shared_ptr<const Peer> peer);
    /// Absent: it is not there.
    std::shared_ptr<const Peer> remove(PeerId id);
    /// Null unless that changed it.
    std::shared_ptr<const Peer> set_static(PeerId id, bool is_static);

    Push push(PeerId id, std::string_view protocol, std::uint8_t code,
              const std::shared_ptr<const Bytes>& payload);
    [[nodiscard]] Marked take_marked();
    /// The next message to write, of each protocol in turn. It counts as waiting until written()
    /// says otherwise.
    [[nodiscard]] std::optional<Message> pop(PeerId id);
    void written(PeerId id, std::size_t bytes);
    [[nodiscard]] std::size_t queued_bytes(PeerId id) const;
    /// As push() counts a message.
    [[nodiscard]] static std::size_t cost(const Bytes& payload) noexcept;

    [[nodiscard]] std::vector<std::shared_ptr<const Peer>> peers() const;
    [[nodiscard]] std::size_t node_count() const;

private:
    struct Entry {
        std::shared_ptr<const Peer> peer;
        // One for each of Peer::shared, served in turn: a few votes do not wait behind megabytes of
        // blocks.
        std::vector<std::deque<Message>> queues;
        std::size_t next_queue = 0;
        std::size_t waiting = 0;  // bytes
        bool is_marked = false;
        bool is_overflowing = false;
    };

    const std::size_t max_queued_bytes_;
    mutable Mutex mutex_;
    std::map<PeerId, Entry> entries_ META138_GUARDED_BY(mutex_);
    Marked marked_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::p2p
