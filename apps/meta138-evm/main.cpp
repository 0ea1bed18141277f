// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    CLI::App program{
        "Meta138's Ethereum virtual machine off the chain: conformance fixtures, benchmarks, "
        "state transitions, traces."};
    program.name("meta138-evm");
    program.require_subcommand(1);
    program.get_formatter()->column_width(36);

    int exit_code = 0;
    for (const auto add : {meta138::app::add_test_command, meta138::app::add_bench_command,
                           meta138::app::add_run_command, meta138::app::add_trace_command,
                           meta138::app::add_disasm_command, meta138::app::add_t8n_command,
                           meta138::app::add_t9n_command, meta138::app::add_b11r_command})
        add(program, exit_code);

    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "meta138-evm: {}\n", error.what());
        return 1;
    }
    return exit_code;
}
