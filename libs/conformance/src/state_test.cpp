// SPDX-License-Identifier: Apache-2.0
#include "runners.hpp"
#include "state_fixture.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/types/receipt.hpp"

#include <optional>

namespace meta138::conformance {

namespace {

constexpr std::string_view kind = "state test";

// The cases of one test under one fork.
class ForkCases {
public:
    ForkCases(const NamedTest& named, StateFixture& fixture, Fork fork, std::string_view fork_name)
        : named_{named},
          fixture_{fixture},
          rules_{fixture.rules(fork, fork_name)},
          environment_{fixture.environment(rules_)},
          host_{named.workspace.state, hashes_, fork},
          evm_{host_, named.workspace.code_cache, fork, environment_.context, rules_.limits} {}

    Verdict run(const JsonNode& entry) {
        const auto expected_root = entry["hash"].hash();
        const auto expected_logs = entry["logs"].hash();
        const bool must_fail = entry["expectException"].present();
        auto& state = named_.workspace.state;
        state.reset(fixture_.pre());

        const auto result = execute(entry);
        if (const auto fault = named_.workspace.document.take_fault())
            return failed("{}", fault->to_string());
        if (must_fail && result)
            return failed("expected {}, got a valid transaction", entry["expectException"].text());
        if (!must_fail && !result)
            return failed("expected a valid transaction, got: {}", result.error());

        const auto diff = state.diff();
        const auto root = fixture_.pre().root_after(diff);
        if (root != expected_root && !(must_fail && is_root_with_coinbase(expected_root)))
            return failed("expected the state root {}, got {}{}", to_hex(expected_root.bytes),
                          to_hex(root.bytes), explain(entry, diff));
        const auto logs = logs_hash(result ? result->logs : std::vector<Log>{});
        if (logs != expected_logs)
            return failed("expected the logs hash {}, got {}", to_hex(expected_logs.bytes),
                          to_hex(logs.bytes));
        return passed();
    }

private:
    std::expected<execution::TransactionResult, std::string> execute(const JsonNode& entry) {
        const auto transaction = fixture_.transaction(entry, rules_.fork);
        if (!transaction) return std::unexpected{transaction.error()};
        if (named_.workspace.document.failed()) return std::unexpected{std::string{}};
        const execution::ExecutionContext context{
            .state = named_.workspace.state, .evm = evm_, .rules = rules_, .block = environment_};
        const auto charges = execution::validate_transaction(context, {}, transaction->transaction,
                                                             transaction->sender);
        if (!charges) return std::unexpected{std::string{exception_name(charges.error())}};
        return execution::apply_transaction(context, transaction->transaction, transaction->sender,
                                            *charges);
    }

    // Before Spurious Dragon some fillers made an empty account of the coinbase even when they
    // refused the transaction, and others did not. The refusal is what such a case is about.
    bool is_root_with_coinbase(const Hash32& expected_root) {
        if (rules_.fork >= Fork::spurious_dragon) return false;
        auto& state = named_.workspace.state;
        state.begin_transaction();
        state.create_if_absent(environment_.context.coinbase);
        static_cast<void>(state.finish_transaction(false));
        return fixture_.pre().root_after(state.diff()) == expected_root;
    }

    // Where the fixture tells the whole state: what differs.
    std::string explain(const JsonNode& entry, const state::StateDiff& diff) {
        if (!entry["state"].is_object()) return {};
        state::MapState expected;
        state::MapState got;
        decode_accounts(entry["state"], expected);
        decode_accounts(named_.test["pre"], got);
        static_cast<void>(named_.workspace.document.take_fault());
        got.apply(diff);
        return describe_difference(expected, got);
    }

    const NamedTest& named_;
    StateFixture& fixture_;
    execution::BlockRules rules_;
    execution::BlockEnvironment environment_;
    FixtureBlockHashes hashes_;
    execution::StateHost host_;
    evm::Evm evm_;
};

void run_fork(const NamedTest& named, StateFixture& fixture, std::string_view fork_name,
              const JsonNode& entries) {
    const auto fork = find_fork(fork_name);
    if (!fork) {
        named.sink.add(named.name, fork_name, kind, failed("unknown fork {}", fork_name));
        return;
    }
    ForkCases cases{named, fixture, *fork, fork_name};
    for (const auto entry : entries.items()) {
        const auto name = fmt::format("{}[{}]", named.name, StateFixture::indexes_name(entry));
        named.sink.run(name, fork_name, kind, [&] { return cases.run(entry); });
    }
}

}  // namespace

void run_state_test(const NamedTest& named) {
    std::optional<StateFixture> fixture;
    const auto fail = [&] {
        const auto fault = named.workspace.document.take_fault();
        if (fault) named.sink.add(named.name, "", kind, failed("{}", fault->to_string()));
        return fault.has_value();
    };
    for (const auto& [fork_name, entries] : named.test["post"].members()) {
        if (!named.sink.wants_fork(fork_name)) continue;
        if (!fixture) fixture.emplace(named.test);
        if (fail()) return;
        run_fork(named, *fixture, fork_name, entries);
        if (fail()) return;
    }
    if (named.test["post"].size() == 0)
        named.sink.add(named.name, "", kind, failed("post has no fork"));
}

}  // namespace meta138::conformance
