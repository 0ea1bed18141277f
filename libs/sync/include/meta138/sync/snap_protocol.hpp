// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain_view.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/sync/peers.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace meta138::sync {

/// What the snap protocol asks of the node.
struct SnapServices {
    /// Any thread.
    std::function<std::shared_ptr<const blockchain::ChainView>()> view;
    /// Whether the handshake of eth with that peer is done; nobody else is served.
    std::function<bool(p2p::PeerId)> is_ready;
    /// Runs a task on a thread for heavy work; false, and the task stays the caller's: too many
    /// wait.
    std::function<bool(Peers::Task&)> run_on_worker;
};

/// snap/1 (devp2p caps/snap.md), the serving side: states of the last 128 blocks, with proofs, for
/// nodes that do not want to execute all blocks. This node asks for none.
///
/// Reads snapshots of the database on one worker at a time, for a bounded share of its time in all
/// and for each peer, so that nobody who synchronises holds up the chain.
///
/// As a p2p::Protocol it lives on the network's thread. Stop the network, then the workers, then
/// destroy it.
class SnapProtocol final : public p2p::Protocol {
public:
    /// `peers` are those of the protocol "snap". All references outlive it.
    SnapProtocol(SnapServices services, Peers& peers, const telemetry::Logger& log,
                 telemetry::Metrics& metrics);
    ~SnapProtocol() override;
    SnapProtocol(const SnapProtocol&) = delete;
    SnapProtocol& operator=(const SnapProtocol&) = delete;

    /// For Network::add_protocol.
    [[nodiscard]] static std::vector<p2p::OfferedCapability> capabilities();

    void on_connected(const std::shared_ptr<const p2p::Peer>& peer) override;
    void on_message(p2p::PeerId peer, std::uint64_t version, std::uint8_t code,
                    Bytes payload) override;
    void on_disconnected(p2p::PeerId peer, p2p::DisconnectReason reason, bool by_remote) override;

private:
    class Implementation;
    std::shared_ptr<Implementation> implementation_;
};

}  // namespace meta138::sync
