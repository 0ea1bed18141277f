// SPDX-License-Identifier: Apache-2.0
#include "nonce_simulation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::signer::test {
namespace {

const NonceAccount account{.chain_id = 138, .address = {}};

Hash32 hash_number(std::uint64_t number) {
    Hash32 hash;
    for (std::size_t i = 0; i < 8; ++i) hash[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return hash;
}

}  // namespace

std::variant<SendAnswered::Accepted, NodeError> ModelNode::send(
    const Hash32& hash, const SimulatedTransaction& transaction, std::mt19937_64& random) {
    const auto chance = [&](double probability) {
        return std::uniform_real_distribution<>{}(random) < probability;
    };
    const auto nonce = transaction.nonce;
    if (const auto known = pool_.find(nonce); known != pool_.end() && known->second == hash)
        return NodeError{.code = -32000, .message = "Known transaction", .data = {}};
    if (nonce < chain_.size())
        return NodeError{.code = -32001, .message = "Nonce too low", .data = {}};
    if (pool_.contains(nonce))
        return NodeError{
            .code = -32000, .message = "Replacement transaction underpriced", .data = {}};
    if (nonce > chain_.size() + 5'000 || (options_.is_gap_refused && nonce > counts().pending))
        return NodeError{.code = -32006, .message = "Nonce too distant from sender", .data = {}};
    if (chance(options_.busy))
        return NodeError{.code = -32000, .message = "txpool is full", .data = {}};
    if (transaction.is_bad || (!ever_accepted_.contains(hash) && !transaction.is_foreign &&
                               transaction.request && chance(options_.transient_refusals)))
        return NodeError{.code = -32004, .message = "Upfront cost exceeds balance", .data = {}};
    pool_.emplace(nonce, hash);
    ever_accepted_.insert(hash);
    return SendAnswered::Accepted{};
}

void ModelNode::mine() {
    for (std::size_t i = 0; i < options_.block_size; ++i) {
        const auto next = pool_.find(chain_.size());
        if (next == pool_.end()) return;
        mined_.insert(next->second);
        chain_.push_back(next->second);
        pool_.erase(next);
    }
}

Counts ModelNode::counts() const {
    Counts counts{.latest = chain_.size(), .pending = chain_.size()};
    while (pool_.contains(counts.pending)) ++counts.pending;
    return counts;
}

Whereabouts ModelNode::find(const Hash32& hash) const {
    if (mined_.contains(hash)) return Whereabouts::mined;
    const auto is_this = [&](const auto& entry) { return entry.second == hash; };
    return std::ranges::any_of(pool_, is_this) ? Whereabouts::pending : Whereabouts::absent;
}

Simulation::Simulation(SimulationOptions options)
    : options_{std::move(options)},
      random_{options_.seed},
      node_{options_},
      queue_{std::make_unique<NonceQueue>(options_.queue)} {}

void Simulation::at(Milliseconds delay, std::function<void()> run) {
    events_.push({.time = now_ + delay, .order = ++event_order_, .run = std::move(run)});
}

void Simulation::at_queue(Milliseconds delay, std::function<void()> run) {
    at(delay, [this, generation = generation_, run = std::move(run)] {
        if (generation == generation_) run();
    });
}

Milliseconds Simulation::up_to(std::int64_t most) {
    return Milliseconds{std::uniform_int_distribution<std::int64_t>{0, most}(random_)};
}

bool Simulation::chance(double probability) {
    return faults_are_on_ && std::uniform_real_distribution<>{}(random_) < probability;
}

void Simulation::handle(const NonceActions& actions) {
    waits_for_release_ = 0;
    for (const auto& action : actions) std::visit([this](const auto& one) { act(one); }, action);
    schedule_tick();
}

void Simulation::schedule_tick() {
    const auto time = queue_->next_time();
    if (!time || (tick_at_ && *tick_at_ <= *time && *tick_at_ > now_)) return;
    tick_at_ = std::max(*time, now_ + 1ms);
    at_queue(std::chrono::duration_cast<Milliseconds>(*tick_at_ - now_), [this, at = *tick_at_] {
        if (tick_at_ == at) tick_at_.reset();
        handle(queue_->on(Tick{}, now_));
    });
}

void Simulation::append(std::function<void(JournalContent&)> record, std::function<void()> done) {
    journal_.push_back({.apply = std::move(record)});
    // All that is appended within some milliseconds becomes durable together.
    at_queue(up_to(3), [this, index = journal_.size(), done = std::move(done)] {
        (void)index;
        for (auto& waiting : journal_) {
            if (!waiting.is_durable) waiting.apply(content_);
            waiting.is_durable = true;
        }
        journal_.clear();
        if (done) done();
    });
}

void Simulation::act(const Sign& action) {
    if (chance(options_.failed_signatures))
        return deliver(up_to(5), SignFailed{action.ticket, "x"});
    const auto hash = hash_number(++last_hash_);
    const auto raw = std::make_shared<const Bytes>(Bytes(8, 1));
    transactions_.emplace(
        hash, SimulatedTransaction{.nonce = action.nonce,
                                   .request = action.request,
                                   .is_bad = action.request && bad_.contains(*action.request)});
    at_queue(up_to(5), [=, this] {
        append(
            [=](JournalContent& to) { to.add_signed(account, action.nonce, hash, raw); },
            [=, this] {
                handle(queue_->on(Signed{.ticket = action.ticket, .hash = hash, .raw = raw}, now_));
            });
    });
}

void Simulation::act(const Send& action) {
    const auto arrive = [this, hash = action.hash] {
        return node_.send(hash, transactions_.at(hash), random_);
    };
    const SendAnswered unknown{.ticket = action.ticket, .outcome = SendAnswered::Unknown{}};
    if (chance(options_.lost_requests)) return deliver(5'000ms, unknown);
    if (chance(options_.lost_answers)) {
        // It may arrive long after everybody has given up waiting for an answer.
        at(up_to(40'000), [arrive] { (void)arrive(); });
        return deliver(chance(0.5) ? 5'000ms : up_to(100), unknown);
    }
    at(up_to(10), [this, arrive, ticket = action.ticket, generation = generation_] {
        const auto answer = arrive();
        if (generation != generation_) return;
        SendAnswered event{.ticket = ticket, .outcome = SendAnswered::Accepted{}};
        if (const auto* error = std::get_if<NodeError>(&answer)) event.outcome = *error;
        deliver(up_to(10), event);
    });
}

void Simulation::act(const LookUp& action) {
    at_queue(up_to(10), [this, action] {
        const auto where =
            chance(options_.failed_counts) ? Whereabouts::unknown : node_.find(action.hash);
        deliver(up_to(10), LookedUp{.ticket = action.ticket, .where = where});
    });
}

void Simulation::act(const FetchCounts& /*action*/) {
    at_queue(up_to(10), [this] {
        if (chance(options_.failed_counts)) return deliver(up_to(100), CountsFailed{});
        deliver(up_to(10), node_.counts());
    });
}

void Simulation::act(const Release& action) {
    ++waits_for_release_;
    append([=](JournalContent& to) { to.release(account, action.hash); }, {});
}

void Simulation::act(const MarkAccepted& action) {
    append([=](JournalContent& to) { to.mark_accepted(account, action.hash); }, {});
}

void Simulation::act(const Settle& action) {
    append([=](JournalContent& to) { to.settle(account, action.below); }, {});
}

void Simulation::act(const Answer& action) {
    if (waits_for_release_ == 0) return tell(action);
    append([](JournalContent&) {}, [this, action] { tell(action); });
}

void Simulation::tell(const Answer& answer) {
    if (open_.erase(answer.request) == 0)
        report_.faults.push_back(fmt::format("request {} was answered twice", answer.request));
    if (const auto* accepted = std::get_if<Answer::Accepted>(&answer.outcome)) {
        ++report_.answered_with_hash;
        promised_.emplace(answer.request, accepted->hash);
    } else if (std::holds_alternative<Answer::Unknown>(answer.outcome)) {
        ++report_.answered_unknown;
    } else if (std::holds_alternative<NodeError>(answer.outcome)) {
        ++report_.answered_refused;
        refused_.insert(answer.request);
    } else {
        ++report_.answered_nothing_sent;
        refused_.insert(answer.request);
    }
}

void Simulation::submit_next() {
    if (last_request_ >= options_.requests) return;
    const RequestId request = ++last_request_;
    if (chance(options_.bad_requests)) bad_.insert(request);
    open_.insert(request);
    handle(queue_->on(Submit{.request = request}, now_));
    at(up_to(2 * options_.request_gap.count()), [this] { submit_next(); });
}

void Simulation::crash() {
    ++report_.crashes;
    ++generation_;
    report_.lost_in_crashes += open_.size();
    open_.clear();
    // What was not durable yet is there up to some point, and not after it.
    const auto survivors = std::uniform_int_distribution<std::size_t>{0, journal_.size()}(random_);
    for (std::size_t i = 0; i < survivors; ++i) journal_[i].apply(content_);
    journal_.clear();
    queue_ = std::make_unique<NonceQueue>(options_.queue);
    tick_at_.reset();
    auto restored = content_.restored();
    queue_->restore(restored[account].transactions, restored[account].settled_below, now_);
    handle(queue_->on(Tick{}, now_));
}

void Simulation::send_foreign() {
    const auto hash = hash_number(++last_hash_);
    transactions_.emplace(
        hash,
        SimulatedTransaction{
            .nonce = node_.counts().pending, .request = {}, .is_bad = false, .is_foreign = true});
    (void)node_.send(hash, transactions_.at(hash), random_);
}

void Simulation::every(Milliseconds interval, const std::function<void()>& what) {
    if (interval.count() == 0) return;
    at(interval / 2 + up_to(interval.count()), [this, interval, what] {
        if (!faults_are_on_) return;
        what();
        every(interval, what);
    });
}

bool Simulation::is_calm() const {
    const auto status = queue_->status();
    return last_request_ >= options_.requests && open_.empty() && status.unmined == 0 &&
           status.waiting == 0 && node_.has_empty_pool();
}

SimulationReport Simulation::run() {
    constexpr auto limit = 100h;
    at(0ms, [this] { submit_next(); });
    every(options_.crash_every, [this] { crash(); });
    every(options_.pool_loss_every, [this] { node_.lose_pool(); });
    every(options_.foreign_every, [this] { send_foreign(); });
    std::function<void()> mine = [&] {
        node_.mine();
        // The last requests are not met by new faults, so that all can come to its end.
        if (last_request_ >= options_.requests) faults_are_on_ = false;
        if (!is_calm()) at(options_.block_time, mine);
    };
    at(options_.block_time, mine);
    while (!events_.empty() && now_ - QueueTime{} < limit) {
        auto event = events_.top();
        events_.pop();
        now_ = std::max(now_, event.time);
        event.run();
        if (is_calm() && !faults_are_on_ && events_.size() < 2) break;
    }
    report_.duration = std::chrono::duration_cast<Milliseconds>(now_ - QueueTime{});
    report_.status = queue_->status();
    check();
    return std::move(report_);
}

void Simulation::check() {
    const auto fault = [this](std::string text) { report_.faults.push_back(std::move(text)); };
    if (!is_calm())
        fault(
            fmt::format("not everything came to its end: {} of {} submitted, {} callers wait, {} "
                        "unmined, {} waiting",
                        last_request_, options_.requests, open_.size(), report_.status.unmined,
                        report_.status.waiting));
    std::map<RequestId, Hash32> mined;
    for (const auto& hash : node_.chain()) {
        const auto& transaction = transactions_.at(hash);
        if (!transaction.request) {
            if (!transaction.is_foreign) ++report_.fillers;
            continue;
        }
        ++report_.mined;
        if (!mined.emplace(*transaction.request, hash).second)
            fault(fmt::format("request {} was mined twice", *transaction.request));
        if (refused_.contains(*transaction.request))
            fault(fmt::format("request {} was mined after it was refused", *transaction.request));
    }
    for (const auto& [request, hash] : promised_) {
        const auto found = mined.find(request);
        if (found == mined.end() || found->second != hash)
            fault(fmt::format("request {} was answered with a hash that is not mined", request));
    }
}

}  // namespace meta138::signer::test
