// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/qbft/messages.hpp"
#include "meta138/qbft/safety_record.hpp"
#include "meta138/types/block.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace meta138::qbft {

/// A moment, by both clocks. Block periods follow the wall clock, which may jump and differs
/// between machines; the time-outs of rounds follow the steady one.
struct Instant {
    std::chrono::milliseconds wall{};    ///< Since the Unix epoch.
    std::chrono::milliseconds steady{};  ///< Since any start; never goes back.
};

/// What is fixed for the whole run of a node.
struct CoreSettings {
    Address local;  ///< This node's validator address: that of its node key.
    /// Signs a hash with the node key, low s. Called from within the core.
    std::function<crypto::Signature(const Hash32&)> sign;
    /// Besu doubles the time-out of a round without end; ours stops here.
    std::chrono::milliseconds max_round_timeout{60'000};
    /// Follow f+1 validators to a higher round before our own time-out.
    bool early_round_change = true;
    /// Emit Besu 25's forms of Proposal and RoundChange (--Xbft-legacy-protocol-encoding). Absent:
    /// if f+1 validators used them last, of which one is honest.
    std::optional<bool> legacy_encoding{};
    std::size_t duplicate_message_limit = 100;        ///< duplicatemessagelimit; or 8 a validator.
    std::size_t gossiped_history_limit = 1000;        ///< gossipedhistorylimit
    std::size_t future_messages_limit = 1000;         ///< futuremessageslimit; 0: none are kept.
    std::uint64_t future_messages_max_distance = 10;  ///< futuremessagesmaxdistance, in blocks.
    std::size_t future_messages_max_bytes = std::size_t{64} << 20;
};

/// What one height is decided under. The shell makes it of the head and the genesis file.
struct HeightSettings {
    Header parent;
    Hash32 parent_hash;               ///< The on-chain hash.
    std::vector<Address> validators;  ///< For block parent.number + 1, ascending, no duplicates.
    std::chrono::milliseconds block_period{1000};
    /// xblockperiodmilliseconds: the period counts from the arrival of the head, not from its
    /// timestamp, and two blocks may have one timestamp.
    bool is_subsecond = false;
    std::chrono::milliseconds empty_block_period{0};  ///< 0: off.
    std::chrono::milliseconds request_timeout{1000};  ///< Of round 0.
};

// What the shell is to do, in the order given.

/// Must be on disk before anything that stands behind it is done.
struct Persist {
    SafetyRecord record;
};
/// To those of `to` who are connected, directly or through a sentry.
struct Send {
    MessageCode code{};
    std::shared_ptr<const Bytes> payload;
    std::vector<Address> to;
    /// Gossip of another's message: not back to where it came from.
    std::optional<Address> not_to{};
};
/// Build a block on the parent, then call on_built.
struct BuildBlock {
    std::uint64_t number = 0;
    std::uint32_t round = 0;
    std::uint64_t timestamp = 0;  ///< For the header, in seconds.
};
/// Check a block as if it were to be imported, but for its seals, on the parent's state; then call
/// on_validated with its on-chain hash. Asked once for each hash of a height; a block that was
/// refused may be asked about again in a later round, as the clock may have been the reason. This
/// node's own proposals are asked about too.
struct ValidateBlock {
    std::shared_ptr<const Block> block;
    Hash32 hash;  ///< The on-chain hash.
};
/// Make the block the head: its extra data has the round and a quorum of seals. What comes back is
/// start_height, or on_import_failed.
struct ImportBlock {
    std::shared_ptr<const Block> block;
    Hash32 hash;  ///< The on-chain hash.
};
/// Others have blocks that this node lacks: f+1 validators are past the height that is decided
/// here. Told at once when two blocks or more are missing; after a request time-out when it is one,
/// which may be on its way; and again each request time-out while it lasts.
struct BehindNetwork {
    std::uint64_t number = 0;  ///< The highest block that is known to exist.
};
/// For logs and metrics. Nothing depends on it.
struct Observation {
    enum class Kind : std::uint8_t {
        round_started,      ///< round
        round_timed_out,    ///< round
        proposal_accepted,  ///< round, author
        prepared,           ///< round
        committed,          ///< round
        message_ignored,    ///< code, author; `text` says why. Duplicates are not told.
        message_invalid,    ///< code, author; `text` says which rule
        round_summary,      ///< On a time-out: who was heard in which round, as a table in `text`.
        equivocation,       ///< author, code, round: two different messages of one validator
        round_held,         ///< A time-out, but too few are heard for the next round to help.
        signing_refused,    ///< It would contradict what the safety record says; `text`.
    };
    Kind kind{};
    std::uint64_t number = 0;
    std::uint32_t round = 0;
    std::optional<MessageCode> code{};
    std::optional<Address> author{};
    std::string text{};
};

using Action =
    std::variant<Persist, Send, BuildBlock, ValidateBlock, ImportBlock, BehindNetwork, Observation>;
using Actions = std::vector<Action>;

/// One validator's part in QBFT, as a state machine: events and the time go in, actions come out.
///
/// Knows no network, no clock, no disk and no chain. Between heights it is idle: it acts from
/// start_height on. Everything from outside is checked here; a byzantine peer costs bounded memory.
/// One thread.
class Core {
public:
    /// `record` is what a former run persisted last, if there was one.
    Core(CoreSettings settings, std::optional<SafetyRecord> record);
    ~Core();
    Core(Core&&) noexcept;
    Core& operator=(Core&&) noexcept;

    /// A block was added: decide the next. Messages kept for that height take part at once. Ignored
    /// when the height is not above the current one.
    [[nodiscard]] Actions start_height(HeightSettings height, const Instant& now);
    /// Leaves consensus (this node synchronises); start_height enters again, at the same height or
    /// a higher one.
    void stop();

    /// A message of istanbul/100 as it came, from whom it was received (the relayer, not the
    /// author).
    [[nodiscard]] Actions on_message(MessageCode code, ByteView payload, const Address& from,
                                     const Instant& now);
    /// A block that BuildBlock asked for; null: none could be built.
    [[nodiscard]] Actions on_built(std::uint64_t number, std::uint32_t round,
                                   std::shared_ptr<const Block> block, const Instant& now);
    [[nodiscard]] Actions on_validated(const Hash32& hash, bool is_valid, const Instant& now);
    /// The block of ImportBlock did not become the head.
    [[nodiscard]] Actions on_import_failed(const Hash32& hash, const Instant& now);
    /// Transactions came while the empty-block period runs.
    [[nodiscard]] Actions on_transactions(const Instant& now);
    /// This validator (or a sentry in front of it) can be reached again: tells it what it may have
    /// missed.
    [[nodiscard]] Actions on_connected(const Address& peer, const Instant& now);
    /// Something is due. Early calls do no harm.
    [[nodiscard]] Actions on_time(const Instant& now);

    /// How long until on_time has something to do, from `now`; absent: nothing is waited for.
    [[nodiscard]] std::optional<std::chrono::milliseconds> due_in(const Instant& now) const;

    /// For RPC, logs and tests: "why are we not deciding?"
    struct Status {
        std::uint64_t number = 0;  ///< Being decided; 0: idle.
        std::uint32_t round = 0;
        bool is_validator = false;
        std::optional<Address> proposer;
        bool has_proposal = false;
        std::size_t prepares = 0;
        std::size_t commits = 0;
        std::size_t quorum = 0;
        std::optional<std::uint32_t> prepared_round;
        struct Peer {
            Address validator;
            std::optional<std::uint32_t> round{};  ///< The highest it was heard in, at this height.
        };
        std::vector<Peer> validators;
        std::size_t future_messages = 0;
        std::size_t future_bytes = 0;
    };
    [[nodiscard]] Status status() const;
    /// An operator's cure for long time-outs: the current round's starts anew, at its first length,
    /// and the last RoundChange is sent again.
    [[nodiscard]] Actions reset_round_timer(const Instant& now);

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::qbft
