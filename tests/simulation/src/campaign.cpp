// SPDX-License-Identifier: Apache-2.0
#include "campaign.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

namespace meta138::simulation {

namespace {

thread_local std::uint64_t current_seed = 0;

volatile std::sig_atomic_t is_interrupted = 0;

/// What is done so far counts.
void on_interrupt(int) {
    is_interrupted = 1;
}

/// A broken invariant of the program ends the process: says at which seed.
void on_abort(int) {
    std::array<char, 64> text{"The run of seed "};
    std::size_t size = 16;
    std::array<char, 20> digits{};
    std::size_t count = 0;
    auto rest = current_seed;
    do {
        digits[count++] = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    while (count != 0) text[size++] = digits[--count];
    constexpr std::string_view end = " was aborted\n";
    for (const char c : end) text[size++] = c;
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), size);
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

}  // namespace

void Tally::add(const Scenario& scenario, Result result) {
    ++seeds;
    heights += result.heights;
    storms += result.storms;
    messages += result.messages;
    attacks += result.attacks;
    forgotten += result.forgotten;
    virtual_time += result.virtual_time;
    for (std::size_t i = 0; i < faults.size(); ++i) faults[i] += result.faults[i];
    if (result.worst_recovery > worst_recovery) {
        worst_recovery = result.worst_recovery;
        worst_seed = scenario.seed;
    }
    longest_recovery = std::max(longest_recovery, result.longest_recovery);
    simulation::add(counters, result.counters);
    if (result.violation)
        failures.push_back({.scenario = scenario, .violation = *std::move(result.violation)});
}

std::uint64_t Tally::fault_total() const {
    std::uint64_t total = 0;
    for (const auto count : faults) total += count;
    return total;
}

Scenario scenario_of(const CampaignOptions& options, std::uint64_t seed) {
    auto scenario = make_scenario(options.scenario, seed);
    if (options.heights) scenario.heights = *options.heights;
    if (options.validators) {
        scenario.validators = *options.validators;
        if (scenario.attacks.size() > scenario.max_faulty())
            scenario.attacks.resize(scenario.max_faulty());
    }
    return scenario;
}

Tally run_campaign(const CampaignOptions& options,
                   const std::function<void(const Tally&)>& on_progress) {
    std::signal(SIGABRT, on_abort);
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    Tally tally;
    std::mutex mutex;
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> is_over{false};
    const auto work = [&] {
        while (!is_over && is_interrupted == 0) {
            const auto index = next++;
            if (index >= options.seeds) return;
            current_seed = options.first_seed + index;
            const auto scenario = scenario_of(options, current_seed);
            auto result = World{scenario, false}.run();
            const std::lock_guard lock{mutex};
            tally.add(scenario, std::move(result));
            if (tally.failures.size() >= options.max_failures) is_over = true;
            on_progress(tally);
        }
    };
    std::vector<std::jthread> threads;
    for (unsigned i = 1; i < options.jobs; ++i) threads.emplace_back(work);
    work();
    threads.clear();
    return tally;
}

}  // namespace meta138::simulation
