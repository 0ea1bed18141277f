// SPDX-License-Identifier: Apache-2.0
#include "feed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace meta138::contracts {
namespace {

TEST(Aggregator, does_what_the_model_does_whatever_comes) {
    FeedRun feed;
    constexpr std::size_t steps_a_run = 2'000;
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const auto steps = random_feed_steps(seed, steps_a_run);
        if (!feed.run(steps)) continue;
        const auto failure = feed.shrink(steps);
        FAIL() << "seed " << seed << ": " << failure.what << "\nafter\n  "
               << fmt::format("{}", fmt::join(failure.story, "\n  "));
    }
    EXPECT_GT(feed.rounds_written(), 8'000U) << feed.coverage();
}

TEST(Aggregator, does_the_same_in_every_fork_from_london_on) {
    for (const auto& row : forks().subspan(static_cast<std::size_t>(Fork::london))) {
        FeedRun feed{row.fork};
        const auto failure = feed.run(random_feed_steps(138, 1'000));
        EXPECT_FALSE(failure) << row.name << ": " << failure->what;
    }
}

// The code with every comparison and every sum that is executed turned into its opposite, one at a
// time.
std::vector<Bytes> slips_of(const Bytes& code, const std::set<std::size_t>& executed) {
    constexpr std::array<std::pair<std::uint8_t, std::uint8_t>, 6> opposites{{
        {0x01, 0x03},  // ADD, SUB
        {0x10, 0x11},  // LT, GT
        {0x12, 0x13},  // SLT, SGT
        {0x02, 0x01},  // MUL, ADD
        {0x04, 0x06},  // DIV, MOD
        {0x1b, 0x1c},  // SHL, SHR
    }};
    std::vector<Bytes> slips;
    for (const auto at : executed) {
        for (const auto& [one, other] : opposites) {
            if (code[at] != one && code[at] != other) continue;
            auto slip = code;
            slip[at] = code[at] == one ? other : one;
            slips.push_back(std::move(slip));
            break;
        }
    }
    return slips;
}

TEST(Aggregator, slips_in_its_code_are_told_from_the_model) {
    FeedRun feed;
    const auto steps = random_feed_steps(7, 1'500);
    ASSERT_FALSE(feed.run(steps));
    const auto code = feed.code();
    const auto slips = slips_of(code, feed.executed_by(steps));
    std::size_t told = 0;
    for (const auto& slip : slips) {
        feed.replace_code(slip);
        told += feed.run(steps) ? 1U : 0U;
    }
    EXPECT_GT(slips.size(), 300U);
    // The rest shows nowhere: a difference that is only held against zero, a guard against call
    // data that no encoder makes, memory that is copied the other way round.
    EXPECT_GT(told * 100, slips.size() * 85) << told << " of " << slips.size();
}

}  // namespace
}  // namespace meta138::contracts
