// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/conformance/case_result.hpp"

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <exception>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::conformance {

struct Verdict {
    CaseStatus status = CaseStatus::passed;
    std::string reason;
};

inline Verdict passed() {
    return {};
}
template <typename... Args>
Verdict failed(fmt::format_string<Args...> format, Args&&... args) {
    return {CaseStatus::failed, fmt::format(format, std::forward<Args>(args)...)};
}
inline Verdict skipped(std::string reason) {
    return {CaseStatus::skipped, std::move(reason)};
}

/// Which cases of a file to run.
struct CaseFilter {
    std::string fork;  ///< In any case; empty: any.
    std::optional<std::regex> name;

    [[nodiscard]] bool wants_fork(std::string_view fixture_fork) const;
    [[nodiscard]] bool wants(std::string_view case_name, std::string_view fixture_fork) const;
};

/// Where a file's cases go: runs those that are asked for, times them and keeps what became of
/// them. A case that throws has failed.
class CaseSink {
public:
    CaseSink(const CaseFilter& filter, std::string file)
        : filter_{filter}, file_{std::move(file)} {}

    [[nodiscard]] bool wants(std::string_view name, std::string_view fork) const {
        return filter_.wants(name, fork);
    }
    /// Whether any case of this fork may be asked for.
    [[nodiscard]] bool wants_fork(std::string_view fork) const { return filter_.wants_fork(fork); }

    /// Runs the case unless it is filtered out: `run()` returns its Verdict.
    template <std::invocable Run>
    void run(std::string_view name, std::string_view fork, std::string_view kind, Run&& run) {
        if (!wants(name, fork)) return;
        begin(name);
        const auto start = std::chrono::steady_clock::now();
        Verdict verdict;
        try {
            verdict = std::forward<Run>(run)();
        } catch (const std::exception& error) {
            verdict = failed("the program threw: {}", error.what());
        }
        const std::chrono::duration<double, std::milli> time =
            std::chrono::steady_clock::now() - start;
        record(name, fork, kind, std::move(verdict), time.count());
    }

    /// A case that is decided without running. Not filtered.
    void add(std::string_view name, std::string_view fork, std::string_view kind, Verdict verdict) {
        record(name, fork, kind, std::move(verdict), 0);
    }

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    [[nodiscard]] std::vector<CaseResult> take() noexcept { return std::move(results_); }

private:
    void begin(std::string_view name) const noexcept;
    void record(std::string_view name, std::string_view fork, std::string_view kind,
                Verdict verdict, double milliseconds);

    const CaseFilter& filter_;
    std::string file_;
    std::vector<CaseResult> results_;
};

/// Makes a crash of the process (a failed assertion, a bad access) say which cases were running.
void name_running_case_on_crash();

}  // namespace meta138::conformance
