// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

namespace meta138::conformance {

/// What an EIP-3155 line holds beyond what it must.
struct TraceDetails {
    bool stack = true;
    bool memory = false;
    bool return_data = false;
    /// The STOP that code which ends without one runs into: go-ethereum shows it, Besu does not.
    bool implicit_stop = true;
};

struct TraceOptions {
    std::filesystem::path path;  ///< A state test file; "-" is the standard input.
    std::string fork;            ///< Only cases of this fork; empty: of all.
    std::string name;            ///< Only tests in whose name this text occurs; empty: all.
    std::optional<std::size_t> data, gas, value;  ///< Only cases with these indexes.
    TraceDetails details;
    bool summary_only = false;  ///< No lines of instructions.
};

/// Runs the cases of a state test file and writes their traces in the manner of EIP-3155: a line of
/// JSON for each instruction, then one of the transaction with its output and gas, then one with
/// the test's name, fork, state root and whether that is the expected one. Problems with the file
/// go to `errors`. Returns the exit code: 0 if all cases came out as expected.
int trace_state_tests(const TraceOptions& options, std::istream& in, std::ostream& out,
                      std::ostream& errors);

}  // namespace meta138::conformance
