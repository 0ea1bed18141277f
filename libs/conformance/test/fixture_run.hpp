// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/conformance/run_fixtures.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::conformance {

/// A folder for one test, gone after it.
class TemporaryFolder {
public:
    TemporaryFolder() {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        path_ = std::filesystem::temp_directory_path() /
                (std::string{"meta138_"} + info->test_suite_name() + "_" + info->name());
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    std::filesystem::path write(const std::string& name, std::string_view content) const {
        std::filesystem::create_directories((path_ / name).parent_path());
        std::ofstream{path_ / name, std::ios::binary} << content;
        return path_ / name;
    }

private:
    std::filesystem::path path_;
};

/// A value with some members changed: with<RunOptions>([](auto& it) { it.fork = "Osaka"; }).
template <typename T, typename Change>
T with(Change&& change) {
    T value;
    std::forward<Change>(change)(value);
    return value;
}

/// Keeps what it hears.
class Listener final : public RunObserver {
public:
    void on_case(const CaseResult& result) override { cases.push_back(result); }
    void on_file_done(const Progress& progress) override { last = progress; }

    std::vector<CaseResult> cases;
    Progress last;
};

/// Runs a file of that name and content.
inline RunResult run_text(const std::string& name, std::string_view content,
                          RunOptions options = {}) {
    const TemporaryFolder folder;
    Listener listener;
    options.paths = {folder.write(name, content)};
    options.keep_passed = true;
    const auto result = run_fixtures(options, listener);
    EXPECT_TRUE(result) << result.error();
    return result.value_or(RunResult{});
}

/// The one failure of a run: its reason.
inline std::string only_failure(const RunResult& result) {
    EXPECT_EQ(result.total.failed, 1U);
    EXPECT_EQ(result.total.passed, 0U);
    for (const auto& entry : result.cases)
        if (entry.status == CaseStatus::failed) return entry.reason;
    return "none";
}

inline void expect_pass(const RunResult& result, std::size_t count = 1) {
    EXPECT_EQ(result.total.passed, count);
    EXPECT_EQ(result.total.failed, 0U);
    for (const auto& entry : result.cases)
        EXPECT_EQ(entry.status, CaseStatus::passed) << entry.name << ": " << entry.reason;
}

}  // namespace meta138::conformance
