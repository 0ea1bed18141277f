// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/signer/nonce_queue.hpp"

#include <algorithm>
#include <utility>

// One nonce: signed, sent, sent again, taken or refused.
namespace meta138::signer {

Ticket NonceQueue::open_slot(std::uint64_t nonce, Slot slot, NonceActions& out) {
    const auto ticket = ++last_ticket_;
    slot.ticket = ticket;
    slot.state = Slot::State::signing;
    out.emplace_back(Sign{.ticket = ticket, .nonce = nonce, .request = slot.request});
    const auto [place, is_new] = slots_.emplace(nonce, std::move(slot));
    META138_ASSERT(is_new);
    tickets_.emplace(ticket, nonce);
    open_.insert(nonce);
    return ticket;
}

NonceQueue::Slots::iterator NonceQueue::find_slot(Ticket ticket) {
    const auto found = tickets_.find(ticket);
    return found == tickets_.end() ? slots_.end() : slots_.find(found->second);
}

void NonceQueue::set_state(Slots::iterator slot, Slot::State state) {
    if (slot->second.state == Slot::State::sending) --sending_;
    if (state == Slot::State::sending) ++sending_;
    if (state == Slot::State::accepted) {
        open_.erase(slot->first);
    } else {
        open_.insert(slot->first);
    }
    slot->second.state = state;
}

void NonceQueue::stop_timer(Slots::iterator slot) {
    if (!slot->second.retry_at) return;
    timers_.erase({*slot->second.retry_at, slot->first});
    slot->second.retry_at.reset();
}

/// Forgets a slot of which the journal holds nothing, or nothing that matters.
void NonceQueue::close_slot(Slots::iterator slot) {
    META138_ASSERT(slot->second.state != Slot::State::sending);
    stop_timer(slot);
    signing_.erase(slot->first);
    ready_.erase(slot->first);
    tickets_.erase(slot->second.ticket);
    open_.erase(slot->first);
    slots_.erase(slot);
}

/// Forgets a signed transaction, here and in the journal.
void NonceQueue::drop(Slots::iterator slot, NonceActions& out) {
    out.emplace_back(Release{.nonce = slot->first, .hash = slot->second.hash});
    if (slot->second.state == Slot::State::sending) set_state(slot, Slot::State::retrying);
    close_slot(slot);
}

void NonceQueue::send(Slots::iterator slot, NonceActions& out, QueueTime now) {
    stop_timer(slot);
    ready_.erase(slot->first);
    set_state(slot, Slot::State::sending);
    slot->second.touched = now;
    out.emplace_back(Send{.ticket = slot->second.ticket,
                          .nonce = slot->first,
                          .hash = slot->second.hash,
                          .raw = slot->second.raw});
}

bool NonceQueue::goes_in_turn(QueueTime now) const {
    return in_turn_until_ && now < *in_turn_until_;
}

void NonceQueue::send_ready(NonceActions& out, QueueTime now) {
    // In the order of nonces: a node may refuse one whose predecessor it does not know.
    while (!ready_.empty() && (signing_.empty() || *ready_.begin() < *signing_.begin())) {
        const auto slot = slots_.find(*ready_.begin());
        if (goes_in_turn(now) && slot->first != *open_.begin()) return;
        send(slot, out, now);
    }
}

/// The node wants its predecessor first. If that is on its way, the slot goes after it; else it is
/// something that only time helps against.
void NonceQueue::wait_for_turn(Slots::iterator slot, QueueTime now) {
    in_turn_until_ = now + options_.in_turn_for;
    if (slot->first == *open_.begin()) return retry_later(slot, now);
    set_state(slot, Slot::State::ready);
    ready_.insert(slot->first);
}

void NonceQueue::look_up(Slots::iterator slot, NonceActions& out) {
    stop_timer(slot);
    set_state(slot, Slot::State::checking);
    out.emplace_back(LookUp{.ticket = slot->second.ticket, .hash = slot->second.hash});
}

std::chrono::milliseconds NonceQueue::backoff(std::chrono::milliseconds first,
                                              unsigned attempts) const {
    constexpr unsigned most_doublings = 16;
    return std::min(first * (1U << std::min(attempts, most_doublings)), options_.max_retry);
}

/// Sends it again later, or looks for it again if it is being looked for.
void NonceQueue::retry_later(Slots::iterator slot, QueueTime now) {
    auto& held = slot->second;
    if (held.state != Slot::State::checking) set_state(slot, Slot::State::retrying);
    stop_timer(slot);
    held.retry_at = now + backoff(options_.first_retry, held.attempts++);
    timers_.emplace(*held.retry_at, slot->first);
}

void NonceQueue::run_timers(NonceActions& out, QueueTime now) {
    while (is_synced_ && !timers_.empty() && timers_.begin()->first <= now &&
           sending_ < options_.window) {
        const auto slot = slots_.find(timers_.begin()->second);
        META138_ASSERT(slot != slots_.end());
        if (slot->second.state == Slot::State::checking) {
            look_up(slot, out);
        } else {
            send(slot, out, now);
        }
    }
}

void NonceQueue::accept(Slots::iterator slot, NonceActions& out, QueueTime now) {
    auto& held = slot->second;
    stop_timer(slot);
    set_state(slot, Slot::State::accepted);
    held.touched = now;
    held.attempts = 0;
    held.absences = 0;
    held.refused_since.reset();
    if (!std::exchange(held.was_accepted, true)) {
        ++totals_.accepted;
        out.emplace_back(MarkAccepted{.nonce = slot->first, .hash = held.hash});
        if (held.is_filler) {
            ++totals_.filled;
            filler_failures_ = 0;
        }
    }
    if (const auto request = std::exchange(held.request, std::nullopt))
        answer(*request, Answer::Accepted{held.hash}, out);
}

bool NonceQueue::in_dispute(const Slot& slot, QueueTime now) const {
    return slot.last_unknown && now - *slot.last_unknown < options_.dispute_period;
}

void NonceQueue::on_node_error(Slots::iterator slot, const NodeError& error, NonceActions& out,
                               QueueTime now) {
    auto& held = slot->second;
    held.last_error = error;
    const auto kind = classify_submission_error(error.code, error.message);
    if (kind == SubmissionError::already_known) return accept(slot, out, now);
    // Whoever chooses nonces gets the node's answer, whatever it is.
    if (held.is_explicit && !held.last_unknown && !held.was_accepted) return refuse(slot, out, now);
    switch (kind) {
        case SubmissionError::already_known: return;
        case SubmissionError::nonce_too_low: counts_are_stale_ = true; return look_up(slot, out);
        case SubmissionError::replacement_underpriced:
            counts_are_stale_ = true;
            if (held.was_accepted) {
                // Outbid. It is over when the nonce is used up.
                ++totals_.displaced;
                held.touched = now;
                return set_state(slot, Slot::State::accepted);
            }
            if (in_dispute(held, now)) return retry_later(slot, now);
            return lose_nonce(slot, out);
        case SubmissionError::nonce_too_high: return wait_for_turn(slot, now);
        case SubmissionError::busy: return retry_later(slot, now);
        case SubmissionError::refused: return on_refusal(slot, out, now);
    }
}

void NonceQueue::on_refusal(Slots::iterator slot, NonceActions& out, QueueTime now) {
    auto& held = slot->second;
    if (held.was_accepted) {
        if (!held.refused_since) held.refused_since = now;
        const bool is_hopeless = options_.abandon_after.count() != 0 &&
                                 now - *held.refused_since >= options_.abandon_after;
        if (!is_hopeless) return retry_later(slot, now);
        ++totals_.abandoned;
    } else if (in_dispute(held, now)) {
        return retry_later(slot, now);
    }
    refuse(slot, out, now);
}

/// The node does not take it, and it is nowhere: the nonce is free again.
void NonceQueue::refuse(Slots::iterator slot, NonceActions& out, QueueTime now) {
    const auto request = slot->second.request;
    auto error = slot->second.last_error;
    if (slot->second.is_filler) ++filler_failures_;
    ++totals_.refused;
    const auto nonce = slot->first;
    drop(slot, out);
    free_nonce(nonce, now);
    if (request) answer(*request, std::move(error), out);
}

/// The nonce is another's: the request gets a new one, unless it chose this one, or has been told
/// something already.
void NonceQueue::lose_nonce(Slots::iterator slot, NonceActions& out) {
    auto& held = slot->second;
    const auto request = held.request;
    if (held.was_accepted) ++totals_.displaced;
    if (request && held.is_explicit) {
        auto error = held.last_error;
        drop(slot, out);
        return answer(*request, std::move(error), out);
    }
    drop(slot, out);
    if (!request) return;
    ++totals_.renumbered;
    requests_.at(*request) = Place{};
    waiting_.push_front(*request);
    ++waiting_count_;
}

// Nonces that callers choose.

void NonceQueue::submit_with_nonce(const Submit& event, NonceActions& out) {
    if (slots_.size() + replacements_.size() >= options_.max_unmined + options_.window) {
        out.emplace_back(Answer{.request = event.request,
                                .outcome = Answer::NothingSent{.why = NotSent::queue_full}});
        return;
    }
    const auto nonce = *event.nonce;
    requests_.emplace(event.request, Place{.is_waiting = false, .ticket = last_ticket_ + 1});
    if (slots_.contains(nonce)) {
        const auto ticket = ++last_ticket_;
        replacements_.emplace(ticket, Replacement{.nonce = nonce, .request = event.request});
        out.emplace_back(Sign{.ticket = ticket, .nonce = nonce, .request = event.request});
        return;
    }
    free_.erase(nonce);
    open_slot(nonce, Slot{.request = event.request, .is_explicit = true}, out);
}

void NonceQueue::on_replacement_signed(Ticket ticket, const Signed& event, NonceActions& out) {
    const auto found = replacements_.find(ticket);
    if (found == replacements_.end()) return;
    auto& replacement = found->second;
    replacement.hash = event.hash;
    replacement.raw = event.raw;
    if (!replacement.request) {
        out.emplace_back(Release{.nonce = replacement.nonce, .hash = replacement.hash});
        replacements_.erase(found);
        return;
    }
    replacement.is_sent = true;
    out.emplace_back(Send{.ticket = ticket,
                          .nonce = replacement.nonce,
                          .hash = replacement.hash,
                          .raw = replacement.raw});
}

void NonceQueue::on_replacement_answered(const SendAnswered& event, NonceActions& out,
                                         QueueTime now) {
    const auto found = replacements_.find(event.ticket);
    if (found == replacements_.end()) return;
    const auto replacement = std::move(found->second);
    replacements_.erase(found);
    const auto tell = [&](decltype(Answer::outcome) outcome) {
        if (replacement.request) answer(*replacement.request, std::move(outcome), out);
    };
    if (std::holds_alternative<SendAnswered::Unknown>(event.outcome))
        return tell(Answer::Unknown{replacement.hash});
    const auto* error = std::get_if<NodeError>(&event.outcome);
    if (error != nullptr &&
        classify_submission_error(error->code, error->message) != SubmissionError::already_known) {
        out.emplace_back(Release{.nonce = replacement.nonce, .hash = replacement.hash});
        return tell(*error);
    }
    out.emplace_back(MarkAccepted{.nonce = replacement.nonce, .hash = replacement.hash});
    ++totals_.accepted;
    // From now on this is what is sent again. A slot that is busy hears from the node.
    const auto slot = slots_.find(replacement.nonce);
    if (slot != slots_.end() && (slot->second.state == Slot::State::accepted ||
                                 slot->second.state == Slot::State::retrying)) {
        auto& held = slot->second;
        if (const auto request = std::exchange(held.request, std::nullopt))
            answer(*request, Answer::Unknown{held.hash}, out);
        stop_timer(slot);
        held.hash = replacement.hash;
        held.raw = replacement.raw;
        held.was_accepted = true;
        held.touched = now;
        set_state(slot, Slot::State::accepted);
    }
    tell(Answer::Accepted{replacement.hash});
}

}  // namespace meta138::signer
