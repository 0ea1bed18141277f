// SPDX-License-Identifier: Apache-2.0
#include "participant.hpp"

#include <type_traits>
#include <utility>

namespace meta138::qbft {
namespace {

// Different blocks of one proposer for one round that are looked at: one is honest, each costs the
// execution of a block.
constexpr std::size_t max_proposals_by_round = 4;
constexpr std::size_t max_extra_looks = 16;

}  // namespace

void Participant::hear(const Address& author, std::uint32_t round) {
    if (round <= max_round) heard_.hear(author, round);
}

bool Participant::observe(Observation::Kind kind, MessageCode code, const Address& author,
                          std::uint32_t round, std::string_view text) {
    if (kind == Observation::Kind::equivocation && !equivocations_.emplace(author, code).second)
        return false;
    outbox_.observe({.kind = kind,
                     .number = height_.number(),
                     .round = round,
                     .code = code,
                     .author = author,
                     .text = std::string{text}});
    return false;
}

bool Participant::wants(MessageCode code, std::uint32_t round, const Address& author) {
    if (code == MessageCode::round_change && round < this->round())
        return !current_.helped.contains(author);
    if (round < this->round()) return false;
    const bool is_there = code == MessageCode::round_change
                              ? collector_.find(round, author) != nullptr
                              : round == this->round() && current_.round.proposed().has_value();
    // Some are looked at still: they may show that the author contradicts itself.
    return !is_there || ++current_.extra_looks <= max_extra_looks;
}

bool Participant::receive(const Proposal& message, const Hash32& id, const Instant& now) {
    using enum Observation::Kind;
    const auto& payload = message.proposal.payload;
    const auto& author = *message.proposal.author;
    constexpr auto code = MessageCode::proposal;
    hear(author, payload.round);
    if (payload.round < round()) return false;
    if (payload.round > max_round)
        return observe(message_invalid, code, author, payload.round, "round is above the highest");
    if (author != height_.proposer(payload.round))
        return observe(message_invalid, code, author, payload.round, "not the proposer");

    WaitingProposal waiting{.round = payload.round,
                            .block = proposed_block(payload.block, payload.round),
                            .author = author,
                            .id = id,
                            .arrived = now.steady};
    if (payload.round == round() && current_.round.proposed()) {
        if (current_.round.proposed()->digest != waiting.block.digest)
            observe(equivocation, code, author, payload.round, "another proposal");
        return false;
    }
    if (const auto broken = check_proposal(message, height_))
        return observe(message_invalid, code, author, payload.round, *broken);

    const auto hash = waiting.block.hash;
    if (verdicts_.find(hash) == BlockVerdicts::Verdict::unknown &&
        ++proposals_[payload.round] > max_proposals_by_round)
        return observe(message_ignored, code, author, payload.round, "too many proposals");
    const auto verdict = verdict_of(waiting.block);
    if (verdict != BlockVerdicts::Verdict::asked)
        return act_on(waiting, verdict == BlockVerdicts::Verdict::valid, now);
    return verdicts_.wait(hash, std::move(waiting)) ||
           observe(message_ignored, code, author, payload.round, "too many proposals");
}

bool Participant::receive(const RoundChange& message, const Hash32& id, const Instant& now) {
    using enum Observation::Kind;
    const auto& payload = message.round_change.payload;
    const auto& author = *message.round_change.author;
    constexpr auto code = MessageCode::round_change;
    hear(author, payload.round);
    if (payload.round < round()) {
        help(author);
        return false;
    }
    if (const auto* const known = collector_.find(payload.round, author)) {
        if (known->payload != payload)
            observe(equivocation, code, author, payload.round, "another RoundChange");
        return false;
    }
    if (const auto broken = check_round_change(message, height_))
        return observe(message_invalid, code, author, payload.round, *broken);
    if (!message.block) return collector_.add(message);
    const auto block = proposed_block(message.block, payload.prepared->prepared_round);
    WaitingRoundChange waiting{.message = message, .id = id};
    const auto verdict = verdict_of(block);
    if (verdict != BlockVerdicts::Verdict::asked)
        return act_on(waiting, verdict == BlockVerdicts::Verdict::valid, now);
    return verdicts_.wait(block.hash, std::move(waiting)) ||
           observe(message_ignored, code, author, payload.round, "too many round changes");
}

template <typename Vote>
void Participant::receive_vote(const Vote& vote, MessageCode code) {
    using enum Observation::Kind;
    const auto& author = *vote.author;
    const auto round = vote.payload.round;
    hear(author, round);
    if (round > max_round) {
        observe(message_invalid, code, author, round, "round is above the highest");
        return;
    }
    if (round > this->round()) return later_.add(vote);
    if (round < this->round()) {
        // A decision that comes after its round's time is a decision.
        if constexpr (std::is_same_v<Vote, Commit>)
            if (left_ && left_->number() == round) static_cast<void>(left_->add(vote));
        return;
    }
    switch (current_.round.add(vote)) {
        case Added::counted:
        case Added::duplicate: return;
        case Added::contradiction:
            observe(equivocation, code, author, round, "another vote in one round");
            return;
        case Added::mismatch:
            observe(message_ignored, code, author, round, "not for the proposed block");
            return;
        case Added::bad_seal:
            observe(message_invalid, code, author, round, "the seal is not its author's");
            return;
    }
}

bool Participant::receive(const Prepare& message, const Hash32&, const Instant&) {
    receive_vote(message, MessageCode::prepare);
    return true;
}

bool Participant::receive(const Commit& message, const Hash32&, const Instant&) {
    receive_vote(message, MessageCode::commit);
    return true;
}

BlockVerdicts::Verdict Participant::verdict_of(const ProposedBlock& block) {
    const auto verdict = verdicts_.find(block.hash);
    if (verdict != BlockVerdicts::Verdict::unknown) return verdict;
    verdicts_.ask(block.hash);
    outbox_.add(ValidateBlock{.block = block.block, .hash = block.hash});
    return BlockVerdicts::Verdict::asked;
}

void Participant::on_validated(const Hash32& hash, bool is_valid, const Instant& now) {
    for (const auto& waiting : verdicts_.settle(hash, is_valid))
        std::visit([&](const auto& message) { act_on(message, is_valid, now); }, waiting);
    settle(now);
}

// If it comes again it is looked at again: the verdict may be another in a later round.
bool Participant::act_on(const WaitingProposal& message, bool is_valid, const Instant& now) {
    if (is_valid) {
        accept(message, now);
        return true;
    }
    histories_.handled.erase(message.id);
    return observe(Observation::Kind::message_invalid, MessageCode::proposal, message.author,
                   message.round, "the block is not valid");
}

bool Participant::act_on(const WaitingRoundChange& message, bool is_valid, const Instant&) {
    const auto& signed_part = message.message.round_change;
    if (is_valid) return signed_part.payload.round >= round() && collector_.add(message.message);
    histories_.handled.erase(message.id);
    return observe(Observation::Kind::message_invalid, MessageCode::round_change,
                   *signed_part.author, signed_part.payload.round,
                   "the prepared block is not valid");
}

void Participant::accept(const WaitingProposal& message, const Instant& now) {
    if (is_importing_ || message.round < round()) return;
    if (message.round > round()) enter_round(message.round, now);
    if (current_.round.proposed()) return;
    if (!current_.has_begun) {
        current_.has_begun = true;
        start_round_timer(now);
        block_timer_.reset();
        waits_for_transactions_ = false;
        announce_round();
    }
    current_.round.propose(message.block);
    current_.proposed_at = message.arrived;
    observe(Observation::Kind::proposal_accepted, MessageCode::proposal, message.author,
            message.round);
    prepare(message.block);
}

// Once in a round: it may have missed what was sent before it could be reached.
void Participant::help(const Address& laggard) {
    if (laggard != settings_.local && current_.helped.insert(laggard).second) send_again({laggard});
}

}  // namespace meta138::qbft
