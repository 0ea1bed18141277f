// SPDX-License-Identifier: Apache-2.0
#include "attacker.hpp"
#include "world.hpp"

#include "meta138/base/hex.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace meta138::simulation {

namespace {

using namespace std::chrono_literals;

/// Fewer validators are not voted for: with three no one may be faulty.
constexpr std::size_t fewest_validators = 3;
constexpr Time short_calm = 2s;

Time some(Random& random, Time mean) {
    return Time{static_cast<Time::rep>(random.exponential(static_cast<double>(mean.count())))};
}

}  // namespace

// --- Calms

bool World::counts(const Node& node) const {
    return !node.is_byzantine;
}

void World::on_proposed(std::uint64_t number, Time when, Time late) {
    // The first ones wait for machines that start.
    if (number > 5 && proposed_.emplace(number, when).second)
        result_.proposal_delays.push_back(late);
}

void World::on_head(Node& node, Time when) {
    if (const auto proposed = proposed_.find(node.head()); proposed != proposed_.end())
        result_.commit_times.push_back(when - proposed->second);
    if (!is_storm_ && counts(node) && node.head() >= calm_target_) check_calm();
}

void World::check_calm() {
    for (const auto& node : nodes_)
        if (counts(*node) && (!node->is_up() || node->head() < calm_target_)) return;
    const auto took = now_ - calm_since_;
    result_.longest_recovery = std::max(result_.longest_recovery, took);
    result_.worst_recovery = std::max(result_.worst_recovery,
                                      static_cast<double>(took.count()) /
                                          static_cast<double>(scenario_.recovery_bound().count()));
    if (invariants_.height() >= scenario_.heights) {
        is_over_ = true;
        return;
    }
    is_storm_ = true;  // no second look
    at(now_ + some(random_, short_calm), [this] { begin_storm(); });
}

void World::on_crashed(Node& node) {
    restart_later(node, some(random_, 3s));
}

// --- Storms

void World::begin_storm() {
    ++storm_;
    ++result_.storms;
    disks_lost_ = 0;
    is_storm_ = true;
    trace("--- storm {}", storm_);
    const auto end = now_ + std::min(some(random_, scenario_.storm), 4 * scenario_.storm);
    if (!scenario_.faults.empty() && scenario_.faults_per_second > 0) {
        const auto mean = Time{static_cast<Time::rep>(1e6 / scenario_.faults_per_second)};
        auto when = now_;
        // At least one, and not all of them at the beginning.
        do {
            at(when, [this] { begin_fault(); });
            when += some(random_, mean);
        } while (when < end);
    }
    at(end, [this] { end_storm(); });
}

void World::end_storm() {
    trace("--- calm");
    calm_since_ = now_;
    calm_target_ = invariants_.height() + calm_blocks;
    is_storm_ = false;
    // Each takes itself out; some start others.
    for (auto& healing : std::exchange(healings_, {})) healing.heal();
    network_.set_loss(0);
    network_.set_slowness(1);
    for (auto& node : nodes_) {
        node->set_calm();
        if (!node->is_up()) restart_later(*node, 1s);
        at(now_, [this, index = node->index()] { drain(index); });  // a frozen one goes on
    }
    // Whoever was cut off has been dialled; a connection that lost something silently was not.
    for (auto& a : nodes_)
        for (auto& b : nodes_)
            if (a->index() < b->index() && healed_.contains({a->index(), b->index()}))
                break_connection(a->index(), b->index());
    healed_.clear();
}

void World::until_healed(Time at_most, What heal) {
    const auto id = ++next_healing_;
    healings_.push_back({.id = id, .heal = std::move(heal)});
    at(now_ + at_most, [this, id] {
        const auto found = std::ranges::find(healings_, id, &Healing::id);
        if (found == healings_.end()) return;
        auto healing = std::move(*found);
        healings_.erase(found);
        healing.heal();
    });
}

Node& World::any_node() {
    return *nodes_[random_.below(nodes_.size())];
}

void World::restart_later(Node& node, Time after) {
    at(now_ + after, [this, &node] {
        if (node.is_up()) return;
        node.start();
        for (const auto& other : nodes_)
            if (other->is_up()) connect_again(node.index(), other->index());
    });
}

void World::begin_fault() {
    if (!is_storm_) return;
    const auto fault = scenario_.faults[random_.below(scenario_.faults.size())];
    ++result_.faults[static_cast<std::size_t>(fault)];
    trace("! {}", to_string(fault));
    switch (fault) {
        case Fault::crash: crash_one(); break;
        case Fault::crash_all:
            for (auto& node : nodes_) {
                node->crash(false);
                restart_later(*node, some(random_, 2s));
            }
            break;
        case Fault::outage: break_quorum(); break;
        case Fault::lose_disk: lose_a_disk(); break;
        case Fault::lose_tail: lose_a_tail(); break;
        case Fault::freeze: any_node().freeze_until(now_ + some(random_, 4s)); break;
        case Fault::partition: partition(); break;
        case Fault::isolation: isolate(); break;
        case Fault::one_way_cut: cut_one_way(); break;
        case Fault::loss: lose_messages(); break;
        case Fault::slow_network: slow_down(); break;
        case Fault::clock_jump: jump_a_clock(); break;
        case Fault::slow_disk: slow_a_disk(); break;
        case Fault::slow_execution: slow_execution(); break;
        case Fault::vote: vote(); break;
        case Fault::contract_change: change_contract(); break;
        case Fault::transactions: send_transactions(1 + random_.below(20)); break;
    }
}

// --- Machines

void World::crash_one() {
    auto& node = any_node();
    if (!node.is_up()) return;
    if (random_.chance(0.6)) {
        node.crash_in(static_cast<unsigned>(random_.below(12)));
        return;
    }
    node.crash(false);
    restart_later(node, some(random_, 4s));
}

bool World::is_deciding(const Node& node) {
    return std::ranges::find(node.next_validators(), node.address()) !=
           node.next_validators().end();
}

// Rounds climb meanwhile, and must find together afterwards (besu-eth/besu#7642).
void World::break_quorum() {
    auto left = scenario_.max_faulty() + 1;
    for (auto& node : nodes_) {
        if (left == 0) return;
        if (!node->is_up() || !is_deciding(*node)) continue;
        node->crash(false);
        --left;
    }
}

// A machine that comes back without what it signed is one of the f that may be faulty.
void World::lose_a_disk() {
    auto& node = any_node();
    if (node.is_byzantine || scenario_.attacks.size() + disks_lost_ >= scenario_.max_faulty())
        return;
    if (node.clock().skew != node.calm_skew) return;
    ++disks_lost_;
    node.crash(true);
    restart_later(node, some(random_, 4s));
}

// If all lost the same block nobody could go on: each has signed for the one after it.
void World::lose_a_tail() {
    auto& node = any_node();
    if (node.is_byzantine || !node.is_up() || disks_lost_ >= scenario_.max_faulty()) return;
    ++disks_lost_;
    node.crash(false);
    node.lose_tail(1 + random_.below(3));
    restart_later(node, some(random_, 4s));
}

void World::jump_a_clock() {
    auto& node = any_node();
    // With a disk that is younger than its clock says a machine cannot know what it has missed
    // (docs/formats/consensus-state.md).
    if (node.has_no_past()) return;
    const auto by = Time{random_.chance(0.5) ? random_.between(-900'000, 900'000)
                                             : random_.between(-60'000'000, 60'000'000)};
    // More than f clocks that are far ahead would make blocks that nobody else takes for as long.
    if (by > 900ms && clocks_ahead_ >= scenario_.max_faulty()) return;
    const bool is_ahead = by > 900ms;
    if (is_ahead) ++clocks_ahead_;
    trace("n{}'s clock jumps by {} ms", node.index(), by.count() / 1000);
    node.jump_clock(by);
    until_healed(some(random_, 10s), [this, &node, by, is_ahead] {
        if (is_ahead) --clocks_ahead_;
        node.jump_clock(-by);
    });
}

void World::slow_a_disk() {
    auto& node = any_node();
    node.costs().write = some(random_, 500ms);
    until_healed(some(random_, 10s), [&node] { node.set_calm(); });
}

void World::slow_execution() {
    auto& node = any_node();
    node.costs().execution = some(random_, 1s);
    until_healed(some(random_, 10s), [&node] { node.set_calm(); });
}

// --- The network

void World::cut_pair(std::size_t from, std::size_t to, Time at_most) {
    network_.cut(from, to);
    until_healed(at_most, [this, from, to] {
        network_.mend(from, to);
        healed_.insert({std::min(from, to), std::max(from, to)});
        if (!scenario_.loses_silently) break_connection(from, to);
    });
}

void World::partition() {
    const auto at_most = some(random_, 10s);
    std::vector<bool> side(nodes_.size());
    for (auto&& is_other : side) is_other = random_.chance(0.5);
    for (std::size_t a = 0; a < side.size(); ++a)
        for (std::size_t b = 0; b < side.size(); ++b)
            if (side[a] != side[b]) cut_pair(a, b, at_most);
}

void World::isolate() {
    const auto at_most = some(random_, 10s);
    const auto alone = random_.below(nodes_.size());
    for (std::size_t other = 0; other < nodes_.size(); ++other)
        if (other != alone) {
            cut_pair(alone, other, at_most);
            cut_pair(other, alone, at_most);
        }
}

void World::cut_one_way() {
    for (std::size_t count = 1 + random_.below(nodes_.size()); count != 0; --count) {
        const auto from = random_.below(nodes_.size());
        const auto to = random_.below(nodes_.size());
        if (from != to) cut_pair(from, to, some(random_, 10s));
    }
}

void World::lose_messages() {
    network_.set_loss(scenario_.storm_loss * random_.unit());
    until_healed(some(random_, 10s), [this] { network_.set_loss(0); });
}

void World::slow_down() {
    network_.set_slowness(1 + scenario_.storm_slowness * random_.unit());
    until_healed(some(random_, 10s), [this] { network_.set_slowness(1); });
}

// --- The chain

void World::submit(const Candidate& transaction) {
    for (auto& node : nodes_)
        at_node(node->index(), now_ + some(random_, 50ms),
                [&node = *node, transaction] { node.on_transaction(transaction); });
}

void World::send_transactions(std::size_t count) {
    for (; count != 0; --count) {
        const auto sender = 1 + random_.below(senders - 1);
        submit(make_transfer(sender, nonces_[sender]++));
    }
}

// An honest majority has the same wish, until the storm is over.
void World::vote() {
    const auto& newest =
        **std::ranges::max_element(nodes_, {}, [](const auto& node) { return node->head(); });
    const auto& validators = newest.next_validators();
    const auto keyed = scenario_.validators + scenario_.candidates;
    const auto& who = nodes_[random_.below(keyed)]->address();
    const bool is_in = std::ranges::find(validators, who) != validators.end();
    if (is_in && validators.size() <= fewest_validators) return;
    trace("vote {} {}", is_in ? "out" : "in", to_hex(who.bytes).substr(0, 8));
    for (auto& node : nodes_)
        if (random_.chance(0.8)) node->propose({.recipient = who, .is_add = !is_in});
    until_healed(some(random_, 20s), [this, who] {
        for (auto& node : nodes_) node->discard(who);
    });
}

void World::change_contract() {
    if (!scenario_.by_contract) return;
    std::vector<Address> validators;
    const auto keyed = scenario_.validators + scenario_.candidates;
    for (std::size_t i = 0; i < keyed; ++i)
        if (random_.chance(0.7)) validators.push_back(nodes_[i]->address());
    if (validators.size() < fewest_validators) return;
    submit(make_contract_change(nonces_[contract_owner]++, validators));
}

}  // namespace meta138::simulation
