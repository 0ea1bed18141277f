// SPDX-License-Identifier: Apache-2.0
#include "scenario.hpp"
#include "world.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <chrono>
#include <string>
#include <string_view>

namespace meta138::simulation {
namespace {

using namespace std::chrono_literals;

Result run(const Scenario& scenario, bool traces = false) {
    return World{scenario, traces}.run();
}

// --- The simulator itself: it repeats what it did, and sees what is broken.

TEST(Simulator, one_seed_is_one_run) {
    const auto scenario = make_scenario("chaos", 7);
    const auto first = run(scenario, true);
    const auto second = run(scenario, true);
    EXPECT_EQ(first.messages, second.messages);
    EXPECT_EQ(first.virtual_time, second.virtual_time);
    EXPECT_EQ(first.trace, second.trace);
    EXPECT_FALSE(first.trace.empty());
}

TEST(Simulator, another_seed_is_another_run) {
    auto scenario = make_scenario("crashes", 1);
    const auto first = run(scenario);
    scenario.seed = 2;
    EXPECT_NE(run(scenario).messages, first.messages);
}

/// Whether one of a scenario's first seeds breaks that promise.
template <typename Change>
bool notices(std::string_view violation, std::string_view name, Change&& change) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        auto scenario = make_scenario(name, seed);
        change(scenario);
        const auto result = run(scenario);
        if (result.violation && result.violation->contains(violation)) return true;
    }
    return false;
}

TEST(Simulator, notices_validators_that_forget_what_they_signed) {
    EXPECT_TRUE(notices("signed two different messages", "crashes",
                        [](auto& scenario) { scenario.disks_forget = true; }));
}

TEST(Simulator, notices_a_fork_when_more_lie_than_the_protocol_bears) {
    EXPECT_TRUE(notices("FORK", "partitions", [](auto& scenario) {
        scenario.validators = 4;
        scenario.attacks = {Attack::equivocation, Attack::equivocation};
    }));
}

TEST(Simulator, notices_a_network_that_does_not_recover) {
    EXPECT_TRUE(notices("NO PROGRESS", "partitions", [](auto& scenario) {
        scenario.validators = 4;
        scenario.attacks = {Attack::silence, Attack::silence};
    }));
}

// --- Each scenario, shortly; the long runs are meta138-simulate's.

class EachScenario : public testing::TestWithParam<std::size_t> {};

TEST_P(EachScenario, keeps_the_promises) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
        const auto result = run(make_scenario(scenarios()[GetParam()].name, seed));
        EXPECT_EQ(result.violation, std::nullopt) << "seed " << seed;
        EXPECT_GE(result.heights, 20);
    }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, EachScenario,
                         testing::Range<std::size_t>(0, scenarios().size()), [](const auto& info) {
                             std::string name{scenarios()[info.param].name};
                             std::erase_if(name, [](char c) { return std::isalpha(c) == 0; });
                             return name;
                         });

// --- What is promised of single faults.

Scenario quiet(std::string_view name, std::size_t validators) {
    auto scenario = make_scenario(name, 1);
    scenario.validators = validators;
    scenario.faults.clear();
    scenario.attacks.clear();
    scenario.delay = 5ms;
    scenario.jitter = 1ms;
    scenario.clock_skew = 10ms;
    scenario.clock_drift = 0;
    scenario.transactions_per_second = 0;
    scenario.block_period = 1000ms;
    scenario.request_timeout = 2000ms;
    scenario.heights = 40;
    scenario.start_spread = 100ms;
    return scenario;
}

class EachSentry : public testing::TestWithParam<std::size_t> {};

TEST_P(EachSentry, may_go_without_delaying_a_block_by_more_than_a_round) {
    const auto scenario = quiet("sentries", 4);
    World world{scenario, false};
    auto& sentry = *world.nodes()[scenario.validators + GetParam()];
    world.at(15s, [&] { sentry.crash(false); });
    world.at(35s, [&] { sentry.start(); });
    const auto result = world.run();
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_LE(result.highest_round, 1);
}

INSTANTIATE_TEST_SUITE_P(Sentries, EachSentry, testing::Range<std::size_t>(0, 3));

TEST(SingleFault, a_dead_proposer_costs_one_round) {  // besu-eth/besu#6398
    World world{quiet("crashes", 4), false};
    world.at(15s, [&] { world.nodes()[0]->crash(false); });
    world.at(35s, [&] { world.nodes()[0]->start(); });
    const auto result = world.run();
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_EQ(result.highest_round, 1);
}

TEST(SingleFault, a_network_without_faults_never_changes_rounds) {  // besu-eth/besu#2095
    auto scenario = quiet("calm", 7);
    const auto result = run(scenario);
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_EQ(result.highest_round, 0);
}

TEST(SingleFault, all_restarted_at_once_go_on_where_they_were) {  // besu-eth/besu#7642
    World world{quiet("crashes", 4), false};
    for (int time = 10; time < 30; time += 5)
        world.at(std::chrono::seconds{time}, [&] {
            for (const auto& node : world.nodes()) {
                node->crash(false);
                node->start();
            }
        });
    const auto result = world.run();
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_LE(result.longest_recovery, 30s);
}

TEST(SingleFault, nodes_that_start_within_a_period_lose_no_round) {  // besu-eth/besu#10917
    auto scenario = quiet("calm", 4);
    scenario.start_spread = 900ms;
    const auto result = run(scenario);
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_EQ(result.highest_round, 0);
}

TEST(SingleFault, a_lone_validator_goes_on_without_peers) {  // besu-eth/besu#6457
    World world{quiet("crashes", 1), false};
    world.at(10s, [&] {
        world.nodes()[0]->crash(false);
        world.nodes()[0]->start();
    });
    const auto result = world.run();
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_EQ(result.highest_round, 0);
}

TEST(SingleFault, two_of_four_with_new_disks_do_not_stop_the_others) {  // besu-eth/besu#8307
    World world{quiet("crashes", 4), false};
    world.at(15s, [&] {
        for (std::size_t i = 0; i < 2; ++i) {
            world.nodes()[i]->crash(true);
            world.nodes()[i]->start();
        }
    });
    const auto result = world.run();
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_GE(result.heights, 40);
}

TEST(SingleFault, an_idle_network_waits_without_changing_rounds) {  // besu-eth/besu#6965, #10917
    auto scenario = quiet("empty-blocks", 4);
    scenario.empty_block_period = 10s;
    scenario.heights = 12;
    const auto result = run(scenario);
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_EQ(result.counters.round_changes, 0);
}

TEST(SingleFault, work_that_takes_longer_than_a_round_does_not_stop_the_chain) {  // #6613, #7875
    auto scenario = quiet("calm", 4);
    scenario.execution_time = 2200ms;
    scenario.max_round_timeout = 16s;
    scenario.heights = 6;
    const auto result = run(scenario);
    EXPECT_EQ(result.violation, std::nullopt);
    EXPECT_GE(result.heights, 6);
}

// The last block of IBFT 2 is #9, some nine seconds after the start.
class AroundTheSwitch : public testing::TestWithParam<int> {};

TEST_P(AroundTheSwitch, crashes_cost_no_fork_and_no_standstill) {  // besu-eth/besu#2991
    auto scenario = quiet("migration", 4);
    scenario.candidates = 1;
    scenario.first_qbft_block = 10;
    scenario.heights = 16;
    for (const bool all : {false, true}) {
        World world{scenario, false};
        world.at(9s + std::chrono::milliseconds{250 * GetParam()}, [&] {
            for (const auto& node : world.nodes()) {
                node->crash(false);
                node->start();
                if (!all) break;
            }
        });
        const auto result = world.run();
        EXPECT_EQ(result.violation, std::nullopt);
        EXPECT_LE(result.highest_round, 1);
    }
}

INSTANTIATE_TEST_SUITE_P(QuarterSeconds, AroundTheSwitch, testing::Range(0, 12));

class EachAttack : public testing::TestWithParam<std::size_t> {};

TEST_P(EachAttack, is_borne_by_seven_validators_from_two) {
    const auto attack = static_cast<Attack>(GetParam());
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        auto scenario = make_scenario("byzantine", seed);
        scenario.validators = 7;
        scenario.attacks = {attack, attack};
        const auto result = run(scenario);
        EXPECT_EQ(result.violation, std::nullopt) << "seed " << seed;
        EXPECT_GE(result.heights, 20);
    }
}

INSTANTIATE_TEST_SUITE_P(Attacks, EachAttack, testing::Range<std::size_t>(0, attack_count),
                         [](const auto& info) {
                             std::string name{to_string(static_cast<Attack>(info.param))};
                             std::erase_if(name, [](char c) { return std::isalpha(c) == 0; });
                             return name;
                         });

}  // namespace
}  // namespace meta138::simulation
