// SPDX-License-Identifier: Apache-2.0
#include "meta138/conformance/trace.hpp"

#include "state_fixture.hpp"
#include "workspace.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/tracing/eip3155.hpp"
#include "meta138/types/receipt.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace meta138::conformance {

namespace {

constexpr std::size_t max_bytes = std::size_t{256} << 20U;

bool is_wanted(const std::optional<std::size_t>& wanted, std::uint64_t index) {
    return !wanted || *wanted == index;
}

// Hands on everything but the steps behind the end of the code.
class WithoutImplicitStop final : public evm::Tracer {
public:
    explicit WithoutImplicitStop(evm::Tracer& inner) : inner_{inner} {}

    void on_frame_begin(const evm::Message& message, ByteView code) override {
        code_sizes_.push_back(code.size());
        inner_.on_frame_begin(message, code);
    }
    void on_step(const evm::Step& step) override {
        hidden_ = !code_sizes_.empty() && step.pc >= code_sizes_.back();
        if (!hidden_) inner_.on_step(step);
    }
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override {
        if (!hidden_) inner_.on_step_charged(gas_cost, status);
    }
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override {
        code_sizes_.pop_back();
        inner_.on_frame_end(message, status, gas_left, output);
    }

private:
    evm::Tracer& inner_;
    std::vector<std::size_t> code_sizes_;
    bool hidden_ = false;
};

class StateTestTracer {
public:
    StateTestTracer(const TraceOptions& options, std::ostream& out)
        : options_{options}, out_{out} {}

    JsonDocument& document() { return workspace_.document; }
    [[nodiscard]] bool all_passed() const { return all_passed_; }
    [[nodiscard]] std::size_t cases() const { return cases_; }

    void run(std::string_view name, const JsonNode& test) {
        StateFixture fixture{test};
        for (const auto& [fork_name, entries] : test["post"].members()) {
            const auto fork = find_fork(fork_name);
            if (!fork) {
                entries.fault("should be the name of a fork");
                return;
            }
            if (!options_.fork.empty() && find_fork(options_.fork) != fork) continue;
            for (const auto entry : entries.items()) {
                const auto indexes = entry["indexes"];
                if (!is_wanted(options_.data, indexes["data"].integer()) ||
                    !is_wanted(options_.gas, indexes["gas"].integer()) ||
                    !is_wanted(options_.value, indexes["value"].integer()))
                    continue;
                run_case(name, fixture, *fork, fork_name, entry);
                if (workspace_.document.failed()) return;
            }
        }
    }

private:
    void run_case(std::string_view name, StateFixture& fixture, Fork fork,
                  std::string_view fork_name, const JsonNode& entry) {
        const auto rules = fixture.rules(fork, fork_name);
        const auto environment = fixture.environment(rules);
        const auto expected_root = entry["hash"].hash();
        const auto expected_logs = entry["logs"].hash();
        auto& state = workspace_.state;
        state.reset(fixture.pre());
        tracing::Eip3155Tracer tracer{fork,
                                      [this](std::string_view line) { out_ << line; },
                                      {.stack = options_.details.stack,
                                       .memory = options_.details.memory,
                                       .return_data = options_.details.return_data,
                                       .summary = false}};
        WithoutImplicitStop filtered{tracer};
        evm::Tracer* shown_tracer = &tracer;
        if (!options_.details.implicit_stop) shown_tracer = &filtered;
        if (options_.summary_only) shown_tracer = nullptr;
        const FixtureBlockHashes hashes;
        execution::StateHost host{state, hashes, fork};
        evm::Evm evm{host,         workspace_.code_cache, fork, environment.context,
                     rules.limits, shown_tracer};
        const execution::ExecutionContext context{
            .state = state, .evm = evm, .rules = rules, .block = environment};
        const auto transaction = fixture.transaction(entry, fork);
        if (workspace_.document.failed()) return;

        nlohmann::ordered_json line;
        std::vector<Log> logs;
        std::string error;
        bool is_valid = false;
        if (!transaction) {
            error = transaction.error();
        } else if (const auto charges = execution::validate_transaction(
                       context, {}, transaction->transaction, transaction->sender);
                   !charges) {
            error = to_string(charges.error());
        } else {
            is_valid = true;
            const auto done = execution::apply_transaction(context, transaction->transaction,
                                                           transaction->sender, *charges);
            line["output"] = to_hex_digits(done.output);
            line["gasUsed"] = fmt::format("0x{:x}", done.gas_used);
            logs = done.logs;
            if (!done.succeeded()) error = to_string(done.status);
        }
        const auto root = fixture.pre().root_after(state.diff());
        const auto logs_digest = logs_hash(logs);
        const bool passed = root == expected_root && logs_digest == expected_logs &&
                            is_valid != entry["expectException"].present();
        const auto indexes = entry["indexes"];
        line["test"] = std::string{name};
        line["fork"] = std::string{fork_name};
        line["d"] = indexes["data"].integer();
        line["g"] = indexes["gas"].integer();
        line["v"] = indexes["value"].integer();
        line["stateRoot"] = to_hex(root.bytes);
        line["postLogsHash"] = to_hex(logs_digest.bytes);
        line["pass"] = passed;
        if (!error.empty()) line["error"] = error;
        out_ << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
        all_passed_ = all_passed_ && passed;
        ++cases_;
    }

    const TraceOptions& options_;
    std::ostream& out_;
    Workspace workspace_;
    bool all_passed_ = true;
    std::size_t cases_ = 0;
};

}  // namespace

int trace_state_tests(const TraceOptions& options, std::istream& in, std::ostream& out,
                      std::ostream& errors) {
    StateTestTracer tracer{options, out};
    auto& document = tracer.document();
    const auto place = options.path == "-" ? std::string{"stdin"} : options.path.string();
    const auto fail = [&](const std::string& reason) {
        errors << fmt::format("{}: {}\n", place, reason);
        return 2;
    };
    if (!options.fork.empty() && !find_fork(options.fork))
        return fail(fmt::format("--fork {}: no such fork", options.fork));
    const auto loaded = options.path == "-"
                            ? document.parse(std::string{std::istreambuf_iterator<char>{in}, {}})
                            : document.load(options.path, max_bytes);
    if (!loaded) return fail(loaded.error().to_string());
    for (const auto& [name, test] : document.root().members()) {
        if (name == "_info" || name.find(options.name) == std::string_view::npos) continue;
        tracer.run(name, test);
        if (document.failed()) break;
    }
    if (const auto fault = document.take_fault()) return fail(fault->to_string());
    if (tracer.cases() == 0) return fail("no case was run");
    return tracer.all_passed() ? 0 : 1;
}

}  // namespace meta138::conformance
