// SPDX-License-Identifier: Apache-2.0
#include "check_chain.hpp"
#include "check_report.hpp"
#include "text_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

TEST(TextTable, columns_are_as_wide_as_they_need_to_be) {
    EXPECT_EQ(
        text_table({{"NAME", "STATUS", "REASON"}, {"a", "ok", ""}, {"long name", "failed", "x"}}, 1,
                   false),
        "NAME       STATUS  REASON\n"
        "a          ok\n"
        "long name  failed  x\n");
}

TEST(TextTable, colours_the_status_and_nothing_else) {
    EXPECT_EQ(text_table({{"NAME", "STATUS"}, {"a", "ok"}, {"b", "failed"}}, 1, true),
              "NAME  STATUS\n"
              "a     \x1b[32mok      \x1b[0m\n"
              "b     \x1b[31mfailed  \x1b[0m\n");
}

/// A feed of two sources, one of which tells a price.
struct CheckTest : testing::Test {
    Config config{.sources = {{.name = "good"}, {.name = "bad"}},
                  .tickers = {{.source = 0, .symbol = "X"}, {.source = 1, .symbol = "Y"}},
                  .feeds = {{.name = "X/Y",
                             .sources = {{.name = "good", .legs = {{.ticker = 0}}},
                                         {.name = "bad", .legs = {{.ticker = 1}}}}}}};
    Instant now{.wall = 1'700'000'000s, .steady = 100s};
    PriceBoard board{
        {.last = Observation{.price = Decimal::from(5, -1), .received = now},
         .health = SourceHealth::alive,
         .latency = 12ms,
         .good = 1},
        {.health = SourceHealth::failing, .error = "b:80: refused \"by\" it", .bad = 1}};
};

TEST_F(CheckTest, says_what_each_source_did) {
    const auto report = make_report(config, board, now);
    EXPECT_FALSE(report.is_good());
    EXPECT_EQ(to_text(report, false),
              "SOURCE  SYMBOL  STATUS  PRICE  AGE    LATENCY  REASON\n"
              "good    X       ok      0.5    0.0 s  12 ms\n"
              "bad     Y       failed                0 ms     b:80: refused \"by\" it\n"
              "\n"
              "FEED  STATUS  PRICE  SPREAD  USED    REASON\n"
              "X/Y   ok      0.5    0%      1 of 2  bad: failing\n");
}

TEST_F(CheckTest, a_stale_price_is_a_failure) {
    board[0].last->told = now.wall - 61s;
    const auto report = make_report(config, board, now);
    EXPECT_FALSE(report.sources[0].is_good);
    EXPECT_EQ(report.sources[0].reason, "stale: at most 60.0 s are allowed");
    EXPECT_EQ(report.feeds[0].reason, "too few sources (needs 1); good: stale; bad: failing");
}

TEST_F(CheckTest, json_has_the_same) {
    const ChainReport chain{.endpoints = {{.name = "a:1", .reason = "chain.id is 1"}}};
    EXPECT_EQ(
        to_json(make_report(config, board, now), &chain),
        R"({"ok":false,"sources":[{"source":"good","symbol":"X","ok":true,"price":"0.5",)"
        R"("age":"0.0 s","latencyMs":12,"reason":null},{"source":"bad","symbol":"Y","ok":false,)"
        R"("price":null,"age":null,"latencyMs":0,"reason":"b:80: refused \"by\" it"}],)"
        R"("feeds":[{"feed":"X/Y","price":"0.5","spread":"0%","used":1,"sources":2,)"
        R"("reason":"bad: failing"}],"chain":[{"endpoint":"a:1","chainId":null,"head":null,)"
        R"("headAge":null,"reason":"chain.id is 1"}],"signer":[],"contracts":[]})"
        "\n");
}

TEST(FindObstacles, names_all_that_keeps_a_feed_from_being_published) {
    FeedConfig feed;
    contracts::FeedState state{
        .heartbeat = 3600, .deviation_bps = 50, .decimals = 8, .may_transmit = true};
    EXPECT_EQ(find_obstacles(feed, state, true), "");
    state = {.heartbeat = 60, .deviation_bps = 100, .decimals = 18, .is_paused = true};
    EXPECT_EQ(find_obstacles(feed, state, false),
              "it has 18 decimals, the configuration says 8; it is paused; its heartbeat is 60 s, "
              "the configuration says 3600 s; it takes deviations from 1% on, the configuration "
              "says 0.5%");
    EXPECT_TRUE(find_obstacles(feed, state, true).contains("the account is no transmitter of it"));
}

}  // namespace
}  // namespace meta138::oracle
