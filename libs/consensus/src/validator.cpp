// SPDX-License-Identifier: Apache-2.0
#include "validator_implementation.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace meta138::consensus {

namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Executed proposals of a height that are kept, for their import; a byzantine proposer can make
/// more, which then run again.
constexpr std::size_t max_executed = 8;
/// A block of a former life may be ahead of its clock by a second, and that clock of this one.
constexpr seconds past_margin{2};
/// Proposals from the near future that wait for their time.
constexpr std::size_t max_deferred = 8;

qbft::CoreSettings core_settings(const ValidatorSettings& settings, const qbft::Config& config) {
    return {.local = settings.local,
            .sign = settings.sign,
            .max_round_timeout = settings.max_round_timeout,
            .early_round_change = settings.early_round_change,
            .legacy_encoding = settings.legacy_encoding,
            .duplicate_message_limit = config.duplicate_message_limit,
            .gossiped_history_limit = config.gossiped_history_limit,
            .future_messages_limit = config.future_messages_limit,
            .future_messages_max_distance = config.future_messages_max_distance};
}

std::size_t index_of(qbft::MessageCode code) {
    return static_cast<std::size_t>(code) - static_cast<std::size_t>(qbft::MessageCode::proposal);
}

}  // namespace

Validator::Implementation::Implementation(ValidatorSettings settings, const qbft::Config& config,
                                          blockchain::Chain& chain, const ValidatorSets& sets,
                                          SafetyStore& store, ValidatorHost& host)
    : settings_{std::move(settings)},
      config_{config},
      chain_{chain},
      sets_{sets},
      store_{store},
      host_{host},
      core_{core_settings(settings_, config_), store_.record()} {
    listener_ = chain_.add_listener([this](const blockchain::HeadEvent& event) { on_head(event); });
    // A decided block often comes from a peer before the last Commit does.
    chain_.set_known_executions([this](const Hash32& hash) { return find_executed(hash); });
}

Validator::Implementation::~Implementation() {
    chain_.remove_listener(listener_);
    chain_.set_known_executions({});
}

// --- Heights

void Validator::Implementation::on_head(const blockchain::HeadEvent& event) {
    newest_ = event.added.empty() ? nullptr : event.added.back();
    executed_.clear();
    deferred_.clear();
    waits_until_.reset();
    proposal_at_.reset();
    forget_built_ahead();
    is_our_turn_ = false;
    if (!event.removed.empty()) core_.stop();  // an operator has taken blocks back
    if (!is_paused_) enter();
}

void Validator::Implementation::enter() {
    auto height = next_height();
    if (!height) {
        core_.stop();
        return;
    }
    const auto head = chain_.view()->head();
    if (may_have_forgotten(head)) {
        const auto now = host_.now();
        if (!waits_until_) {
            core_.stop();
            waits_until_ = now.steady + settings_.unknown_past_wait;
            notice(
                {.kind = ValidatorNotice::Kind::waits_for_past, .number = head.header.number + 1});
        }
        if (now.steady < *waits_until_) return;
        notice(
            {.kind = ValidatorNotice::Kind::joins_without_past, .number = head.header.number + 1});
    }
    waits_until_.reset();
    height_ = *std::move(height);
    round_ = 0;
    run(core_.start_height(height_, host_.now()));
    const auto status = core_.status();
    is_our_turn_ = status.number == height_.parent.number + 1 && status.is_validator &&
                   status.round == 0 && status.proposer == settings_.local && round_ == 0;
}

void Validator::Implementation::pause() {
    is_paused_ = true;
    core_.stop();
    executed_.clear();
    deferred_.clear();
    waits_until_.reset();
    proposal_at_.reset();
    forget_built_ahead();
    is_our_turn_ = false;
}

void Validator::Implementation::resume() {
    if (!is_paused_) return;
    is_paused_ = false;
    enter();
}

// docs/formats/consensus-state.md says why this is enough.
bool Validator::Implementation::may_have_forgotten(const storage::StoredHeader& head) const {
    const auto& header = head.header;
    if (header.number == 0) return false;
    // Nothing was signed for a child of a block that was made after the store.
    if (seconds{header.timestamp} - past_margin > store_.created_at()) return false;
    const auto record = store_.record();
    if (!record) return true;
    // What was signed for this height, or that we took part in the one before, is in the store.
    if (record->number > header.number) return false;
    return record->number < header.number || !(record->prepared || record->committed);
}

std::optional<qbft::HeightSettings> Validator::Implementation::next_height() {
    const auto view = chain_.view();
    const auto& head = view->head();
    // Blocks of IBFT come from others, until QBFT begins.
    if (config_.of_block(head.header.number + 1).protocol != qbft::Protocol::qbft)
        return std::nullopt;
    auto validators = sets_.after(head.header, *view);
    if (!validators) {
        notice({.kind = ValidatorNotice::Kind::no_validators,
                .number = head.header.number + 1,
                .text = validators.error()});
        return std::nullopt;
    }
    const auto number = head.header.number + 1;
    // Besu BlockTimer: the longer one of the periods before and after a transition by time.
    const auto* config = &config_.at(number, head.header.timestamp);
    const auto& after = config_.at(
        number, head.header.timestamp +
                    static_cast<std::uint64_t>(floor<seconds>(config->block_period).count()));
    if (after.block_period > config->block_period) config = &after;
    return qbft::HeightSettings{.parent = head.header,
                                .parent_hash = head.hash,
                                .validators = *std::move(validators),
                                .block_period = config->block_period,
                                .is_subsecond = config->is_subsecond,
                                .empty_block_period = config->empty_block_period,
                                .request_timeout = config_.request_timeout};
}

// --- Events

void Validator::Implementation::on_time() {
    if (is_paused_) return;
    const auto now = host_.now();
    if (waits_until_) {
        if (now.steady >= *waits_until_) enter();
        return;
    }
    std::vector<qbft::ValidateBlock> due;
    std::erase_if(deferred_, [&](const Deferred& deferred) {
        if (deferred.due > now.wall) return false;
        due.push_back(deferred.action);
        return true;
    });
    for (auto& action : due) push({std::move(action)});
    run(core_.on_time(host_.now()));
    if (const auto in = build_ahead_in(); in && in->count() <= 0) build_ahead();
}

void Validator::Implementation::on_transactions() {
    pool_changed_ = true;
    if (!is_paused_ && height_.empty_block_period.count() != 0)
        run(core_.on_transactions(host_.now()));
}

std::optional<milliseconds> Validator::Implementation::due_in() const {
    if (is_paused_) return std::nullopt;
    const auto now = host_.now();
    const auto from_now = [](milliseconds at, milliseconds clock) {
        return std::max(milliseconds{0}, at - clock);
    };
    if (waits_until_) return from_now(*waits_until_, now.steady);
    auto due = core_.due_in(now);
    const auto sooner = [&due](milliseconds other) { due = due ? std::min(*due, other) : other; };
    for (const auto& deferred : deferred_) sooner(from_now(deferred.due, now.wall));
    if (const auto in = build_ahead_in()) sooner(std::max(milliseconds{0}, *in));
    return due;
}

Validator::Status Validator::Implementation::status() const {
    return {.is_paused = is_paused_,
            .waits_for_past = waits_until_.has_value(),
            .core = core_.status()};
}

// --- Actions

void Validator::Implementation::push(qbft::Actions actions) {
    std::ranges::move(actions, std::back_inserter(queue_));
}

void Validator::Implementation::run(qbft::Actions actions) {
    push(std::move(actions));
    if (!is_draining_) drain();
}

void Validator::Implementation::drain() {
    // After an exception nothing may be sent that stood behind what failed.
    struct Guard {
        Implementation& self;
        ~Guard() {
            self.is_draining_ = false;
            self.queue_.clear();
        }
    };
    is_draining_ = true;
    const Guard guard{*this};
    while (!queue_.empty()) {
        const auto action = std::move(queue_.front());
        queue_.pop_front();
        std::visit([this](const auto& what) { carry_out(what); }, action);
    }
}

void Validator::Implementation::carry_out(const qbft::Persist& action) {
    const auto started = host_.stopwatch();
    store_.write(action.record);
    counters_.last_safety_write = host_.stopwatch() - started;
    ++counters_.safety_writes;
}

void Validator::Implementation::carry_out(const qbft::Send& action) {
    ++counters_.sent[index_of(action.code)];
    if (action.code == qbft::MessageCode::proposal) is_our_turn_ = false;
    host_.send(action);
}

void Validator::Implementation::carry_out(const qbft::ValidateBlock& action) {
    const auto& header = action.block->header;
    const auto now = host_.now();
    // Besu TimestampBoundedByFutureParameter: at most a second ahead. A block that comes too early
    // is not wrong for ever: the others may have prepared it by better clocks than ours.
    const auto earliest = static_cast<std::int64_t>(
                              std::min<std::uint64_t>(header.timestamp, std::uint64_t{1} << 40)) -
                          1;
    if (floor<seconds>(now.wall).count() < earliest) {
        const auto due = milliseconds{seconds{earliest}};
        notice({.kind = ValidatorNotice::Kind::proposal_too_early,
                .number = header.number,
                .took = due - now.wall});
        if (deferred_.size() < max_deferred) deferred_.push_back({.action = action, .due = due});
        return;
    }
    const auto started = host_.stopwatch();
    auto fault = validate(*action.block, action.hash);
    counters_.last_validation = host_.stopwatch() - started;
    if (!fault.empty()) {
        ++counters_.proposals_refused;
        notice({.kind = ValidatorNotice::Kind::proposal_refused,
                .number = header.number,
                .text = fault});
    }
    push(core_.on_validated(action.hash, fault.empty(), host_.now()));
}

std::string Validator::Implementation::validate(const Block& block, const Hash32& hash) {
    if (find_executed(hash)) return {};
    ++counters_.blocks_executed;
    auto executed = chain_.execute_unsealed(block);
    if (!executed) return to_string(executed.error());
    if ((*executed)->hash != hash) return "its hash is another than the message's";
    keep(*std::move(executed));
    return {};
}

void Validator::Implementation::keep(Executed executed) {
    if (executed_.size() == max_executed) executed_.pop_front();
    executed_.push_back(std::move(executed));
}

Validator::Implementation::Executed Validator::Implementation::find_executed(
    const Hash32& hash) const {
    const auto found = std::ranges::find_if(
        executed_, [&](const Executed& executed) { return executed->hash == hash; });
    return found == executed_.end() ? nullptr : *found;
}

void Validator::Implementation::carry_out(const qbft::ImportBlock& action) {
    const auto view = chain_.view();
    const auto& head = view->head();
    const auto& header = action.block->header;
    if (head.hash == action.hash) return;  // it came from a peer meanwhile
    const auto started = host_.stopwatch();
    const auto fail = [&](std::string why) {
        notice({.kind = ValidatorNotice::Kind::import_failed,
                .number = header.number,
                .round = round_,
                .text = std::move(why)});
        push(core_.on_import_failed(action.hash, host_.now()));
    };
    auto executed = find_executed(action.hash);
    if (!executed) {
        ++counters_.blocks_executed;
        auto again = chain_.execute_unsealed(*action.block);
        if (!again) return fail(to_string(again.error()));
        executed = *std::move(again);
    }
    if (executed->block.header.parent_hash != head.hash)
        return fail("the head is not its parent any more");
    // What others would refuse never becomes our head, whatever the core counted.
    if (const auto sealed = chain_.consensus().validate_seal(header, head.header, *view); !sealed)
        return fail(sealed.error().reason);
    const auto since = proposal_at_.value_or(started);
    chain_.append(executed, &header);
    ++counters_.blocks_decided;
    const auto now = host_.stopwatch();
    counters_.last_import = now - started;
    counters_.last_proposal_to_commit = now - since;
    META138_ASSERT(newest_ && newest_->hash == action.hash);  // with its seals
    host_.announce(newest_);
    notice({.kind = ValidatorNotice::Kind::imported,
            .number = header.number,
            .block = newest_,
            .took = counters_.last_proposal_to_commit});
}

void Validator::Implementation::carry_out(const qbft::BehindNetwork& action) {
    host_.behind(action.number);
}

void Validator::Implementation::carry_out(const qbft::Observation& action) {
    using enum qbft::Observation::Kind;
    switch (action.kind) {
        case round_started:
            ++counters_.rounds;
            round_ = action.round;
            if (action.round != 0) {
                ++counters_.round_changes;
                is_our_turn_ = false;
                forget_built_ahead();
            }
            break;
        case round_timed_out: ++counters_.round_timeouts; break;
        case proposal_accepted: proposal_at_ = host_.stopwatch(); break;
        case message_ignored:
            if (action.code) ++counters_.ignored[index_of(*action.code)];
            break;
        case message_invalid:
            if (action.code) ++counters_.invalid[index_of(*action.code)];
            break;
        case equivocation: ++counters_.equivocations; break;
        case prepared:
        case committed:
        case round_held:
        case signing_refused:
        case round_summary: break;
    }
    host_.observed(action);
}

// --- The public face

Validator::Validator(ValidatorSettings settings, const qbft::Config& config,
                     blockchain::Chain& chain, const ValidatorSets& sets, SafetyStore& store,
                     ValidatorHost& host)
    : implementation_{std::make_unique<Implementation>(std::move(settings), config, chain, sets,
                                                       store, host)} {}

Validator::~Validator() = default;

void Validator::pause() {
    implementation_->pause();
}

void Validator::resume() {
    implementation_->resume();
}

bool Validator::is_paused() const noexcept {
    return implementation_->is_paused();
}

void Validator::on_message(qbft::MessageCode code, ByteView payload, const Address& from) {
    ++implementation_->counters().received[index_of(code)];
    implementation_->run(
        implementation_->core().on_message(code, payload, from, implementation_->host().now()));
}

void Validator::on_connected(const Address& peer) {
    implementation_->run(implementation_->core().on_connected(peer, implementation_->host().now()));
}

void Validator::on_transactions() {
    implementation_->on_transactions();
}

void Validator::on_time() {
    implementation_->on_time();
}

std::optional<std::chrono::milliseconds> Validator::due_in() const {
    return implementation_->due_in();
}

void Validator::propose(const qbft::Vote& vote) {
    implementation_->votes()[vote.recipient] = vote.is_add;
}

void Validator::discard(const Address& recipient) {
    implementation_->votes().erase(recipient);
}

const std::map<Address, bool>& Validator::proposed_votes() const noexcept {
    return implementation_->votes();
}

Validator::Status Validator::status() const {
    return implementation_->status();
}

const ValidatorCounters& Validator::counters() const noexcept {
    return implementation_->counters();
}

void Validator::reset_round_timer() {
    implementation_->run(implementation_->core().reset_round_timer(implementation_->host().now()));
}

}  // namespace meta138::consensus
