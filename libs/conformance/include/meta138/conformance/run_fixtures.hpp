// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/conformance/case_result.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace meta138::conformance {

struct RunOptions {
    std::vector<std::filesystem::path> paths;  ///< Files and folders.
    unsigned jobs = 0;                         ///< Threads; 0: as many as the machine has cores.
    std::string fork;    ///< Only cases of this fork; empty: of all. A fork's or a network's name.
    std::string filter;  ///< Only cases whose name this regular expression (ECMAScript) occurs in.
    bool keep_passed = false;                  ///< Put passed cases into the result, too.
    std::size_t max_file_size = 256UL << 20U;  ///< Bytes; a larger file is a failure.
};

/// How far a run has come.
struct Progress {
    std::size_t files = 0;
    std::size_t files_done = 0;
    std::size_t bytes = 0;
    std::size_t bytes_done = 0;
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t skipped = 0;
};

/// Hears of a run while it goes on. Called by one thread at a time, not always the same.
class RunObserver {
public:
    virtual ~RunObserver() = default;
    virtual void on_case(const CaseResult& result) = 0;
    virtual void on_file_done(const Progress& progress) = 0;
};

struct RunResult {
    Progress total;
    /// In the order of their files and of the cases in them; passed ones on demand.
    std::vector<CaseResult> cases;
};

/// Runs all fixtures under the paths, whatever kind they are. A file that cannot be read or has an
/// unknown format is a failed case. The error: a path that does not exist, a filter or fork that
/// means nothing.
std::expected<RunResult, std::string> run_fixtures(const RunOptions& options,
                                                   RunObserver& observer);

}  // namespace meta138::conformance
