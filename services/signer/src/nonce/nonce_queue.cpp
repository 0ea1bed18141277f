// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/nonce_queue.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

// The events, and what follows from any of them.
namespace meta138::signer {

NonceQueue::NonceQueue(const NonceQueueOptions& options) : options_{options} {}

void NonceQueue::restore(std::vector<RestoredTransaction> transactions, std::uint64_t settled_below,
                         QueueTime now) {
    META138_ASSERT(slots_.empty() && !is_synced_);
    settled_ = latest_ = pending_ = next_ = settled_below;
    for (auto& transaction : transactions) {
        if (transaction.nonce < settled_below) continue;
        const auto ticket = ++last_ticket_;
        // Whether it was sent, and what became of it, nobody knows any more.
        const auto [slot, is_new] =
            slots_.emplace(transaction.nonce, Slot{.state = Slot::State::retrying,
                                                   .ticket = ticket,
                                                   .was_accepted = transaction.was_accepted,
                                                   .hash = transaction.hash,
                                                   .raw = std::move(transaction.raw),
                                                   .last_unknown = now,
                                                   .retry_at = now});
        if (!is_new) continue;
        tickets_.emplace(ticket, transaction.nonce);
        timers_.emplace(now, transaction.nonce);
        open_.insert(transaction.nonce);
    }
}

NonceActions NonceQueue::on(const Submit& event, QueueTime now) {
    NonceActions out;
    META138_ASSERT(!requests_.contains(event.request));
    if (event.nonce) {
        submit_with_nonce(event, out);
    } else if (waiting_count_ >= options_.max_waiting) {
        out.emplace_back(Answer{.request = event.request,
                                .outcome = Answer::NothingSent{.why = NotSent::queue_full}});
    } else {
        requests_.emplace(event.request, Place{});
        waiting_.push_back(event.request);
        ++waiting_count_;
    }
    if (requests_.contains(event.request))
        deadlines_.emplace_back(now + options_.patience, event.request);
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const Signed& event, QueueTime now) {
    NonceActions out;
    if (const auto slot = find_slot(event.ticket); slot != slots_.end()) {
        META138_ASSERT(slot->second.state == Slot::State::signing);
        slot->second.hash = event.hash;
        slot->second.raw = event.raw;
        signing_.erase(slot->first);
        if (slot->second.is_unwanted) {
            const auto nonce = slot->first;
            drop(slot, out);
            free_nonce(nonce, now);
        } else if (slot->second.is_explicit || slot->second.is_filler) {
            send(slot, out, now);
        } else {
            set_state(slot, Slot::State::ready);
            ready_.insert(slot->first);
        }
    } else {
        on_replacement_signed(event.ticket, event, out);
    }
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const SignFailed& event, QueueTime now) {
    NonceActions out;
    const auto fail = [&](std::optional<RequestId> request) {
        if (request)
            answer(*request,
                   Answer::NothingSent{.why = NotSent::not_signed, .reason = event.reason}, out);
    };
    if (const auto slot = find_slot(event.ticket); slot != slots_.end()) {
        fail(slot->second.request);
        if (slot->second.is_filler) ++filler_failures_;
        const auto nonce = slot->first;
        close_slot(slot);
        free_nonce(nonce, now);
    } else if (const auto found = replacements_.find(event.ticket); found != replacements_.end()) {
        fail(found->second.request);
        replacements_.erase(found);
    }
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const SendAnswered& event, QueueTime now) {
    NonceActions out;
    const auto slot = find_slot(event.ticket);
    if (slot != slots_.end() && slot->second.state == Slot::State::sending) {
        if (std::holds_alternative<SendAnswered::Accepted>(event.outcome)) {
            accept(slot, out, now);
        } else if (const auto* error = std::get_if<NodeError>(&event.outcome)) {
            on_node_error(slot, *error, out, now);
        } else {
            slot->second.last_unknown = now;
            retry_later(slot, now);
        }
    } else {
        on_replacement_answered(event, out, now);
    }
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const LookedUp& event, QueueTime now) {
    NonceActions out;
    const auto slot = find_slot(event.ticket);
    if (slot != slots_.end() && slot->second.state == Slot::State::checking &&
        !slot->second.retry_at) {
        // What may have been sent and not noticed is looked for more than once: a node may know
        // the new nonce before it finds the transaction that used it.
        const bool may_be_out = slot->second.last_unknown || slot->second.was_accepted;
        const unsigned absences_that_count = may_be_out ? 3 : 1;
        switch (event.where) {
            case Whereabouts::pending:
            case Whereabouts::mined: accept(slot, out, now); break;
            case Whereabouts::absent:
                if (++slot->second.absences >= absences_that_count) {
                    lose_nonce(slot, out);
                } else {
                    retry_later(slot, now);
                }
                break;
            case Whereabouts::unknown: retry_later(slot, now); break;
        }
    }
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const Counts& event, QueueTime now) {
    NonceActions out;
    is_fetching_ = false;
    count_failures_ = 0;
    count_retry_at_.reset();
    counted_at_ = now;
    // A node that is behind tells nothing new.
    const bool is_behind = event.latest < latest_;
    latest_ = std::max(latest_, event.latest);
    pending_ = std::max(latest_, event.pending);
    if (!is_synced_) sync_first(now);
    // Every nonce below is somebody's.
    next_ = std::max(next_, pending_);
    free_.erase(free_.begin(), free_.lower_bound(pending_));
    settle(out);
    if (!is_behind) find_lost(now);
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const CountsFailed& /*event*/, QueueTime now) {
    NonceActions out;
    is_fetching_ = false;
    counts_are_stale_ = true;
    count_retry_at_ = now + backoff(options_.first_retry, count_failures_++);
    pump(out, now);
    return out;
}

NonceActions NonceQueue::on(const Tick& /*event*/, QueueTime now) {
    NonceActions out;
    pump(out, now);
    return out;
}

void NonceQueue::pump(NonceActions& out, QueueTime now) {
    expire_requests(out, now);
    fetch_counts(out, now);
    run_timers(out, now);
    assign(out);
    fill_gaps(out, now);
    send_ready(out, now);
}

std::optional<QueueTime> NonceQueue::next_time() const {
    std::optional<QueueTime> time;
    const auto at = [&time](std::optional<QueueTime> other) {
        if (other && (!time || *other < *time)) time = other;
    };
    if (!deadlines_.empty()) at(deadlines_.front().first);
    if (is_synced_ && !timers_.empty() && sending_ < options_.window) at(timers_.begin()->first);
    at(gap_due());
    if (!is_fetching_ && count_retry_at_) {
        at(count_retry_at_);
    } else if (!is_fetching_ && counted_at_ && !slots_.empty()) {
        at(*counted_at_ + options_.count_interval);
    }
    return time;
}

NonceQueueStatus NonceQueue::status() const {
    auto status = totals_;
    status.waiting = waiting_count_;
    status.in_flight = open_.size();
    status.unmined = slots_.size();
    status.gaps = static_cast<std::size_t>(
        std::ranges::count_if(free_, [this](const auto& entry) { return is_gap(entry.first); }));
    status.next = next_;
    status.latest = latest_;
    status.pending = pending_;
    status.is_synced = is_synced_;
    return status;
}

// Requests.

void NonceQueue::answer(RequestId request, decltype(Answer::outcome) outcome, NonceActions& out) {
    const auto place = requests_.find(request);
    META138_ASSERT(place != requests_.end());
    if (place->second.is_waiting) --waiting_count_;
    requests_.erase(place);
    out.emplace_back(Answer{.request = request, .outcome = std::move(outcome)});
}

void NonceQueue::expire_requests(NonceActions& out, QueueTime now) {
    while (!deadlines_.empty() && deadlines_.front().first <= now) {
        const auto request = deadlines_.front().second;
        deadlines_.pop_front();
        if (requests_.contains(request)) answer_late(request, out, now);
    }
    // Those that were answered long ago need not wait for their time.
    while (!deadlines_.empty() && !requests_.contains(deadlines_.front().second))
        deadlines_.pop_front();
}

void NonceQueue::answer_late(RequestId request, NonceActions& out, QueueTime now) {
    const auto place = requests_.at(request);
    if (place.is_waiting)
        return answer(request, Answer::NothingSent{.why = NotSent::timed_out}, out);
    if (const auto slot = find_slot(place.ticket); slot != slots_.end())
        return answer_late(slot, out, now);
    auto& replacement = replacements_.at(place.ticket);
    replacement.request.reset();
    if (replacement.is_sent) return answer(request, Answer::Unknown{replacement.hash}, out);
    answer(request, Answer::NothingSent{.why = NotSent::timed_out}, out);
}

void NonceQueue::answer_late(Slots::iterator slot, NonceActions& out, QueueTime now) {
    auto& held = slot->second;
    const auto request = *held.request;
    const auto nonce = slot->first;
    held.request.reset();
    switch (held.state) {
        case Slot::State::signing:
            held.is_unwanted = true;
            return answer(request, Answer::NothingSent{.why = NotSent::timed_out}, out);
        case Slot::State::ready:
        case Slot::State::retrying:
            if (!held.last_unknown && !held.was_accepted) {
                auto error = std::move(held.last_error);
                drop(slot, out);
                free_nonce(nonce, now);
                if (!error.message.empty()) return answer(request, std::move(error), out);
                return answer(request, Answer::NothingSent{.why = NotSent::timed_out}, out);
            }
            [[fallthrough]];
        case Slot::State::sending:
        case Slot::State::checking:
        case Slot::State::accepted: return answer(request, Answer::Unknown{held.hash}, out);
    }
}

// Nonces.

bool NonceQueue::may_assign_nonces() const {
    return is_synced_ && !counts_are_stale_ && !(is_fetching_ && slots_.empty());
}

void NonceQueue::assign(NonceActions& out) {
    while (waiting_count_ != 0 && may_assign_nonces()) {
        // A nonce that was given back may hold up all that are on their way.
        const bool has_room =
            open_.size() < options_.window && slots_.size() < options_.max_unmined;
        if (free_.empty() && !has_room) return;
        const auto request = waiting_.front();
        waiting_.pop_front();
        const auto place = requests_.find(request);
        if (place == requests_.end() || !place->second.is_waiting) continue;
        std::uint64_t nonce = 0;
        if (!free_.empty()) {
            nonce = free_.begin()->first;
            free_.erase(free_.begin());
        } else {
            while (slots_.contains(next_)) ++next_;
            META138_ASSERT(next_ < std::numeric_limits<std::uint64_t>::max());
            nonce = next_++;
        }
        --waiting_count_;
        place->second = {.is_waiting = false, .ticket = last_ticket_ + 1};
        open_slot(nonce, Slot{.request = request}, out);
        signing_.insert(nonce);
    }
    if (waiting_count_ == 0) waiting_.clear();
}

void NonceQueue::free_nonce(std::uint64_t nonce, QueueTime now) {
    if (nonce < pending_ || nonce >= next_ || slots_.contains(nonce)) return;
    free_.emplace(nonce, now);
    // The highest need not be kept: nothing waits for them.
    while (!free_.empty() && std::prev(free_.end())->first + 1 == next_) {
        --next_;
        free_.erase(next_);
    }
}

bool NonceQueue::is_gap(std::uint64_t nonce) const {
    return !slots_.empty() && std::prev(slots_.end())->first > nonce;
}

std::optional<QueueTime> NonceQueue::gap_due() const {
    if (!options_.fills_gaps || !is_synced_) return std::nullopt;
    const auto delay = backoff(options_.gap_patience, filler_failures_);
    std::optional<QueueTime> due;
    for (const auto& [nonce, since] : free_) {
        if (is_gap(nonce) && (!due || since + delay < *due)) due = since + delay;
    }
    return due;
}

void NonceQueue::fill_gaps(NonceActions& out, QueueTime now) {
    const auto due = gap_due();
    if (!due || *due > now) return;
    const auto delay = backoff(options_.gap_patience, filler_failures_);
    for (auto at = free_.begin(); at != free_.end();) {
        const auto [nonce, since] = *at;
        if (!is_gap(nonce) || since + delay > now) {
            ++at;
            continue;
        }
        at = free_.erase(at);
        open_slot(nonce, Slot{.is_filler = true}, out);
    }
}

// Counts.

bool NonceQueue::wants_counts(QueueTime now) const {
    if (count_retry_at_ && now < *count_retry_at_) return false;
    if (!is_synced_) return waiting_count_ != 0 || !slots_.empty();
    if (counts_are_stale_) return true;
    return now - *counted_at_ >= options_.count_interval &&
           (waiting_count_ != 0 || !slots_.empty());
}

void NonceQueue::fetch_counts(NonceActions& out, QueueTime now) {
    if (is_fetching_ || !wants_counts(now)) return;
    is_fetching_ = true;
    counts_are_stale_ = false;
    out.emplace_back(FetchCounts{});
}

void NonceQueue::sync_first(QueueTime now) {
    is_synced_ = true;
    next_ = std::max(next_, pending_);
    // Gaps among what the journal had: refused before the restart, or never durable. A wide one is
    // a caller's own choice of nonces.
    for (const auto& [nonce, slot] : slots_) {
        if (nonce < next_) continue;
        if (nonce - next_ > options_.window) break;
        for (; next_ < nonce; ++next_) free_.emplace(next_, now);
        ++next_;
    }
}

void NonceQueue::settle(NonceActions& out) {
    std::vector<std::uint64_t> used;
    for (auto at = slots_.begin(); at != slots_.end() && at->first < latest_; ++at)
        used.push_back(at->first);
    for (const auto nonce : used) {
        const auto slot = slots_.find(nonce);
        auto& held = slot->second;
        switch (held.state) {
            case Slot::State::accepted: close_slot(slot); break;
            case Slot::State::retrying:
                if (held.request || held.was_accepted) {
                    look_up(slot, out);
                } else {
                    // Nobody waits to hear whose transaction it was.
                    drop(slot, out);
                }
                break;
            // What is on its way is told so by the node.
            case Slot::State::signing:
            case Slot::State::ready:
            case Slot::State::sending:
            case Slot::State::checking: break;
        }
    }
    const auto below = slots_.empty() ? latest_ : std::min(latest_, slots_.begin()->first);
    if (below <= settled_) return;
    settled_ = below;
    out.emplace_back(Settle{.below = below});
}

void NonceQueue::find_lost(QueueTime now) {
    const auto missing = slots_.find(pending_);
    if (missing == slots_.end()) {
        // Another program's transaction may have left the pool, and with it the nonce its owner.
        const bool is_hole = pending_ < next_ && !free_.contains(pending_);
        if (!is_hole || !hole_ || hole_->first != pending_) {
            hole_.reset();
            if (is_hole) hole_ = {pending_, now};
        } else if (now - hole_->second >= options_.resend_after) {
            hole_.reset();
            free_nonce(pending_, now);
        }
        return;
    }
    hole_.reset();
    const auto is_lost = [&](const Slot& slot) {
        return slot.state == Slot::State::accepted && now - slot.touched >= options_.resend_after;
    };
    if (!is_lost(missing->second)) return;
    // With one the node has lost those after it, or cannot use them.
    for (auto at = missing; at != slots_.end(); ++at) {
        if (!is_lost(at->second)) continue;
        ++totals_.resent;
        set_state(at, Slot::State::retrying);
        at->second.retry_at = now;
        timers_.emplace(now, at->first);
    }
}

}  // namespace meta138::signer
