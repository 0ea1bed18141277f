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

TEST(Aggregator, does_the_same_in_every_fork_from_london_on) {
    for (const auto& row : forks().subspan(static_cast<std::size_t>(Fork::london))) {
        FeedRun feed{row.fork};
        const auto failure = feed.run(random_feed_steps(138, 1'000));
        EXPECT_FALSE(failure) << row.name << ": " << failure->what;
    }
}

}  // namespace
}  // namespace meta138::contracts
