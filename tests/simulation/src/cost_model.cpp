// SPDX-License-Identifier: Apache-2.0
#include "cost_model.hpp"

#include "scenario.hpp"
#include "signature_memo.hpp"
#include "world.hpp"

#include <algorithm>

namespace meta138::simulation {

namespace {

using namespace std::chrono_literals;

Scenario calm_scenario(const CostOptions& options, std::size_t validators) {
    Scenario scenario;
    scenario.name = "costs";
    scenario.seed = 1;
    scenario.heights = options.heights;
    scenario.validators = validators;
    scenario.request_timeout = 4000ms;
    scenario.delay = options.delay;
    scenario.jitter = options.delay / 10;
    scenario.clock_skew = 1ms;
    scenario.measures_costs = true;
    scenario.builds_ahead = options.builds_ahead;
    scenario.start_spread = 100ms;
    scenario.write_time = options.write_time;
    scenario.transactions_per_block = options.transactions;
    return scenario;
}

}  // namespace

std::vector<Cost> measure_costs(const CostOptions& options) {
    set_signature_memo(false);
    std::vector<Cost> costs;
    for (const auto validators : options.validators) {
        const auto scenario = calm_scenario(options, validators);
        auto result = World{scenario, false}.run();
        auto& times = result.commit_times;
        auto& late = result.proposal_delays;
        std::ranges::sort(times);
        std::ranges::sort(late);
        if (times.empty()) continue;
        const auto blocks = static_cast<double>(result.heights) * static_cast<double>(validators);
        costs.push_back(
            {.validators = validators,
             .heights = result.heights,
             .p50 = times[times.size() / 2],
             .p99 = times[times.size() * 99 / 100],
             .worst = times.back(),
             .late_p50 = late[late.size() / 2],
             .late_p99 = late[late.size() * 99 / 100],
             .processor = Time{static_cast<Time::rep>(
                 std::chrono::duration<double, std::micro>{result.measured}.count() / blocks)},
             .messages = static_cast<double>(result.messages) / blocks,
             .round_changes = result.counters.round_changes});
    }
    set_signature_memo(true);
    return costs;
}

}  // namespace meta138::simulation
