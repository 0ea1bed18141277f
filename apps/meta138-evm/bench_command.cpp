// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "meta138/conformance/bench.hpp"

#include <iostream>
#include <memory>

namespace meta138::app {

void add_bench_command(CLI::App& program, int& exit_code) {
    auto* command =
        program.add_subcommand("bench", "Time the execution of benchmark fixtures in Mgas/s");
    command->footer(
        "Takes state tests, blockchain tests and Engine API tests. Only the execution of the\n"
        "transactions is timed, on one thread; of several repetitions the best counts. Each "
        "result\n"
        "is checked once against the fixture. Ends with the geometric mean over all cases.\n"
        "Exit code: 0 all well, 1 a case failed or none was run, 2 wrong options.");
    const auto options = std::make_shared<conformance::BenchOptions>();
    command->add_option("PATH", options->paths, "Fixture files, or folders to search for them")
        ->required();
    command->add_option("--filter", options->filter,
                        "Only cases in whose name this regular expression occurs");
    command
        ->add_option("--min-time", options->min_seconds,
                     "Repeat each case until it has run for so many seconds (default 0.3)")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--max-repeats", options->max_repeats,
                     "Repeat a case at most so often (default 1000)")
        ->check(CLI::PositiveNumber);
    command->add_option("--json", options->json, "Write the results into this file");
    command->callback(
        [options, &exit_code] { exit_code = run_benchmarks(*options, std::cout, std::cerr); });
}

}  // namespace meta138::app
