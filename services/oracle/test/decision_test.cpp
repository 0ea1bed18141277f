// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/decision.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;
using namespace meta138::literals;

constexpr milliseconds start = 1'700'000'000s;

/// One publisher of a feed with 8 decimals, a heartbeat of an hour and a threshold of 0.5 %, whose
/// last answer is 100, written a minute ago.
struct DecisionTest : testing::Test {
    FeedConfig feed;
    PublisherConfig publisher{.turn = 10s};
    ChainFeed chain{.round = 4,
                    .answer = 100'0000'0000_u256,
                    .updated_at = 1'699'999'940s,
                    .head_time = 1'699'999'999s};
    Aggregate price{.price = Decimal::from(100)};

    Decision decide(milliseconds now = start) {
        Decider decider{feed, publisher, 2s};
        return decider.decide(chain, price, now);
    }
    void at(const char* text) { price.price = parse_decimal(text).value(); }
};

testing::AssertionResult waits(const Decision& decision, WaitReason reason) {
    if (const auto* const wait = std::get_if<Wait>(&decision))
        return (wait->reason == reason ? testing::AssertionSuccess() : testing::AssertionFailure())
               << "waits: " << to_string(wait->reason);
    return testing::AssertionFailure() << "updates";
}

testing::AssertionResult updates(const Decision& decision, UpdateReason reason) {
    if (const auto* const update = std::get_if<Update>(&decision))
        return (update->reason == reason ? testing::AssertionSuccess()
                                         : testing::AssertionFailure())
               << "updates: " << to_string(update->reason);
    return testing::AssertionFailure() << "waits: " << to_string(std::get<Wait>(decision).reason);
}

TEST_F(DecisionTest, a_feed_without_a_round_gets_its_first) {
    chain = {.head_time = 1'700'000'000s};
    const auto decision = decide();
    ASSERT_TRUE(updates(decision, UpdateReason::first));
    EXPECT_EQ(std::get<Update>(decision).round, 1U);
    EXPECT_EQ(std::get<Update>(decision).answer, 100'0000'0000_u256);
    EXPECT_EQ(std::get<Update>(decision).observed_at, 1'700'000'000s);
}

TEST_F(DecisionTest, waits_while_the_answer_is_fresh_and_near) {
    at("100.4999");
    const auto decision = decide();
    ASSERT_TRUE(waits(decision, WaitReason::fresh));
    EXPECT_EQ(std::get<Wait>(decision).until, start - 60s + 3600s - 4s);
}

TEST_F(DecisionTest, updates_from_the_threshold_on) {
    at("100.5");
    EXPECT_TRUE(updates(decide(), UpdateReason::deviation));
    at("99.5");
    EXPECT_TRUE(updates(decide(), UpdateReason::deviation));
    at("99.50000001");
    EXPECT_TRUE(waits(decide(), WaitReason::fresh));
}

TEST_F(DecisionTest, what_counts_is_the_answer_that_the_contract_would_see) {
    at("100.499999996");  // rounds to 100.5
    EXPECT_TRUE(updates(decide(), UpdateReason::deviation));
}

TEST_F(DecisionTest, a_heartbeat_is_sent_two_blocks_early) {
    const auto due = start - 60s + 3600s - 4s;
    EXPECT_TRUE(waits(decide(due - 1ms), WaitReason::fresh));
    EXPECT_TRUE(updates(decide(due), UpdateReason::heartbeat));
}

TEST_F(DecisionTest, a_heartbeat_leaves_time_for_every_publisher) {
    publisher.publishers = 3;
    const auto due = start - 60s + 3600s - 4s - 20s;
    publisher.rank = 5 % 3;
    EXPECT_TRUE(waits(decide(due - 1ms), WaitReason::fresh));
    EXPECT_TRUE(updates(decide(due), UpdateReason::heartbeat));
}

TEST_F(DecisionTest, a_short_heartbeat_is_not_early_by_more_than_an_eighth) {
    feed.heartbeat = 16s;
    publisher.publishers = 3;
    const auto decision = decide(start - 60s);
    ASSERT_TRUE(waits(decision, WaitReason::fresh));
    EXPECT_EQ(std::get<Wait>(decision).until, start - 60s + 14s);
}

TEST_F(DecisionTest, the_contracts_shorter_heartbeat_counts) {
    chain.heartbeat = 60s;
    EXPECT_TRUE(updates(decide(), UpdateReason::heartbeat));
}

TEST_F(DecisionTest, without_a_price_it_waits) {
    price = {.missing = NoPrice::disagreement};
    EXPECT_TRUE(waits(decide(start + 2h), WaitReason::no_price));
}

TEST_F(DecisionTest, a_paused_feed_is_left_alone) {
    chain.paused = true;
    EXPECT_TRUE(waits(decide(start + 2h), WaitReason::paused));
}

TEST_F(DecisionTest, an_answer_that_the_contract_would_refuse_is_not_sent) {
    chain.min_answer = 1_u256;
    chain.max_answer = 200'0000'0000_u256;
    at("200");
    EXPECT_TRUE(updates(decide(), UpdateReason::deviation));
    at("200.00000001");
    EXPECT_TRUE(waits(decide(), WaitReason::out_of_bounds));
    chain.min_answer = 50'0000'0000_u256;
    at("49");
    EXPECT_TRUE(waits(decide(), WaitReason::out_of_bounds));
    at("0.000000001");
    EXPECT_TRUE(waits(decide(), WaitReason::out_of_bounds));
}

TEST_F(DecisionTest, what_the_contract_would_take_for_too_early_waits) {
    chain.due_at = 1'700'000'100s;
    chain.gate_deviation = Ratio{10'000'000};
    at("100.6");
    const auto decision = decide();
    ASSERT_TRUE(waits(decision, WaitReason::gated));
    EXPECT_EQ(std::get<Wait>(decision).until, 1'700'000'101s);
    at("101");
    EXPECT_TRUE(updates(decide(), UpdateReason::deviation));
    at("100.6");
    EXPECT_TRUE(updates(decide(start + 101s), UpdateReason::deviation));
    chain.head_time = 1'700'000'100s;
    EXPECT_TRUE(updates(decide(), UpdateReason::deviation));
}

TEST_F(DecisionTest, rounds_are_taken_in_turn) {
    at("101");
    publisher.publishers = 2;
    for (const std::uint32_t rank : {0U, 1U}) {
        publisher.rank = rank;
        Decider decider{feed, publisher, 2s};
        for (std::uint64_t round = 1; round < 9; ++round) {
            chain.round = round;
            const auto decision = decider.decide(chain, price, start);
            if ((round + 1) % 2 == rank) {
                EXPECT_TRUE(updates(decision, UpdateReason::deviation));
            } else {
                ASSERT_TRUE(waits(decision, WaitReason::others_turn));
                EXPECT_EQ(std::get<Wait>(decision).until, start + 10s);
            }
        }
    }
}

TEST_F(DecisionTest, after_its_delay_another_publisher_takes_over) {
    at("101");
    publisher.publishers = 2;
    publisher.rank = 0;  // round 5 is the other's
    Decider decider{feed, publisher, 2s};
    EXPECT_TRUE(waits(decider.decide(chain, price, start), WaitReason::others_turn));
    EXPECT_TRUE(waits(decider.decide(chain, price, start + 9'999ms), WaitReason::others_turn));
    EXPECT_TRUE(updates(decider.decide(chain, price, start + 10s), UpdateReason::deviation));
}

TEST_F(DecisionTest, the_delay_starts_anew_when_the_deviation_has_gone) {
    publisher.publishers = 2;
    publisher.rank = 0;
    Decider decider{feed, publisher, 2s};
    at("101");
    EXPECT_TRUE(waits(decider.decide(chain, price, start), WaitReason::others_turn));
    at("100");
    EXPECT_TRUE(waits(decider.decide(chain, price, start + 5s), WaitReason::fresh));
    at("101");
    EXPECT_TRUE(waits(decider.decide(chain, price, start + 10s), WaitReason::others_turn));
    EXPECT_TRUE(updates(decider.decide(chain, price, start + 20s), UpdateReason::deviation));
}

TEST_F(DecisionTest, a_clock_that_was_set_back_delays_by_one_turn_at_most) {
    publisher.publishers = 2;
    publisher.rank = 0;
    at("101");
    Decider decider{feed, publisher, 2s};
    EXPECT_TRUE(waits(decider.decide(chain, price, start + 1h), WaitReason::others_turn));
    EXPECT_TRUE(waits(decider.decide(chain, price, start), WaitReason::others_turn));
    EXPECT_TRUE(updates(decider.decide(chain, price, start + 10s), UpdateReason::deviation));
}

}  // namespace
}  // namespace meta138::oracle
