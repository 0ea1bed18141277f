// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

// Each adds one subcommand with its options. When the subcommand was given, its callback runs it
// and leaves the program's exit code in `exit_code`.
namespace meta138::app {

void add_test_command(CLI::App& program, int& exit_code);
void add_bench_command(CLI::App& program, int& exit_code);
void add_t8n_command(CLI::App& program, int& exit_code);
void add_t9n_command(CLI::App& program, int& exit_code);
void add_b11r_command(CLI::App& program, int& exit_code);
void add_run_command(CLI::App& program, int& exit_code);
void add_trace_command(CLI::App& program, int& exit_code);
void add_disasm_command(CLI::App& program, int& exit_code);

}  // namespace meta138::app
