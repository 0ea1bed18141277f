// SPDX-License-Identifier: Apache-2.0
#include "scenario.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace meta138::simulation {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

template <typename T>
T pick(Random& random, std::initializer_list<T> from) {
    return from.begin()[random.below(from.size())];
}

/// What all scenarios vary.
Scenario base(Random& random) {
    Scenario s;
    s.validators = pick<std::size_t>(random, {4, 4, 4, 4, 5, 6, 7, 7});
    s.block_period = pick(random, {1000ms, 1000ms, 2000ms, 5000ms});
    s.request_timeout = pick(random, {1000ms, 2000ms, 4000ms});
    s.max_round_timeout = s.request_timeout * pick(random, {4, 8, 16});
    s.delay = Time{random.between(500, 80'000)};
    s.jitter = Time{random.between(100, 20'000)};
    s.reorders = random.chance(0.5);
    s.duplicates = random.chance(0.3) ? 0.05 : 0;
    s.clock_skew = Time{random.between(0, 400'000)};
    s.clock_drift = random.chance(0.3) ? 1e-4 : 0;
    s.early_round_change = random.chance(0.9);
    s.transactions_per_second = random.chance(0.3) ? 1 : 0;
    s.faults_per_second = 0.5;
    s.storm = Time{random.between(5'000'000, 40'000'000)};
    s.storm_loss = 0.05 + 0.5 * random.unit();
    return s;
}

Attack any_attack(Random& random) {
    return static_cast<Attack>(random.below(attack_count));
}

Scenario calm(Random& random) {
    auto s = base(random);
    s.validators = pick<std::size_t>(random, {1, 2, 3, 4, 5, 7, 10});
    s.faults = {Fault::transactions};
    return s;
}

Scenario lossy(Random& random) {
    auto s = base(random);
    s.loses_silently = random.chance(0.5);
    s.faults = {Fault::loss, Fault::slow_network, Fault::one_way_cut};
    s.reorders = true;
    return s;
}

Scenario partitions(Random& random) {
    auto s = base(random);
    s.loses_silently = random.chance(0.3);
    s.faults = {Fault::partition, Fault::isolation, Fault::one_way_cut};
    return s;
}

Scenario crashes(Random& random) {
    auto s = base(random);
    s.faults = {Fault::crash,  Fault::crash,  Fault::crash, Fault::crash_all,
                Fault::outage, Fault::freeze, Fault::loss};
    s.faults_per_second = 1;
    return s;
}

Scenario disks(Random& random) {
    auto s = base(random);
    s.faults = {Fault::lose_disk, Fault::slow_disk, Fault::slow_execution,
                Fault::lose_tail, Fault::crash,     Fault::loss};
    return s;
}

Scenario clocks(Random& random) {
    auto s = base(random);
    s.clock_skew = Time{random.between(0, 450'000)};
    s.clock_drift = 1e-3 * random.unit();
    s.faults = {Fault::clock_jump, Fault::clock_jump, Fault::loss, Fault::freeze};
    return s;
}

Scenario votes(Random& random) {
    auto s = base(random);
    s.validators = pick<std::size_t>(random, {4, 5, 6});
    s.candidates = 3;
    s.epoch_length = pick<std::uint64_t>(random, {7, 10, 30'000});
    s.faults = {Fault::vote, Fault::vote, Fault::vote, Fault::crash, Fault::loss, Fault::partition};
    return s;
}

Scenario contract(Random& random) {
    auto s = base(random);
    s.validators = pick<std::size_t>(random, {4, 5, 6});
    s.candidates = 3;
    s.by_contract = true;
    s.faults = {Fault::contract_change, Fault::contract_change, Fault::crash, Fault::loss};
    return s;
}

Scenario transitions(Random& random) {
    auto s = base(random);
    s.change = pick(random, {Change::period, Change::contract, Change::members});
    if (s.change == Change::members) s.candidates = 2;
    s.heights = 30;
    s.faults = {Fault::crash, Fault::loss, Fault::partition, Fault::lose_disk};
    return s;
}

// Besu's schedule of two protocols: the storms fall on the blocks around the switch.
Scenario migration(Random& random) {
    auto s = base(random);
    s.first_qbft_block = static_cast<std::uint64_t>(random.between(2, 12));
    if (random.chance(0.5)) s.candidates = 1;
    if (s.candidates == 0 && random.chance(0.3)) s.attacks.push_back(any_attack(random));
    s.faults = {Fault::crash,     Fault::crash, Fault::crash_all, Fault::outage,
                Fault::isolation, Fault::loss,  Fault::partition};
    if (s.attacks.empty()) s.faults.push_back(Fault::lose_disk);
    s.faults_per_second = 1;
    s.storm = Time{random.between(5'000'000, 15'000'000)};
    return s;
}

Scenario empty_blocks(Random& random) {
    auto s = base(random);
    s.empty_block_period = s.block_period * pick(random, {3, 5, 10});
    s.transactions_per_second = 0.05;
    s.faults = {Fault::transactions, Fault::crash, Fault::loss, Fault::partition};
    return s;
}

Scenario subsecond(Random& random) {
    auto s = base(random);
    s.is_subsecond = true;
    s.block_period = pick(random, {100ms, 250ms, 500ms});
    s.request_timeout = 1000ms;
    s.max_round_timeout = 8000ms;
    s.delay = Time{random.between(500, 20'000)};
    s.faults = {Fault::crash, Fault::loss, Fault::partition, Fault::freeze};
    return s;
}

Scenario sentries(Random& random) {
    auto s = base(random);
    s.topology = Topology::sentries;
    s.sentries = 3;
    s.delay = Time{random.between(500, 40'000)};
    s.faults = {Fault::crash, Fault::loss, Fault::partition, Fault::isolation};
    return s;
}

Scenario byzantine(Random& random) {
    auto s = base(random);
    s.validators = pick<std::size_t>(random, {4, 4, 4, 5, 7, 7, 10});
    for (std::size_t i = 0; i < s.max_faulty(); ++i) s.attacks.push_back(any_attack(random));
    s.faults = {Fault::loss, Fault::slow_network, Fault::partition};
    return s;
}

// What liars say reaches the others through the real relay only.
Scenario besieged(Random& random) {
    auto s = sentries(random);
    for (std::size_t i = 0; i < s.max_faulty(); ++i) s.attacks.push_back(any_attack(random));
    s.faults = {Fault::crash, Fault::loss, Fault::slow_network};
    return s;
}

Scenario chaos(Random& random) {
    auto s = base(random);
    if (random.chance(0.5)) {
        s.candidates = 2;
        s.epoch_length = 20;
    }
    if (s.candidates == 0)
        for (std::size_t i = 0; i < s.max_faulty(); ++i)
            if (random.chance(0.5)) s.attacks.push_back(any_attack(random));
    s.loses_silently = random.chance(0.3);
    s.faults = {Fault::crash,       Fault::crash,        Fault::crash_all,   Fault::freeze,
                Fault::partition,   Fault::isolation,    Fault::one_way_cut, Fault::loss,
                Fault::clock_jump,  Fault::slow_network, Fault::slow_disk,   Fault::slow_execution,
                Fault::transactions};
    if (s.candidates != 0) s.faults.push_back(Fault::vote);
    if (s.attacks.empty()) {
        s.faults.push_back(Fault::lose_disk);
        s.faults.push_back(Fault::lose_tail);
    }
    s.faults_per_second = 1;
    return s;
}

constexpr std::array all{
    NamedScenario{"calm", "1 to 10 validators and nothing but transactions", calm},
    NamedScenario{"lossy", "messages are lost, late, doubled and out of order", lossy},
    NamedScenario{"partitions", "the network falls apart and comes together", partitions},
    NamedScenario{"crashes", "processes die, one or all, and come back or are stopped", crashes},
    NamedScenario{"disks", "disks are lost or slow", disks},
    NamedScenario{"clocks", "wall clocks differ, drift and jump", clocks},
    NamedScenario{"votes", "validators are voted in and out, with short epochs", votes},
    NamedScenario{"contract", "a contract names the validators, and changes", contract},
    NamedScenario{"transitions", "period, validators or their contract change on the way",
                  transitions},
    NamedScenario{"empty-blocks", "an empty-block period, few transactions", empty_blocks},
    NamedScenario{"subsecond", "periods of 100 to 500 ms", subsecond},
    NamedScenario{"sentries", "validators see each other through three sentries", sentries},
    NamedScenario{"byzantine", "as many liars as the protocol bears", byzantine},
    NamedScenario{"chaos", "everything at once", chaos},
    NamedScenario{"migration", "a chain of IBFT 2 goes on with QBFT", migration},
    NamedScenario{"besieged", "liars among validators that see sentries only", besieged},
};

}  // namespace

std::span<const NamedScenario> scenarios() {
    return all;
}

Scenario make_scenario(std::string_view name, std::uint64_t seed) {
    Random random{seed * 0x9e3779b97f4a7c15 + 1};
    const auto mixed = random.below(all.size());
    const auto* found =
        name == "mixed" ? &all[mixed] : std::ranges::find(all, name, &NamedScenario::name);
    META138_ASSERT(found != all.end());
    auto scenario = found->make(random);
    scenario.name = found->name;
    scenario.seed = seed;
    return scenario;
}

Time Scenario::recovery_bound() const {
    // At the end of the storm validators may be in different rounds, and each waits at most for
    // its longest time-out until it says so; then every faulty proposer costs one more.
    const auto faulty = static_cast<int>(max_faulty());
    const auto waits = (faulty + 4) * max_round_timeout;
    // Each block after that waits for its time, and for faulty proposers from round 0 on.
    auto block = std::max(block_period, empty_block_period) + 2 * block_period + 2000ms;
    for (int round = 0; round <= faulty; ++round)
        block += std::min(max_round_timeout, request_timeout * (1 << round));
    return waits + static_cast<int>(calm_blocks + 1) * block + 30s;
}

std::string_view to_string(Fault fault) {
    constexpr std::array<std::string_view, fault_count> names{
        "crash",           "crash_all",   "outage",    "lose_disk",      "lose_tail",
        "freeze",          "partition",   "isolation", "one_way_cut",    "loss",
        "slow_network",    "clock_jump",  "slow_disk", "slow_execution", "vote",
        "contract_change", "transactions"};
    return names[static_cast<std::size_t>(fault)];
}

std::string_view to_string(Attack attack) {
    constexpr std::array<std::string_view, attack_count> names{
        "silence",        "silence_to_some", "twin",
        "equivocation",   "double_votes",    "wrong_justification",
        "invalid_blocks", "replays",         "wrong_seals",
        "garbage",        "huge_rounds",     "flood",
        "amnesia"};
    return names[static_cast<std::size_t>(attack)];
}

std::string describe(const Scenario& s) {
    auto text = fmt::format(
        "validators={} candidates={} sentries={} period={}ms empty={}ms timeout={}ms..{}ms "
        "delay={}us+{}us skew={}us drift={} early={} {}{}{}",
        s.validators, s.candidates, s.sentries, s.block_period.count(),
        s.empty_block_period.count(), s.request_timeout.count(), s.max_round_timeout.count(),
        s.delay.count(), s.jitter.count(), s.clock_skew.count(), s.clock_drift,
        s.early_round_change, s.reorders ? "reorders " : "",
        s.loses_silently ? "loses-silently " : "", s.by_contract ? "contract " : "");
    if (s.first_qbft_block != 0) text += fmt::format("qbft-from={} ", s.first_qbft_block);
    for (const auto attack : s.attacks) text += fmt::format("attack={} ", to_string(attack));
    return text;
}

}  // namespace meta138::simulation
