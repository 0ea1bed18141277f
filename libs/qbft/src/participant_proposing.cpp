// SPDX-License-Identifier: Apache-2.0
#include "participant.hpp"

#include "meta138/qbft/extra_data.hpp"

#include <algorithm>
#include <utility>

namespace meta138::qbft {

bool Participant::is_proposer() const {
    return height_.proposer(round()) == settings_.local;
}

// Besu up to 25 does not understand the current form, Besu 26.1 to 26.5 not the legacy one.
MessageForm Participant::form() const {
    const auto is_legacy =
        settings_.legacy_encoding.value_or(histories_.legacy.size() >= height_.honest_minority());
    return is_legacy ? MessageForm::legacy : MessageForm::current;
}

bool Participant::propose_if_due(const Instant& now) {
    if (!current_.has_begun || current_.has_proposed || current_.round.proposed() || !is_proposer())
        return false;
    if (round() > 0 && !current_.has_quorum) return false;
    current_.has_proposed = true;
    if (!record_.may_propose_anything(round())) {
        observe(Observation::Kind::signing_refused, "a Proposal for this round was signed");
        return false;
    }
    auto basis = collector_.collected(round());
    if (basis.prepared) {
        // Only the round changes in a block that is proposed again (besu#6613).
        propose(with_round(basis.prepared->block, round()), basis, now);
    } else {
        current_.basis = std::move(basis);
        ask_for_block(now);
    }
    return true;
}

void Participant::ask_for_block(const Instant& now) {
    current_.is_building = true;
    last_build_ = now.steady;
    outbox_.add(BuildBlock{.number = height_.number(),
                           .round = round(),
                           .timestamp = block_timestamp(height_.settings(), round(), now)});
}

void Participant::on_built(std::uint64_t number, std::uint32_t round,
                           std::shared_ptr<const Block> block, const Instant& now) {
    if (number != height_.number() || round != this->round()) return;
    if (!std::exchange(current_.is_building, false)) return;
    if (!block || is_importing_ || current_.round.proposed()) return;
    if (wait_for_transactions(*block, now)) return;
    if (is_proposer()) propose(with_round(block, round), std::exchange(current_.basis, {}), now);
    settle(now);
}

// Besu 26.8's rule (besu#11031): proposer or not, who has nothing to decide is idle until the next
// look; who has something stays in the round. Rounds above 0 do not wait.
bool Participant::wait_for_transactions(const Block& block, const Instant& now) {
    const auto end = end_of_empty_period(height_.settings());
    if (!end || round() > 0 || !block.transactions.empty() || now.wall > *end) return false;
    waits_for_transactions_ = true;
    current_.has_begun = false;
    current_.has_proposed = false;
    round_deadline_.reset();
    const auto next = std::min(*end + milliseconds{1}, now.wall + height_.settings().block_period);
    block_timer_ = BlockTimer{
        .wall = next, .latest = now.steady + height_.settings().block_period + milliseconds{1}};
    return true;
}

void Participant::propose(const std::shared_ptr<const Block>& block, const RoundChangeSet& basis,
                          const Instant& now) {
    const auto digest = committed_seal_hash(block->header);
    if (!record_.may_propose(round(), digest))
        return observe(Observation::Kind::signing_refused, "another Proposal was signed");
    Proposal message{
        .proposal = sign_proposal({.sequence = height_.number(),
                                   .round = round(),
                                   .block = block,
                                   .block_access_list = {}},
                                  settings_.sign, settings_.local, form()),
        .round_changes = basis.round_changes,
        .prepares = basis.prepared ? basis.prepared->prepares : std::vector<SignedPrepare>{}};
    record_.proposed(round(), digest);
    current_.own.proposal = send(MessageCode::proposal, encode_proposal(message));
    receive(message, {}, now);
}

}  // namespace meta138::qbft
