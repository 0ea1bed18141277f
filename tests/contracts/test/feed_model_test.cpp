// SPDX-License-Identifier: Apache-2.0
#include "feed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace meta138::contracts
