// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/p2p/disconnect.hpp"
#include "meta138/p2p/network.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace meta138::sync {

/// What a protocol asks of the network: a seam for tests, which have a clock and connections
/// of their own. Any thread; once the network has stopped, calls do nothing.
class Peers {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Task = std::move_only_function<void()>;

    virtual ~Peers() = default;

    /// A message of the protocol. False: there is no such connection.
    virtual bool send(p2p::PeerId peer, std::uint8_t code,
                      std::shared_ptr<const Bytes> payload) = 0;
    /// Bytes that wait for the peer to read them.
    [[nodiscard]] virtual std::size_t queued_bytes(p2p::PeerId peer) const = 0;
    virtual void disconnect(p2p::PeerId peer, p2p::DisconnectReason reason) = 0;
    virtual void score(p2p::PeerId peer, int points) = 0;
    virtual void mark_ready(p2p::PeerId peer) = 0;
    /// Runs a task on the network's thread, in the order in which one thread posts them.
    virtual void post(Task task) = 0;
    virtual void post_at(Time time, Task task) = 0;
    [[nodiscard]] virtual Time now() const = 0;
};

/// The peers of a real network, which outlives it, as the protocol of that name has them.
[[nodiscard]] std::unique_ptr<Peers> make_peers(p2p::Network& network,
                                                std::string_view protocol = "eth");

}  // namespace meta138::sync
