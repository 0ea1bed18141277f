// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/sync/import_blocks.hpp"
#include "meta138/sync/peers.hpp"
#include "meta138/sync/sync_status.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::sync {

/// A block that the operator knows to be on the network's chain.
struct RequiredBlock {
    std::uint64_t number = 0;
    Hash32 hash;
};

struct EthSettings {
    std::uint64_t network_id = 1;
    /// So many blocks behind what is known to be there means is_syncing, where validators leave
    /// consensus; it ends within one block of the head.
    std::uint64_t blocks_behind = 8;
    /// Whether transactions are taken, announced and asked for.
    bool gossip_transactions = true;
    std::chrono::milliseconds request_timeout{5000};
    std::chrono::seconds block_range_interval{120};  ///< Of BlockRangeUpdate (EIP-7642).
    /// A peer that has another block there is disconnected.
    std::vector<RequiredBlock> required_blocks = {};
    std::uint64_t seed = 0;  ///< Of the choice among peers, and of hash tables: random in a node.
};

/// What the eth protocol asks of the node.
struct EthServices {
    /// Any thread.
    std::function<std::shared_ptr<const blockchain::ChainView>()> view;
    /// Hands blocks to the chain's thread, which runs import_blocks() and calls `done`; or calls
    /// `done` with was_refused. Must not wait.
    std::function<void(std::vector<blockchain::PreparedBlock>, ImportDone done)> import_blocks;
    /// Runs a task on a thread for heavy pure work; false, and the task stays the caller's: too
    /// many wait. Any thread.
    std::function<bool(Peers::Task&)> run_on_worker;
    /// Told on the network's thread when is_syncing changes: the pool and the validator want to
    /// know. May be empty.
    std::function<void(const SyncStatus&)> on_sync_changed;
};

/// The eth protocol, versions 66 to 69, on top of the network: greets peers, serves the chain to
/// them, keeps this node's chain up with theirs, and passes on blocks and transactions.
///
/// As a p2p::Protocol it lives on the network's thread. Stop the network, then the threads that
/// services use, then destroy it.
class EthProtocol final : public p2p::Protocol {
public:
    /// All references outlive it.
    EthProtocol(const EthSettings& settings, EthServices services, txpool::SharedPool& pool,
                Peers& peers, const telemetry::Logger& log, telemetry::Metrics& metrics);
    ~EthProtocol() override;
    EthProtocol(const EthProtocol&) = delete;
    EthProtocol& operator=(const EthProtocol&) = delete;

    /// For Network::add_protocol.
    [[nodiscard]] static std::vector<p2p::OfferedCapability> capabilities();

    /// Once the network runs: begins to look after time-outs. Any thread.
    void start();

    void on_connected(const std::shared_ptr<const p2p::Peer>& peer) override;
    void on_message(p2p::PeerId peer, std::uint64_t version, std::uint8_t code,
                    Bytes payload) override;
    void on_disconnected(p2p::PeerId peer, p2p::DisconnectReason reason, bool by_remote) override;
    void on_updated(const std::shared_ptr<const p2p::Peer>& peer) override;

    // Any thread.

    /// The chain has a new head: a listener of the chain. New blocks are announced.
    void on_head(const blockchain::HeadEvent& event);
    /// Consensus heard of blocks beyond the head (qbft::BehindNetwork): asks peers for them.
    void on_behind(std::uint64_t number);

    /// A few times a second as of late.
    [[nodiscard]] SyncStatus status() const;
    /// Absent: no such peer, or the handshake is not done.
    [[nodiscard]] std::optional<PeerChain> chain_of(p2p::PeerId peer) const;

private:
    class Implementation;
    std::shared_ptr<Implementation> implementation_;
    txpool::SharedPool& pool_;
    std::optional<std::size_t> observer_;
};

}  // namespace meta138::sync
