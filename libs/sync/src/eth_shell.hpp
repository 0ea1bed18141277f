// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_propagation.hpp"
#include "downloader.hpp"
#include "peer_status.hpp"
#include "required_blocks.hpp"
#include "sync_metrics.hpp"
#include "transaction_gossip.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/base/published.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/sync/eth_protocol.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::sync {

/// Connects the cores to peers, workers, the pool and the chain. All on the network's thread but
/// where it says otherwise.
class EthProtocol::Implementation : public std::enable_shared_from_this<Implementation> {
public:
    Implementation(const EthSettings& settings, EthServices services, txpool::SharedPool& pool,
                   Peers& peers, const telemetry::Logger& log, telemetry::Metrics& metrics);

    void start();
    void on_connected(const std::shared_ptr<const p2p::Peer>& peer);
    void on_updated(const std::shared_ptr<const p2p::Peer>& peer);
    void on_message(p2p::PeerId peer, std::uint64_t version, std::uint8_t code, Bytes payload);
    void on_disconnected(p2p::PeerId peer);

    // Any thread.
    void on_head(const blockchain::HeadEvent& event);
    void on_behind(std::uint64_t number);
    void on_pool_added(const txpool::SharedTransaction& transaction) META138_EXCLUDES(mutex_);
    [[nodiscard]] SyncStatus status() const { return *status_.load(); }
    [[nodiscard]] std::optional<PeerChain> chain_of(p2p::PeerId peer) const
        META138_EXCLUDES(mutex_);

private:
    using PeerId = p2p::PeerId;
    using Code = p2p::eth::Code;
    /// Makes an answer of the chain as it is then; on a worker.
    using Serve = std::move_only_function<Bytes(const blockchain::ChainView&)>;

    struct Connection {
        std::shared_ptr<const p2p::Peer> peer;
        std::uint64_t version = 0;
        bool is_ready = false;  // its Status fits
        /// Until the required blocks have been asked for: what the downloader is told then.
        std::optional<Downloader::PeerHead> held_head = std::nullopt;
        struct Waiting {
            Code answer{};
            Serve serve;
            Peers::Time received{};
        };
        std::deque<Waiting> requests;  // of the peer, to be answered
        bool is_serving = false;
        std::deque<Bytes> transactions;        // messages that wait for a worker
        std::size_t transaction_bytes = 0;     // theirs
        std::size_t transactions_in_work = 0;  // batches of them
    };

    Connection* find(PeerId peer);
    Connection* find_ready(PeerId peer);
    [[nodiscard]] std::string name_of(PeerId peer) const;
    bool send(PeerId peer, Code code, Bytes payload);
    void disconnect(PeerId peer, p2p::DisconnectReason reason, std::string_view why);
    /// Runs `work` on a worker and `then` with its result here; false: no worker has room.
    template <typename Work, typename Then>
    bool in_background(Work work, Then then);
    /// Runs `task` here, later. Any thread.
    template <typename Task>
    void post(Task task);
    void tick();
    void publish();

    // The handshake.
    void on_status(PeerId peer, Connection& connection, ByteView payload);
    void note_chain(PeerId peer, const std::function<void(PeerChain&)>& change)
        META138_EXCLUDES(mutex_);
    void send_block_ranges();

    // Requests of others.
    void on_request(PeerId peer, Connection& connection, Code code, ByteView payload);
    void enqueue(PeerId peer, Connection& connection, Code answer, Serve serve);
    void pump(PeerId peer);

    // Blocks.
    void on_headers(PeerId peer, Bytes payload);
    void ask_for_required_blocks();
    void on_required_header(PeerId peer, ByteView payload);
    void on_bodies(PeerId peer, Bytes payload);
    void on_new_block(PeerId peer, Bytes payload);
    void on_prepared(PeerId peer, DownloadedBlock block, NewBlockVerdict verdict,
                     const uint256& total_difficulty);
    void on_announced_imported(PeerId peer, const Hash32& hash, std::uint64_t number,
                               const ImportOutcome& outcome);
    void on_new_block_hashes(PeerId peer, ByteView payload);
    void on_block_range_update(PeerId peer, ByteView payload);
    void carry_out(DownloadActions actions);
    void carry_out(RequestHeaders&& request);
    void carry_out(RequestBodies&& request);
    void carry_out(ImportBatch&& batch);
    void carry_out(const Punish& punish);
    void announce(const blockchain::ExecutedBlock& block, const uint256& total_difficulty);

    // Transactions.
    [[nodiscard]] bool takes_transactions() const;
    void on_transactions(PeerId peer, Bytes payload);
    /// Gives a worker the messages of a peer that wait for one.
    void pump_transactions(PeerId peer);
    struct DecodedTransactions;
    static DecodedTransactions decode_batch(std::span<const Bytes> messages,
                                            const txpool::SharedPool& pool);
    void remind_of_transactions();
    void on_pooled_transactions(PeerId peer, Bytes payload);
    void on_transaction_hashes(PeerId peer, std::uint64_t version, ByteView payload);
    void announce_pool(PeerId peer);
    void flush_transactions() META138_EXCLUDES(mutex_);
    /// Room for a message among those that wait for a worker; false: there is none.
    bool reserve(std::size_t& in_work, std::size_t bytes);
    struct Judged;
    void add_to_pool(PeerId peer, std::vector<PooledTransaction> transactions);
    void carry_out(const GossipActions& actions, std::span<const txpool::SharedTransaction> items);

    const EthSettings settings_;
    const EthServices services_;
    txpool::SharedPool& pool_;
    Peers& peers_;
    const telemetry::Logger log_;
    SyncMetrics metrics_;
    const std::shared_ptr<const blockchain::ChainView> first_view_;  // for what never changes
    const PeerStatus peer_status_;

    std::map<PeerId, Connection> connections_;
    std::map<std::uint64_t, std::vector<SharedHeader>> body_requests_;  // for the worker
    Downloader downloader_;
    RequiredBlocks required_;
    BlockPropagation propagation_;
    TransactionGossip gossip_;
    std::uint64_t head_;
    Hash32 head_hash_;
    bool was_syncing_ = false;
    // Bytes of messages that workers have or will get.
    std::size_t block_bytes_in_work_ = 0;
    std::size_t transaction_bytes_in_work_ = 0;
    Peers::Time next_range_{};
    Peers::Time next_reminder_{};
    std::uint64_t reminded_to_ = 0;  // arrival of the last transaction that was looked at
    bool is_reminding_ = false;
    p2p::eth::BlockRange sent_range_;
    Published<SyncStatus> status_;

    mutable Mutex mutex_;
    std::map<PeerId, PeerChain> chains_ META138_GUARDED_BY(mutex_);
    std::vector<txpool::SharedTransaction> added_ META138_GUARDED_BY(mutex_);
    bool is_flush_due_ META138_GUARDED_BY(mutex_) = false;
};

template <typename Task>
void EthProtocol::Implementation::post(Task task) {
    peers_.post([weak = weak_from_this(), task = std::move(task)]() mutable {
        if (const auto self = weak.lock()) task(*self);
    });
}

template <typename Work, typename Then>
bool EthProtocol::Implementation::in_background(Work work, Then then) {
    Peers::Task task = [self = shared_from_this(), work = std::move(work),
                        then = std::move(then)]() mutable {
        // Also when it failed, with an empty result: `then` gives back what was taken for it.
        decltype(work()) result{};
        try {
            result = work();
        } catch (const std::exception& fault) {
            self->log_.error("A message of a peer could not be dealt with: {}", fault.what());
        }
        self->post([result = std::move(result), then = std::move(then)](
                       Implementation& here) mutable { then(here, std::move(result)); });
    };
    return services_.run_on_worker(task);
}

}  // namespace meta138::sync
