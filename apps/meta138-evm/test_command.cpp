// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "meta138/base/process.hpp"
#include "meta138/conformance/report.hpp"
#include "meta138/conformance/run_fixtures.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace meta138::app {

namespace {

struct Options {
    conformance::RunOptions run;
    std::filesystem::path json;
};

int run_tests(Options& options) {
    const bool colours = may_colour(STDOUT_FILENO);
    conformance::Report report{stdout, ::isatty(STDERR_FILENO) != 0 ? stderr : nullptr, colours};
    options.run.keep_passed = !options.json.empty();
    const auto result = conformance::run_fixtures(options.run, report);
    if (!result) {
        fmt::print(stderr, "meta138-evm test: {}\n", result.error());
        return 2;
    }
    report.finish(*result);
    if (!options.json.empty() && !conformance::write_json_results(options.json, *result)) {
        fmt::print(stderr, "meta138-evm test: {}: cannot be written\n", options.json.string());
        return 2;
    }
    const auto& total = result->total;
    return total.failed > 0 || total.passed + total.skipped == 0 ? 1 : 0;
}

}  // namespace

void add_test_command(CLI::App& program, int& exit_code) {
    auto* command = program.add_subcommand(
        "test", "Run conformance fixtures of any kind and tell which cases fail, and why");
    command->footer(
        "Kinds: state and VM tests, blockchain tests (with and without the Engine API's "
        "payloads),\n"
        "transaction, trie, RLP, key and cipher tests, precompile and opcode vectors, Wycheproof, "
        "KZG,\n"
        "transition tool cases, chains with their genesis, JSON-RPC cases on a node in this "
        "process.\n"
        "What a file is shows in what it holds, and what lies above it.\n\n"
        "Prints each failure and each skip with its reason; the last line is\n"
        "    N passed, N failed, N skipped\n"
        "Exit code: 0 all well, 1 a case failed or none was run, 2 wrong options.");
    const auto options = std::make_shared<Options>();
    command->add_option("PATH", options->run.paths, "Fixture files, or folders to search for them")
        ->required();
    command
        ->add_option("-j,--jobs", options->run.jobs,
                     "Files to work on at a time; default: one for each core")
        ->check(CLI::Range(1U, 1024U));
    command->add_option("--fork", options->run.fork,
                        "Only cases of this fork or network, as the fixtures name it (Prague, "
                        "ConstantinopleFix, CancunToPragueAtTime15k)");
    command->add_option("--filter", options->run.filter,
                        "Only cases in whose name this regular expression occurs");
    command->add_option("--json", options->json, "Write what became of each case into this file");
    command->callback([options, &exit_code] { exit_code = run_tests(*options); });
}

}  // namespace meta138::app
