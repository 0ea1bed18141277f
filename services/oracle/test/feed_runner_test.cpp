// SPDX-License-Identifier: Apache-2.0
#include "feed_runner.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;
using Kind = FeedStep::Kind;

/// A feed with one source at 100, whose last answer, round 4, is 90 and a minute old.
class FeedRunnerTest : public testing::Test {
protected:
    FeedRunnerTest() {
        config.name = "ETH/USD";
        config.address = Address{};
        config.deviation_threshold = Ratio{10'000'000};
        config.sources.push_back({.name = "exchange", .legs = {{.ticker = 0}}});
        board.resize(1);
        tell(100);
        state.round = 4;
        state.answer = 90'00000000;
        state.updated_at = 999'940;
        state.block_timestamp = 1'000'000;
        state.due_at = state.updated_at + 3150;
        state.heartbeat = 3600;
        state.deviation_bps = 100;
        state.min_answer = 1;
        state.max_answer = uint256{1} << 90;
        state.decimals = 8;
        state.may_transmit = true;
    }

    FeedRunner& start() {
        runner.emplace(config, publisher, transactions, 2s);
        runner->on_reading(state);
        return *runner;
    }
    void tell(std::uint64_t price) {
        board[0].health = SourceHealth::alive;
        board[0].last = Observation{.price = Decimal::from(price), .received = now};
    }
    FeedStep decide(bool is_busy = false) { return runner->decide(board, now, is_busy); }
    [[nodiscard]] FeedStatus status() const { return runner->status(now, false); }

    FeedConfig config;
    PublisherConfig publisher;
    TransactionConfig transactions;
    contracts::FeedState state;
    Instant now{.wall = 1'000'000s, .steady = 1h};
    PriceBoard board;
    std::optional<FeedRunner> runner;
};

TEST_F(FeedRunnerTest, asks_for_the_cost_and_then_submits) {
    start();
    const auto step = decide();
    ASSERT_EQ(step.kind, Kind::estimate);
    EXPECT_EQ(step.transmission.round, 5U);
    EXPECT_EQ(step.transmission.call_data, contracts::encode_transmit(5, 100'00000000, 1'000'000));
    EXPECT_EQ(decide().kind, Kind::nothing) << "the answer is awaited";

    const auto next = runner->on_estimate({.gas = 200'000}, now.steady);
    ASSERT_EQ(next.kind, Kind::submit);
    EXPECT_EQ(next.transmission.gas_limit, 250'000U);

    tell(101);
    const auto newer = decide(true);
    EXPECT_EQ(newer.kind, Kind::submit) << "what a replacement will say";
    EXPECT_EQ(newer.transmission.gas_limit, 250'000U);
}

TEST_F(FeedRunnerTest, gives_what_a_former_run_sent_a_gas_limit_too) {
    start();
    const auto step = decide(true);
    ASSERT_EQ(step.kind, Kind::submit);
    EXPECT_GE(step.transmission.gas_limit, 150'000U);
}

TEST_F(FeedRunnerTest, withdraws_what_is_not_due_any_more) {
    start();
    tell(90);
    EXPECT_EQ(decide(true).kind, Kind::withdraw);
    EXPECT_EQ(decide(false).kind, Kind::nothing);
    EXPECT_EQ(status().decision, "fresh");
}

TEST_F(FeedRunnerTest, reads_the_chain_anew_before_it_decides_again) {
    start();
    runner->on_finished({.outcome = Outcome::confirmed, .round = 5, .block = 12});
    EXPECT_TRUE(runner->needs_reading());
    EXPECT_EQ(decide().kind, Kind::nothing);
    state.round = 5;
    state.answer = 100'00000000;
    runner->on_reading(state);
    EXPECT_EQ(decide().kind, Kind::nothing);
    EXPECT_EQ(status().confirmed, 1U);
    EXPECT_EQ(status().last_update->block, 12U);
}

TEST_F(FeedRunnerTest, a_round_that_another_wrote_is_a_lost_race) {
    start();
    (void)decide();
    (void)runner->on_estimate({.is_reverted = true, .is_round_taken = true}, now.steady);
    EXPECT_TRUE(runner->needs_reading());
    EXPECT_EQ(status().lost_races, 1U);

    runner->on_finished({.outcome = Outcome::reverted, .round = 5});
    state.round = 5;
    runner->on_reading(state);
    EXPECT_EQ(status().lost_races, 2U);
    EXPECT_TRUE(status().failed.empty());
}

TEST_F(FeedRunnerTest, a_revert_without_a_new_round_is_a_failure) {
    start();
    runner->on_finished({.outcome = Outcome::reverted, .round = 5});
    runner->on_reading(state);
    EXPECT_EQ(status().lost_races, 0U);
    EXPECT_EQ(status().failed.at("reverted"), 1U);
}

TEST_F(FeedRunnerTest, waits_after_the_contract_has_refused) {
    start();
    (void)decide();
    (void)runner->on_estimate({.is_reverted = true, .reason = "NotTransmitter"}, now.steady);
    EXPECT_EQ(decide().kind, Kind::nothing);
    EXPECT_EQ(status().problems.size(), 1U);
    now.steady += transactions.backoff;
    tell(100);
    EXPECT_EQ(decide().kind, Kind::estimate);
}

TEST_F(FeedRunnerTest, sends_what_only_the_next_block_takes) {
    start();
    (void)decide();
    const auto step = runner->on_estimate({.is_reverted = true, .is_early = true}, now.steady);
    EXPECT_EQ(step.kind, Kind::submit);
    EXPECT_GE(step.transmission.gas_limit, 150'000U);
}

TEST_F(FeedRunnerTest, does_nothing_for_a_contract_that_is_not_the_configured_one) {
    state.decimals = 18;
    start();
    EXPECT_EQ(decide().kind, Kind::nothing);
    EXPECT_EQ(status().problems.at(0), "the contract has 18 decimals, the configuration says 8");
    state.decimals = 8;
    state.may_transmit = false;
    runner->on_reading(state);
    EXPECT_EQ(decide().kind, Kind::nothing);
}

TEST_F(FeedRunnerTest, a_dry_run_announces_a_round_once) {
    publisher.dry_run = true;
    state.may_transmit = false;
    start();
    EXPECT_EQ(decide().kind, Kind::announce);
    EXPECT_EQ(decide().kind, Kind::nothing);
    state.round = 5;
    runner->on_reading(state);
    EXPECT_EQ(decide().kind, Kind::announce);
}

TEST_F(FeedRunnerTest, an_answer_older_than_the_heartbeat_is_a_problem) {
    start();
    (void)decide();
    EXPECT_TRUE(status().problems.empty());
    now.wall += 2h;
    EXPECT_EQ(status().problems.size(), 1U);
}

}  // namespace
}  // namespace meta138::oracle
