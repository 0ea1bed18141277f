// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "known_set.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/sync/import_blocks.hpp"
#include "meta138/sync/sync_status.hpp"
#include "meta138/types/block.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace meta138::sync {

struct DownloaderSettings {
    bool is_final = true;  ///< The chain's consensus never takes a block back.
    std::uint64_t blocks_behind = 8;
    std::chrono::milliseconds request_timeout{5000};
    /// A block or two that are missing may be on their way: as an announcement, or in consensus.
    std::chrono::milliseconds grace{300};
    std::uint64_t grace_blocks = 2;
    /// So often a peer is asked for what follows the head, although nobody announced anything.
    std::chrono::milliseconds probe_interval{15'000};
    /// Without an import for so long this node no longer counts as syncing.
    std::chrono::milliseconds stall{10'000};
    std::uint64_t headers_per_request = 192;
    std::size_t bodies_per_request = 64;
    std::uint64_t gas_per_body_request = 120'000'000;  ///< What the blocks used bounds their size.
    std::size_t requests_per_peer = 3;
    std::size_t body_requests = 16;  ///< Of all peers: each answer may be large.
    std::uint64_t max_headers_ahead = 4096;
    std::size_t max_bytes_ahead = std::size_t{64} << 20;  ///< Of bodies.
    std::size_t blocks_per_import = 64;
    std::uint64_t gas_per_import = 60'000'000;
    std::size_t imports_at_once = 2;
    std::size_t max_offered = 32;  ///< Announced blocks that wait for their parents.
    std::size_t max_offered_bytes = std::size_t{16} << 20;
    std::size_t max_failures = 4;  ///< In a row, before a peer is useless.
    std::size_t body_rounds = 3;   ///< So often all peers are asked for a body.
    std::size_t max_bad_blocks = 1024;
    std::uint64_t max_reorganisation = 4096;  ///< Blocks to look back for a common ancestor.
    std::uint64_t seed = 0;
};

/// A header with what a worker made of it.
struct DownloadedHeader {
    Header header;
    Hash32 hash;      ///< The on-chain hash: which chain it belongs to.
    Hash32 raw_hash;  ///< Of all its bytes, seals included: what may be called bad.
    /// The whole block, if it has no body to ask for.
    std::optional<blockchain::PreparedBlock> empty_block;
};
using SharedHeader = std::shared_ptr<const DownloadedHeader>;

/// A block that is complete.
struct DownloadedBlock {
    blockchain::PreparedBlock block;
    Hash32 raw_hash;
    std::size_t bytes = 0;
};

enum class Offence : std::uint8_t {
    slow,         ///< No answer in time.
    empty,        ///< Did not have what it said it has.
    useless,      ///< Again and again one of these.
    invalid,      ///< What it sent breaks a rule: malice, or a program that is broken.
    other_chain,  ///< Its chain does not contain our head.
};

// What the shell is to do.

struct RequestHeaders {
    p2p::PeerId peer{};
    std::uint64_t request = 0;
    std::variant<std::uint64_t, Hash32> start;
    std::uint64_t limit = 0;
};
struct RequestBodies {
    p2p::PeerId peer{};
    std::uint64_t request = 0;
    std::vector<SharedHeader> headers;
};
struct ImportBatch {
    std::uint64_t batch = 0;
    std::vector<blockchain::PreparedBlock> blocks;
};
struct Punish {
    p2p::PeerId peer{};
    Offence offence{};
    std::string reason;
};
using DownloadAction = std::variant<RequestHeaders, RequestBodies, ImportBatch, Punish>;
using DownloadActions = std::vector<DownloadAction>;

/// Keeps this node's chain up with its peers': headers from several peers at once, linked to our
/// head by their hashes; bodies for them, from several peers; blocks to the chain in order.
///
/// Headers are believed only as far as they link; whose headers and bodies they were is remembered,
/// so that an import that fails names the culprit. Nothing that a peer claims about its height has
/// an effect beyond a few requests.
///
/// Plain state: no clock, no thread, no decoding. Memory is bounded by the settings.
class Downloader {
public:
    using Time = std::chrono::steady_clock::time_point;
    using PeerId = p2p::PeerId;

    /// `canonical_hash` is our chain's, for a common ancestor; not asked when the chain is final.
    Downloader(const DownloaderSettings& settings, std::uint64_t head, const Hash32& head_hash,
               std::function<std::optional<Hash32>(std::uint64_t)> canonical_hash = {});

    /// What a peer says of its chain; the number is absent when it told only a hash (eth/68).
    struct PeerHead {
        std::optional<std::uint64_t> number;
        Hash32 hash;
        std::uint64_t earliest = 0;
    };
    [[nodiscard]] DownloadActions on_peer(PeerId peer, const PeerHead& head, Time now);
    /// It announced a block. `is_urgent`: its parent is missing here, so it is no use to wait.
    [[nodiscard]] DownloadActions on_announced(PeerId peer, std::uint64_t number, bool is_urgent,
                                               Time now);
    [[nodiscard]] DownloadActions on_range(PeerId peer, std::uint64_t earliest,
                                           std::uint64_t latest, Time now);
    [[nodiscard]] DownloadActions on_disconnected(PeerId peer, Time now);

    [[nodiscard]] DownloadActions on_headers(PeerId peer, std::uint64_t request,
                                             std::vector<SharedHeader> headers, Time now);
    /// For each header of the request the block, or none; `unmatched`: bodies of other blocks.
    [[nodiscard]] DownloadActions on_bodies(PeerId peer, std::uint64_t request,
                                            std::vector<std::optional<DownloadedBlock>> blocks,
                                            std::size_t unmatched, Time now);
    /// The answer could not be decoded: its sender's fault, or (not `is_malformed`) ours.
    [[nodiscard]] DownloadActions on_failed(PeerId peer, std::uint64_t request, bool is_malformed,
                                            Time now);

    [[nodiscard]] DownloadActions on_imported(std::uint64_t batch, const ImportOutcome& outcome,
                                              Time now);
    /// Our head, whoever moved it.
    [[nodiscard]] DownloadActions on_head(std::uint64_t number, const Hash32& hash, Time now);
    /// Others spoke of blocks beyond our head: ask around.
    [[nodiscard]] DownloadActions on_behind(std::uint64_t number, Time now);
    /// An announced block whose parent is missing: its body need not be asked for.
    void offer(DownloadedBlock block);
    /// A block that must not come again.
    void mark_bad(const Hash32& raw_hash) { bad_.insert(raw_hash); }
    [[nodiscard]] bool is_bad(const Hash32& raw_hash) const { return bad_.contains(raw_hash); }

    /// What is late or may go on now. Call it every tenth of a second or so.
    [[nodiscard]] DownloadActions on_time(Time now);

    [[nodiscard]] SyncStatus status(Time now) const;
    [[nodiscard]] bool is_syncing() const noexcept { return is_syncing_; }
    /// Blocks are being downloaded: what becomes the head is old news to the peers.
    [[nodiscard]] bool is_active() const noexcept {
        return !slots_.empty() || !segments_.empty() || !importing_.empty();
    }
    /// Blocks are on their way that follow the head.
    [[nodiscard]] bool is_catching_up() const { return tail().number > head_; }
    /// What is known of the head of a peer's chain.
    [[nodiscard]] std::optional<std::uint64_t> number_of(PeerId peer) const;
    [[nodiscard]] std::size_t pending_requests() const noexcept { return requests_.size(); }
    [[nodiscard]] bool expects(PeerId peer, std::uint64_t request) const;
    [[nodiscard]] bool is_open(std::uint64_t request) const { return requests_.contains(request); }
    struct Counters {
        std::uint64_t headers = 0;
        std::uint64_t bodies = 0;
        std::uint64_t imported = 0;
        std::uint64_t timeouts = 0;
        std::uint64_t restarts = 0;
    };
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
    /// Bytes of bodies that wait, and headers that are held.
    [[nodiscard]] std::size_t held_bytes() const noexcept { return bytes_ahead_ + offered_bytes_; }
    [[nodiscard]] std::size_t held_headers() const noexcept;

private:
    struct Peer {
        std::optional<std::uint64_t> number;
        Hash32 head;
        std::uint64_t earliest = 0;
        bool is_proven = false;  // its headers linked to ours
        std::size_t in_flight = 0;
        std::size_t failures = 0;  // in a row
        Time not_before{};         // no requests until then
    };
    enum class Kind : std::uint8_t { head, probe, segment, bodies };
    struct Request {
        PeerId peer{};
        Kind kind{};
        Time deadline{};
        std::uint64_t start = 0;  // of a segment
        std::uint64_t count = 0;
        std::vector<SharedHeader> headers;  // of bodies
    };
    /// Headers by number that are asked for, or do not link yet.
    struct Segment {
        std::uint64_t count = 0;
        std::uint64_t request = 0;  // 0: none
        PeerId source{};
        std::vector<SharedHeader> headers;
        std::set<PeerId> failed;
        std::optional<PeerId> preferred;
    };
    /// A block whose header links to our head.
    struct Slot {
        SharedHeader header;
        PeerId source{};
        PeerId body_source{};
        std::optional<blockchain::PreparedBlock> block;
        std::size_t bytes = 0;
        std::uint64_t request = 0;  // of its body
        std::set<PeerId> failed;
        std::size_t rounds = 0;  // that all peers were asked for its body
    };
    struct Batch {
        std::uint64_t id = 0;
        std::vector<Slot> slots;  // without blocks
    };
    struct Tail {
        std::uint64_t number = 0;
        Hash32 hash;
        std::optional<PeerId> source;  // absent: it is our own chain
    };

    [[nodiscard]] Tail tail() const;
    [[nodiscard]] std::uint64_t target() const;
    Peer* find(PeerId peer);
    std::optional<Request> take(PeerId peer, std::uint64_t request);
    void release(const Request& request, std::uint64_t id);

    void schedule(Time now, DownloadActions& actions);
    void ask_for_heads(Time now, DownloadActions& actions);
    void probe(Time now, DownloadActions& actions);
    void add_segments(Time now);
    void ask_for_segments(Time now, DownloadActions& actions);
    void ask_for_bodies(Time now, DownloadActions& actions);
    void import_ready(Time now, DownloadActions& actions);
    std::uint64_t open_request(PeerId peer, Kind kind, Time now);
    template <typename Accepts>
    std::optional<PeerId> choose(Time now, Accepts&& accepts);

    void on_segment(PeerId peer, const Request& request, std::vector<SharedHeader> headers,
                    Time now, DownloadActions& actions);
    void on_first_header(PeerId peer, const Request& request,
                         const std::vector<SharedHeader>& headers, Time now,
                         DownloadActions& actions);
    [[nodiscard]] std::optional<std::string> find_fault(
        const Request& request, const std::vector<SharedHeader>& headers) const;
    void link(Time now, DownloadActions& actions);
    bool link_segment(std::uint64_t start, Segment& segment, Time now, DownloadActions& actions);
    void resolve_conflict(std::uint64_t start, Segment& segment, const Tail& end, Time now,
                          DownloadActions& actions);
    void refuse_chain(PeerId peer, const DownloadedHeader& theirs, const Hash32& ours, Time now,
                      DownloadActions& actions);
    void append(const SharedHeader& header, PeerId source);
    void blame_body(std::size_t slot, Time now, DownloadActions& actions);
    void drop_slots_from(std::size_t index);
    void restart(Time now, std::chrono::milliseconds pause);
    void punish(PeerId peer, Offence offence, std::string reason, Time now,
                DownloadActions& actions);
    void fail(PeerId peer, Offence offence, const std::string& reason, Time now,
              DownloadActions& actions);
    void on_import_error(const Batch& batch, const ImportOutcome& outcome, Time now,
                         DownloadActions& actions);
    void note_refused(const DownloadedHeader& header, PeerId sender, const std::string& text);
    void update_state(Time now);

    const DownloaderSettings settings_;
    const std::function<std::optional<Hash32>(std::uint64_t)> canonical_hash_;
    std::uint64_t head_;
    Hash32 head_hash_;
    /// Where headers link to when the chain is not final and theirs branches off below our head.
    std::optional<std::uint64_t> ancestor_;
    std::uint64_t look_back_ = 0;

    std::map<PeerId, Peer> peers_;
    std::map<std::uint64_t, Request> requests_;
    std::uint64_t next_request_ = 1;
    std::map<std::uint64_t, Segment> segments_;  // by first number, behind the slots
    std::deque<Slot> slots_;
    std::size_t bytes_ahead_ = 0;  // of bodies in slots_ and importing_
    std::deque<Batch> importing_;
    std::uint64_t next_batch_ = 1;
    std::map<Hash32, DownloadedBlock> offered_;  // by raw hash
    std::deque<Hash32> offered_order_;
    std::size_t offered_bytes_ = 0;
    KnownSet bad_;
    struct Refused {
        std::set<PeerId> senders;
        std::string text;
    };
    std::map<Hash32, Refused> refused_;  // by on-chain hash
    std::size_t open_body_requests_ = 0;

    std::optional<Time> behind_since_;
    bool is_urgent_ = false;
    Time not_before_{};  // of anything new, after a fault
    Time next_probe_{};
    bool probe_all_ = false;
    Time last_import_{};
    std::uint64_t imported_in_run_ = 0;
    bool is_syncing_ = false;
    std::uint64_t starting_block_ = 0;
    struct Mark {
        Time at{};
        std::uint64_t number = 0;
    };
    std::deque<Mark> marks_;  // of the last seconds, for the speed
    std::string obstacle_;
    std::mt19937_64 random_;
    Counters counters_;
};

}  // namespace meta138::sync
