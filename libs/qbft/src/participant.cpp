// SPDX-License-Identifier: Apache-2.0
#include "participant.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"

#include <algorithm>
#include <limits>
#include <string>

namespace meta138::qbft {

Participant::Participant(const CoreSettings& settings, HeightSettings height, SigningRecord& record,
                         Histories& histories, Outbox& outbox)
    : settings_{settings},
      height_{std::move(height)},
      record_{record},
      histories_{histories},
      outbox_{outbox},
      current_{.round = Round{height_, 0}} {
    for (const auto& validator : height_.validators())
        if (validator != settings_.local) others_.push_back(validator);
}

void Participant::start(const Instant& now, const Start& start) {
    heard_.hear(settings_.local, 0);
    block_timer_ = block_timer(height_.settings(), now, start.parent_proposed);
    constexpr milliseconds longest_wait_for_peers{2000};  // what was sent comes to them anyway
    if (start.waits_for_peers && block_timer_->due_in(now) == milliseconds{0})
        block_timer_->earliest =
            now.steady + std::min(height_.settings().request_timeout, longest_wait_for_peers);
    if (record_.resumes()) resume(now);
    on_time(now);
}

void Participant::stop_waiting_for_peers() {
    if (block_timer_) block_timer_->earliest = milliseconds{0};
}

// The same round as before the restart, with what was prepared in it: the others may wait for
// exactly this validator's vote.
void Participant::resume(const Instant& now) {
    const auto record = record_.record();
    const auto& certificate = record.certificate;
    if (certificate) verdicts_.set_valid(proposed_block(certificate->block, 0).hash);
    if (record.round == 0 && !record.prepared && !record.committed && !certificate) return;

    current_ = Current{.round = Round{height_, record.round}};
    heard_.hear(settings_.local, record.round);
    collector_.start_round(record.round);
    current_.has_begun = true;
    announce_round();
    start_round_timer(now);  // knows of the block timer: a restart may be quicker than the period
    block_timer_.reset();
    if (certificate && certificate->round == record.round) restore_round(*certificate);
    sign_again(record, now);
}

void Participant::restore_round(const PreparedCertificate& certificate) {
    current_.round.propose(proposed_block(certificate.block, certificate.round));
    for (const auto& prepare : certificate.prepares)
        if (prepare.author && height_.is_validator(*prepare.author)) current_.round.add(prepare);
}

// The same bytes, or the same content: nobody can tell that there was a restart.
void Participant::sign_again(const SafetyRecord& record, const Instant& now) {
    if (record.round > 0) {
        if (const auto message = decode_round_change(record.round_change);
            message && message->round_change.author == settings_.local &&
            message->round_change.payload.round == record.round) {
            current_.own.round_change = send(MessageCode::round_change, record.round_change);
            receive(*message, {}, now);
        } else {
            change_round(now);
        }
    }
    if (record.prepared) {
        const auto message = sign_prepare(
            {.sequence = height_.number(), .round = record.round, .digest = *record.prepared},
            settings_.sign, settings_.local);
        current_.own.prepare = send(MessageCode::prepare, encode_prepare(message));
        current_.round.add(message);
    }
    // A Commit needs the block, for the seal: vote_commit() sends it again.
}

void Participant::begin_first_round(const Instant& now) {
    META138_ASSERT(round() == 0);
    waits_for_transactions_ = false;
    current_.has_begun = true;
    announce_round();
    start_round_timer(now);
    block_timer_.reset();
    // In an empty-block period every validator looks for itself whether there is something to
    // decide; then it stays in the round, and a silent proposer is replaced.
    if (end_of_empty_period(height_.settings()) && !is_proposer() && !current_.round.proposed())
        ask_for_block(now);
}

void Participant::enter_round(std::uint32_t round, const Instant& now) {
    META138_ASSERT(round > current_.round.number());
    leave_round();
    current_ = Current{.round = Round{height_, round}};
    current_.has_begun = true;
    block_timer_.reset();
    waits_for_transactions_ = false;
    resends_ = 0;
    verdicts_.start_round();
    collector_.start_round(round);
    proposals_.erase(proposals_.begin(), proposals_.lower_bound(round));
    equivocations_.clear();
    heard_.hear(settings_.local, round);
    start_round_timer(now);
    announce_round();

    const auto votes = later_.take(round);
    for (const auto& vote : votes.prepares) current_.round.add(vote);
    for (const auto& vote : votes.commits) current_.round.add(vote);
    change_round(now);
}

// Besu keeps the certificate only when the round's time is up, and loses it when it jumps. What was
// prepared may be decided elsewhere by now: it must be shown whatever ends the round.
void Participant::leave_round() {
    if (current_.round.is_prepared() && current_.round.proposed()->has_its_round)
        record_.keep(current_.round.certificate());
    left_.reset();
    if (current_.round.proposed()) left_ = std::move(current_.round);
}

void Participant::announce_round() {
    if (std::exchange(current_.was_announced, true)) return;
    observe(Observation::Kind::round_started);
}

milliseconds Participant::timeout_of(std::uint32_t round) const {
    return round_timeout(height_.settings().request_timeout, round, settings_.max_round_timeout);
}

// Round 0's runs from when its block may be proposed, also if a proposal came before (besu#2095).
void Participant::start_round_timer(const Instant& now) {
    auto start = now.steady;
    if (round() == 0 && block_timer_ && !waits_for_transactions_)
        start += std::min(block_timer_->due_in(now),
                          height_.settings().block_period + milliseconds{1000});
    round_deadline_ = start + timeout_of(round());
    resend_at_.reset();
    if (round() > 0) resend_at_ = now.steady + resend_interval();
}

// With fewer than a quorum in this round or above, the next round could not decide either, and a
// lone validator would climb to where nobody finds it (besu#7642): it stays and repeats its
// RoundChange. The lowest of a quorum always hears a quorum and moves on, so all meet.
void Participant::on_round_timeout(const Instant& now) {
    observe(Observation::Kind::round_timed_out);
    observe(Observation::Kind::round_summary, summary());
    if (round() > 0 && (heard_.count_from(round()) < height_.quorum() || round() >= max_round)) {
        observe(Observation::Kind::round_held);
        round_deadline_ = now.steady + timeout_of(round());
        return;
    }
    // With a ceiling on time-outs all climb equally fast: by single rounds who is behind stays
    // behind, if a liar makes the others' quorum up.
    const auto reached = heard_.reached_by(height_.honest_minority()).value_or(0);
    enter_round(
        static_cast<std::uint32_t>(std::clamp<std::uint64_t>(reached, round() + 1, max_round)),
        now);
}

// Where time-outs have reached their ceiling, the others would leave each round just before this
// one came, for ever: it gets there in the middle of their time.
void Participant::hurry(const Instant& now) {
    if (round() == 0 || !round_deadline_) return;
    round_deadline_ = std::min(*round_deadline_, now.steady + timeout_of(round()) / 2);
}

// f+1 in higher rounds: one of them is honest and its time was up. A quorum of RoundChanges for one
// round: its proposer may propose.
bool Participant::follow_others(const Instant& now) {
    std::uint64_t target = round();
    if (const auto reached = heard_.reached_by(height_.honest_minority())) {
        if (settings_.early_round_change)
            target = std::max(target, *reached);
        else if (*reached > round())
            hurry(now);
    }
    if (const auto wanted = collector_.highest_with(height_.quorum()))
        target = std::max<std::uint64_t>(target, *wanted);
    if (target <= round()) return false;
    enter_round(static_cast<std::uint32_t>(target), now);
    return true;
}

// Besu does so only when the round's time is up; after a jump the others may wait for this one.
void Participant::change_round(const Instant& now) {
    if (!record_.may_change_round(round())) {
        observe(Observation::Kind::signing_refused, "a RoundChange for this round was signed");
        return;
    }
    const auto& certificate = record_.record().certificate;
    RoundChangePayload payload{.sequence = height_.number(), .round = round()};
    RoundChange message;
    if (certificate) {
        payload.prepared = PreparedMetadata{
            .prepared_round = certificate->round,
            .prepared_block_hash = proposed_block(certificate->block, certificate->round).digest};
        message.block = certificate->block;
        message.prepares = certificate->prepares;
    }
    message.round_change = sign_round_change(payload, settings_.sign, settings_.local);
    auto encoded = encode_round_change(message, form());
    record_.changed_round(round(), encoded);
    current_.own.round_change = send(MessageCode::round_change, std::move(encoded));
    receive(message, {}, now);
}

std::string Participant::summary() const {
    std::string text;
    for (const auto& validator : height_.validators()) {
        const auto heard = heard_.from(validator);
        if (!text.empty()) text += ", ";
        text += to_hex(ByteView{validator.bytes}) + ": ";
        text += heard ? std::to_string(*heard) : "-";
        if (validator == settings_.local) text += " (this node)";
    }
    return text;
}

void Participant::on_time(const Instant& now) {
    if (is_importing_) return;
    if (block_timer_ && block_timer_->due_in(now) == milliseconds{0}) begin_first_round(now);
    if (round_deadline_ && now.steady >= *round_deadline_) on_round_timeout(now);
    if (resend_at_ && now.steady >= *resend_at_) {
        ++resends_;
        send_again(others_);
        resend_at_ = now.steady + resend_interval();
    }
    settle(now);
}

void Participant::on_transactions(const Instant& now) {
    // At once, but not as often as transactions come: each look builds a block.
    constexpr milliseconds between_builds{50};
    if (!waits_for_transactions_ || !block_timer_) return;
    block_timer_ = BlockTimer{
        .wall = now.wall,
        .latest = now.steady,
        .earliest = last_build_ + std::min(between_builds, height_.settings().block_period)};
    on_time(now);
}

void Participant::reset_round_timer(const Instant& now) {
    if (is_importing_ || !current_.has_begun) return;
    round_deadline_ = now.steady + height_.settings().request_timeout;
    send_again(others_);
    settle(now);
}

std::optional<milliseconds> Participant::due_in(const Instant& now) const {
    if (is_importing_) return std::nullopt;
    std::optional<milliseconds> wait;
    const auto consider = [&wait](milliseconds other) {
        other = std::max(other, milliseconds{0});
        wait = wait ? std::min(*wait, other) : other;
    };
    if (block_timer_) consider(block_timer_->due_in(now));
    if (round_deadline_) consider(*round_deadline_ - now.steady);
    if (resend_at_) consider(*resend_at_ - now.steady);
    return wait;
}

void Participant::describe(Core::Status& status) const {
    status.number = height_.number();
    status.round = round();
    status.is_validator = true;
    status.proposer = height_.proposer(round());
    status.has_proposal = current_.round.proposed().has_value();
    status.prepares = current_.round.prepares();
    status.commits = current_.round.commits();
    status.quorum = height_.quorum();
    if (const auto& certificate = record_.record().certificate)
        status.prepared_round = certificate->round;
    for (const auto& validator : height_.validators()) {
        Core::Status::Peer peer{.validator = validator, .round = {}};
        if (const auto heard = heard_.from(validator))
            peer.round = static_cast<std::uint32_t>(*heard);
        status.validators.push_back(peer);
    }
}

}  // namespace meta138::qbft
