// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/bench.hpp"

#include "case_sink.hpp"
#include "chain_fixture.hpp"
#include "state_fixture.hpp"
#include "workspace.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/execution/transaction.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <functional>
#include <optional>
#include <set>

namespace meta138::conformance {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Sample {
    std::uint64_t gas = 0;
    double seconds = 0;
};

struct BenchResult {
    std::string file;
    std::string name;
    std::string fork;
    std::uint64_t gas = 0;  // of one repetition
    double seconds = 0;     // the best repetition's
    std::size_t repeats = 0;
    std::string error;

    [[nodiscard]] double mgas_per_second() const {
        return seconds > 0 ? static_cast<double>(gas) / seconds / 1e6 : 0;
    }
};

// Repeats `measure` until there is enough to tell; the best repetition counts, as everything that
// disturbs a measurement makes it longer.
template <typename Measure>
void repeat(const BenchOptions& options, BenchResult& result, Measure&& measure) {
    double total = 0;
    while (result.repeats < options.max_repeats &&
           (result.repeats == 0 || total < options.min_seconds)) {
        const std::expected<Sample, std::string> sample = measure();
        if (!sample) {
            result.error = sample.error();
            return;
        }
        total += sample->seconds;
        result.gas = sample->gas;
        if (result.repeats == 0 || sample->seconds < result.seconds)
            result.seconds = sample->seconds;
        ++result.repeats;
    }
}

class Bench {
public:
    Bench(const BenchOptions& options, const CaseFilter& filter, std::ostream& out)
        : options_{options}, filter_{filter}, out_{out} {}

    void run_file(const fs::path& file) {
        file_ = file.string();
        constexpr std::size_t max_bytes = std::size_t{1} << 30U;
        if (const auto loaded = workspace_.document.load(file, max_bytes); !loaded) {
            add({.file = file_, .name = {}, .fork = {}, .error = loaded.error().to_string()});
            return;
        }
        const auto root = workspace_.document.root();
        for (const auto& [name, test] : root.members()) {
            if (name == "_info") continue;
            if (test.has("transaction") && test.has("post"))
                run_state_test(name, test);
            else if (test.has("blocks") || test.has("engineNewPayloads"))
                run_chain_test(name, test);
            else
                add({.file = file_,
                     .name = std::string{name},
                     .fork = {},
                     .error = "is no state test and no blockchain test"});
        }
        if (const auto fault = workspace_.document.take_fault())
            add({.file = file_, .name = {}, .fork = {}, .error = fault->to_string()});
    }

    [[nodiscard]] const std::vector<BenchResult>& results() const { return results_; }

private:
    void add(BenchResult result) {
        const auto label =
            result.fork.empty() ? result.name : fmt::format("{} ({})", result.name, result.fork);
        if (!result.error.empty())
            out_ << fmt::format("FAILED {}: {}: {}\n", result.file, label, result.error);
        else
            out_ << fmt::format("{:>10.1f} Mgas/s  {:>12} gas  {:>10.3f} ms  x{:<4} {}\n",
                                result.mgas_per_second(), result.gas, result.seconds * 1e3,
                                result.repeats, label);
        out_.flush();
        results_.push_back(std::move(result));
    }

    void run_state_test(std::string_view name, const JsonNode& test) {
        std::optional<StateFixture> fixture;
        // The labels tell what the indexes of `data` mean.
        const auto labels = test["_info"]["labels"];
        for (const auto& [fork_name, entries] : test["post"].members()) {
            for (const auto entry : entries.items()) {
                const auto index = fmt::format("{}", entry["indexes"]["data"].integer());
                const auto label = labels.has(index) ? std::string{labels[index].text()}
                                                     : StateFixture::indexes_name(entry);
                const auto case_name = fmt::format("{}/{}", name, label);
                if (!filter_.wants(case_name, fork_name)) continue;
                if (!fixture) fixture.emplace(test);
                add(time_state_case(*fixture, case_name, fork_name, entry));
            }
        }
    }

    BenchResult time_state_case(StateFixture& fixture, const std::string& name,
                                std::string_view fork_name, const JsonNode& entry) {
        BenchResult result{
            .file = file_, .name = name, .fork = std::string{fork_name}, .error = {}};
        const auto fork = find_fork(fork_name);
        if (!fork) {
            result.error = "unknown fork";
            return result;
        }
        const auto rules = fixture.rules(*fork, fork_name);
        const auto environment = fixture.environment(rules);
        const auto transaction = fixture.transaction(entry, *fork);
        const auto expected_root = entry["hash"].hash();
        if (const auto fault = workspace_.document.take_fault()) {
            result.error = fault->to_string();
            return result;
        }
        if (!transaction) {
            result.error = transaction.error();
            return result;
        }
        auto& state = workspace_.state;
        const FixtureBlockHashes hashes;
        execution::StateHost host{state, hashes, *fork};
        evm::Evm evm{host, workspace_.code_cache, *fork, environment.context, rules.limits};
        const execution::ExecutionContext context{
            .state = state, .evm = evm, .rules = rules, .block = environment};
        repeat(options_, result, [&]() -> std::expected<Sample, std::string> {
            state.reset(fixture.pre());
            workspace_.code_cache.precompiles().clear();
            const auto charges = execution::validate_transaction(
                context, {}, transaction->transaction, transaction->sender);
            if (!charges) return std::unexpected{std::string{to_string(charges.error())}};
            const auto start = Clock::now();
            const auto done = execution::apply_transaction(context, transaction->transaction,
                                                           transaction->sender, *charges);
            const std::chrono::duration<double> time = Clock::now() - start;
            return Sample{done.gas_used, time.count()};
        });
        const auto root = fixture.pre().root_after(state.diff());
        if (result.error.empty() && root != expected_root)
            result.error = fmt::format("expected the state root {}, got {}",
                                       to_hex(expected_root.bytes), to_hex(root.bytes));
        return result;
    }

    void run_chain_test(std::string_view name, const JsonNode& test) {
        const auto network = test["network"].text();
        if (!filter_.wants(name, network)) return;
        BenchResult result{
            .file = file_, .name = std::string{name}, .fork = std::string{network}, .error = {}};
        ChainFixture fixture{workspace_, test};
        if (const auto error = fixture.start())
            result.error = *error;
        else
            time_blocks(fixture, test, result);
        add(std::move(result));
    }

    // Every block is timed, and its best repetition counts; then it is imported for the next one.
    void time_blocks(ChainFixture& fixture, const JsonNode& test, BenchResult& result) {
        const bool is_engine = test.has("engineNewPayloads");
        for (const auto json : test[is_engine ? "engineNewPayloads" : "blocks"].items()) {
            const auto block = is_engine ? decode_payload(json["params"])
                                         : decode_block(json["rlp"].bytes()).value_or(Block{});
            if (const auto fault = fixture.take_fault()) {
                result.error = *fault;
                return;
            }
            BenchResult one;
            repeat(options_, one, [&]() -> std::expected<Sample, std::string> {
                workspace_.code_cache.precompiles().clear();
                const auto timing = fixture.chain().time_block(block);
                if (!timing) return std::unexpected{timing.error()};
                const std::chrono::duration<double> seconds = timing->time;
                return Sample{timing->gas_used, seconds.count()};
            });
            result.gas += one.gas;
            result.seconds += one.seconds;
            result.repeats = one.repeats;
            result.error = one.error;
            if (!result.error.empty()) return;
            const auto imported = fixture.chain().import_block(block, encode_block(block).size());
            if (!imported) {
                result.error = imported.error();
                return;
            }
        }
        if (const auto verdict = fixture.check_end(); verdict.status != CaseStatus::passed)
            result.error = verdict.reason;
    }

    const BenchOptions& options_;
    const CaseFilter& filter_;
    std::ostream& out_;
    Workspace workspace_;
    std::string file_;
    std::vector<BenchResult> results_;
};

std::expected<std::set<fs::path>, std::string> find_files(const std::vector<fs::path>& paths) {
    std::set<fs::path> files;
    for (const auto& path : paths) {
        if (!fs::exists(path))
            return std::unexpected{fmt::format("{}: no such file or folder", path.string())};
        if (!fs::is_directory(path)) {
            files.insert(path);
            continue;
        }
        for (const auto& entry : fs::recursive_directory_iterator{path})
            if (entry.is_regular_file() && entry.path().extension() == ".json")
                files.insert(entry.path());
    }
    return files;
}

double geometric_mean(const std::vector<BenchResult>& results) {
    double sum = 0;
    std::size_t count = 0;
    for (const auto& result : results) {
        if (!result.error.empty() || result.mgas_per_second() <= 0) continue;
        sum += std::log(result.mgas_per_second());
        ++count;
    }
    return count == 0 ? 0 : std::exp(sum / static_cast<double>(count));
}

bool write_json(const fs::path& file, const std::vector<BenchResult>& results) {
    nlohmann::ordered_json cases = nlohmann::ordered_json::array();
    for (const auto& result : results) {
        cases.push_back({{"file", result.file},
                         {"name", result.name},
                         {"fork", result.fork},
                         {"gas", result.gas},
                         {"ms", result.seconds * 1e3},
                         {"repeats", result.repeats},
                         {"mgas_per_second", result.mgas_per_second()},
                         {"error", result.error}});
    }
    std::ofstream out{file, std::ios::binary};
    out << nlohmann::ordered_json{{"geometric_mean", geometric_mean(results)}, {"cases", cases}}
               .dump(1)
        << '\n';
    out.close();
    return out.good();
}

}  // namespace

int run_benchmarks(const BenchOptions& options, std::ostream& out, std::ostream& errors) {
    CaseFilter filter;
    try {
        if (!options.filter.empty()) filter.name.emplace(options.filter);
    } catch (const std::regex_error& error) {
        errors << fmt::format("--filter {}: {}\n", options.filter, error.what());
        return 2;
    }
    const auto files = find_files(options.paths);
    if (!files) {
        errors << files.error() << '\n';
        return 2;
    }
    Bench bench{options, filter, out};
    for (const auto& file : *files) bench.run_file(file);
    const auto& results = bench.results();
    const auto failures = std::ranges::count_if(
        results, [](const BenchResult& result) { return !result.error.empty(); });
    out << fmt::format("{} cases, {} failed, geometric mean {:.1f} Mgas/s\n", results.size(),
                       failures, geometric_mean(results));
    if (!options.json.empty() && !write_json(options.json, results)) {
        errors << fmt::format("{}: cannot be written\n", options.json.string());
        return 2;
    }
    return failures > 0 || results.empty() ? 1 : 0;
}

}  // namespace meta138::conformance
