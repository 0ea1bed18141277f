// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include "meta138/conformance/t8n.hpp"

#include <iostream>
#include <memory>

namespace meta138::app {

namespace {

constexpr auto exit_codes =
    "Exit code: 0 all well, 2 wrong options, 3 a configuration that cannot be (fork, "
    "environment),\n"
    "4 a block hash was asked for that the environment lacks, 10 bad JSON, 11 an input that "
    "cannot\n"
    "be read, 12 bad RLP.";

}  // namespace

void add_t8n_command(CLI::App& program, int& exit_code) {
    auto* command = program.add_subcommand(
        "t8n", "State transition tool: run transactions on a state (go-ethereum's evm t8n)");
    command->footer(
        std::string{
            "An input is a file, or stdin: then a JSON object with the members alloc, env "
            "and txs.\nAn output is a file in --output.basedir, or stdout or stderr: then a "
            "JSON object with the\nmembers alloc, result and body.\n"} +
        exit_codes);
    const auto options = std::make_shared<conformance::T8nOptions>();
    command->add_option("--input.alloc", options->input_alloc, "The state before (alloc.json)");
    command->add_option("--input.env", options->input_env, "The block (env.json)");
    command->add_option("--input.txs", options->input_txs,
                        "The transactions: JSON, or RLP in hex (txs.json)");
    command->add_option("--output.basedir", options->output_basedir, "Folder of output files");
    command->add_option("--output.alloc", options->output_alloc, "The state after (alloc.json)")
        ->expected(0, 1);
    command
        ->add_option("--output.result", options->output_result,
                     "Receipts, roots, what was rejected (result.json)")
        ->expected(0, 1);
    command
        ->add_option("--output.body", options->output_body,
                     "RLP of the transactions that were included (none)")
        ->expected(0, 1);
    command->add_option("--state.fork", options->state_fork, "Rules (Osaka)");
    command->add_option("--state.chainid", options->state_chainid, "Chain id (1)");
    command->add_option("--state.reward", options->state_reward,
                        "Block reward in wei; -1 for none (0; with --besu the fork's)");
    command->add_flag("--besu", options->besu,
                      "Besu's manner: the fork's reward by default, refused transactions stay in "
                      "the body, a gas limit of 0 is no limit");
    command->add_flag("--trace", options->trace,
                      "Write trace-INDEX-HASH.jsonl (EIP-3155) for each transaction");
    command->add_flag("--trace.memory", options->trace_memory, "Traces show the memory");
    command->add_flag("--trace.nostack", options->trace_nostack, "Traces do not show the stack");
    command->add_flag("--trace.returndata", options->trace_returndata,
                      "Traces show the return data");
    command->callback(
        [options, &exit_code] { exit_code = run_t8n(*options, std::cin, std::cout, std::cerr); });
}

void add_t9n_command(CLI::App& program, int& exit_code) {
    auto* command = program.add_subcommand(
        "t9n", "Transaction tool: check transactions without a state (go-ethereum's evm t9n)");
    command->footer(exit_codes);
    const auto options = std::make_shared<conformance::T9nOptions>();
    command->add_option("--input.txs", options->input_txs, "RLP list in hex, or stdin");
    command->add_option("--state.fork", options->state_fork, "Rules (Osaka)");
    command->add_option("--state.chainid", options->state_chainid, "Chain id (1)");
    command->callback(
        [options, &exit_code] { exit_code = run_t9n(*options, std::cin, std::cout, std::cerr); });
}

void add_b11r_command(CLI::App& program, int& exit_code) {
    auto* command = program.add_subcommand(
        "b11r", "Block builder: put a block together from its parts (go-ethereum's evm b11r)");
    command->footer(exit_codes);
    const auto options = std::make_shared<conformance::B11rOptions>();
    command->add_option("--input.header", options->input_header, "Header fields (header.json)");
    command->add_option("--input.ommers", options->input_ommers, "List of RLP of ommer blocks");
    command->add_option("--input.withdrawals", options->input_withdrawals, "List of withdrawals");
    command->add_option("--input.txs", options->input_txs, "RLP list in hex (txs.rlp)");
    command->add_option("--output.basedir", options->output_basedir, "Folder of the output file");
    command->add_option("--output.block", options->output_block,
                        "RLP and hash of the block: a file, or stdout (block.json)");
    command->callback(
        [options, &exit_code] { exit_code = run_b11r(*options, std::cin, std::cout, std::cerr); });
}

}  // namespace meta138::app
