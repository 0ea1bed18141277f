// SPDX-License-Identifier: Apache-2.0
#include "validator_implementation.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/consensus/qbft_consensus.hpp"

#include <algorithm>

namespace meta138::consensus {

namespace {

using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t vanity_size = 32;

/// Between the end of building ahead and the moment the block is due: timers are not exact.
constexpr milliseconds spare_time{5};
/// Building ahead ends so long after the block's time at the latest, when it began late: later the
/// block would have another timestamp.
constexpr milliseconds max_delay{300};
/// A share of the period that building ahead may take when the pool changes all the time: one part
/// of so many.
constexpr int max_load = 4;

// Besu ConsensusHelpers.zeroLeftPad
Bytes vanity_of(const Bytes& text) {
    Bytes vanity(vanity_size, 0);
    const auto size = std::min(text.size(), vanity_size);
    std::ranges::copy_n(text.begin(), static_cast<std::ptrdiff_t>(size),
                        vanity.end() - static_cast<std::ptrdiff_t>(size));
    return vanity;
}

}  // namespace

// Besu VoteProposer: in turn, of those that would still change something.
std::optional<qbft::Vote> Validator::Implementation::vote() const {
    if (votes_.empty()) return std::nullopt;
    const auto view = chain_.view();
    const auto tally = sets_.tally_after(view->head().header, *view);
    // An epoch block's vote counts for nothing.
    if (!tally || next_number() % config_.epoch_length == 0) return std::nullopt;
    const auto candidates = votes_to_cast(votes_, settings_.local, *tally);
    if (candidates.empty()) return std::nullopt;
    return candidates[vote_turn_ % candidates.size()];
}

Validator::Implementation::Plan Validator::Implementation::plan(std::uint32_t round,
                                                                std::uint64_t timestamp) const {
    const auto view = chain_.view();
    Plan plan{.parent = view->head().hash,
              .number = view->head().header.number + 1,
              .round = round,
              .timestamp = timestamp,
              .extra_data = {},
              .options = host_.build_options()};
    qbft::ExtraData extra{.vanity = vanity_of(plan.options.extra_data),
                          .validators = {},
                          .vote = {},
                          .round = round,
                          .seals = {}};
    if (!sets_.uses_contract_after(view->head().header)) {
        extra.validators = height_.validators;
        extra.vote = vote();
    }
    plan.extra_data = encode_extra_data(extra);
    return plan;
}

Validator::Implementation::Executed Validator::Implementation::build(const Plan& plan,
                                                                     microseconds at_most) {
    const auto rules = chain_.view()->next_rules(plan.timestamp);
    blockchain::BlockAttributes attributes;
    attributes.timestamp = plan.timestamp;
    attributes.coinbase = settings_.local;
    attributes.extra_data = plan.extra_data;
    attributes.prev_randao = istanbul_mix_hash;
    attributes.target_gas_limit = plan.options.target_gas_limit;
    if (rules.fork >= Fork::shanghai) attributes.withdrawals.emplace();
    if (rules.fork >= Fork::cancun) attributes.parent_beacon_block_root = Hash32{};
    attributes.min_gas_price = plan.options.min_gas_price;
    attributes.min_priority_fee = plan.options.min_priority_fee;

    const auto started = host_.stopwatch();
    const auto budget =
        std::min(at_most, microseconds{height_.block_period} *
                              static_cast<int>(settings_.selection_max_time_percent) / 100);
    const auto candidates = host_.candidates();
    auto block = blockchain::build_block(
        chain_, attributes, *candidates, [&] { return host_.stopwatch() - started < budget; },
        &report_);
    const auto took = host_.stopwatch() - started;
    // Rises at once, and falls slowly.
    build_time_ = std::max(took, (7 * build_time_ + took) / 8);
    counters_.last_build = took;
    return block;
}

void Validator::Implementation::carry_out(const qbft::BuildBlock& action) {
    if (action.number != next_number()) return;  // a peer was faster
    const auto started = host_.stopwatch();
    const auto wanted = plan(action.round, action.timestamp);
    Executed block;
    if (built_ahead_ && built_ahead_->first == wanted) {
        ++counters_.built_ahead_used;
        block = std::exchange(built_ahead_, std::nullopt)->second;
    } else {
        forget_built_ahead();
        block = build(wanted);
    }
    pool_changed_ = true;  // if this one is not proposed, look again
    if (!block) {
        notice({.kind = ValidatorNotice::Kind::not_built,
                .number = action.number,
                .round = action.round,
                .report = report_,
                .text = to_string(report_)});
        push(core_.on_built(action.number, action.round, nullptr, host_.now()));
        return;
    }
    ++vote_turn_;
    ++counters_.blocks_built;
    keep(block);
    notice({.kind = ValidatorNotice::Kind::block_built,
            .number = action.number,
            .round = action.round,
            .block = block,
            .report = report_,
            .took = host_.stopwatch() - started});
    push(core_.on_built(action.number, action.round,
                        std::shared_ptr<const Block>{block, &block->block}, host_.now()));
}

// --- Ahead of its time

void Validator::Implementation::forget_built_ahead() {
    if (built_ahead_) ++counters_.built_ahead_wasted;
    built_ahead_.reset();
}

std::uint64_t Validator::Implementation::timestamp_in(milliseconds due) const {
    constexpr milliseconds half{500};
    const auto at = floor<seconds>(host_.now().wall + due + half);
    const auto earliest =
        height_.parent.timestamp +
        (height_.is_subsecond ? 0
                              : static_cast<std::uint64_t>(
                                    std::chrono::ceil<seconds>(height_.block_period).count()));
    return std::max(earliest, static_cast<std::uint64_t>(std::max<std::int64_t>(0, at.count())));
}

std::optional<milliseconds> Validator::Implementation::build_ahead_in() const {
    if (!settings_.builds_ahead || !is_our_turn_) return std::nullopt;
    const auto due = core_.due_in(host_.now());
    if (!due || *due < spare_time) return std::nullopt;
    const auto needed = floor<milliseconds>(build_time_ * 3 / 2) + 2 * spare_time;
    if (!built_ahead_) return *due - std::max(needed, 4 * spare_time);
    if (!pool_changed_ || *due <= needed) return std::nullopt;
    // Again, for what came since; but not all the time.
    const auto rested = built_ahead_at_ + max_load * build_time_ - host_.stopwatch();
    return std::chrono::ceil<milliseconds>(rested);
}

void Validator::Implementation::build_ahead() {
    const auto due = core_.due_in(host_.now());
    if (!due) return;
    auto wanted = plan(0, timestamp_in(*due));
    forget_built_ahead();
    pool_changed_ = false;
    if (auto block = build(wanted, *due + max_delay))
        built_ahead_.emplace(std::move(wanted), std::move(block));
    built_ahead_at_ = host_.stopwatch();
}

}  // namespace meta138::consensus
