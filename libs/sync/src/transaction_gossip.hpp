// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "known_set.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/p2p/eth.hpp"
#include "meta138/p2p/network.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace meta138::sync {

struct GossipSettings {
    std::size_t known_per_peer = 32'768;
    /// New transactions wait so long for others to be sent with.
    std::chrono::milliseconds flush_interval{10};
    /// Whole transactions go to the square root of the number of peers, as Besu has it, but to so
    /// many at least: a small network is not worth a question and an answer at each hop.
    std::size_t min_full_peers = 4;
    /// A larger transaction is announced only, as one with blobs is.
    std::uint32_t max_full_size = 64U << 10;
    std::size_t max_waiting = 16'384;  ///< To be sent; more are dropped.
    /// What is announced may come by itself.
    std::chrono::milliseconds fetch_delay{100};
    std::chrono::milliseconds request_timeout{5000};
    std::size_t hashes_per_request = 256;
    std::size_t bytes_per_request = std::size_t{512} << 10;  ///< As announced.
    std::size_t requests_per_peer = 2;
    std::size_t wanted_per_peer = 4096;  ///< Announced by one peer and not there yet.
    std::size_t max_wanted = 32'768;
    std::size_t announcers = 8;  ///< That are remembered of one transaction.
    std::size_t max_rejected = 16'384;
    std::chrono::seconds remember_rejected{60};
    /// What waits in the pool for so long, although the next block could take it, is announced
    /// again, to everybody: somebody on the way to the proposer may lack it.
    std::chrono::milliseconds overdue_after{3000};
    std::chrono::milliseconds reminder_interval{3000};
    std::size_t reminders = 1024;  ///< Transactions of the pool that one interval looks at.
    std::uint64_t seed = 0;
};

/// A new transaction of the pool as gossip needs it.
struct GossipItem {
    p2p::eth::TransactionAnnouncement announcement;
    bool is_announced_only = false;  ///< It has blobs.
};

// What the shell is to do.

/// Indices into the items of the last flush.
struct SendTransactions {
    p2p::PeerId peer{};
    std::vector<std::size_t> items;
};
struct AnnounceTransactions {
    p2p::PeerId peer{};
    std::vector<p2p::eth::TransactionAnnouncement> transactions;
};
struct RequestTransactions {
    p2p::PeerId peer{};
    std::uint64_t request = 0;
    std::vector<Hash32> hashes;
};
struct Complain {
    p2p::PeerId peer{};
    int points = 0;  ///< Below 0.
    std::string reason;
};
using GossipAction =
    std::variant<SendTransactions, AnnounceTransactions, RequestTransactions, Complain>;
using GossipActions = std::vector<GossipAction>;

/// Spreads the pool's transactions over the network, and asks for those that others announce. A
/// peer is never sent what it sent or was sent. Plain state; memory is bounded by the settings.
class TransactionGossip {
public:
    using Time = std::chrono::steady_clock::time_point;
    using PeerId = p2p::PeerId;

    explicit TransactionGossip(const GossipSettings& settings);

    /// `prefers_full`: one that we stay connected to, which gets whole transactions first.
    void on_peer(PeerId peer, bool prefers_full);
    void on_disconnected(PeerId peer);

    /// The pool's content for a peer that has just connected.
    [[nodiscard]] GossipActions on_content(
        PeerId peer, std::span<const p2p::eth::TransactionAnnouncement> content);
    /// These wait for longer than they should: tells everybody, whatever it is thought to know.
    [[nodiscard]] GossipActions remind(
        std::span<const p2p::eth::TransactionAnnouncement> transactions);
    /// The pool took these in since the last flush. The actions' indices are of `items`.
    [[nodiscard]] GossipActions flush(std::span<const GossipItem> items);

    /// `is_known`: the pool has it.
    void on_announced(PeerId peer, std::span<const p2p::eth::TransactionAnnouncement> transactions,
                      const std::function<bool(const Hash32&)>& is_known, Time now);
    /// It sent these whole.
    void on_transactions(PeerId peer, std::span<const Hash32> hashes);
    /// The answer to a request: what it held, as sizes of opaque forms say.
    [[nodiscard]] GossipActions on_answer(
        PeerId peer, std::uint64_t request,
        std::span<const p2p::eth::TransactionAnnouncement> transactions);
    [[nodiscard]] GossipActions on_failed(PeerId peer, std::uint64_t request, bool is_malformed);
    /// The pool does not want it: not to be asked for again for a while.
    void on_rejected(const Hash32& hash) { rejected_.insert(hash); }
    /// The pool does not want it at this head: not to be asked for again before the next.
    void on_refused_at_head(const Hash32& hash) { refused_at_head_.insert(hash); }
    void on_head() { refused_at_head_.clear(); }

    /// Asks for what is due, gives up what is late. Call it every tenth of a second or so.
    [[nodiscard]] GossipActions on_time(Time now);

    [[nodiscard]] bool expects(PeerId peer, std::uint64_t request) const;
    [[nodiscard]] std::size_t wanted() const noexcept { return wanted_.size(); }
    [[nodiscard]] std::size_t memory() const noexcept;

private:
    struct Peer {
        KnownSet known;
        bool prefers_full = false;
        std::size_t wanted = 0;
        std::size_t in_flight = 0;
        std::size_t failures = 0;
    };
    struct Wanted {
        std::vector<PeerId> announcers;
        PeerId announced_by{};  // as `announcement` says; may have gone
        p2p::eth::TransactionAnnouncement announcement;
        Time since{};
        std::uint64_t request = 0;
    };
    struct Request {
        PeerId peer{};
        Time deadline{};
        std::vector<Hash32> hashes;
    };

    Peer* find(PeerId peer);
    [[nodiscard]] std::vector<PeerId> choose_full_peers();
    void forget(std::map<Hash32, Wanted>::iterator wanted);
    void remove_announcer(const Hash32& hash, PeerId peer);
    void close(const Request& request);
    /// Of an answer: gives up what the peer does not have.
    void give_up_missing(const Request& request, const std::set<Hash32>& received);
    void complain(PeerId peer, int points, std::string reason, GossipActions& actions);

    const GossipSettings settings_;
    std::map<PeerId, Peer> peers_;
    std::map<Hash32, Wanted> wanted_;
    Hash32 looked_at_;  // the last one
    std::map<std::uint64_t, Request> requests_;
    std::uint64_t next_request_ = 1;
    KnownSet rejected_;
    Time rejected_since_{};
    KnownSet refused_at_head_;
    std::mt19937_64 random_;
};

}  // namespace meta138::sync
