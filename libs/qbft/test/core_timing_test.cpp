// SPDX-License-Identifier: Apache-2.0
// Block timers, header timestamps, empty-block periods.
#include "core_fixture.hpp"
#include "timers.hpp"

namespace meta138::qbft::test {
namespace {

class CoreTiming : public CoreTest {
protected:
    /// The core's validator proposes round 0.
    HeightSettings own_turn() const {
        auto settings_of_height = height();
        settings_of_height.parent.coinbase = keys[self - 1].address;
        return settings_of_height;
    }
    std::shared_ptr<const Block> with_transaction() const {
        auto block_ = std::make_shared<Block>(*block(0, self));
        block_->transactions.emplace_back();
        return block_;
    }
};

TEST_F(CoreTiming, a_round_ends_after_the_request_time_doubled_with_each_round) {
    EXPECT_EQ(round_timeout(1s, 0, 60s), 1s);
    EXPECT_EQ(round_timeout(1s, 5, 60s), 32s);
    EXPECT_EQ(round_timeout(1s, 6, 60s), 60s);
    EXPECT_EQ(round_timeout(4s, 1000, 60s), 60s);
    EXPECT_EQ(round_timeout(90s, 3, 60s), 90s);
}

TEST_F(CoreTiming, the_block_timer_counts_from_the_parents_time) {
    const auto at = [](milliseconds wall) { return Instant{.wall = wall, .steady = 5s}; };
    const auto timer = block_timer(height(2), at(std::chrono::seconds{genesis_time}));
    EXPECT_EQ(timer.due_in(at(std::chrono::seconds{genesis_time})), 1s);
    EXPECT_EQ(timer.due_in(at(std::chrono::seconds{genesis_time + 1})), 0s);
    EXPECT_EQ(timer.due_in(at(std::chrono::seconds{genesis_time + 999})), 0s);
}

TEST_F(CoreTiming, a_clock_set_back_does_not_hold_the_block_for_hours) {
    const Instant start{.wall = std::chrono::seconds{genesis_time - 3600}, .steady = 5s};
    const auto timer = block_timer(height(2), start);
    EXPECT_EQ(timer.due_in(start), period + 1s);
    // But the chain begins when its genesis file says.
    EXPECT_EQ(block_timer(height(1), start).due_in(start), 3600s + period);
}

TEST_F(CoreTiming, a_period_below_a_second_counts_from_the_arrival_of_the_head) {
    auto settings_of_height = height(2);
    settings_of_height.block_period = 250ms;
    settings_of_height.is_subsecond = true;
    const Instant start{.wall = std::chrono::seconds{genesis_time + 77}, .steady = 5s};
    EXPECT_EQ(block_timer(settings_of_height, start).due_in(start), 250ms);
}

TEST_F(CoreTiming, a_period_below_a_second_counts_from_the_parents_proposal_if_that_was_seen) {
    auto settings_of_height = height(2);
    settings_of_height.block_period = 250ms;
    settings_of_height.is_subsecond = true;
    const Instant head{.wall = std::chrono::seconds{genesis_time + 77}, .steady = 5s};
    const auto timer = block_timer(settings_of_height, head, head.steady - 80ms);
    EXPECT_EQ(timer.due_in(head), 170ms);
    // What took longer than the period is not made up for.
    EXPECT_EQ(block_timer(settings_of_height, head, head.steady - 400ms).due_in(head), 0ms);
    EXPECT_EQ(block_timer(settings_of_height, head, head.steady + 400ms).due_in(head), 250ms);
}

TEST_F(CoreTiming, the_timestamp_is_the_nearest_second_in_round_0_and_the_begun_one_later) {
    const auto at = [](milliseconds after) {
        return Instant{.wall = std::chrono::seconds{genesis_time + 10} + after, .steady = 5s};
    };
    EXPECT_EQ(block_timestamp(height(), 0, at(499ms)), genesis_time + 10);
    EXPECT_EQ(block_timestamp(height(), 0, at(500ms)), genesis_time + 11);
    EXPECT_EQ(block_timestamp(height(), 1, at(999ms)), genesis_time + 10);
}

TEST_F(CoreTiming, the_timestamp_is_never_less_than_a_period_after_the_parent) {
    const Instant early{.wall = std::chrono::seconds{genesis_time - 50}, .steady = 5s};
    EXPECT_EQ(block_timestamp(height(), 0, early), genesis_time + 1);
    auto settings_of_height = height();
    settings_of_height.block_period = 250ms;
    settings_of_height.is_subsecond = true;
    EXPECT_EQ(block_timestamp(settings_of_height, 0, early), genesis_time);
}

TEST_F(CoreTiming, the_proposer_asks_for_a_block_when_the_period_is_over) {
    run(core->start_height(own_turn(), now));
    run(core->on_connected(keys[0].address, now));
    run(core->on_connected(keys[1].address, now));
    EXPECT_EQ(core->due_in(now), period);
    wait(period - 1ms);
    EXPECT_TRUE(all<BuildBlock>().empty());
    wait(1ms);
    ASSERT_EQ(all<BuildBlock>().size(), 1U);
    EXPECT_EQ(all<BuildBlock>()[0].timestamp, genesis_time + 1);
}

TEST_F(CoreTiming,
       the_first_proposal_of_a_network_that_starts_waits_a_little_for_all) {  // besu#10917
    now.wall += 24h;
    run(core->start_height(own_turn(), now));
    for (const std::size_t i : {0U, 1U, 2U}) {
        EXPECT_TRUE(all<BuildBlock>().empty()) << i;
        run(core->on_connected(keys[i].address, now));
    }
    EXPECT_EQ(all<BuildBlock>().size(), 1U);
}

TEST_F(CoreTiming, where_blocks_are_made_the_first_proposal_waits_for_a_quorum) {
    auto settings_of_height = own_turn();
    settings_of_height.parent.number = 7;
    now.wall += period;
    run(core->start_height(settings_of_height, now));
    for (const std::size_t i : {0U, 1U}) {
        EXPECT_TRUE(all<BuildBlock>().empty()) << i;
        run(core->on_connected(keys[i].address, now));
    }
    EXPECT_EQ(all<BuildBlock>().size(), 1U);
}

TEST_F(CoreTiming, a_late_first_proposal_does_not_wait_for_peers_without_end) {  // besu#8307
    now.wall += 24h;
    run(core->start_height(own_turn(), now));
    wait(1s);
    EXPECT_EQ(all<BuildBlock>().size(), 1U);
}

TEST_F(CoreTiming, an_empty_block_waits_for_the_end_of_the_empty_period) {
    empty_period = 5s;
    run(core->start_height(own_turn(), now));
    wait(period);
    for (int i = 0; i < 5; ++i) {
        run(core->on_built(1, 0, block(0, self), now));
        EXPECT_TRUE(sent(MessageCode::proposal).empty());
        wait(period);
    }
    run(core->on_built(1, 0, block(0, self), now));
    EXPECT_EQ(sent(MessageCode::proposal).size(), 1U);
    EXPECT_EQ(round(), 0U);
}

TEST_F(CoreTiming, a_block_with_transactions_does_not_wait) {
    empty_period = 60s;
    run(core->start_height(own_turn(), now));
    wait(period);
    run(core->on_built(1, 0, with_transaction(), now));
    EXPECT_EQ(sent(MessageCode::proposal).size(), 1U);
}

TEST_F(CoreTiming, transactions_end_the_wait_at_once) {  // besu#10917
    empty_period = 60s;
    run(core->start_height(own_turn(), now));
    wait(period);
    run(core->on_built(1, 0, block(0, self), now));
    wait(100ms);
    log.clear();
    run(core->on_transactions(now));
    ASSERT_EQ(all<BuildBlock>().size(), 1U);
    run(core->on_built(1, 0, with_transaction(), now));
    EXPECT_EQ(sent(MessageCode::proposal).size(), 1U);
}

TEST_F(CoreTiming, transactions_that_cannot_be_included_cost_few_builds) {
    empty_period = 60s;
    run(core->start_height(own_turn(), now));
    wait(period);
    log.clear();
    for (int i = 0; i < 100; ++i) {
        run(core->on_built(1, 0, block(0, self), now));
        run(core->on_transactions(now));
        wait(1ms);
    }
    EXPECT_LE(all<BuildBlock>().size(), 3U);
}

TEST_F(CoreTiming, who_has_nothing_to_decide_does_not_time_out_in_the_empty_period) {  // #11031
    empty_period = 60s;
    start();  // number 0 proposes
    wait(period);
    ASSERT_EQ(all<BuildBlock>().size(), 1U);
    for (int i = 0; i < 30; ++i) {
        run(core->on_built(1, 0, block(0, self), now));
        wait(1s);
    }
    EXPECT_EQ(round(), 0U);
    EXPECT_TRUE(sent(MessageCode::round_change).empty());
    EXPECT_TRUE(sent(MessageCode::proposal).empty());
}

TEST_F(CoreTiming, who_has_something_to_decide_replaces_a_silent_proposer) {  // #11031
    empty_period = 60s;
    start();
    wait(period);
    run(core->on_built(1, 0, with_transaction(), now));
    EXPECT_TRUE(sent(MessageCode::proposal).empty());
    wait(1s);
    EXPECT_EQ(round(), 1U);
}

TEST_F(CoreTiming, a_proposal_ends_the_wait_of_the_others) {
    empty_period = 60s;
    start();
    wait(period);
    run(core->on_built(1, 0, block(0, self), now));
    deliver(proposal(0, 0, block(0, 0)));
    EXPECT_EQ(sent(MessageCode::prepare).size(), 1U);
    wait(1s);
    EXPECT_EQ(round(), 1U);  // and its time runs
}

TEST_F(CoreTiming, rounds_above_0_do_not_wait) {  // besu#10917
    empty_period = 60s;
    start();
    for (const std::size_t i : {0U, 1U, 2U}) deliver(round_change(i, 3));
    ASSERT_EQ(all<BuildBlock>().size(), 1U);
    run(core->on_built(1, 3, block(3, self), now));
    EXPECT_EQ(sent(MessageCode::proposal).size(), 1U);
}

TEST_F(CoreTiming, a_network_makes_empty_blocks_as_seldom_as_it_is_told_and_full_ones_at_once) {
    CoreNetwork network{{.empty_block_period = 10s}};
    for (std::size_t i = 0; i < 4; ++i) network.node(i).has_transactions = false;
    network.run_for(35s);
    EXPECT_EQ(network.lowest_head(), 3U) << network.story(0);
    for (std::size_t i = 0; i < 4; ++i) network.add_transactions(i);
    EXPECT_TRUE(network.run_to(4, 100ms)) << network.story(0);
    for (const auto round : network.node(0).decided_in) EXPECT_EQ(round, 0U);
}

TEST_F(CoreTiming, a_network_with_a_period_of_milliseconds) {
    CoreNetwork network{{.block_period = 250ms, .request_timeout = 500ms}};
    EXPECT_TRUE(network.run_to(100, 30s));
    EXPECT_EQ(network.broken(), "");
    for (const auto round : network.node(0).decided_in) EXPECT_EQ(round, 0U);
}

TEST_F(CoreTiming, what_a_decision_takes_does_not_come_on_top_of_a_period_of_milliseconds) {
    CoreNetwork network{
        {.latency = 25ms, .jitter = 0ms, .block_period = 250ms, .request_timeout = 1s}};
    ASSERT_TRUE(network.run_to(2, 10s));
    const auto start = network.now();
    ASSERT_TRUE(network.run_to(42, 60s)) << network.story(0);
    // Three messages and the work on a block take 80 ms and more; the proposal's way counts.
    EXPECT_LE(network.now() - start, 40 * (250ms + 25ms + 10ms));
    EXPECT_GE(network.now() - start, 40 * 250ms);
    EXPECT_EQ(network.broken(), "");
}

TEST_F(CoreTiming, a_clock_that_is_wrong_costs_its_own_turns_only) {
    for (const milliseconds offset : {milliseconds{-1h}, milliseconds{-3s}, milliseconds{3s}}) {
        CoreNetwork network{{}};
        network.node(2).clock_offset = offset;
        EXPECT_TRUE(network.run_to(20, 60s)) << offset.count() << network.story(2);
        EXPECT_EQ(network.broken(), "");
        const auto& rounds = network.node(0).decided_in;
        EXPECT_LE(std::ranges::count_if(rounds, [](auto round) { return round > 0; }), 6);
    }
}

TEST_F(CoreTiming, nothing_is_due_at_once_for_ever) {
    start();
    for (int i = 0; i < 1000; ++i) {
        const auto wait_for = core->due_in(now);
        ASSERT_TRUE(wait_for);
        wait(*wait_for);
        EXPECT_GT(*core->due_in(now), 0s);
    }
}

}  // namespace
}  // namespace meta138::qbft::test
