// SPDX-License-Identifier: Apache-2.0
#include "case_sink.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <cstring>

namespace meta138::conformance {

namespace {

// What this thread runs, as text that a signal handler may write.
struct RunningCase {
    std::array<char, 512> text{};
    std::size_t size = 0;

    void append(std::string_view part) noexcept {
        const auto count = std::min(part.size(), text.size() - size);
        std::memcpy(text.data() + size, part.data(), count);
        size += count;
    }
};
thread_local RunningCase running_case;

void report_crash(int signal) {
    constexpr std::string_view head = "\nmeta138-evm: crashed while running ";
    const auto write_all = [](std::string_view text) {
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
    };
    write_all(head);
    write_all({running_case.text.data(), running_case.size});
    write_all("\n");
    // SA_RESETHAND has put the default action back: die as the signal wants.
    ::raise(signal);
}

char lower(char character) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
}

}  // namespace

std::string_view to_string(CaseStatus status) noexcept {
    switch (status) {
        case CaseStatus::passed: return "passed";
        case CaseStatus::failed: return "failed";
        case CaseStatus::skipped: return "skipped";
    }
    return "unknown";
}

bool CaseFilter::wants_fork(std::string_view fixture_fork) const {
    return fork.empty() || std::ranges::equal(fixture_fork, fork, {}, lower, lower);
}

bool CaseFilter::wants(std::string_view case_name, std::string_view fixture_fork) const {
    return wants_fork(fixture_fork) &&
           (!name || std::regex_search(case_name.begin(), case_name.end(), *name));
}

void CaseSink::record(std::string_view name, std::string_view fork, std::string_view kind,
                      Verdict verdict, double milliseconds) {
    results_.push_back({.file = file_,
                        .name = std::string{name},
                        .fork = std::string{fork},
                        .kind = kind,
                        .status = verdict.status,
                        .reason = std::move(verdict.reason),
                        .milliseconds = milliseconds});
}

void CaseSink::begin(std::string_view name) const noexcept {
    running_case.size = 0;
    running_case.append(file_);
    running_case.append(" ");
    running_case.append(name);
}

void name_running_case_on_crash() {
    struct sigaction action{};
    action.sa_handler = report_crash;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGBUS})
        ::sigaction(signal, &action, nullptr);
}

}  // namespace meta138::conformance
