// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/published.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/qbft/core.hpp"
#include "meta138/sync/qbft_relay.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::node {

/// Whose messages count.
struct QbftPosition {
    std::uint64_t head = 0;
    std::vector<Address> validators;  ///< Of the block after it, ascending.
};

/// What a relay counts, as metrics. One thread.
class RelayMetrics {
public:
    explicit RelayMetrics(telemetry::Metrics& metrics);
    /// Adds what came since the last call.
    void update(const sync::QbftRelay::Counters& now);

private:
    telemetry::Counter& relayed_;
    telemetry::Counter& sent_;
    telemetry::Counter& replayed_;
    std::array<telemetry::Counter*, sync::relay_drop_count> dropped_{};
    sync::QbftRelay::Counters last_;
};

/// istanbul/100 on the network: takes QBFT messages to this node's validator and its messages to
/// the others; at a sentry it also passes on what others say.
class QbftMessenger final : public p2p::Protocol {
public:
    /// What becomes of what comes. Called on the network's thread; must not wait.
    struct Receiver {
        std::function<void(qbft::MessageCode, Bytes payload, const Address& from)> on_message;
        std::function<void(const Address& peer)> on_connected;
    };

    /// The network and the metrics outlive the messenger. It relays when `relays`.
    QbftMessenger(p2p::Network& network, Receiver receiver, bool relays,
                  telemetry::Metrics& metrics);
    QbftMessenger(const QbftMessenger&) = delete;
    QbftMessenger& operator=(const QbftMessenger&) = delete;

    /// Any thread; queues and returns. Validators that are not connected are reached through the
    /// nodes that we stay connected to and that are no validators: sentries.
    void send(const qbft::Send& message);

    /// Any thread, after each change of the head.
    void set_position(QbftPosition position);
    [[nodiscard]] bool is_validator(const Address& address) const;
    /// Validators of the position that are connected. Any thread.
    [[nodiscard]] std::size_t connected_validators() const;

    void on_connected(const std::shared_ptr<const p2p::Peer>& peer) override;
    void on_message(p2p::PeerId peer, std::uint64_t version, std::uint8_t code,
                    Bytes payload) override;
    void on_disconnected(p2p::PeerId peer, p2p::DisconnectReason reason, bool by_remote) override;
    void on_updated(const std::shared_ptr<const p2p::Peer>& peer) override;

private:
    using Peers = std::map<p2p::PeerId, std::shared_ptr<const p2p::Peer>>;

    [[nodiscard]] std::vector<p2p::PeerId> receivers_of(const qbft::Send& message) const
        META138_EXCLUDES(mutex_);
    [[nodiscard]] std::shared_ptr<const p2p::Peer> find_peer(p2p::PeerId peer) const
        META138_EXCLUDES(mutex_);
    void pass_on(const sync::QbftRelay::Relayed& relayed);
    void join_relay(const p2p::Peer& peer);
    p2p::Network& network_;
    const Receiver receiver_;
    telemetry::Counter& malformed_;
    // The network's thread: absent unless this node relays.
    std::optional<sync::QbftRelay> relay_;
    std::optional<RelayMetrics> relay_metrics_;
    Published<QbftPosition> position_{QbftPosition{}};
    mutable Mutex mutex_;
    Peers peers_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::node
