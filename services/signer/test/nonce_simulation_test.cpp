// SPDX-License-Identifier: Apache-2.0
#include "nonce_simulation.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::signer::test {
namespace {

/// Runs `seeds` simulations, and shows the first faults of each that has any.
SimulationReport run_seeds(SimulationOptions options, std::uint64_t seeds) {
    SimulationReport last;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        options.seed = seed;
        last = Simulation{options}.run();
        for (std::size_t i = 0; i < last.faults.size() && i < 5; ++i)
            ADD_FAILURE() << "seed " << seed << ": " << last.faults[i];
        if (!last.faults.empty()) return last;
    }
    return last;
}

TEST(NonceSimulation, without_faults_every_request_is_mined_in_turn) {
    const auto report = run_seeds({.requests = 20'000, .request_gap = 1ms, .block_size = 4'000}, 2);
    EXPECT_EQ(report.answered_with_hash, 20'000U);
    EXPECT_EQ(report.mined, 20'000U);
    EXPECT_EQ(report.fillers, 0U);
    EXPECT_EQ(report.status.next, 20'000U);
}

TEST(NonceSimulation, refused_requests_leave_no_gap) {
    const auto report =
        run_seeds({.requests = 5'000, .bad_requests = 0.1, .transient_refusals = 0.02}, 10);
    EXPECT_GT(report.answered_refused, 400U);
    EXPECT_EQ(report.answered_refused + report.answered_with_hash, 5'000U);
}

TEST(NonceSimulation, lost_and_late_messages_lose_and_double_nothing) {
    const auto report = run_seeds({.requests = 5'000,
                                   .request_gap = 20ms,
                                   .bad_requests = 0.02,
                                   .lost_requests = 0.02,
                                   .lost_answers = 0.02,
                                   .busy = 0.02,
                                   .transient_refusals = 0.01,
                                   .failed_signatures = 0.01,
                                   .failed_counts = 0.05},
                                  10);
    EXPECT_GT(report.answered_with_hash, 4'000U);
}

TEST(NonceSimulation, kill_9_at_any_moment_loses_and_doubles_nothing) {
    const auto report = run_seeds({.requests = 5'000, .crash_every = 1'000ms}, 10);
    EXPECT_GT(report.crashes, 5U);
    EXPECT_GT(report.answered_with_hash, 4'000U);
}

TEST(NonceSimulation, all_faults_together_lose_and_double_nothing) {
    const auto report = run_seeds({.requests = 5'000,
                                   .request_gap = 20ms,
                                   .bad_requests = 0.02,
                                   .lost_requests = 0.02,
                                   .lost_answers = 0.02,
                                   .busy = 0.02,
                                   .transient_refusals = 0.01,
                                   .failed_signatures = 0.01,
                                   .failed_counts = 0.05,
                                   .crash_every = 7'000ms,
                                   .pool_loss_every = 20'000ms},
                                  30);
    EXPECT_GT(report.crashes, 3U);
}

TEST(NonceSimulation, a_pool_that_is_lost_is_filled_again) {
    const auto report = run_seeds(
        {.requests = 5'000, .pool_loss_every = 3'000ms, .block_time = 2'000ms, .block_size = 200},
        10);
    EXPECT_EQ(report.answered_with_hash, 5'000U);
    EXPECT_GT(report.status.resent, 0U);
}

TEST(NonceSimulation, another_program_on_the_same_account_only_costs_nonces) {
    const auto report = run_seeds({.requests = 5'000,
                                   .lost_requests = 0.01,
                                   .lost_answers = 0.01,
                                   .failed_counts = 0.02,
                                   .foreign_every = 200ms},
                                  10);
    EXPECT_GT(report.status.renumbered, 0U);
    EXPECT_GT(report.answered_with_hash, 4'500U);
}

TEST(NonceSimulation, a_node_that_takes_only_the_next_nonce_is_served_too) {
    SimulationOptions options{.requests = 2'000, .request_gap = 30ms, .is_gap_refused = true};
    options.bad_requests = 0.02;
    EXPECT_GT(run_seeds(options, 5).answered_with_hash, 1'900U);
    options.bad_requests = 0;
    options.lost_answers = 0.001;
    options.crash_every = 10'000ms;
    EXPECT_GT(run_seeds(options, 5).answered_with_hash, 1'500U);
}

TEST(NonceSimulation, bytes_that_arrive_after_everybody_gave_up_are_not_denied) {
    const auto report = run_seeds({.requests = 300,
                                   .request_gap = 20'000ms,
                                   .lost_requests = 0.05,
                                   .lost_answers = 0.3,
                                   .transient_refusals = 0.3},
                                  20);
    EXPECT_GT(report.answered_refused, 10U);
}

}  // namespace
}  // namespace meta138::signer::test
