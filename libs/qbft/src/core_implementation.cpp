// SPDX-License-Identifier: Apache-2.0
#include "core_implementation.hpp"

#include <algorithm>
#include <utility>

namespace meta138::qbft {
namespace {

// Different messages of one validator that are looked at while a round lasts here. An honest one
// sends four a round, and may be some rounds ahead.
constexpr std::size_t max_messages_by_author = 64;
// And of those that are not justified, from one peer: anybody can make them of an honest author's
// message, so what one peer sends must not keep out what another does.
constexpr std::size_t max_unsound_by_author = 8;
constexpr std::size_t max_unsound_peers = 16;  // the others count as one
// Each validator sends a handful a round, and each of its peers passes them on.
constexpr std::size_t handled_by_validator = 8;

}  // namespace

Core::Implementation::Implementation(CoreSettings settings, std::optional<SafetyRecord> record)
    : settings_{std::move(settings)},
      record_{std::move(record)},
      histories_{.handled = MessageHistory{settings_.duplicate_message_limit},
                 .gossiped = MessageHistory{settings_.gossiped_history_limit},
                 .legacy = {}},
      future_{{.messages = settings_.future_messages_limit,
               .distance = settings_.future_messages_max_distance,
               .bytes = settings_.future_messages_max_bytes}} {}

// Nobody makes blocks, so all start at this moment: the first block of a quorum would be followed
// by a lost round of the one that is a moment late. Where blocks are made a quorum will do.
std::size_t Core::Implementation::peers_to_wait_for(const Instant& now) const {
    const auto& settings = height_->settings();
    const auto quiet = settings.block_period + settings.empty_block_period +
                       2 * settings.request_timeout + std::chrono::seconds{1};
    const bool stands_still =
        settings.parent.number == 0 || now.wall > time_of(settings.parent) + quiet;
    return (stands_still ? height_->validators().size() : height_->quorum()) - 1;
}

bool Core::Implementation::has_peers() const {
    const auto connected = std::ranges::count_if(connected_, [this](const Address& peer) {
        return peer != settings_.local && height_->is_validator(peer);
    });
    return static_cast<std::size_t>(connected) >= wanted_peers_;
}

void Core::Implementation::start_height(HeightSettings settings, const Instant& now) {
    const auto number = settings.parent.number + 1;
    if (number < this->number() || (number == this->number() && is_running_)) return;
    Participant::Start start;
    if (participant_ && number == this->number() + 1)
        start.parent_proposed = participant_->proposed_at();
    participant_.reset();
    height_.emplace(settings);
    is_running_ = true;
    shares_.clear();
    shares_round_ = 0;
    histories_.handled.reset(std::max(settings_.duplicate_message_limit,
                                      handled_by_validator * height_->validators().size()));
    heard_.erase_if([this](const Address& author) { return !height_->is_validator(author); });
    std::erase_if(histories_.legacy,
                  [this](const Address& author) { return !height_->is_validator(author); });
    behind_due_.reset();
    watch_height(now);

    const bool is_first = !std::exchange(was_started_, true);
    if (height_->is_validator(settings_.local)) {
        if (record_.start_height(number)) {
            participant_ = std::make_unique<Participant>(settings_, std::move(settings), record_,
                                                         histories_, outbox_);
            if (is_first) {
                wanted_peers_ = peers_to_wait_for(now);
                start.waits_for_peers = !has_peers();
            }
            participant_->start(now, start);
        } else {
            outbox_.observe(
                {.kind = Observation::Kind::signing_refused,
                 .number = number,
                 .text = "this validator has signed for a higher block; if the chain was set "
                         "back on purpose, remove its safety record"});
        }
    }
    for (const auto& message : future_.take(number))
        on_message(message.code, message.payload, message.from, now);
}

void Core::Implementation::stop() {
    participant_.reset();
    is_running_ = false;
    behind_due_.reset();
}

void Core::Implementation::observe(Observation::Kind kind, MessageCode code, std::uint64_t sequence,
                                   std::optional<Address> author, std::string text) {
    outbox_.observe({.kind = kind,
                     .number = sequence,
                     .code = code,
                     .author = author,
                     .text = std::move(text)});
}

void Core::Implementation::on_message(MessageCode code, ByteView payload, const Address& from,
                                      const Instant& now) {
    if (!height_) return;
    const auto view = peek(code, payload);
    if (!view)
        return observe(Observation::Kind::message_invalid, code, 0, {}, "not a QBFT message");
    if (view->sequence < number()) return;
    if (view->sequence > number() || !is_running_)
        return keep_for_later(code, payload, view->sequence, from, now);
    if (participant_) admit(code, payload, from, now);
}

void Core::Implementation::keep_for_later(MessageCode code, ByteView payload,
                                          std::uint64_t sequence, const Address& from,
                                          const Instant& now) {
    // Each comes from each peer: the author is recovered once.
    const auto id = message_id(code, payload);
    if (future_.contains(id)) return;
    const auto author = recover_author(code, payload);
    if (!author) return;
    const bool is_validator = height_->is_validator(*author);
    if (is_validator && *author != settings_.local) {
        heard_.hear(*author, sequence);
        watch_height(now);
    }
    future_.add({.code = code, .payload = to_bytes(payload), .from = from}, id, sequence,
                is_validator ? author : std::nullopt, is_running_ ? number() : number() - 1);
}

std::optional<std::uint64_t> Core::Implementation::highest_known_block() const {
    // Whoever speaks of a height has the block below it.
    const auto reached = heard_.reached_by(height_->honest_minority());
    if (!reached || *reached <= number()) return std::nullopt;
    return *reached - 1;
}

// A single block that is missing is on its way, as a rule.
void Core::Implementation::watch_height(const Instant& now) {
    const auto known = highest_known_block();
    if (!known) return;
    if (!behind_due_) behind_due_ = now.steady + height_->settings().request_timeout;
    if (*known > number() && *known > told_behind_) tell_behind(*known);
}

void Core::Implementation::tell_behind(std::uint64_t known) {
    told_behind_ = known;
    outbox_.add(BehindNetwork{known});
}

void Core::Implementation::admit(MessageCode code, ByteView payload, const Address& from,
                                 const Instant& now) {
    switch (code) {
        case MessageCode::proposal: return admit_decoded(decode_proposal, code, payload, from, now);
        case MessageCode::prepare: return admit_decoded(decode_prepare, code, payload, from, now);
        case MessageCode::commit: return admit_decoded(decode_commit, code, payload, from, now);
        case MessageCode::round_change:
            return admit_decoded(decode_round_change, code, payload, from, now);
    }
}

namespace {

const std::optional<Address>& author_of(const Proposal& message) {
    return message.proposal.author;
}
const std::optional<Address>& author_of(const RoundChange& message) {
    return message.round_change.author;
}
template <typename Payload>
const std::optional<Address>& author_of(const Signed<Payload>& message) {
    return message.author;
}

// Absent: the message has one form only.
std::optional<MessageForm> form_of(const Proposal& message) {
    return message.proposal.payload.form;
}
std::optional<MessageForm> form_of(const RoundChange& message) {
    return message.form;
}
template <typename Payload>
std::optional<MessageForm> form_of(const Signed<Payload>&) {
    return std::nullopt;
}

}  // namespace

template <typename Decode>
void Core::Implementation::admit_decoded(const Decode& decode, MessageCode code, ByteView payload,
                                         const Address& from, const Instant& now) {
    const auto id = message_id(code, payload);
    if (histories_.handled.contains(id)) return;
    // Anybody can put a validator's signed part into an envelope of his own, with thousands of
    // signatures in it: the author comes first, then whether the message can be of use.
    if (code == MessageCode::proposal || code == MessageCode::round_change) {
        const auto author = recover_author(code, payload);
        if (!may_take_part(code, author, from)) return;
        if (!participant_->wants(code, peek(code, payload)->round, *author)) return;
    }
    const auto message = decode(payload);
    if (!message)
        return observe(Observation::Kind::message_invalid, code, number(), {}, "cannot be decoded");
    const auto& author = author_of(*message);
    if (!may_take_part(code, author, from)) return;
    histories_.handled.insert(id);
    // A RoundChange's form is not signed, so only its author's own connection tells of it.
    if (const auto form = form_of(*message);
        form && (code == MessageCode::proposal || from == *author)) {
        if (*form == MessageForm::legacy)
            histories_.legacy.insert(*author);
        else
            histories_.legacy.erase(*author);
    }
    const bool is_sound = participant_->handle(*message, id, now);
    auto& share = shares_[*author];
    if (is_sound) {
        ++share.sound;
        gossip(code, payload, id, *author, from);
    } else {
        ++unsound_of(share, from);
    }
}

std::size_t& Core::Implementation::unsound_of(Share& share, const Address& from) {
    const bool is_full = share.unsound.size() >= max_unsound_peers;
    return share.unsound[is_full && !share.unsound.contains(from) ? Address{} : from];
}

bool Core::Implementation::may_take_part(MessageCode code, const std::optional<Address>& author,
                                         const Address& from) {
    const auto ignore = [&](std::string text) {
        observe(Observation::Kind::message_ignored, code, number(), author, std::move(text));
        return false;
    };
    if (!author || !height_->is_validator(*author)) return ignore("its author is no validator");
    if (std::exchange(shares_round_, participant_->round()) != participant_->round())
        shares_.clear();
    auto& share = shares_[*author];
    if (share.sound >= max_messages_by_author || unsound_of(share, from) >= max_unsound_by_author)
        return ignore("too many by its author in this round");
    return true;
}

// Verbatim and once (Besu QbftGossiperImpl, which also passes on what is not justified).
void Core::Implementation::gossip(MessageCode code, ByteView payload, const Hash32& id,
                                  const Address& author, const Address& from) {
    if (author == settings_.local || !histories_.gossiped.insert(id)) return;
    std::vector<Address> to;
    for (const auto& validator : height_->validators())
        if (validator != settings_.local && validator != author && validator != from)
            to.push_back(validator);
    if (to.empty()) return;
    outbox_.add(Send{.code = code,
                     .payload = std::make_shared<const Bytes>(to_bytes(payload)),
                     .to = std::move(to),
                     .not_to = from});
}

void Core::Implementation::on_connected(const Address& peer, const Instant& now) {
    if (connected_.size() < max_justifications) connected_.insert(peer);
    if (!participant_) return;
    participant_->on_connected(peer);
    if (has_peers()) participant_->stop_waiting_for_peers();
    participant_->on_time(now);
}

void Core::Implementation::on_time(const Instant& now) {
    if (behind_due_ && now.steady >= *behind_due_) {
        behind_due_ = now.steady + height_->settings().request_timeout;
        if (const auto known = highest_known_block()) tell_behind(*known);
    }
    if (participant_) participant_->on_time(now);
}

std::optional<milliseconds> Core::Implementation::due_in(const Instant& now) const {
    std::optional<milliseconds> wait;
    if (participant_) wait = participant_->due_in(now);
    if (behind_due_) {
        const auto behind = std::max(*behind_due_ - now.steady, milliseconds{0});
        wait = wait ? std::min(*wait, behind) : behind;
    }
    return wait;
}

Core::Status Core::Implementation::status() const {
    Status status;
    if (is_running_) status.number = number();
    if (participant_) participant_->describe(status);
    status.future_messages = future_.size();
    status.future_bytes = future_.bytes();
    return status;
}

}  // namespace meta138::qbft
