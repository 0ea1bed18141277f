// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/decision.hpp"

#include "meta138/base/assert.hpp"

#include <algorithm>

namespace meta138::oracle {

namespace {

/// Blocks between sending and being in one: the next may be full or built already.
constexpr int blocks_to_inclusion = 2;
/// At least this share of a heartbeat passes before it is due: an eighth is the lead at most, as in
/// the contract, so that a short heartbeat does not become an update a block.
constexpr int lead_divisor = 8;
/// A block is built a little before its timestamp, by another machine's clock.
constexpr milliseconds gate_margin{1'000};

/// How far two answers of one feed are apart: as the contract computes it.
Ratio answer_deviation(const uint256& answer, const uint256& last) {
    const auto x = from_answer(answer, 0);
    const auto reference = from_answer(last, 0);
    if (!x || !reference) return Ratio{~std::uint64_t{0}};
    return deviation(*x, *reference);
}

}  // namespace

std::string_view to_string(UpdateReason reason) noexcept {
    switch (reason) {
        case UpdateReason::first: return "first";
        case UpdateReason::deviation: return "deviation";
        case UpdateReason::heartbeat: return "heartbeat";
    }
    return "unknown";
}

std::string_view to_string(WaitReason reason) noexcept {
    switch (reason) {
        case WaitReason::fresh: return "fresh";
        case WaitReason::others_turn: return "another publisher's turn";
        case WaitReason::no_price: return "no price";
        case WaitReason::paused: return "paused";
        case WaitReason::out_of_bounds: return "out of the contract's bounds";
        case WaitReason::gated: return "too early for the contract";
    }
    return "unknown";
}

Decider::Decider(const FeedConfig& feed, const PublisherConfig& publisher,
                 milliseconds block_period)
    : decimals_{feed.decimals},
      heartbeat_{feed.heartbeat},
      threshold_{feed.deviation_threshold},
      publisher_{publisher},
      lead_{blocks_to_inclusion * block_period + publisher.turn * (publisher.publishers - 1)} {
    META138_ASSERT(publisher.rank < publisher.publishers);
}

/// When an update has to be on its way, for the answer not to grow older than the heartbeat.
milliseconds Decider::heartbeat_at(const ChainFeed& chain) const {
    const auto heartbeat =
        std::min(heartbeat_, milliseconds{chain.heartbeat.value_or(seconds::max() / 1000)});
    return milliseconds{chain.updated_at} + heartbeat - std::min(lead_, heartbeat / lead_divisor);
}

std::optional<UpdateReason> Decider::due(const ChainFeed& chain, const uint256& answer,
                                         milliseconds now) const {
    if (chain.round == 0) return UpdateReason::first;
    if (answer != chain.answer && answer_deviation(answer, chain.answer) >= threshold_)
        return UpdateReason::deviation;
    if (now >= heartbeat_at(chain)) return UpdateReason::heartbeat;
    return std::nullopt;
}

/// How long this publisher leaves a round to those before it: each round is another one's turn.
milliseconds Decider::delay(std::uint64_t round) const noexcept {
    const std::uint64_t n = publisher_.publishers;
    return publisher_.turn * ((publisher_.rank + n - round % n) % n);
}

Decision Decider::decide(const ChainFeed& chain, const Aggregate& price, milliseconds now) {
    const std::uint64_t next = chain.round + 1;
    if (round_ != next) {
        round_ = next;
        due_since_.reset();
    }
    if (chain.paused) return Wait{.reason = WaitReason::paused};
    if (!price.price) return Wait{.reason = WaitReason::no_price};
    const auto answer = to_answer(*price.price, decimals_);
    if (!answer || (chain.min_answer && slt(*answer, *chain.min_answer)) ||
        (chain.max_answer && sgt(*answer, *chain.max_answer)))
        return Wait{.reason = WaitReason::out_of_bounds};

    const auto reason = due(chain, *answer, now);
    if (!reason) {
        due_since_.reset();
        return Wait{.reason = WaitReason::fresh, .until = heartbeat_at(chain)};
    }
    const bool is_open =
        *reason == UpdateReason::first ||
        std::max(milliseconds{chain.head_time}, now - gate_margin) >= milliseconds{chain.due_at} ||
        answer_deviation(*answer, chain.answer) >= chain.gate_deviation;
    if (!is_open)
        return Wait{.reason = WaitReason::gated, .until = milliseconds{chain.due_at} + gate_margin};
    // A clock that was set back must not make us wait for the time that it lost.
    if (!due_since_ || *due_since_ > now) due_since_ = now;
    const auto turn_at = *due_since_ + delay(next);
    if (now < turn_at) return Wait{.reason = WaitReason::others_turn, .until = turn_at};
    return Update{.round = next,
                  .answer = *answer,
                  .observed_at = std::chrono::duration_cast<seconds>(now),
                  .reason = *reason};
}

}  // namespace meta138::oracle
