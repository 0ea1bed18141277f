// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/aggregate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>
#include <string>
#include <vector>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

constexpr Instant now{.wall = 1'700'000'000s, .steady = 5'000s};

Decimal decimal(std::string_view text) {
    return parse_decimal(text).value();
}

/// A feed with one ticker for each source; all of them fresh.
struct Feed {
    FeedConfig config;
    PriceBoard board;

    explicit Feed(std::initializer_list<const char*> prices = {}) {
        config.min_sources = 1;
        for (const auto* const price : prices) add(decimal(price));
    }
    void add(const Decimal& price, std::uint32_t weight = 1) {
        config.sources.push_back({.name = "s" + std::to_string(board.size()),
                                  .legs = {{.ticker = board.size()}},
                                  .weight = weight});
        board.push_back(
            {.last = Observation{.price = price, .received = now}, .health = SourceHealth::alive});
    }
    [[nodiscard]] Aggregate result() const { return aggregate(config, board, now); }
    [[nodiscard]] std::string price() const {
        const auto aggregated = result();
        return aggregated.price ? to_string(*aggregated.price)
                                : std::string{to_string(*aggregated.missing)};
    }
};

TEST(Aggregate, is_the_median) {
    EXPECT_EQ(Feed({"100", "101", "102"}).price(), "101");
    EXPECT_EQ(Feed({"100", "101"}).price(), "100.5");
    EXPECT_EQ(Feed({"100"}).price(), "100");
    EXPECT_EQ(Feed{}.price(), "too few sources");
}

TEST(Aggregate, weighs_its_sources) {
    Feed feed;
    feed.add(decimal("100"), 3);
    feed.add(decimal("101"), 1);
    feed.add(decimal("102"), 1);
    EXPECT_EQ(feed.price(), "100");
    feed.config.sources[0].weight = 2;
    EXPECT_EQ(feed.price(), "100.5");
}

TEST(Aggregate, names_an_outlier_and_does_not_count_it) {
    Feed feed{"100", "100.1", "150"};
    const auto result = feed.result();
    EXPECT_EQ(result.sources[2].verdict, Verdict::outlier);
    EXPECT_EQ(result.sources[2].reason, "49.8501498% from the median, at most 0.5% are allowed");
    EXPECT_EQ(result.used, 2U);
    EXPECT_EQ(result.alive, 3U);
    EXPECT_EQ(to_string(*result.price), "100.1");
    EXPECT_LT(result.spread, Ratio{2'000'000});
    feed.config.min_sources = 3;
    EXPECT_EQ(feed.price(), "too few sources");
}

TEST(Aggregate, two_that_disagree_give_no_price) {
    EXPECT_EQ(Feed({"100", "200"}).price(), "sources disagree");
    EXPECT_EQ(Feed({"100", "101", "200", "202"}).price(), "sources disagree");
}

TEST(Aggregate, by_percent_allows_exactly_the_limit) {
    Feed feed{"100", "100", "102"};
    feed.config.outliers = {.kind = OutlierRule::Kind::percent, .limit = Ratio{20'000'000}};
    EXPECT_EQ(feed.result().used, 3U);
    feed.config.outliers.limit = Ratio{19'999'999};
    EXPECT_EQ(feed.result().used, 2U);
}

TEST(Aggregate, by_mad_follows_the_market_up_to_a_limit) {
    // Distances 1, 0, 1, 2 and 8 %: half of them are within 1 %, so 4 % are allowed.
    Feed feed{"99", "100", "101", "102", "92"};
    EXPECT_EQ(feed.result().sources[4].verdict, Verdict::outlier);
    EXPECT_EQ(feed.result().used, 4U);
    feed.config.outliers.factor = 9;
    EXPECT_EQ(feed.result().used, 4U) << "the limit of 5 % holds whatever the factor";
    feed.config.outliers.limit = Ratio{100'000'000};
    EXPECT_EQ(feed.result().used, 5U);
}

TEST(Aggregate, leaves_out_what_is_stale) {
    Feed feed{"100", "200"};
    feed.board[1].last->received.steady = now.steady - 61s;
    const auto result = feed.result();
    EXPECT_EQ(to_string(*result.price), "100");
    EXPECT_EQ(result.sources[1].verdict, Verdict::stale);
    EXPECT_EQ(result.sources[1].reason, "61.0 s old, at most 60.0 s are allowed");
}

TEST(Aggregate, an_old_timestamp_is_stale_however_late_it_came) {
    Feed feed{"100"};
    feed.board[0].last->told = now.wall - 61s;
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::stale);
    feed.board[0].last->told = now.wall - 59s;
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::used);
}

TEST(Aggregate, a_timestamp_of_the_future_is_not_believed) {
    Feed feed{"100"};
    feed.board[0].last->told = now.wall + 10s;
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::used);
    feed.board[0].last->told = now.wall + 10'001ms;
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::from_future);
}

TEST(Aggregate, a_source_left_alone_is_not_used) {
    Feed feed{"100"};
    feed.board[0].health = SourceHealth::open;
    feed.board[0].error = "connection refused";
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::failing);
    EXPECT_EQ(feed.result().sources[0].reason, "connection refused");
}

TEST(Aggregate, multiplies_legs_of_a_cross_rate) {
    Feed feed{"60000", "1.25"};  // BTC/USD and EUR/USD
    feed.config.sources.pop_back();
    feed.config.sources[0].legs = {{.ticker = 0}, {.ticker = 1, .invert = true}};
    EXPECT_EQ(feed.price(), "48000");
    feed.config.sources[0].scale = decimal("0.01");
    EXPECT_EQ(feed.price(), "480");
    feed.board[1].last->received.steady = now.steady - 61s;
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::stale);
    feed.board[1].last = Observation{.price = {}, .received = now};
    EXPECT_EQ(feed.result().sources[0].verdict, Verdict::unusable);
}

TEST(Aggregate, zero_is_no_price) {
    EXPECT_EQ(Feed({"0"}).result().sources[0].verdict, Verdict::unusable);
}

/// Adversaries know the right prices and the rule, and try their best.
Decimal lie(std::mt19937_64& random, const std::vector<std::uint64_t>& right) {
    const auto some = right[random() % right.size()];
    switch (random() % 8) {
        case 0: return Decimal::from(1, -30);
        case 1: return Decimal::from(1, 60);
        case 2: return Decimal::from(some * 2);
        case 3: return Decimal::from(some / 2 + 1);
        case 4: return Decimal::from(*std::ranges::max_element(right) + 1);
        case 5: return Decimal::from(*std::ranges::min_element(right) - 1);
        case 6: return Decimal::from(some);
        default: return Decimal::from(random() >> random() % 63);
    }
}

TEST(AggregateProperty, no_wrong_price_while_fewer_than_half_are_bad_by_weight) {
    constexpr std::uint64_t seed = 138;
    std::mt19937_64 random{seed};
    int priced = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::vector<std::uint64_t> right;
        const std::uint64_t width = std::uint64_t{1} << random() % 20;
        const auto good = 1 + random() % 6;
        Feed feed;
        std::uint64_t good_weight = 0;
        for (std::uint64_t i = 0; i < good; ++i) {
            const auto weight = static_cast<std::uint32_t>(1 + random() % 5);
            right.push_back(10'000'000 + random() % width);
            feed.add(Decimal::from(right.back()), weight);
            good_weight += weight;
        }
        for (std::uint64_t bad_weight = 0; random() % 8 != 0;) {
            const auto weight = static_cast<std::uint32_t>(1 + random() % 5);
            if (bad_weight + weight >= good_weight) break;
            bad_weight += weight;
            feed.add(lie(random, right), weight);
            // A bad source may as well be dead, or late.
            if (random() % 4 == 0) feed.board.back().last.reset();
            if (random() % 4 == 0 && feed.board.back().last)
                feed.board.back().last->received.steady = now.steady - 1h;
        }
        const auto permute = [&](auto& x) { std::ranges::shuffle(x, random); };
        permute(feed.config.sources);
        feed.config.outliers.kind = static_cast<OutlierRule::Kind>(random() % 3);
        const auto result = feed.result();
        if (!result.price) continue;
        ++priced;
        ASSERT_GE(*result.price, Decimal::from(*std::ranges::min_element(right))) << round;
        ASSERT_LE(*result.price, Decimal::from(*std::ranges::max_element(right))) << round;
    }
    EXPECT_GT(priced, 19'000) << "the adversary should not be able to take the price away often";
}

TEST(AggregateProperty, right_sources_that_agree_always_have_a_price) {
    std::mt19937_64 random{139};
    for (int round = 0; round < 5'000; ++round) {
        std::vector<std::uint64_t> right;
        Feed feed;
        const auto good = 2 + random() % 5;
        for (std::uint64_t i = 0; i < good; ++i) {
            right.push_back(10'000'000 + random() % 20'000);  // within 0.2 %
            feed.add(Decimal::from(right.back()));
        }
        for (std::uint64_t i = 0; i + 1 < good; ++i) feed.add(lie(random, right));
        feed.config.min_sources = static_cast<std::uint32_t>(good);
        ASSERT_TRUE(feed.result().price) << round;
    }
}

}  // namespace
}  // namespace meta138::oracle
