// SPDX-License-Identifier: Apache-2.0
#include "qbft/driver.hpp"

#include "pool_feed.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/consensus/safety_file.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace meta138::node {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using telemetry::Category;

constexpr std::array<std::string_view, 4> code_names{"proposal", "prepare", "commit",
                                                     "round_change"};

std::uint64_t clamp(const uint256& wei) {
    return wei.fits_uint64() ? wei.low64() : UINT64_MAX;
}

std::string_view name_of(qbft::MessageCode code) {
    return code_names.at(std::to_underlying(code) -
                         std::to_underlying(qbft::MessageCode::proposal));
}

std::string author_text(const qbft::Observation& observation) {
    return observation.author ? to_hex(*observation.author) : std::string{"somebody"};
}

std::string_view code_text(const qbft::Observation& observation) {
    return observation.code ? name_of(*observation.code) : std::string_view{"message"};
}

/// Of a chain in memory, which a restart forgets as well.
class MemoryStore final : public consensus::SafetyStore {
public:
    explicit MemoryStore(milliseconds now) : created_at_{now} {}
    [[nodiscard]] std::optional<qbft::SafetyRecord> record() const override { return record_; }
    [[nodiscard]] milliseconds created_at() const override { return created_at_; }
    void write(const qbft::SafetyRecord& record) override { record_ = record; }

private:
    const milliseconds created_at_;
    std::optional<qbft::SafetyRecord> record_;
};

std::unique_ptr<consensus::SafetyStore> make_store(const std::filesystem::path& file,
                                                   milliseconds now) {
    if (file.empty()) return std::make_unique<MemoryStore>(now);
    return std::make_unique<consensus::SafetyFile>(file, now);
}

}  // namespace

QbftDriver::QbftDriver(consensus::ValidatorSettings settings,
                       const std::filesystem::path& state_file, milliseconds clock_offset,
                       const Parts& parts, Outlets outlets)
    : parts_{parts},
      outlets_{std::move(outlets)},
      clock_offset_{clock_offset},
      store_{make_store(state_file, now().wall)},
      validator_{std::make_unique<consensus::Validator>(std::move(settings), parts_.config,
                                                        parts_.chain, parts_.sets, *store_, *this)},
      is_alive_{std::make_shared<std::atomic<bool>>(true)},
      dropped_{parts_.metrics.counter(Category::meta138, "qbft_messages_dropped",
                                      "QBFT messages dropped because too many waited")},
      proposal_to_commit_{
          parts_.metrics.summary(Category::meta138, "qbft_proposal_to_commit_seconds",
                                 "From a proposal's arrival until its block was the head")},
      selection_{parts_.metrics},
      height_{parts_.metrics.gauge(Category::meta138, "qbft_height", "Block that is decided now")},
      round_{parts_.metrics.gauge(Category::meta138, "qbft_round", "Round of this node at it")},
      validators_{
          parts_.metrics.gauge(Category::meta138, "qbft_validators", "Validators of that block")},
      quorum_{parts_.metrics.gauge(Category::meta138, "qbft_quorum",
                                   "How many of them decide a block")},
      counters_{consensus::ValidatorCounters{}} {
    add_metrics(parts_.metrics);
}

QbftDriver::~QbftDriver() = default;

void QbftDriver::start() {
    post([this](consensus::Validator& validator) {
        tell_position();
        validator.resume();
    });
}

void QbftDriver::stop() {
    is_alive_->store(false);
    validator_->pause();
    validator_.reset();
}

bool QbftDriver::post(std::move_only_function<void(consensus::Validator&)> task) {
    return parts_.thread.post([this, is_alive = is_alive_, task = std::move(task)]() mutable {
        if (!*is_alive) return;
        task(*validator_);
        arm();
    });
}

void QbftDriver::arm() {
    counters_.store(validator_->counters());
    const auto due_in = validator_->due_in();
    if (!due_in) return;
    const auto due = std::chrono::steady_clock::now() + *due_in;
    if (armed_ && *armed_ <= due) return;
    armed_ = due;
    parts_.thread.at(due, [this, is_alive = is_alive_, due] {
        // A later alarm was replaced by an earlier one, which armed anew.
        if (!*is_alive || armed_ != due) return;
        armed_.reset();
        validator_->on_time();
        arm();
    });
}

void QbftDriver::on_message(qbft::MessageCode code, Bytes payload, const Address& from) {
    if (waiting_messages_.fetch_add(1) >= parts_.config.message_queue_limit) {
        --waiting_messages_;
        dropped_.increment();
        return;
    }
    const bool posted =
        post([this, code, payload = std::move(payload), from](consensus::Validator& validator) {
            --waiting_messages_;
            validator.on_message(code, payload, from);
        });
    if (posted) return;
    --waiting_messages_;
    dropped_.increment();
}

void QbftDriver::on_connected(const Address& peer) {
    post([peer](consensus::Validator& validator) { validator.on_connected(peer); });
}

void QbftDriver::on_transactions() {
    if (transactions_posted_.exchange(true)) return;
    const bool posted = post([this](consensus::Validator& validator) {
        transactions_posted_ = false;
        validator.on_transactions();
    });
    if (!posted) transactions_posted_ = false;
}

void QbftDriver::set_syncing(bool is_syncing) {
    post([this, is_syncing](consensus::Validator& validator) {
        if (is_syncing == validator.is_paused()) return;
        parts_.log.info("{}", is_syncing
                                  ? "Leaving consensus: this node fetches blocks that it lacks"
                                  : "Taking part in consensus");
        if (is_syncing)
            validator.pause();
        else
            validator.resume();
    });
}

void QbftDriver::on_head() {
    tell_position();
    arm();
}

void QbftDriver::reset_round_timer() {
    validator_->reset_round_timer();
    arm();
}

void QbftDriver::tell_position() {
    const auto& head = parts_.chain.view()->head().header;
    const auto validators = parts_.sets.after_head(parts_.chain);
    if (!validators) return;
    validators_.set(static_cast<double>(validators->size()));
    quorum_.set(static_cast<double>(qbft::quorum(validators->size())));
    outlets_.position(head.number, *validators);
}

qbft::Instant QbftDriver::now() {
    const auto wall = std::chrono::system_clock::now().time_since_epoch();
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    return {.wall = duration_cast<milliseconds>(wall) + clock_offset_,
            .steady = duration_cast<milliseconds>(steady)};
}

std::chrono::microseconds QbftDriver::stopwatch() {
    return duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
}

std::unique_ptr<blockchain::TransactionSource> QbftDriver::candidates() {
    return std::make_unique<PoolSource>(parts_.pool, parts_.is_permitted, parts_.log);
}

consensus::BuildOptions QbftDriver::build_options() {
    return {.extra_data = parts_.producer.extra_data(),
            .target_gas_limit = parts_.producer.target_gas_limit(),
            .min_gas_price = clamp(parts_.producer.min_gas_price()),
            .min_priority_fee = clamp(parts_.producer.min_priority_fee())};
}

void QbftDriver::announce(std::shared_ptr<const blockchain::ExecutedBlock> /*block*/) {
    // The eth protocol hears of every head from the chain, and announces it.
}

void QbftDriver::observed(const qbft::Observation& observation) {
    using Kind = qbft::Observation::Kind;
    const auto& log = parts_.log;
    const auto number = observation.number;
    const auto round = observation.round;
    switch (observation.kind) {
        case Kind::round_started:
            height_.set(static_cast<double>(number));
            round_.set(static_cast<double>(round));
            log.debug({{"height", number}, {"round", round}}, "Round {} of #{} begins", round,
                      with_commas(number));
            return;
        case Kind::round_timed_out:
            log.info({{"height", number}, {"round", round}},
                     "Round {} of #{} ended without a block: changing rounds", round,
                     with_commas(number));
            return;
        case Kind::round_held:
            log.info({{"height", number}, {"round", round}},
                     "Round {} of #{} goes on: too few validators are heard", round,
                     with_commas(number));
            return;
        case Kind::round_summary:
            log.info({{"height", number}, {"round", round}}, "Validators at #{}:\n{}",
                     with_commas(number), observation.text);
            return;
        case Kind::proposal_accepted:
        case Kind::prepared:
        case Kind::committed:
            log.debug({{"height", number}, {"round", round}}, "#{} round {}: {}",
                      with_commas(number), round,
                      observation.kind == Kind::proposal_accepted ? "proposal accepted"
                      : observation.kind == Kind::prepared        ? "prepared"
                                                                  : "committed");
            return;
        case Kind::message_ignored:
            log.debug({{"height", number}, {"round", round}}, "Ignored the {} of {}: {}",
                      code_text(observation), author_text(observation), observation.text);
            return;
        case Kind::message_invalid:
            log.warn({{"height", number}, {"round", round}}, "Refused the {} of {}: {}",
                     code_text(observation), author_text(observation), observation.text);
            return;
        case Kind::equivocation:
            log.error({{"height", number}, {"round", round}},
                      "The validator {} signed two different {} messages for #{} round {}: its key "
                      "may run on two nodes",
                      author_text(observation), code_text(observation), with_commas(number), round);
            return;
        case Kind::signing_refused:
            log.warn({{"height", number}, {"round", round}}, "Did not sign for #{} round {}: {}",
                     with_commas(number), round, observation.text);
            return;
    }
}

void QbftDriver::noticed(const consensus::ValidatorNotice& notice) {
    using Kind = consensus::ValidatorNotice::Kind;
    const auto& log = parts_.log;
    const auto number = with_commas(notice.number);
    const auto milliseconds_taken = static_cast<double>(notice.took.count()) / 1000;
    switch (notice.kind) {
        case Kind::block_built:
            // "Why is my transaction not in the block?" deserves an answer (besu-eth/besu#5881).
            if (notice.report) selection_.count(*notice.report);
            if (notice.report && notice.report->offered != notice.report->included)
                log.info("For #{}, of the pool: {}", number, to_string(*notice.report));
            return;
        case Kind::not_built:
            log.error("No block for #{}, although it is this validator's turn: {}", number,
                      notice.text);
            return;
        case Kind::proposal_refused:
            log.warn("The block proposed for #{} is not valid: {}", number, notice.text);
            return;
        case Kind::proposal_too_early:
            log.warn(
                "The block proposed for #{} is {:.0f} ms ahead of this machine's clock: compare "
                "the clocks (NTP)",
                number, milliseconds_taken);
            return;
        case Kind::imported:
            proposal_to_commit_.observe(notice.took);
            log.info({{"height", notice.number}, {"round", notice.round}}, "{} {} in {:.1f} ms",
                     notice.block->block.header.coinbase == parts_.local ? "Produced" : "Imported",
                     describe_block(*notice.block, parts_.pool.status().transactions),
                     milliseconds_taken);
            return;
        case Kind::import_failed:
            log.error("The block decided for #{} could not be imported: {}", number, notice.text);
            return;
        case Kind::waits_for_past:
            log.warn(
                "The consensus state of this validator is younger than its chain, as after the "
                "loss of a disk: it waits before it signs for #{}",
                number);
            return;
        case Kind::joins_without_past:
            log.warn(
                "This validator signs for #{} without knowing what it may have signed on a lost "
                "disk: {}",
                number, notice.text);
            return;
        case Kind::no_validators:
            log.error("The validators of #{} are not known: {}", number, notice.text);
            return;
    }
}

void QbftDriver::add_metrics(telemetry::Metrics& metrics) {
    using Counters = consensus::ValidatorCounters;
    const auto add = [&](std::string_view name, std::string_view help, auto read,
                         telemetry::Labels labels = {}) {
        registrations_.push_back(metrics.counter(
            Category::meta138, name, help,
            [this, read] { return static_cast<double>(read(*counters_.load())); }, labels));
    };
    add("qbft_rounds", "Rounds begun", [](const Counters& c) { return c.rounds; });
    add("qbft_round_changes", "Rounds above 0 begun",
        [](const Counters& c) { return c.round_changes; });
    add("qbft_round_timeouts", "Rounds that ended without a block",
        [](const Counters& c) { return c.round_timeouts; });
    add("qbft_blocks_built", "Blocks that this validator built",
        [](const Counters& c) { return c.blocks_built; });
    add("qbft_blocks_decided", "Blocks that became the head by consensus here",
        [](const Counters& c) { return c.blocks_decided; });
    add("qbft_built_ahead_used", "Blocks built before their time that were proposed",
        [](const Counters& c) { return c.built_ahead_used; });
    add("qbft_built_ahead_wasted", "Blocks built before their time that were not",
        [](const Counters& c) { return c.built_ahead_wasted; });
    add("qbft_proposals_refused", "Proposals whose block was not valid",
        [](const Counters& c) { return c.proposals_refused; });
    add("qbft_equivocations", "Contradictions seen between messages of one validator",
        [](const Counters& c) { return c.equivocations; });
    add("qbft_safety_writes", "Writes of what was signed to the consensus state",
        [](const Counters& c) { return c.safety_writes; });
    registrations_.push_back(metrics.gauge(
        Category::meta138, "qbft_last_safety_write_seconds", "How long the last of these took",
        [this] {
            return std::chrono::duration<double>{counters_.load()->last_safety_write}.count();
        }));
    for (std::size_t code = 0; code < code_names.size(); ++code) {
        const auto name = code_names.at(code);
        add("qbft_messages_received", "QBFT messages by code",
            [code](const Counters& c) { return c.received.at(code); }, {{"code", name}});
        add("qbft_messages_sent", "QBFT messages by code",
            [code](const Counters& c) { return c.sent.at(code); }, {{"code", name}});
        add("qbft_messages_ignored", "QBFT messages by code",
            [code](const Counters& c) { return c.ignored.at(code); }, {{"code", name}});
        add("qbft_messages_invalid", "QBFT messages by code",
            [code](const Counters& c) { return c.invalid.at(code); }, {{"code", name}});
    }
}

}  // namespace meta138::node
