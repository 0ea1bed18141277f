// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "block_verdicts.hpp"
#include "heard.hpp"
#include "height.hpp"
#include "justification.hpp"
#include "later_votes.hpp"
#include "message_history.hpp"
#include "outbox.hpp"
#include "round.hpp"
#include "round_change_collector.hpp"
#include "signing_record.hpp"
#include "timers.hpp"

#include "meta138/qbft/core.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace meta138::qbft {

/// What is remembered of messages over heights.
struct Histories {
    MessageHistory handled;    ///< Those that were handled: not handled twice.
    MessageHistory gossiped;   ///< Those that were sent, own ones too: not sent on twice.
    std::set<Address> legacy;  ///< Whose last Proposal or RoundChange had Besu 25's form.
};

/// This validator's part in deciding one block (Besu QbftBlockHeightManager, QbftRound).
///
/// Expects messages of its height, by validators. What it wants done it puts into the outbox. The
/// references outlive it.
class Participant {
public:
    Participant(const CoreSettings& settings, HeightSettings height, SigningRecord& record,
                Histories& histories, Outbox& outbox);
    Participant(const Participant&) = delete;
    Participant& operator=(const Participant&) = delete;

    struct Start {
        /// Do not propose a block that nobody could receive (besu#10917).
        bool waits_for_peers = false;
        /// When the parent was proposed, if that was seen here; steady.
        std::optional<milliseconds> parent_proposed{};
    };
    /// Takes up what was signed at this height before, if anything was.
    void start(const Instant& now, const Start& start);
    /// Enough peers are there to propose to.
    void stop_waiting_for_peers();

    /// Whether a Proposal or RoundChange of that author for that round can be of use.
    [[nodiscard]] bool wants(MessageCode code, std::uint32_t round, const Address& author);
    /// One of the four messages; `id` is message_id. False: it breaks a rule, or is of no use.
    template <typename Message>
    bool handle(const Message& message, const Hash32& id, const Instant& now) {
        const bool is_sound = receive(message, id, now);
        settle(now);
        return is_sound;
    }

    void on_built(std::uint64_t number, std::uint32_t round, std::shared_ptr<const Block> block,
                  const Instant& now);
    void on_validated(const Hash32& hash, bool is_valid, const Instant& now);
    void on_import_failed(const Hash32& hash, const Instant& now);
    void on_transactions(const Instant& now);
    void on_connected(const Address& peer);
    void on_time(const Instant& now);
    void reset_round_timer(const Instant& now);

    [[nodiscard]] std::optional<milliseconds> due_in(const Instant& now) const;
    [[nodiscard]] std::uint32_t round() const noexcept { return current_.round.number(); }
    /// When the proposal of the current round came, or was sent; steady. Absent: there is none.
    [[nodiscard]] std::optional<milliseconds> proposed_at() const noexcept {
        return current_.proposed_at;
    }
    void describe(Core::Status& status) const;

private:
    using SharedBytes = std::shared_ptr<const Bytes>;
    /// What this validator has sent in a round, to be sent again.
    struct OwnMessages {
        SharedBytes round_change;
        SharedBytes proposal;
        SharedBytes prepare;
        SharedBytes commit;
    };
    /// All that is forgotten when a round is left.
    struct Current {
        Round round;
        bool has_begun = false;       ///< Round 0 waits for its time, the others begin at once.
        bool was_announced = false;   ///< round_started was told.
        bool has_proposed = false;    ///< Proposed, or asked for a block.
        bool is_building = false;     ///< Waits for on_built.
        bool was_prepared = false;    ///< What follows a quorum of Prepares is done.
        bool has_quorum = false;      ///< A quorum of RoundChanges for this round was seen.
        bool has_failed = false;      ///< The block that was decided could not be imported.
        std::size_t extra_looks = 0;  ///< At messages that are there already.
        RoundChangeSet basis{};       ///< Of the block that is built.
        OwnMessages own{};
        std::optional<milliseconds> proposed_at{};  ///< Steady: of the proposal's arrival.
        std::set<Address> helped{};                 ///< Who lags and was sent what `own` has.
    };

    // participant.cpp: rounds begin and end
    void resume(const Instant& now);
    void restore_round(const PreparedCertificate& certificate);
    void sign_again(const SafetyRecord& record, const Instant& now);
    void begin_first_round(const Instant& now);
    void enter_round(std::uint32_t round, const Instant& now);
    void leave_round();
    void announce_round();
    void start_round_timer(const Instant& now);
    void on_round_timeout(const Instant& now);
    void hurry(const Instant& now);
    bool follow_others(const Instant& now);
    void change_round(const Instant& now);
    [[nodiscard]] milliseconds timeout_of(std::uint32_t round) const;
    [[nodiscard]] std::string summary() const;

    // participant_messages.cpp: what others (and this node) say
    bool receive(const Proposal& message, const Hash32& id, const Instant& now);
    bool receive(const Prepare& message, const Hash32& id, const Instant& now);
    bool receive(const Commit& message, const Hash32& id, const Instant& now);
    bool receive(const RoundChange& message, const Hash32& id, const Instant& now);
    template <typename Vote>
    void receive_vote(const Vote& vote, MessageCode code);
    void hear(const Address& author, std::uint32_t round);
    BlockVerdicts::Verdict verdict_of(const ProposedBlock& block);
    bool act_on(const WaitingProposal& message, bool is_valid, const Instant& now);
    bool act_on(const WaitingRoundChange& message, bool is_valid, const Instant& now);
    void accept(const WaitingProposal& message, const Instant& now);
    void help(const Address& laggard);
    /// False, for the caller to return.
    bool observe(Observation::Kind kind, MessageCode code, const Address& author,
                 std::uint32_t round, std::string_view text = {});

    // participant_voting.cpp: what follows
    void settle(const Instant& now);
    bool vote_commit();
    bool decide();
    void import(const Round& round);
    void prepare(const ProposedBlock& block);
    std::optional<Commit> commit();
    SharedBytes send(MessageCode code, Bytes payload);
    void send_again(const std::vector<Address>& to);
    [[nodiscard]] std::size_t own_bytes() const;
    [[nodiscard]] milliseconds resend_interval() const;
    void observe(Observation::Kind kind, std::string text = {});

    // participant_proposing.cpp
    bool propose_if_due(const Instant& now);
    void ask_for_block(const Instant& now);
    bool wait_for_transactions(const Block& block, const Instant& now);
    void propose(const std::shared_ptr<const Block>& block, const RoundChangeSet& basis,
                 const Instant& now);
    [[nodiscard]] bool is_proposer() const;
    [[nodiscard]] MessageForm form() const;

    const CoreSettings& settings_;
    Height height_;
    SigningRecord& record_;
    Histories& histories_;
    Outbox& outbox_;
    std::vector<Address> others_;  // all validators but this one

    Current current_;
    std::optional<Round> left_;  // the round before, if it had a proposal: Commits may be late
    Heard heard_;                // rounds
    LaterVotes later_;
    RoundChangeCollector collector_;
    BlockVerdicts verdicts_;
    std::map<std::uint32_t, std::size_t> proposals_;  // by round: how many blocks were asked about
    std::set<std::pair<Address, MessageCode>> equivocations_;  // told, in this round

    std::optional<BlockTimer> block_timer_;
    std::optional<milliseconds> round_deadline_;  // steady
    std::optional<milliseconds> resend_at_;       // steady
    milliseconds last_build_{};                   // steady
    std::size_t resends_ = 0;
    bool waits_for_transactions_ = false;
    bool is_importing_ = false;
};

}  // namespace meta138::qbft
