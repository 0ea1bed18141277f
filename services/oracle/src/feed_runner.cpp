// SPDX-License-Identifier: Apache-2.0
#include "feed_runner.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace meta138::oracle {
namespace {

using Kind = FeedStep::Kind;
using std::chrono::seconds;

// What an update that writes a round may cost although it was estimated as one that is skipped.
constexpr std::uint64_t least_gas_limit = 150'000;

ChainFeed to_chain_feed(const contracts::FeedState& state) {
    return {.round = state.round,
            .answer = state.answer,
            .updated_at = seconds{state.updated_at},
            .head_time = seconds{state.block_timestamp},
            .paused = state.is_paused,
            .min_answer = state.min_answer,
            .max_answer = state.max_answer,
            .due_at = seconds{state.due_at},
            .gate_deviation = Ratio{std::uint64_t{state.deviation_bps} * 100'000},
            .heartbeat = seconds{state.heartbeat}};
}

milliseconds backoff(const TransactionConfig& config, unsigned failures) {
    auto delay = config.backoff;
    for (unsigned i = 1; i < failures && delay < config.max_backoff; ++i) delay *= 2;
    return std::min(delay, config.max_backoff);
}

}  // namespace

FeedRunner::FeedRunner(const FeedConfig& config, const PublisherConfig& publisher,
                       const TransactionConfig& transactions, milliseconds block_period)
    : config_{&config},
      transactions_{transactions},
      is_dry_run_{publisher.dry_run},
      block_period_{block_period},
      address_{config.address},
      decider_{config, publisher, block_period},
      gas_limit_{transactions.gas_limit != 0 ? transactions.gas_limit : least_gas_limit} {}

void FeedRunner::on_address(ReadResult<Address> found) {
    if (!found) {
        chain_error_ = std::move(found).error();
    } else if (found->is_zero()) {
        chain_error_ =
            fmt::format("the registry has no feed {} / {}", config_->base, config_->quote);
    } else {
        address_ = *found;
        chain_error_.clear();
    }
}

void FeedRunner::on_reading(ReadResult<contracts::FeedState> reading) {
    if (!reading) {
        chain_error_ = std::move(reading).error();
        return;
    }
    chain_error_.clear();
    needs_reading_ = false;
    if (!chain_ || chain_->round != reading->round) due_at_ = {};
    chain_ = *reading;
    if (const auto round = std::exchange(reverted_round_, std::nullopt)) {
        if (reading->round >= *round) {
            ++counts_.lost_races;
        } else {
            ++counts_.failed[std::string{to_string(Outcome::reverted)}];
        }
    }
}

std::optional<std::string> FeedRunner::obstacle() const {
    if (!address_) return chain_error_.empty() ? "its address is not known yet" : chain_error_;
    if (!chain_) return chain_error_.empty() ? "not read from the chain yet" : chain_error_;
    if (chain_->decimals != config_->decimals)
        return fmt::format("the contract has {} decimals, the configuration says {}",
                           chain_->decimals, config_->decimals);
    if (!chain_->may_transmit && !is_dry_run_)
        return "the contract does not know this account as a transmitter";
    return std::nullopt;
}

FeedStep FeedRunner::decide(const PriceBoard& board, const Instant& now, bool is_busy) {
    due_at_ = now.steady + config_->poll_interval;
    aggregate_ = aggregate(*config_, board, now);
    if (obstacle() || needs_reading_) {
        decision_ = "unknown";
        return {};
    }
    const auto decision = decider_.decide(to_chain_feed(*chain_), aggregate_, now.wall);
    if (const auto* const wait = std::get_if<Wait>(&decision)) {
        decision_ = to_string(wait->reason);
        if (wait->until)
            due_at_ =
                std::min(due_at_, now.steady + std::max(milliseconds{1}, *wait->until - now.wall));
        if (wait->reason == WaitReason::fresh) refusal_.clear();
        return {.kind = is_busy ? Kind::withdraw : Kind::nothing};
    }
    const auto& update = std::get<Update>(decision);
    FeedStep step{.transmission = make_transmission(update), .reason = update.reason};
    if (is_dry_run_) {
        decision_ = "due";
        step.kind = std::exchange(announced_, update.round) == update.round ? Kind::nothing
                                                                            : Kind::announce;
        return step;
    }
    decision_ = is_busy || estimating_ ? "sending" : "due";
    if (is_busy) {
        // What a replacement will say.
        step.kind = Kind::submit;
        step.transmission.gas_limit = gas_limit_;
    } else if (!estimating_ && now.steady >= refused_until_) {
        step.kind = Kind::estimate;
        decision_ = "sending";
        estimating_ = step.transmission;
    }
    return step;
}

Transmission FeedRunner::make_transmission(const Update& update) const {
    return {
        .feed = config_->name,
        .aggregator = *address_,
        .round = update.round,
        .call_data = contracts::encode_transmit(
            update.round, update.answer, static_cast<std::uint64_t>(update.observed_at.count())),
        .description =
            fmt::format("{} = {} (round {}, {})", config_->name, to_string(*aggregate_.price),
                        update.round, to_string(update.reason))};
}

FeedStep FeedRunner::on_estimate(const Estimate& estimate, milliseconds steady_now) {
    auto transmission = std::exchange(estimating_, std::nullopt);
    if (!transmission) return {};
    if (!estimate.gas && !estimate.is_early) {
        if (estimate.is_round_taken) {
            note_lost(transmission->round);
            return {};
        }
        refusal_ = estimate.reason;
        refused_until_ = steady_now + backoff(transactions_, ++refusals_);
        if (estimate.is_reverted) ++counts_.failed["refused_by_contract"];
        return {};
    }
    refusals_ = 0;
    refusal_.clear();
    gas_limit_ = transactions_.gas_limit != 0
                     ? transactions_.gas_limit
                     : std::max(estimate.gas.value_or(0) * 5 / 4, least_gas_limit);
    transmission->gas_limit = gas_limit_;
    return {.kind = Kind::submit, .transmission = *std::move(transmission)};
}

void FeedRunner::note_lost(std::uint64_t round) {
    if (chain_ && chain_->round >= round) return;
    ++counts_.lost_races;
    needs_reading_ = true;
}

void FeedRunner::on_sent() {
    ++counts_.sent;
}

void FeedRunner::on_finished(const Finished& finished) {
    needs_reading_ = true;
    switch (finished.outcome) {
        case Outcome::confirmed:
            ++counts_.confirmed;
            counts_.last_update = LastUpdate{.round = finished.round,
                                             .transaction = finished.hash,
                                             .block = finished.block,
                                             .gas_used = finished.gas_used};
            return;
        case Outcome::skipped: ++counts_.lost_races; return;
        case Outcome::reverted: reverted_round_ = finished.round; return;
        case Outcome::withdrawn: return;
        case Outcome::superseded:
        case Outcome::refused_by_signer:
        case Outcome::refused_by_chain:
        case Outcome::insufficient_funds:
            ++counts_.failed[std::string{to_string(finished.outcome)}];
            refusal_ = fmt::format("{}: {}", to_string(finished.outcome), finished.detail);
            return;
    }
}

FeedStatus FeedRunner::status(const Instant& now, bool is_busy) const {
    auto status = counts_;
    status.name = config_->name;
    status.address = address_;
    status.decimals = config_->decimals;
    status.aggregate = aggregate_;
    status.heartbeat = config_->heartbeat;
    status.threshold = config_->deviation_threshold;
    status.decision = decision_;
    status.is_busy = is_busy;
    if (auto why = obstacle()) status.problems.push_back(*std::move(why));
    if (!refusal_.empty()) status.problems.push_back("the last update was refused: " + refusal_);
    if (aggregate_.missing)
        status.problems.push_back(fmt::format(
            "no price: {} of {} sources are alive, {} needed ({})", aggregate_.alive,
            config_->sources.size(), config_->min_sources, to_string(*aggregate_.missing)));
    if (!chain_) return status;
    status.is_paused = chain_->is_paused;
    status.round = chain_->round;
    if (chain_->round == 0) return status;
    status.answer = from_answer(chain_->answer, config_->decimals);
    status.updated_at = seconds{chain_->updated_at};
    status.age =
        std::max(seconds{0}, std::chrono::duration_cast<seconds>(now.wall) - status.updated_at);
    if (aggregate_.price && status.answer)
        status.deviation = deviation(*aggregate_.price, *status.answer);
    if (*status.age > config_->heartbeat + 3 * block_period_ + seconds{1} && !status.is_paused)
        status.problems.push_back(fmt::format("its last answer is {} s old, its heartbeat is {} s",
                                              status.age->count(), config_->heartbeat.count()));
    return status;
}

}  // namespace meta138::oracle
