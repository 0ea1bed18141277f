// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

namespace meta138::conformance {

namespace {

constexpr std::string_view red = "\033[31m";
constexpr std::string_view yellow = "\033[33m";
constexpr std::string_view green = "\033[32m";
constexpr std::string_view plain = "\033[0m";

std::string case_line(const CaseResult& result) {
    std::string line = result.file;
    if (!result.name.empty()) line += ": " + result.name;
    if (!result.fork.empty()) line += fmt::format(" ({})", result.fork);
    return line;
}

}  // namespace

Report::Report(std::FILE* out, std::FILE* terminal, bool colours)
    : out_{out}, terminal_{terminal}, colours_{colours} {}

void Report::on_case(const CaseResult& result) {
    if (result.status != CaseStatus::failed) return;
    clear_bar();
    fmt::print(out_, "{}FAILED{} {}\n       {}\n", colours_ ? red : "", colours_ ? plain : "",
               case_line(result), result.reason);
}

void Report::on_file_done(const Progress& progress) {
    if (terminal_ == nullptr) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - bar_time_ < std::chrono::milliseconds{100} && progress.files_done < progress.files)
        return;
    bar_time_ = now;
    clear_bar();
    if (progress.files_done == progress.files) return;
    constexpr std::size_t width = 30;
    const auto filled =
        progress.bytes == 0 ? width : std::min(width, width * progress.bytes_done / progress.bytes);
    fmt::print(terminal_, "[{:#<{}}{:.<{}}] {}/{} files, {} passed, {} failed", "", filled, "",
               width - filled, progress.files_done, progress.files, progress.passed,
               progress.failed);
    std::fflush(terminal_);
    bar_shown_ = true;
}

void Report::finish(const RunResult& result) {
    clear_bar();
    for (const auto& skip : result.cases) {
        if (skip.status != CaseStatus::skipped) continue;
        fmt::print(out_, "{}SKIPPED{} {}\n        {}\n", colours_ ? yellow : "",
                   colours_ ? plain : "", case_line(skip), skip.reason);
    }
    const auto& total = result.total;
    if (total.passed + total.failed + total.skipped == 0)
        fmt::print(out_, "no case was run: {} fixture files found\n", total.files);
    const auto colour = total.failed > 0 ? red : green;
    fmt::print(out_, "{}{} passed, {} failed, {} skipped{}\n", colours_ ? colour : "", total.passed,
               total.failed, total.skipped, colours_ ? plain : "");
    std::fflush(out_);
}

void Report::clear_bar() {
    if (!bar_shown_) return;
    fmt::print(terminal_, "\r\033[K");
    std::fflush(terminal_);
    bar_shown_ = false;
}

bool write_json_results(const std::filesystem::path& file, const RunResult& result) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out{std::fopen(file.c_str(), "wb"),
                                                              &std::fclose};
    if (!out) return false;
    const auto quote = [](std::string_view text) {
        return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    const auto& total = result.total;
    fmt::print(out.get(), "{{\n\"passed\": {},\n\"failed\": {},\n\"skipped\": {},\n\"cases\": [",
               total.passed, total.failed, total.skipped);
    std::string_view separator = "\n";
    for (const auto& entry : result.cases) {
        fmt::print(
            out.get(),
            "{}{{\"file\": {}, \"name\": {}, \"fork\": {}, \"kind\": {}, \"status\": \"{}\", "
            "\"reason\": {}, \"ms\": {:.3f}}}",
            separator, quote(entry.file), quote(entry.name), quote(entry.fork), quote(entry.kind),
            to_string(entry.status), quote(entry.reason), entry.milliseconds);
        separator = ",\n";
    }
    fmt::print(out.get(), "\n]\n}}\n");
    return std::ferror(out.get()) == 0;
}

}  // namespace meta138::conformance
