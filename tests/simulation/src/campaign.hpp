// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenario.hpp"
#include "world.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace meta138::simulation {

/// Which runs to do.
struct CampaignOptions {
    std::string scenario = "mixed";
    std::uint64_t first_seed = 1;
    std::uint64_t seeds = 1000;
    std::optional<std::uint64_t> heights;   ///< Of each run; absent: the scenario's.
    std::optional<std::size_t> validators;  ///< Absent: the scenario's.
    unsigned jobs = 1;
    std::size_t max_failures = 5;  ///< After so many no new run begins.
};

/// A run that broke a promise.
struct Failure {
    Scenario scenario;
    std::string violation;
};

/// All runs together.
struct Tally {
    std::uint64_t seeds = 0;
    std::uint64_t heights = 0;
    std::uint64_t storms = 0;
    std::uint64_t messages = 0;
    std::uint64_t attacks = 0;
    std::uint64_t forgotten = 0;
    Time virtual_time{};
    std::array<std::uint64_t, fault_count> faults{};
    double worst_recovery = 0;
    std::uint64_t worst_seed = 0;
    Time longest_recovery{};
    consensus::ValidatorCounters counters;
    std::vector<Failure> failures;

    void add(const Scenario& scenario, Result result);
    [[nodiscard]] std::uint64_t fault_total() const;
};

/// The scenario of that seed with what the options change.
[[nodiscard]] Scenario scenario_of(const CampaignOptions& options, std::uint64_t seed);

/// Does all runs; `on_progress` is called now and then, by one thread at a time.
[[nodiscard]] Tally run_campaign(const CampaignOptions& options,
                                 const std::function<void(const Tally&)>& on_progress);

}  // namespace meta138::simulation
