// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_thread.hpp"
#include "qbft/driver.hpp"
#include "qbft/messenger.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/http/worker_threads.hpp"
#include "meta138/node/options.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/sync/eth_protocol.hpp"
#include "meta138/sync/snap_protocol.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::node {

/// The node among others: connections, the eth and snap protocols and the messages of QBFT, each
/// wired to the chain's thread and to workers of its own.
class PeerToPeer {
public:
    /// All of it outlives the object.
    struct Parts {
        const crypto::SecretKey& key;
        const std::vector<RequiredBlock>& required_blocks;
        blockchain::Chain& chain;
        ChainThread& thread;
        txpool::SharedPool& pool;
        telemetry::Metrics& metrics;
        /// Synchronising has begun or ended. On the network's thread; may be empty.
        std::function<void()> on_sync_changed;
        telemetry::Logger log;
        bool serves_states = false;  ///< snap/1
    };

    /// Opens nothing yet. `relays_qbft`: a sentry. `driver` is null on chains without QBFT.
    PeerToPeer(p2p::NetworkOptions network, std::uint64_t network_id, bool relays_qbft,
               const Parts& parts, QbftDriver* driver);
    ~PeerToPeer();
    PeerToPeer(const PeerToPeer&) = delete;
    PeerToPeer& operator=(const PeerToPeer&) = delete;

    /// Throws OptionError: an address cannot be listened at.
    void start();
    /// Says goodbye, and waits for what its workers have at hand. The chain's thread still runs.
    void stop();

    // The chain's thread.

    void on_head(const blockchain::HeadEvent& event) { eth_->on_head(event); }
    void on_behind(std::uint64_t number) { eth_->on_behind(number); }
    void send(const qbft::Send& message);
    void set_position(std::uint64_t head, std::vector<Address> validators);

    // Any thread.

    [[nodiscard]] sync::SyncStatus sync_status() const { return eth_->status(); }
    [[nodiscard]] std::size_t peer_count() const { return network_.peer_count(); }
    [[nodiscard]] p2p::Network& network() noexcept { return network_; }
    [[nodiscard]] const p2p::Network& network() const noexcept { return network_; }
    [[nodiscard]] const sync::EthProtocol& eth() const noexcept { return *eth_; }
    /// QBFT: validators that are connected directly; absent on other chains.
    [[nodiscard]] std::optional<std::size_t> connected_validators() const;

private:
    [[nodiscard]] sync::EthServices services_of();
    void add_snap();
    void import_blocks(std::vector<blockchain::PreparedBlock> blocks, sync::ImportDone done);
    void on_sync_changed(const sync::SyncStatus& status);

    const Parts parts_;
    QbftDriver* const driver_;
    http::WorkerThreads workers_;
    p2p::Network network_;
    std::unique_ptr<sync::Peers> peers_;
    std::unique_ptr<QbftMessenger> messenger_;  // null on chains without QBFT
    std::unique_ptr<sync::EthProtocol> eth_;
    std::unique_ptr<sync::Peers> snap_peers_;  // null unless states are served
    std::unique_ptr<sync::SnapProtocol> snap_;
};

}  // namespace meta138::node
