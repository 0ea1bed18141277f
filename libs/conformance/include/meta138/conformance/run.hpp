// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/conformance/trace.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>

namespace meta138::conformance {

/// The options of go-ethereum's `evm run`, with Besu's evmtool in mind.
struct RunCodeOptions {
    std::string code;                 ///< Hex, with or without 0x.
    std::filesystem::path code_file;  ///< Hex or, if it is none, the bytes themselves.
    std::string input;                ///< Call data in hex.
    std::filesystem::path input_file;
    std::uint64_t gas = 10'000'000'000;
    std::string price = "0";         ///< In wei, decimal or 0x.
    std::string value = "0";         ///< In wei, decimal or 0x.
    std::string sender;              ///< Address; empty: 0x…73656e646572, the bytes of "sender".
    std::string receiver;            ///< Address; empty: 0x…7265636569766572, those of "receiver".
    std::string fork;                ///< Empty: the genesis file's at its block, or Osaka.
    std::filesystem::path prestate;  ///< {ADDRESS: account}, or a genesis file with an alloc.
    std::filesystem::path genesis;   ///< A genesis file: its state, chain id and first block.
    bool create = false;             ///< The code is init code of a new contract.
    bool json = false;               ///< EIP-3155 lines in place of a summary.
    TraceDetails details;
    bool dump = false;   ///< Print the state afterwards.
    bool bench = false;  ///< Repeat, and print the time and Mgas/s.
    double bench_seconds = 1.0;
};

/// Runs code and prints what it returned and the gas it took. Returns the exit code: 0, 1 when the
/// code halted or reverted, 2 for wrong options.
int run_code(const RunCodeOptions& options, std::ostream& out, std::ostream& errors);

/// Prints the instructions of code, one a line: offset, name, immediate data. What the fork does
/// not define is marked. Returns 0, or 2 when the text is no hex.
int disassemble(std::string_view code, std::string_view fork, std::ostream& out,
                std::ostream& errors);

}  // namespace meta138::conformance
