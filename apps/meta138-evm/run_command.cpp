// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "meta138/conformance/run.hpp"

#include <iostream>
#include <iterator>
#include <memory>

namespace meta138::app {

namespace {

void add_trace_details(CLI::App& command, conformance::TraceDetails& details) {
    command.add_flag_callback(
        "--nostack", [&details] { details.stack = false; }, "Trace lines do not show the stack");
    command.add_flag("--memory", details.memory, "Trace lines show the memory");
    command.add_flag("--returndata", details.return_data, "Trace lines show the return data");
}

struct DisasmOptions {
    std::string code;
    std::string fork;
};

}  // namespace

void add_run_command(CLI::App& program, int& exit_code) {
    auto* command = program.add_subcommand("run", "Run code and print its output and gas");
    command->footer(
        "The code is that of the receiver. Without a prestate the accounts have nothing but what\n"
        "the call needs. No intrinsic gas is charged, no fee is paid.\n"
        "Exit code: 0 success, 1 the code reverted or halted, 2 wrong options.");
    const auto options = std::make_shared<conformance::RunCodeOptions>();
    command->add_option("CODE", options->code, "Code in hex");
    command->add_option("--codefile", options->code_file, "File with the code: hex or raw");
    command->add_option("--input", options->input, "Call data in hex");
    command->add_option("--inputfile", options->input_file, "File with the call data: hex or raw");
    command->add_option("--gas", options->gas, "Gas of the call (10000000000)");
    command->add_option("--price", options->price, "Gas price in wei, for GASPRICE (0)");
    command->add_option("--value", options->value, "Wei that the call carries (0)");
    command->add_option("--sender", options->sender, "Address of the caller");
    command->add_option("--receiver", options->receiver,
                        "Address of the account that has the code");
    command->add_option("--fork", options->fork, "Rules (Osaka, or those of the genesis block)");
    command->add_option("--prestate", options->prestate,
                        "Accounts: {ADDRESS: {balance, nonce, code, storage}}, or an object with "
                        "such an alloc");
    command->add_option("--genesis", options->genesis,
                        "Genesis file: its accounts, chain id, rules and block");
    command->add_flag("--create", options->create, "The code is the init code of a new contract");
    command->add_flag("--json", options->json, "Print EIP-3155 lines");
    add_trace_details(*command, options->details);
    command->add_flag("--dump", options->dump, "Print the state afterwards");
    command->add_flag("--bench", options->bench, "Repeat the run and print its time and Mgas/s");
    command->add_option("--bench-time", options->bench_seconds, "Seconds to repeat for (1)");
    command->callback(
        [options, &exit_code] { exit_code = run_code(*options, std::cout, std::cerr); });
}

void add_trace_command(CLI::App& program, int& exit_code) {
    auto* command =
        program.add_subcommand("trace", "Trace the cases of a state test file (EIP-3155)");
    command->footer(
        "For each case a line of JSON for each instruction, then one with output, gas used, name,\n"
        "fork, indexes, state root, and whether that is what the test expects.\n"
        "Exit code: 0 all cases as expected, 1 one was not, 2 wrong options or a bad file.");
    const auto options = std::make_shared<conformance::TraceOptions>();
    command->add_option("FILE", options->path, "State test file; - is the standard input")
        ->required();
    command->add_option("--fork", options->fork, "Only cases of this fork");
    command->add_option("--name", options->name, "Only tests in whose name this text occurs");
    command->add_option("-d,--data", options->data, "Only cases with this index into data");
    command->add_option("-g,--gas", options->gas, "Only cases with this index into gasLimit");
    command->add_option("-v,--value", options->value, "Only cases with this index into value");
    command->add_flag("--summary", options->summary_only, "Only the last line of each case");
    add_trace_details(*command, options->details);
    command->callback([options, &exit_code] {
        exit_code = trace_state_tests(*options, std::cin, std::cout, std::cerr);
    });
}

void add_disasm_command(CLI::App& program, int& exit_code) {
    auto* command = program.add_subcommand("disasm", "Print the instructions of code");
    const auto options = std::make_shared<DisasmOptions>();
    command->add_option("CODE", options->code, "Code in hex; - is the standard input")->required();
    command->add_option("--fork", options->fork, "Mark what this fork does not define (Osaka)");
    command->callback([options, &exit_code] {
        if (options->code == "-")
            options->code.assign(std::istreambuf_iterator<char>{std::cin}, {});
        exit_code = conformance::disassemble(options->code, options->fork, std::cout, std::cerr);
    });
}

}  // namespace meta138::app
