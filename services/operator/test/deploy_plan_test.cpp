// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/deploy_plan.hpp"

#include "deploy_units.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::op {
namespace {

using std::chrono::seconds;

DeployPlan plan_of(std::string_view toml) {
    const auto plan = parse_deploy_plan(toml, "deploy.toml");
    EXPECT_TRUE(plan) << plan.error().reason;
    return plan.value_or(DeployPlan{});
}

std::string fault_of(std::string_view toml) {
    const auto plan = parse_deploy_plan(toml, "deploy.toml");
    return plan ? "none" : plan.error().reason;
}

TEST(DeployPlan, of_an_empty_file_is_the_default) {
    EXPECT_EQ(plan_of(""), DeployPlan{});
}

TEST(DeployPlan, has_what_the_file_says) {
    const auto plan = plan_of(R"(
weth9 = false
timelock-delay = "3d"
hand-over = true
guardian = "0x00000000000000000000000000000000000000aa"

[defaults]
heartbeat = "90s"
transmitters = ["0x00000000000000000000000000000000000000bb"]

[[feed]]
base = "EUR"
quote = "USD"
decimals = 4
deviation = "0.25%"
undue = "refuse"
min = "0.5"
max = "2"
history = 100
max-observation-age = "1m"
)");
    EXPECT_FALSE(plan.weth9);
    EXPECT_TRUE(plan.multicall3);
    EXPECT_TRUE(plan.hand_over);
    EXPECT_EQ(plan.timelock_delay, seconds{259'200});
    EXPECT_EQ(plan.guardian[19], 0xaa);
    ASSERT_EQ(plan.feeds.size(), 1U);
    const auto& feed = plan.feeds[0];
    EXPECT_EQ(feed.description, "EUR / USD");
    EXPECT_EQ(feed.heartbeat, seconds{90});
    EXPECT_EQ(feed.deviation_bps, 25U);
    EXPECT_EQ(feed.undue, UndueUpdate::refuse);
    EXPECT_EQ(feed.min_answer, uint256{5'000});
    EXPECT_EQ(feed.max_answer, uint256{20'000});
    EXPECT_EQ(feed.history, 100U);
    EXPECT_EQ(feed.max_observation_age, seconds{60});
    ASSERT_EQ(feed.transmitters.size(), 1U);
    EXPECT_EQ(feed.transmitters[0][19], 0xbb);
}

struct WrongPlan {
    const char* name;
    const char* toml;
    const char* fault;
};

class WrongDeployPlan : public testing::TestWithParam<WrongPlan> {};

TEST_P(WrongDeployPlan, is_refused_with_line_and_reason) {
    EXPECT_NE(fault_of(GetParam().toml).find(GetParam().fault), std::string::npos)
        << fault_of(GetParam().toml);
}

#define FEED "[[feed]]\nbase = \"ETH\"\nquote = \"USD\"\n"
INSTANTIATE_TEST_SUITE_P(
    Files, WrongDeployPlan,
    testing::Values(
        WrongPlan{"syntax", "a = ", "deploy.toml:1: "},
        WrongPlan{"unknown_key", "\nwhat = 1", "deploy.toml:2: what is no key"},
        WrongPlan{"unknown_feed_key", FEED "price = 3", "deploy.toml:4: price is no key"},
        WrongPlan{"flag", "weth9 = 1", "deploy.toml:1: weth9: is to be true or false"},
        WrongPlan{"duration", "timelock-delay = \"2 days\"", "is to be a duration"},
        WrongPlan{"long_delay", "timelock-delay = \"400d\"", "is not between 0s and 365d"},
        WrongPlan{"no_base", "[[feed]]\nquote = \"USD\"", "deploy.toml:1: base is missing"},
        WrongPlan{"empty_base", "[[feed]]\nbase = \"\"\nquote = \"USD\"", "is not 1 to 31 visible"},
        WrongPlan{"slash", "[[feed]]\nbase = \"A/B\"\nquote = \"USD\"", "without '/'"},
        WrongPlan{"feed_as_table", "[feed]\nbase = \"A\"", "write [[feed]]"},
        WrongPlan{"decimals", FEED "decimals = 19", "decimals: 19 is more than 18"},
        WrongPlan{"negative_decimals", FEED "decimals = -1", "deploy.toml:4: decimals: is to be"},
        WrongPlan{"heartbeat", FEED "heartbeat = \"31d\"", "heartbeat: 2678400s is not between"},
        WrongPlan{"deviation", FEED "deviation = \"101%\"", "is to be a percentage"},
        WrongPlan{"fine_deviation", FEED "deviation = \"0.001%\"", "is to be a percentage"},
        WrongPlan{"bounds", FEED "min = \"2\"\nmax = \"1\"", "max: is not above min"},
        WrongPlan{"too_fine_price", FEED "min = \"0.000000001\"", "with at most 8 decimals"},
        WrongPlan{"large_price", FEED "max = \"1000000000000000000000\"", "below 2^95"},
        WrongPlan{"zero_min", FEED "min = \"0\"", "min: is to be above zero"},
        WrongPlan{"address", "guardian = \"0x00\"", "is to be an address"},
        WrongPlan{"transmitter_twice",
                  FEED "transmitters = [\"0x00000000000000000000000000000000000000bb\", "
                       "\"0x00000000000000000000000000000000000000bb\"]",
                  "stands there twice"},
        WrongPlan{"zero_transmitter",
                  FEED "transmitters = [\"0x0000000000000000000000000000000000000000\"]",
                  "nobody's"},
        WrongPlan{"feed_twice", FEED FEED, "deploy.toml:4: ETH / USD is a feed already"},
        WrongPlan{"feeds_without_oracle", "oracle = false\n" FEED, "but there are feeds"},
        WrongPlan{"pair_without_weth9", "weth9 = false\ndemonstration = true",
                  "needs weth9 = true"}),
    [](const auto& info) { return info.param.name; });
#undef FEED

TEST(DeployPlan, larger_than_a_plan_may_be_is_refused) {
    EXPECT_EQ(fault_of(std::string(max_deploy_plan_size + 1, '#')),
              "deploy.toml: larger than 1024 KiB");
}

TEST(DeployUnits, decimals_are_scaled_exactly_or_refused) {
    EXPECT_EQ(scale_decimal("12.5", 2), uint256{1'250});
    EXPECT_EQ(scale_decimal("0.00000001", 8), uint256{1});
    EXPECT_EQ(scale_decimal("7", 0), uint256{7});
    EXPECT_EQ(scale_decimal("007.10", 2), uint256{710});
    for (const char* text : {"", ".", "1.", ".5", "-1", "1e3", "0x1", "1.234", " 1", "1,5"})
        EXPECT_FALSE(scale_decimal(text, 2)) << text;
    EXPECT_FALSE(scale_decimal(std::string(79, '9'), 2));
}

TEST(DeployUnits, decimals_are_written_as_they_are_read) {
    EXPECT_EQ(format_decimal(1'250, 2), "12.5");
    EXPECT_EQ(format_decimal(1, 8), "0.00000001");
    EXPECT_EQ(format_decimal(100, 2), "1");
    EXPECT_EQ(format_decimal(0, 2), "0");
    EXPECT_EQ(format_decimal(1'000, 0), "1000");
}

TEST(DeployUnits, durations_are_written_as_they_are_read) {
    for (const char* text : {"90s", "30m", "1h", "2d", "61m"})
        EXPECT_EQ(format_duration(*parse_duration(text)), text);
    EXPECT_EQ(format_duration(seconds{0}), "0s");
    for (const char* text : {"", "s", "1", "h1", "1w", "-1s", "1.5h", "99999999999d"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace meta138::op
