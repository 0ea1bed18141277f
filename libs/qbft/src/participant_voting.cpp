// SPDX-License-Identifier: Apache-2.0
#include "participant.hpp"

#include <utility>

namespace meta138::qbft {

void Participant::observe(Observation::Kind kind, std::string text) {
    outbox_.observe(
        {.kind = kind, .number = height_.number(), .round = round(), .text = std::move(text)});
}

// Each step may make the next one due; none is done twice.
void Participant::settle(const Instant& now) {
    while (!is_importing_) {
        if (follow_others(now)) continue;
        if (!current_.has_quorum && round() > 0 && collector_.count(round()) >= height_.quorum()) {
            // Only now can the round's proposer begin: the round gets its full time.
            current_.has_quorum = true;
            start_round_timer(now);
        }
        if (propose_if_due(now) || vote_commit()) continue;
        if (!decide()) return;
    }
}

Participant::SharedBytes Participant::send(MessageCode code, Bytes payload) {
    auto shared = std::make_shared<const Bytes>(std::move(payload));
    const auto id = message_id(code, *shared);
    histories_.handled.insert(id);
    histories_.gossiped.insert(id);
    if (!others_.empty())
        outbox_.add_signed(Send{.code = code, .payload = shared, .to = others_, .not_to = {}});
    return shared;
}

// The RoundChange first: who is in a lower round can make use of the others then.
void Participant::send_again(const std::vector<Address>& to) {
    if (to.empty()) return;
    const auto again = [&](MessageCode code, const SharedBytes& payload) {
        if (payload) outbox_.add(Send{.code = code, .payload = payload, .to = to, .not_to = {}});
    };
    again(MessageCode::round_change, current_.own.round_change);
    again(MessageCode::proposal, current_.own.proposal);
    again(MessageCode::prepare, current_.own.prepare);
    again(MessageCode::commit, current_.own.commit);
}

void Participant::on_connected(const Address& peer) {
    if (peer != settings_.local) send_again({peer});
}

std::size_t Participant::own_bytes() const {
    std::size_t bytes = 0;
    for (const auto& message : {current_.own.round_change, current_.own.proposal})
        if (message) bytes += message->size();
    return bytes;
}

// The base request time-out; large messages less and less often.
milliseconds Participant::resend_interval() const {
    constexpr std::size_t large = std::size_t{256} << 10;
    const auto base = height_.settings().request_timeout;
    if (own_bytes() <= large) return base;
    return round_timeout(base, static_cast<std::uint32_t>(resends_ + 2), timeout_of(round()));
}

void Participant::prepare(const ProposedBlock& block) {
    if (!block.has_its_round) return;
    if (!record_.may_prepare(round(), block.digest))
        return observe(Observation::Kind::signing_refused,
                       "a Prepare for another block was signed");
    const auto message =
        sign_prepare({.sequence = height_.number(), .round = round(), .digest = block.digest},
                     settings_.sign, settings_.local);
    record_.prepared(round(), block.digest);
    current_.own.prepare = send(MessageCode::prepare, encode_prepare(message));
    static_cast<void>(current_.round.add(message));
}

// Signed for the round at hand, and counted. Absent: the record forbids it.
std::optional<Commit> Participant::commit() {
    const auto& block = *current_.round.proposed();
    if (!block.has_its_round || !record_.may_commit(round(), block.digest)) return std::nullopt;
    const auto message = sign_commit({.sequence = height_.number(),
                                      .round = round(),
                                      .digest = block.digest,
                                      .commit_seal = settings_.sign(block.sealed)},
                                     settings_.sign, settings_.local);
    record_.committed(round(), block.digest);
    static_cast<void>(current_.round.add(message));
    return message;
}

bool Participant::vote_commit() {
    if (current_.was_prepared || !current_.round.is_prepared()) return false;
    current_.was_prepared = true;
    observe(Observation::Kind::prepared);
    if (!current_.round.proposed()->has_its_round) return true;
    // Into the same record as the Commit: whoever commits can show from then on what it prepared.
    record_.keep(current_.round.certificate());
    if (const auto message = commit())
        current_.own.commit = send(MessageCode::commit, encode_commit(*message));
    else
        observe(Observation::Kind::signing_refused, "a Commit for another block was signed");
    return true;
}

// This validator's own Commit counts although it may not have been sent, as not enough Prepares
// came (Besu adds it when it accepts the proposal): the others' Commits say that the block was
// prepared. It stands in the block then, and in no message.
bool Participant::decide() {
    if (left_ && left_->is_committed()) {
        import(*std::exchange(left_, std::nullopt));
        return true;
    }
    auto& round = current_.round;
    if (!round.proposed() || current_.has_failed) return false;
    if (!round.is_committed()) {
        if (round.has_commit_of(settings_.local) || round.commits() + 1 < height_.quorum())
            return false;
        if (!commit() || !round.is_committed()) return false;
    }
    import(round);
    return true;
}

void Participant::import(const Round& round) {
    is_importing_ = true;
    outbox_.observe({.kind = Observation::Kind::committed,
                     .number = height_.number(),
                     .round = round.number()});
    outbox_.add_signed(ImportBlock{.block = round.sealed_block(), .hash = round.proposed()->hash});
}

void Participant::on_import_failed(const Hash32&, const Instant& now) {
    if (!std::exchange(is_importing_, false)) return;
    current_.has_failed = true;  // the round ends with its time
    on_time(now);
}

}  // namespace meta138::qbft
