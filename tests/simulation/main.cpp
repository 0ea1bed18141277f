// SPDX-License-Identifier: Apache-2.0
#include "campaign.hpp"
#include "cost_model.hpp"
#include "scenario.hpp"
#include "world.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

namespace {

using namespace meta138::simulation;
using Steady = std::chrono::steady_clock;

std::string about() {
    std::string text =
        "Runs QBFT networks of many nodes in one process: the real consensus, block building and\n"
        "import, on real chains in memory, in virtual time. The network, the clocks, the disks "
        "and\n"
        "the machines are simulated, and go wrong by the chances of a seed; so do up to a third "
        "of\n"
        "the validators. Promises are checked at every step:\n\n"
        "  no fork          no two different blocks are decided at a height, by any node, ever\n"
        "  valid            every block is valid and sealed by a quorum of its height's "
        "validators\n"
        "  no contradiction no honest validator signs two different messages for one height, "
        "round\n"
        "                   and kind, whatever restarts; none votes in a round that it has left\n"
        "  progress         when a storm of faults is over, and at most a third is faulty, all\n"
        "                   honest nodes have three more blocks within a bound\n"
        "  memory           the cores' buffers stay within their limits\n\n"
        "The same seed gives the same run, anywhere. A run that breaks a promise is printed with "
        "its\n"
        "scenario, its seed and its last events; --seed N does it again.\n\nScenarios:\n";
    for (const auto& scenario : scenarios())
        text += fmt::format("  {:<14} {}\n", scenario.name, scenario.about);
    return text + "  mixed          one of these, chosen by the seed\n";
}

double seconds_of(Time time) {
    return static_cast<double>(time.count()) / 1e6;
}

nlohmann::json to_json(const Tally& tally, double wall_seconds) {
    nlohmann::json faults;
    for (std::size_t i = 0; i < tally.faults.size(); ++i)
        faults[std::string{to_string(static_cast<Fault>(i))}] = tally.faults[i];
    auto failures = nlohmann::json::array();
    for (const auto& failure : tally.failures)
        failures.push_back({{"scenario", failure.scenario.name},
                            {"seed", failure.scenario.seed},
                            {"violation", failure.violation}});
    return {{"seeds", tally.seeds},
            {"heights", tally.heights},
            {"storms", tally.storms},
            {"faults", faults},
            {"messages", tally.messages},
            {"attacks", tally.attacks},
            {"rounds", tally.counters.rounds},
            {"round_changes", tally.counters.round_changes},
            {"virtual_seconds", seconds_of(tally.virtual_time)},
            {"wall_seconds", wall_seconds},
            {"worst_recovery",
             {{"part_of_bound", tally.worst_recovery},
              {"seed", tally.worst_seed},
              {"longest_seconds", seconds_of(tally.longest_recovery)}}},
            {"failures", failures}};
}

void print(const Tally& tally, double wall_seconds) {
    fmt::print("{} runs, {} heights, {} storms with {} faults, {} messages made up by attackers\n",
               tally.seeds, tally.heights, tally.storms, tally.fault_total(), tally.attacks);
    for (std::size_t i = 0; i < tally.faults.size(); ++i)
        if (tally.faults[i] != 0)
            fmt::print("  {:<16}{:>9}\n", to_string(static_cast<Fault>(i)), tally.faults[i]);
    fmt::print("{:.1f} hours of virtual time in {:.1f} s; {} messages delivered\n",
               seconds_of(tally.virtual_time) / 3600, wall_seconds, tally.messages);
    fmt::print("{} rounds begun, {} of them above 0; {} times signing was remembered on disk\n",
               tally.counters.rounds, tally.counters.round_changes, tally.counters.safety_writes);
    fmt::print("slowest recovery: {:.0f} % of its bound (seed {}), longest {:.1f} s\n",
               100 * tally.worst_recovery, tally.worst_seed, seconds_of(tally.longest_recovery));
}

/// Does it again, with its events.
void print_failure(const Failure& failure, std::size_t trace_lines) {
    fmt::print("\nBROKEN PROMISE in scenario {}, seed {}: {}\n", failure.scenario.name,
               failure.scenario.seed, failure.violation);
    fmt::print(
        "  {}\n  again: meta138-simulate --scenario {} --heights {} --validators {} --seed {}\n",
        describe(failure.scenario), failure.scenario.name, failure.scenario.heights,
        failure.scenario.validators, failure.scenario.seed);
    if (trace_lines == 0) return;
    const auto again = World{failure.scenario, true}.run();
    const auto from = again.trace.size() - std::min(trace_lines, again.trace.size());
    for (auto at = from; at < again.trace.size(); ++at) fmt::print("{}\n", again.trace[at]);
}

double milliseconds_of(Time time) {
    return static_cast<double>(time.count()) / 1e3;
}

int print_costs(const CostOptions& options, bool as_json) {
    const auto costs = measure_costs(options);
    if (as_json) {
        auto rows = nlohmann::json::array();
        for (const auto& cost : costs)
            rows.push_back({{"validators", cost.validators},
                            {"heights", cost.heights},
                            {"p50_ms", milliseconds_of(cost.p50)},
                            {"p99_ms", milliseconds_of(cost.p99)},
                            {"worst_ms", milliseconds_of(cost.worst)},
                            {"late_p50_ms", milliseconds_of(cost.late_p50)},
                            {"late_p99_ms", milliseconds_of(cost.late_p99)},
                            {"processor_ms", milliseconds_of(cost.processor)},
                            {"messages", cost.messages},
                            {"round_changes", cost.round_changes}});
        fmt::print("{}\n", rows.dump(2));
        return 0;
    }
    fmt::print(
        "From the proposal until a validator has the block: links of {} ms one way, {} ms for "
        "each write to disk, {} transfers a block\n",
        milliseconds_of(options.delay), milliseconds_of(options.write_time), options.transactions);
    fmt::print("{:>10} {:>7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>13} {:>9}\n", "validators", "blocks",
               "p50 ms", "p99 ms", "worst ms", "late p50", "late p99", "processor ms", "messages");
    for (const auto& cost : costs)
        fmt::print("{:>10} {:>7} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>13.2f} {:>9.0f}\n",
                   cost.validators, cost.heights, milliseconds_of(cost.p50),
                   milliseconds_of(cost.p99), milliseconds_of(cost.worst),
                   milliseconds_of(cost.late_p50), milliseconds_of(cost.late_p99),
                   milliseconds_of(cost.processor), cost.messages);
    fmt::print(
        "late: from a block's timestamp until its proposal leaves; processor: of one "
        "validator's chain thread for a block; messages: taken in by one for a block\n");
    return 0;
}

class ProgressBar {
public:
    ProgressBar(std::uint64_t total, bool is_shown) : total_{total}, is_shown_{is_shown} {}
    ~ProgressBar() {
        if (is_shown_) fmt::print(stderr, "\r\033[K");
    }
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    void show(const Tally& tally) {
        const auto now = Steady::now();
        if (!is_shown_ || now - last_ < std::chrono::milliseconds{100}) return;
        last_ = now;
        constexpr std::uint64_t width = 30;
        const auto filled = width * tally.seeds / std::max<std::uint64_t>(total_, 1);
        const auto spent = std::chrono::duration<double>(now - begun_).count();
        const auto left =
            spent / static_cast<double>(tally.seeds) * static_cast<double>(total_ - tally.seeds);
        fmt::print(stderr,
                   "\r\033[K[{:#<{}}{:.<{}}] {}/{} seeds, {} heights, {} failures, {:.0f} s left",
                   "", filled, "", width - filled, tally.seeds, total_, tally.heights,
                   tally.failures.size(), left);
        std::fflush(stderr);
    }

private:
    const std::uint64_t total_;
    const bool is_shown_;
    const Steady::time_point begun_ = Steady::now();
    Steady::time_point last_{};
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{about()};
    app.name("meta138-simulate");
    CampaignOptions options;
    options.jobs = std::max(1U, std::thread::hardware_concurrency());
    std::uint64_t one_seed = 0;
    bool as_json = false;
    std::size_t trace_lines = 300;
    app.add_option("--scenario", options.scenario, "Which scenario, or mixed")
        ->capture_default_str()
        ->check([](const std::string& name) {
            const auto known = name == "mixed" || std::ranges::any_of(scenarios(), [&](auto& one) {
                                   return one.name == name;
                               });
            return known ? std::string{} : "no such scenario";
        });
    app.add_option("--seeds", options.seeds, "How many runs")->capture_default_str();
    app.add_option("--first-seed", options.first_seed, "Seed of the first run")
        ->capture_default_str();
    const auto* one = app.add_option("--seed", one_seed, "One run, with its trace if it fails");
    app.add_option("--heights", options.heights, "Length of each run in blocks");
    app.add_option("--validators", options.validators, "Instead of the scenario's number")
        ->check(CLI::Range(1, 31));
    app.add_option("--jobs", options.jobs, "Threads")->capture_default_str();
    app.add_option("--trace", trace_lines, "Events of a failed run to print, the last ones")
        ->capture_default_str();
    bool always_traces = false;
    app.add_flag("--verbose", always_traces, "With --seed: print the trace of a good run too");
    app.add_flag("--json", as_json, "Print the result as JSON");
    bool measures_costs = false;
    CostOptions costs;
    double delay_ms = milliseconds_of(costs.delay);
    double write_ms = milliseconds_of(costs.write_time);
    app.add_flag("--costs", measures_costs,
                 "Measure instead: the time from proposal to commit, with what the work really "
                 "takes on this machine")
        ->group("Costs");
    app.add_option("--delay", delay_ms, "Of a message, in milliseconds")
        ->capture_default_str()
        ->group("Costs");
    app.add_option("--write", write_ms, "Of the safety record, in milliseconds")
        ->capture_default_str()
        ->group("Costs");
    app.add_flag("!--no-build-ahead", costs.builds_ahead, "Build each block when its time has come")
        ->group("Costs");
    app.add_option("--transactions", costs.transactions, "Transfers in every block")
        ->capture_default_str()
        ->group("Costs");
    CLI11_PARSE(app, argc, argv);

    if (measures_costs) {
        costs.delay = Time{static_cast<Time::rep>(delay_ms * 1000)};
        costs.write_time = Time{static_cast<Time::rep>(write_ms * 1000)};
        if (options.validators) costs.validators = {*options.validators};
        if (options.heights) costs.heights = *options.heights;
        return print_costs(costs, as_json);
    }

    if (*one) {
        options.first_seed = one_seed;
        options.seeds = 1;
    }
    const auto begun = Steady::now();
    Tally tally;
    {
        ProgressBar bar{options.seeds, !as_json && ::isatty(STDERR_FILENO) == 1};
        tally = run_campaign(options, [&](const Tally& so_far) { bar.show(so_far); });
    }
    const auto wall = std::chrono::duration<double>(Steady::now() - begun).count();
    if (as_json) {
        fmt::print("{}\n", to_json(tally, wall).dump(2));
    } else {
        print(tally, wall);
        for (const auto& failure : tally.failures) print_failure(failure, trace_lines);
    }
    if (*one && always_traces && tally.failures.empty())
        for (const auto& line : World{scenario_of(options, one_seed), true}.run().trace)
            fmt::print("{}\n", line);
    return tally.failures.empty() ? 0 : 1;
}
