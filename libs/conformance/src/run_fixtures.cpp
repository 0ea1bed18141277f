// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/run_fixtures.hpp"

#include "case_sink.hpp"
#include "fixture_kinds.hpp"
#include "network.hpp"
#include "workspace.hpp"

#include "meta138/types/fork.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <numeric>
#include <thread>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;

struct Unit {
    fs::path path;
    std::size_t bytes = 0;
    bool is_folder = false;
    bool is_slow = false;
};

// Folders whose few bytes take seconds: work on them starts first, so that no core idles at the
// end.
bool is_slow(const fs::path& path) {
    const auto text = path.string();
    return text.find("stTimeConsuming") != std::string::npos ||
           text.find("stQuadraticComplexity") != std::string::npos;
}

// An index of transition tool cases names the other files of its folder, which are no fixtures by
// themselves.
bool is_tool_index(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    std::string start(256, ' ');
    in.read(start.data(), static_cast<std::streamsize>(start.size()));
    return start.find("\"tool\"") != std::string::npos;
}

std::size_t folder_bytes(const fs::path& folder) {
    std::size_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator{folder})
        if (entry.is_regular_file()) bytes += entry.file_size();
    return bytes;
}

void find_units(const fs::path& folder, std::vector<Unit>& units) {
    if (is_fixture_folder(folder)) {
        units.push_back({folder, folder_bytes(folder), true, is_slow(folder)});
        return;
    }
    if (const auto index = folder / "index.json"; is_tool_index(index)) {
        units.push_back({index, folder_bytes(folder), false, is_slow(index)});
        return;
    }
    for (const auto& entry : fs::directory_iterator{folder}) {
        const auto& path = entry.path();
        if (entry.is_directory()) {
            find_units(path, units);
        } else if (entry.is_regular_file() &&
                   (path.extension() == ".json" || path.extension() == ".csv")) {
            units.push_back({path, entry.file_size(), false, is_slow(path)});
        }
    }
}

std::expected<std::vector<Unit>, std::string> find_units(const std::vector<fs::path>& paths) {
    std::vector<Unit> units;
    for (const auto& path : paths) {
        std::error_code error;
        const auto status = fs::status(path, error);
        if (!fs::exists(status))
            return std::unexpected{fmt::format("{}: no such file or folder", path.string())};
        try {
            if (fs::is_directory(status))
                find_units(path, units);
            else
                units.push_back({path, fs::file_size(path), false, is_slow(path)});
        } catch (const fs::filesystem_error& failure) {
            return std::unexpected{std::string{failure.what()}};
        }
    }
    std::ranges::sort(units, {}, &Unit::path);
    const auto same = std::ranges::unique(units, {}, &Unit::path);
    units.erase(same.begin(), same.end());
    return units;
}

std::expected<CaseFilter, std::string> make_filter(const RunOptions& options) {
    CaseFilter filter;
    if (!options.fork.empty()) {
        const auto fork = find_fork(options.fork);
        filter.fork = fork ? row_of(*fork).fixture_name : options.fork;
        if (!fork && !is_network_name(options.fork))
            return std::unexpected{
                fmt::format("--fork {}: no such fork; {}", options.fork, known_forks_text())};
    }
    if (!options.filter.empty()) {
        try {
            filter.name.emplace(options.filter, std::regex::ECMAScript | std::regex::optimize);
        } catch (const std::regex_error& error) {
            return std::unexpected{fmt::format("--filter {}: is no regular expression: {}",
                                               options.filter, error.what())};
        }
    }
    return filter;
}

// Work that threads take one unit at a time.
class Run {
public:
    Run(std::vector<Unit> units, const CaseFilter& filter, const RunOptions& options,
        RunObserver& observer)
        : units_{std::move(units)},
          filter_{filter},
          options_{options},
          observer_{observer},
          order_(units_.size()),
          results_(units_.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::ranges::sort(order_, [this](std::size_t a, std::size_t b) {
            return std::pair{units_[a].is_slow, units_[a].bytes} >
                   std::pair{units_[b].is_slow, units_[b].bytes};
        });
        progress_.files = units_.size();
        for (const auto& unit : units_) progress_.bytes += unit.bytes;
    }

    RunResult execute(std::size_t jobs) {
        {
            std::vector<std::jthread> threads;
            for (std::size_t i = 0; i < std::min(jobs, units_.size()); ++i)
                threads.emplace_back([this] { work(); });
        }
        RunResult result{.total = progress_, .cases = {}};
        for (auto& cases : results_) std::ranges::move(cases, std::back_inserter(result.cases));
        return result;
    }

private:
    void work() {
        Workspace workspace;
        while (true) {
            const auto at = next_.fetch_add(1);
            if (at >= order_.size()) return;
            const auto& unit = units_[order_[at]];
            CaseSink sink{filter_, unit.path.string()};
            try {
                if (unit.is_folder)
                    run_folder(workspace, sink, unit.path, options_.max_file_size);
                else
                    run_file(workspace, sink, unit.path, options_.max_file_size);
            } catch (const std::exception& error) {
                sink.add("", "", "file", failed("the program threw: {}", error.what()));
            }
            finish(order_[at], sink.take());
        }
    }

    void finish(std::size_t unit, std::vector<CaseResult> cases) {
        const std::scoped_lock lock{mutex_};
        for (const auto& result : cases) {
            switch (result.status) {
                case CaseStatus::passed: ++progress_.passed; break;
                case CaseStatus::failed: ++progress_.failed; break;
                case CaseStatus::skipped: ++progress_.skipped; break;
            }
            observer_.on_case(result);
        }
        if (!options_.keep_passed)
            std::erase_if(cases, [](const auto& c) { return c.status == CaseStatus::passed; });
        results_[unit] = std::move(cases);
        ++progress_.files_done;
        progress_.bytes_done += units_[unit].bytes;
        observer_.on_file_done(progress_);
    }

    const std::vector<Unit> units_;
    const CaseFilter& filter_;
    const RunOptions& options_;
    RunObserver& observer_;
    std::vector<std::size_t> order_;
    std::atomic<std::size_t> next_ = 0;
    std::mutex mutex_;  // of what follows, and of calls to the observer
    std::vector<std::vector<CaseResult>> results_;
    Progress progress_;
};

}  // namespace

std::expected<RunResult, std::string> run_fixtures(const RunOptions& options,
                                                   RunObserver& observer) {
    auto filter = make_filter(options);
    if (!filter) return std::unexpected{std::move(filter).error()};
    auto units = find_units(options.paths);
    if (!units) return std::unexpected{std::move(units).error()};
    const auto cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t jobs = options.jobs == 0 ? cores : options.jobs;
    name_running_case_on_crash();
    return Run{*std::move(units), *filter, options, observer}.execute(jobs);
}

}  // namespace meta138::conformance
