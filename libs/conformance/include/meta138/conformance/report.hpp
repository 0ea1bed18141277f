// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/conformance/run_fixtures.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>

namespace meta138::conformance {

/// Tells a person how a run goes: each failure with its reason as it comes, a progress bar while it
/// lasts, the skips and the totals at the end.
class Report final : public RunObserver {
public:
    /// Failures and totals go to `out`; the bar to `terminal`, unless that is null. Colours on
    /// demand.
    Report(std::FILE* out, std::FILE* terminal, bool colours);

    void on_case(const CaseResult& result) override;
    void on_file_done(const Progress& progress) override;

    /// The skips with their reasons, then "N passed, N failed, N skipped" on a line of its own.
    void finish(const RunResult& result);

private:
    void clear_bar();

    std::FILE* out_;
    std::FILE* terminal_;
    bool colours_;
    bool bar_shown_ = false;
    std::chrono::steady_clock::time_point bar_time_;
};

/// Writes all cases as JSON: {"passed", "failed", "skipped", "cases": [{"file", "name", "fork",
/// "kind", "status", "reason", "ms"}]}. False when the file cannot be written.
bool write_json_results(const std::filesystem::path& file, const RunResult& result);

}  // namespace meta138::conformance
