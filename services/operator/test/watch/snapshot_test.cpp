// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/watch/snapshot.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace meta138::op {
namespace {

std::vector<BlockSight> blocks(std::uint64_t period, std::uint64_t transactions) {
    std::vector<BlockSight> result;
    for (std::uint64_t i = 0; i != 11; ++i)
        result.push_back({.number = 100 + i,
                          .timestamp = 1000 + i * period,
                          .transactions = transactions,
                          .gas_used = 21'000 * transactions,
                          .gas_limit = 30'000'000,
                          .round = 0});
    return result;
}

TEST(RatesOf, divides_what_came_by_the_time_in_which_it_came) {
    const auto rates = rates_of(blocks(2, 100));
    EXPECT_DOUBLE_EQ(rates.block_seconds, 2);
    EXPECT_DOUBLE_EQ(rates.transactions_per_second, 50);
    EXPECT_DOUBLE_EQ(rates.gas_per_second, 50 * 21'000);
    EXPECT_DOUBLE_EQ(rates.gas_used_share, 0.07);
    EXPECT_EQ(rates.blocks_after_round0, 0U);
}

TEST(RatesOf, counts_blocks_of_later_rounds) {
    auto some = blocks(2, 0);
    some[3].round = 2;
    some[7].round.reset();
    EXPECT_EQ(rates_of(some).blocks_after_round0, 1U);
}

TEST(RatesOf, are_zero_where_no_time_has_passed) {
    EXPECT_EQ(rates_of({}).block_seconds, 0);
    EXPECT_EQ(rates_of(blocks(0, 7)).transactions_per_second, 0);
}

TEST(DecimalText, puts_the_point_where_the_decimals_say) {
    EXPECT_EQ(decimal_text(uint256{234'567'890'000}, 8), "2345.67890000");
    EXPECT_EQ(decimal_text(uint256{5}, 8), "0.00000005");
    EXPECT_EQ(decimal_text(uint256{0}, 2), "0.00");
    EXPECT_EQ(decimal_text(uint256{42}, 0), "42");
    EXPECT_EQ(decimal_text(uint256{0} - uint256{1250}, 2), "-12.50");
}

TEST(FreshnessOf, allows_for_the_way_of_an_update) {
    FeedSight feed{
        .name = "ETH / USD", .price = "1", .round = 3, .updated_at = 1000, .heartbeat = 60};
    EXPECT_EQ(freshness_of(feed, 1060, 4), Freshness::fresh);
    EXPECT_EQ(freshness_of(feed, 1064, 4), Freshness::fresh);
    EXPECT_EQ(freshness_of(feed, 1065, 4), Freshness::stale);
    feed.round = 0;
    EXPECT_EQ(freshness_of(feed, 1000, 4), Freshness::empty);
}

TEST(Snapshot, counts_lag_from_the_highest_head) {
    Snapshot snapshot;
    EXPECT_EQ(snapshot.height(), std::nullopt);
    snapshot.nodes = {{.name = "a", .height = 10}, {.name = "b", .height = 7}, {.name = "c"}};
    EXPECT_EQ(snapshot.height(), 10U);
    EXPECT_EQ(snapshot.lag(snapshot.nodes[1]), 3U);
    EXPECT_EQ(snapshot.lag(snapshot.nodes[2]), std::nullopt);
}

TEST(Snapshot, is_json_with_null_for_what_is_unknown) {
    Snapshot snapshot;
    snapshot.nodes = {{.name = "rpc-1", .tier = "rpc", .height = 10},
                      {.name = "x", .problem = "no"}};
    snapshot.feeds = {{.name = "ETH / USD", .price = "12.5", .round = 9}};
    const auto json = nlohmann::json::parse(to_json(snapshot));
    EXPECT_EQ(json["height"], 10);
    EXPECT_EQ(json["nodes"][0]["lag"], 0);
    EXPECT_TRUE(json["nodes"][0]["problem"].is_null());
    EXPECT_TRUE(json["nodes"][1]["height"].is_null());
    EXPECT_EQ(json["nodes"][1]["problem"], "no");
    EXPECT_EQ(json["feeds"][0]["price"], "12.5");
    EXPECT_TRUE(json["chainId"].is_null());
}

}  // namespace
}  // namespace meta138::op
