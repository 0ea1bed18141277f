// SPDX-License-Identifier: Apache-2.0
#include "meta138/client/failover.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

struct FailoverTest : testing::Test {
    FailoverOptions options;
    Failover::Time now = 1h;
    Failover failover{3, options, now};

    void fail(std::size_t endpoint, unsigned times = 2) {
        for (unsigned i = 0; i < times; ++i) failover.on_failure(endpoint, now);
    }
    void heads(std::uint64_t first, std::uint64_t second, std::uint64_t third) {
        failover.on_head(0, first, now);
        failover.on_head(1, second, now);
        failover.on_head(2, third, now);
    }
};

TEST_F(FailoverTest, asks_in_the_configured_order) {
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
}

TEST_F(FailoverTest, forgives_a_single_failure) {
    fail(0, 1);
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
    failover.on_success(0);
    fail(0, 1);
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
}

TEST_F(FailoverTest, takes_an_endpoint_out_that_fails_in_a_row) {
    fail(0);
    EXPECT_EQ(failover.health(0, now), EndpointHealth::out);
    EXPECT_THAT(failover.order(now), ElementsAre(1, 2, 0));
    failover.on_success(0);
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
}

TEST_F(FailoverTest, still_has_an_order_when_all_are_out) {
    for (std::size_t i = 0; i < 3; ++i) fail(i);
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
}

TEST_F(FailoverTest, passes_over_an_endpoint_that_is_behind) {
    heads(100, 104, 104);
    EXPECT_EQ(failover.health(0, now), EndpointHealth::behind);
    EXPECT_THAT(failover.order(now), ElementsAre(1, 2, 0));
    heads(101, 104, 104);
    EXPECT_EQ(failover.health(0, now), EndpointHealth::healthy);
}

TEST_F(FailoverTest, measures_nobody_by_the_head_of_an_endpoint_that_is_out) {
    heads(100, 100, 1'000'000);
    fail(2);
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
}

TEST_F(FailoverTest, prefers_the_highest_head_among_those_behind) {
    heads(1, 2, 100);
    fail(2);
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
    heads(1, 50, 100);
    failover.on_success(2);
    EXPECT_THAT(failover.order(now), ElementsAre(2, 1, 0));
}

TEST_F(FailoverTest, passes_over_an_endpoint_whose_head_is_stuck) {
    heads(100, 100, 100);
    now += options.stuck_after;
    failover.on_head(0, 100, now);
    failover.on_head(1, 101, now);
    EXPECT_EQ(failover.health(0, now), EndpointHealth::stuck);
    EXPECT_EQ(failover.health(1, now), EndpointHealth::healthy);
}

TEST_F(FailoverTest, blames_nobody_for_a_chain_that_makes_no_blocks) {
    heads(100, 100, 100);
    now += 10 * options.stuck_after;
    EXPECT_THAT(failover.order(now), ElementsAre(0, 1, 2));
}

TEST_F(FailoverTest, probes_all_in_turn_and_those_that_are_out_ever_more_rarely) {
    EXPECT_THAT(failover.take_due_probes(now), ElementsAre(0, 1, 2));
    EXPECT_THAT(failover.take_due_probes(now), IsEmpty());
    fail(1);
    EXPECT_EQ(failover.next_probe(), now + options.backoff);
    now += options.backoff;
    EXPECT_THAT(failover.take_due_probes(now), ElementsAre(1));
    auto backoff = options.backoff;
    for (int i = 0; i < 10; ++i) {
        now += options.max_backoff;  // whenever the probe's answer comes
        failover.on_failure(1, now);
        backoff = std::min(2 * backoff, options.max_backoff);
        static_cast<void>(failover.take_due_probes(now));
    }
    now += options.max_backoff;
    failover.on_failure(1, now);
    static_cast<void>(failover.take_due_probes(now));
    EXPECT_THAT(failover.take_due_probes(now + options.max_backoff - 1ms), ElementsAre(0, 2));
    EXPECT_EQ(failover.next_probe(), now + options.max_backoff);
}

TEST_F(FailoverTest, counts_failures_of_calls_under_way_together_once) {
    fail(0, 50);
    EXPECT_EQ(failover.take_due_probes(now).size(), 2u);
    now += options.backoff;
    EXPECT_THAT(failover.take_due_probes(now), ElementsAre(0));
}

TEST_F(FailoverTest, probes_no_endpoint_that_has_no_alternative) {
    Failover single{1, options, now};
    EXPECT_THAT(single.take_due_probes(now), IsEmpty());
    EXPECT_EQ(single.next_probe(), Failover::Time::max());
}

}  // namespace
}  // namespace meta138::client
