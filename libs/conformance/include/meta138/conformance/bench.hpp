// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace meta138::conformance {

struct BenchOptions {
    std::vector<std::filesystem::path> paths;  ///< Files and folders.
    std::string filter;        ///< Only cases in whose name this regular expression occurs.
    double min_seconds = 0.3;  ///< Repeat a case until it has run for so long.
    std::size_t max_repeats = 1000;
    std::filesystem::path json;  ///< Results go there too, unless empty.
};

/// Runs the state tests, blockchain tests and Engine API tests of the files as benchmarks, one
/// after the other on one thread. Only the execution of transactions is timed: not reading,
/// signatures, state roots; the result is checked once. Prints Mgas/s of each and the geometric
/// mean. Returns the exit code: 0, 1 when a case failed or there was none, 2 for wrong options.
int run_benchmarks(const BenchOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace meta138::conformance
