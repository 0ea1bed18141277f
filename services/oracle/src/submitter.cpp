// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/submitter.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace meta138::oracle {
namespace {

using Kind = Notice::Kind;

// A view is made of several answers, between which a block may come: a nonce that is used up
// without a receipt of ours means something only when it stays so.
constexpr unsigned superseded_after_views = 3;

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::confirmed: return "confirmed";
        case Outcome::skipped: return "skipped";
        case Outcome::reverted: return "reverted";
        case Outcome::superseded: return "superseded";
        case Outcome::withdrawn: return "withdrawn";
        case Outcome::refused_by_signer: return "refused_by_signer";
        case Outcome::refused_by_chain: return "refused_by_chain";
        case Outcome::insufficient_funds: return "insufficient_funds";
    }
    return "unknown";
}

Submitter::Submitter(SubmitterSettings settings, std::vector<PendingTransaction> pending,
                     std::uint64_t seed)
    : settings_{std::move(settings)}, random_{seed} {
    std::ranges::sort(pending, {}, &PendingTransaction::nonce);
    for (auto& each : pending) {
        if (each.attempts.empty()) continue;
        // Sent, as far as anybody knows, and long ago: the first view decides.
        Slot slot;
        slot.nonce = each.nonce;
        slot.transmission = std::move(each.transmission);
        slot.attempts = std::move(each.attempts);
        slot.replacements = static_cast<unsigned>(slot.attempts.size()) - 1;
        slot.stage = Stage::sent;
        slot.is_accepted = slot.may_be_out = true;
        slot.at = milliseconds::min() / 2;
        slots_.push_back(std::move(slot));
    }
}

Actions Submitter::submit(Transmission transmission, milliseconds now) {
    Actions out;
    const auto slot = std::ranges::find_if(
        slots_, [&](const Slot& each) { return each.transmission.feed == transmission.feed; });
    if (slot != slots_.end()) {
        if (slot->stage == Stage::to_sign && slot->attempts.empty()) {
            slot->transmission = std::move(transmission);
        } else {
            slot->newer = std::move(transmission);
        }
        return out;
    }
    const auto waiting = std::ranges::find(queue_, transmission.feed, &Transmission::feed);
    if (waiting != queue_.end()) {
        *waiting = std::move(transmission);
    } else {
        queue_.push_back(std::move(transmission));
    }
    open_slots(out, now);
    return out;
}

Actions Submitter::withdraw(std::string_view feed, milliseconds now) {
    Actions out;
    std::erase_if(queue_, [&](const Transmission& each) { return each.feed == feed; });
    for (auto& slot : slots_) {
        if (slot.transmission.feed != feed) continue;
        slot.newer.reset();
        const bool is_unsent = slot.stage == Stage::to_sign || slot.stage == Stage::signing;
        if (!slot.may_be_out && is_unsent) {
            give_up(slot, Outcome::withdrawn, {}, out, now);
            break;
        }
    }
    open_slots(out, now);
    return out;
}

Actions Submitter::on_signed(std::uint64_t ticket,
                             std::expected<Attempt, SigningError> signed_transaction,
                             milliseconds now) {
    Actions out;
    const auto slot = std::ranges::find_if(slots_, [&](const Slot& each) {
        return each.stage == Stage::signing && each.ticket == ticket;
    });
    if (slot == slots_.end()) return out;
    if (signed_transaction) {
        slot->failures = 0;
        slot->attempts.push_back(*std::move(signed_transaction));
        out.emplace_back(Persist{});
        send(*slot, out);
        return out;
    }
    auto& error = signed_transaction.error();
    if (!error.is_final) {
        out.emplace_back(Notice{.kind = Kind::signing_failed,
                                .feed = slot->transmission.feed,
                                .nonce = slot->nonce,
                                .detail = std::move(error.detail)});
        retry_later(*slot, Stage::to_sign, now);
    } else if (slot->may_be_out) {
        keep_previous(*slot, std::move(error.detail), out, now);
    } else {
        give_up(*slot, Outcome::refused_by_signer, std::move(error.detail), out, now);
        open_slots(out, now);
    }
    return out;
}

Actions Submitter::on_broadcast(const Hash32& hash, const std::optional<BroadcastError>& error,
                                milliseconds now) {
    Actions out;
    const auto slot = std::ranges::find_if(slots_, [&](const Slot& each) {
        return each.stage == Stage::sending && each.attempts.back().hash == hash;
    });
    if (slot == slots_.end()) return out;
    if (error) {
        refused(*slot, *error, out, now);
    } else {
        slot->stage = Stage::sent;
        slot->is_accepted = slot->may_be_out = true;
        slot->at = now;
        slot->failures = 0;
        pauses_.erase(slot->transmission.feed);
        out.emplace_back(Notice{.kind = Kind::sent,
                                .feed = slot->transmission.feed,
                                .nonce = slot->nonce,
                                .hash = hash,
                                .fees = slot->attempts.back().fees,
                                .detail = slot->transmission.description});
    }
    open_slots(out, now);
    return out;
}

Actions Submitter::on_view(const AccountView& view, milliseconds now) {
    Actions out;
    view_ = view;
    for (auto& slot : slots_) follow(slot, view, out, now);
    finish(out, now);
    wake(out, now);
    open_slots(out, now);
    return out;
}

Actions Submitter::on_time(milliseconds now) {
    Actions out;
    wake(out, now);
    open_slots(out, now);
    return out;
}

std::optional<milliseconds> Submitter::deadline() const {
    if (!view_) return std::nullopt;
    std::optional<milliseconds> first;
    const auto add = [&](milliseconds at) { first = first ? std::min(*first, at) : at; };
    for (const auto& slot : slots_) {
        if (slot.stage == Stage::to_sign || slot.stage == Stage::to_send) add(slot.at);
        if (slot.stage == Stage::sent && may_be_stuck(slot)) add(slot.at + settings_.stuck_after);
    }
    if (may_open()) {
        for (const auto& each : queue_) add(paused_until(each.feed));
    }
    return first;
}

std::vector<PendingTransaction> Submitter::pending() const {
    std::vector<PendingTransaction> result;
    for (const auto& slot : slots_) {
        if (!slot.attempts.empty())
            result.push_back({.nonce = slot.nonce,
                              .transmission = slot.transmission,
                              .attempts = slot.attempts});
    }
    return result;
}

std::vector<Hash32> Submitter::watched() const {
    std::vector<Hash32> result;
    for (const auto& slot : slots_) {
        for (const auto& attempt : slot.attempts) result.push_back(attempt.hash);
    }
    return result;
}

bool Submitter::is_busy(std::string_view feed) const {
    return std::ranges::any_of(slots_,
                               [&](const Slot& each) { return each.transmission.feed == feed; }) ||
           std::ranges::any_of(queue_, [&](const Transmission& each) { return each.feed == feed; });
}

// Between half of the exponential delay and all of it: publishers that failed together come back
// apart.
milliseconds Submitter::backoff(unsigned failures) {
    auto delay = settings_.first_backoff;
    for (unsigned i = 1; i < failures && delay < settings_.max_backoff; ++i) delay *= 2;
    delay = std::min(delay, settings_.max_backoff);
    std::uniform_int_distribution<std::int64_t> jitter{delay.count() / 2, delay.count()};
    return milliseconds{jitter(random_)};
}

std::uint64_t Submitter::next_nonce(milliseconds now) {
    if (!slots_.empty()) return std::max(slots_.back().nonce + 1, view_->nonce);
    if (view_->nonce >= used_nonces_) {
        lagging_since_.reset();
        return view_->nonce;
    }
    // A node that is behind, or a reorganisation deeper than the confirmations: the latter stays.
    if (!lagging_since_) lagging_since_ = now;
    if (now - *lagging_since_ < settings_.stuck_after) return used_nonces_;
    lagging_since_.reset();
    used_nonces_ = view_->nonce;
    return used_nonces_;
}

bool Submitter::may_open() const noexcept {
    return view_ && slots_.size() < settings_.max_in_flight &&
           (slots_.empty() || slots_.back().is_accepted || slots_.back().stage == Stage::included);
}

milliseconds Submitter::paused_until(std::string_view feed) const {
    const auto pause = pauses_.find(feed);
    return pause == pauses_.end() ? milliseconds{} : pause->second.until;
}

// The lowest nonce holds up all others, so it is the one to replace; another only when its fees
// would not do even if it were its turn.
bool Submitter::may_be_stuck(const Slot& slot) const noexcept {
    const auto lowest = std::ranges::find_if(
        slots_, [](const Slot& each) { return each.stage != Stage::included; });
    return (lowest != slots_.end() && &slot == &*lowest) ||
           slot.attempts.back().fees.max_fee_per_gas < view_->market.base_fee_per_gas;
}

void Submitter::open_slots(Actions& out, milliseconds now) {
    while (may_open()) {
        const auto next = std::ranges::find_if(
            queue_, [&](const Transmission& each) { return paused_until(each.feed) <= now; });
        if (next == queue_.end()) return;
        Slot slot;
        slot.nonce = next_nonce(now);
        slot.transmission = std::move(*next);
        slot.fees = initial_fees(settings_.fees, view_->market);
        queue_.erase(next);
        slots_.push_back(std::move(slot));
        ask_signature(slots_.back(), out);
    }
}

void Submitter::ask_signature(Slot& slot, Actions& out) {
    if (slot.newer) slot.transmission = *std::exchange(slot.newer, std::nullopt);
    slot.stage = Stage::signing;
    slot.ticket = next_ticket_++;
    out.emplace_back(Sign{.ticket = slot.ticket,
                          .nonce = slot.nonce,
                          .fees = slot.fees,
                          .transmission = slot.transmission});
}

void Submitter::send(Slot& slot, Actions& out) {
    slot.stage = Stage::sending;
    const auto& attempt = slot.attempts.back();
    out.emplace_back(Broadcast{.hash = attempt.hash, .raw = attempt.raw, .nonce = slot.nonce});
}

void Submitter::replace(Slot& slot, Actions& out, milliseconds now) {
    const auto& last = slot.attempts.back();
    const auto fees = bumped_fees(settings_.fees, view_->market, last.fees);
    const bool may_replace =
        slot.may_replace && fees && slot.replacements < settings_.max_replacements;
    out.emplace_back(Notice{
        .kind = may_replace ? Kind::replaced : Kind::fee_cap_reached,
        .feed = slot.transmission.feed,
        .nonce = slot.nonce,
        .hash = last.hash,
        .fees = may_replace ? *fees : last.fees,
        .detail = slot.transmission.description,
    });
    if (may_replace) {
        ++slot.replacements;
        slot.fees = *fees;
        ask_signature(slot, out);
    } else {
        // The base fee may fall again, and a node may have forgotten the transaction.
        out.emplace_back(Notice{.kind = Kind::sent_again,
                                .feed = slot.transmission.feed,
                                .nonce = slot.nonce,
                                .hash = last.hash,
                                .fees = last.fees,
                                .detail = {}});
        slot.at = now;
        send(slot, out);
    }
}

void Submitter::retry_later(Slot& slot, Stage stage, milliseconds now) {
    slot.stage = stage;
    slot.at = now + backoff(++slot.failures);
}

void Submitter::keep_previous(Slot& slot, std::string detail, Actions& out, milliseconds now) {
    slot.may_replace = false;
    slot.stage = Stage::sent;
    slot.at = now;
    out.emplace_back(Notice{.kind = Kind::fee_cap_reached,
                            .feed = slot.transmission.feed,
                            .nonce = slot.nonce,
                            .hash = slot.attempts.back().hash,
                            .fees = slot.attempts.back().fees,
                            .detail = std::move(detail)});
}

// Only a slot that is nowhere: the last one, so that no nonce behind it is left without its
// predecessor.
void Submitter::give_up(const Slot& slot, Outcome outcome, std::string detail, Actions& out,
                        milliseconds now) {
    META138_ASSERT(!slot.may_be_out && &slot == &slots_.back());
    if (outcome != Outcome::withdrawn) {
        auto& pause = pauses_[slot.transmission.feed];
        pause.until = now + backoff(++pause.failures);
    }
    const bool was_persisted = !slot.attempts.empty();
    out.emplace_back(Finished{.outcome = outcome,
                              .feed = slot.transmission.feed,
                              .round = slot.transmission.round,
                              .nonce = slot.nonce,
                              .detail = std::move(detail)});
    slots_.pop_back();
    if (was_persisted) out.emplace_back(Persist{});
}

void Submitter::refused(Slot& slot, const BroadcastError& error, Actions& out, milliseconds now) {
    using enum BroadcastError::Kind;
    const auto tell = [&] {
        out.emplace_back(Notice{.kind = Kind::sending_failed,
                                .feed = slot.transmission.feed,
                                .nonce = slot.nonce,
                                .hash = slot.attempts.back().hash,
                                .fees = slot.attempts.back().fees,
                                .detail = error.detail});
    };
    switch (error.kind) {
        case unreachable:
            slot.may_be_out = true;
            tell();
            return retry_later(slot, Stage::to_send, now);
        case busy: tell(); return retry_later(slot, Stage::to_send, now);
        case nonce_too_low:
            // Included already, or somebody else's: views will tell.
            slot.may_be_out = true;
            slot.stage = Stage::sent;
            slot.at = now;
            return tell();
        case underpriced:
        case replaces_too_cheap:
            tell();
            if (slot.failures++ < settings_.max_replacements) return replace(slot, out, now);
            return retry_later(slot, Stage::to_send, now);
        case insufficient_funds:
        case rejected: break;
    }
    if (!slot.may_be_out)
        return give_up(
            slot, error.kind == rejected ? Outcome::refused_by_chain : Outcome::insufficient_funds,
            error.detail, out, now);
    tell();
    if (slot.attempts.size() == 1) return retry_later(slot, Stage::to_send, now);
    slot.attempts.pop_back();
    out.emplace_back(Persist{});
    keep_previous(slot, error.detail, out, now);
}

void Submitter::follow(Slot& slot, const AccountView& view, Actions& out, milliseconds now) {
    const auto inclusion = std::ranges::find_if(view.inclusions, [&](const Inclusion& each) {
        return std::ranges::find(slot.attempts, each.hash, &Attempt::hash) != slot.attempts.end();
    });
    if (inclusion != view.inclusions.end()) {
        slot.inclusion = *inclusion;
        slot.stage = Stage::included;
        slot.is_accepted = slot.may_be_out = true;
        slot.views_passed = 0;
        return;
    }
    if (slot.stage == Stage::included) {
        if (view.head < slot.inclusion->block) return;  // a node that is behind
        out.emplace_back(Notice{.kind = Kind::removed_by_reorg,
                                .feed = slot.transmission.feed,
                                .nonce = slot.nonce,
                                .hash = slot.inclusion->hash,
                                .fees = slot.attempts.back().fees,
                                .detail = slot.transmission.description});
        slot.inclusion.reset();
        slot.stage = Stage::to_send;
        slot.at = now;
        return;
    }
    slot.views_passed = view.nonce > slot.nonce ? slot.views_passed + 1 : 0;
}

void Submitter::finish(Actions& out, milliseconds now) {
    const auto before = out.size();
    for (auto slot = slots_.begin(); slot != slots_.end();) {
        Finished finished{.feed = slot->transmission.feed,
                          .round = slot->transmission.round,
                          .nonce = slot->nonce,
                          .detail = slot->transmission.description};
        if (slot->stage == Stage::included &&
            view_->head + 1 >= slot->inclusion->block + settings_.confirmations) {
            const auto& inclusion = *slot->inclusion;
            const auto attempt = std::ranges::find(slot->attempts, inclusion.hash, &Attempt::hash);
            finished.round = attempt->round;
            finished.hash = inclusion.hash;
            finished.block = inclusion.block;
            finished.gas_used = inclusion.gas_used;
            finished.effective_gas_price = inclusion.effective_gas_price;
            using enum Inclusion::Effect;
            finished.outcome = inclusion.effect == updated   ? Outcome::confirmed
                               : inclusion.effect == skipped ? Outcome::skipped
                                                             : Outcome::reverted;
        } else if (slot->views_passed >= superseded_after_views) {
            finished.outcome = Outcome::superseded;
            finished.detail = "the nonce was used by another transaction of the account";
        } else {
            ++slot;
            continue;
        }
        if (finished.outcome == Outcome::reverted) {
            auto& pause = pauses_[slot->transmission.feed];
            pause.until = now + backoff(++pause.failures);
        } else {
            pauses_.erase(slot->transmission.feed);
        }
        used_nonces_ = std::max(used_nonces_, slot->nonce + 1);
        out.emplace_back(std::move(finished));
        slot = slots_.erase(slot);
    }
    if (out.size() != before) out.emplace_back(Persist{});
}

void Submitter::wake(Actions& out, milliseconds now) {
    if (!view_) return;
    for (auto& slot : slots_) {
        if (slot.stage == Stage::to_sign && slot.at <= now) {
            ask_signature(slot, out);
        } else if (slot.stage == Stage::to_send && slot.at <= now) {
            send(slot, out);
        } else if (slot.stage == Stage::sent && slot.at + settings_.stuck_after <= now &&
                   may_be_stuck(slot)) {
            replace(slot, out, now);
        }
    }
}

}  // namespace meta138::oracle
