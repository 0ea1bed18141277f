// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/run_fixtures.hpp"

#include "case_sink.hpp"
#include "fixture_kinds.hpp"
#include "network.hpp"
#include "rpc_test.hpp"
#include "workspace.hpp"

#include "meta138/types/fork.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;

struct Unit {
    fs::path path;
    std::size_t bytes = 0;
    bool is_folder = false;
    bool is_slow = false;
    std::optional<RpcGroup> rpc{};  // Cases that share a node; `path` is the first of them.
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

// The work that paths stand for, found by a walk through folders.
class UnitFinder {
public:
    void add_folder(const fs::path& folder) {
        if (const auto index = folder / "index.json"; is_tool_index(index)) {
            units_.push_back({index, folder_bytes(folder), false, is_slow(index)});
            return;
        }
        // What lies beside a chain belongs to it; what lies below may run on it.
        const bool is_chain = is_fixture_folder(folder);
        if (is_chain) units_.push_back({folder, folder_bytes(folder), true, is_slow(folder)});
        for (const auto& entry : fs::directory_iterator{folder}) {
            if (entry.is_directory())
                add_folder(entry.path());
            else if (!is_chain && entry.is_regular_file())
                add_file(entry.path(), entry.file_size());
        }
    }

    // A file that was named is run whatever it looks like.
    void add_named_file(const fs::path& path) {
        if (!add_rpc_case(path, fs::file_size(path)))
            units_.push_back({path, fs::file_size(path), false, is_slow(path)});
    }

    std::vector<Unit> take() {
        for (auto& [place, unit] : groups_) {
            auto& files = unit.rpc->files;
            std::ranges::sort(files);
            const auto same = std::ranges::unique(files);
            files.erase(same.begin(), same.end());
            unit.path = files.front();
            units_.push_back(std::move(unit));
        }
        std::ranges::sort(units_, {}, &Unit::path);
        const auto same = std::ranges::unique(units_, {}, &Unit::path);
        units_.erase(same.begin(), same.end());
        return std::move(units_);
    }

private:
    void add_file(const fs::path& path, std::size_t bytes) {
        if (path.filename() == "index.json" && rpc_places_.is_index(path)) return;
        if (add_rpc_case(path, bytes)) return;
        if (is_step_genesis(path)) return;
        if (path.extension() == ".json" || path.extension() == ".csv")
            units_.push_back({path, bytes, false, is_slow(path)});
    }

    bool add_rpc_case(const fs::path& path, std::size_t bytes) {
        const auto place = rpc_places_.find(path);
        if (!place) return false;
        auto& unit = groups_[*place];
        if (!unit.rpc) unit.rpc.emplace(RpcGroup{*place, {}});
        unit.rpc->files.push_back(path);
        unit.bytes += bytes;
        return true;
    }

    // The genesis file of a sequence of RPC steps is no fixture by itself.
    static bool is_step_genesis(const fs::path& path) {
        if (path.filename() != "genesis.json") return false;
        const fs::directory_iterator files{path.parent_path()};
        return std::any_of(begin(files), end(files), [](const auto& entry) {
            return is_step_name(entry.path().filename().string());
        });
    }

    std::vector<Unit> units_;
    RpcPlaces rpc_places_;
    std::map<RpcPlace, Unit> groups_;
};

std::expected<std::vector<Unit>, std::string> find_units(const std::vector<fs::path>& paths) {
    UnitFinder finder;
    for (const auto& path : paths) {
        std::error_code error;
        const auto status = fs::status(path, error);
        if (!fs::exists(status))
            return std::unexpected{fmt::format("{}: no such file or folder", path.string())};
        try {
            if (fs::is_directory(status))
                finder.add_folder(path);
            else
                finder.add_named_file(path);
        } catch (const fs::filesystem_error& failure) {
            return std::unexpected{std::string{failure.what()}};
        }
    }
    return finder.take();
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
            if (unit.rpc) {
                finish(order_[at], run_rpc_group(*unit.rpc, filter_, options_.max_file_size));
                continue;
            }
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
