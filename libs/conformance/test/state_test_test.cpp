// SPDX-License-Identifier: Apache-2.0
#include "fixture_run.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/conformance/trace.hpp"
#include "meta138/state/map_state.hpp"

#include <fmt/format.h>

#include <sstream>

namespace meta138::conformance {
namespace {

using namespace literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t ether = 1'000'000'000'000'000'000;
// 21000, two PUSH1, and SSTORE of a cold slot from zero to one.
constexpr std::uint64_t gas_used = 21000 + 3 + 3 + 22100;

// A test of one transaction that stores 1 in slot 0. Its defaults are right.
struct StateTestText {
    std::string fork = "Cancun";
    std::string gas_limit = "0x0186a0";
    std::string hash = to_hex(root_after().bytes);
    std::string logs = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";
    std::string more;  // further members of the entry of `post`

    static state::MapState before() {
        state::MapState state;
        state.set_account("0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"_address, 0, ether);
        state.set_account("0x1000000000000000000000000000000000000000"_address, 0, 0,
                          {0x60, 0x01, 0x60, 0x00, 0x55, 0x00});
        return state;
    }
    static Hash32 root_after() {
        auto state = before();
        state.set_account("0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b"_address, 1,
                          ether - 10 * gas_used);
        state.set_storage("0x1000000000000000000000000000000000000000"_address, 0, 1);
        return state.root();
    }

    [[nodiscard]] std::string text() const {
        return fmt::format(R"({{"stores": {{
            "env": {{"currentCoinbase": "0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba",
                "currentGasLimit": "0x989680", "currentNumber": "0x01",
                "currentTimestamp": "0x03e8", "currentDifficulty": "0x00",
                "currentRandom": "0x00", "currentBaseFee": "0x0a",
                "currentExcessBlobGas": "0x00"}},
            "pre": {{
                "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b": {{
                    "balance": "0x0de0b6b3a7640000", "nonce": "0x00", "code": "0x",
                    "storage": {{}}}},
                "0x1000000000000000000000000000000000000000": {{
                    "balance": "0x00", "nonce": "0x00", "code": "0x600160005500",
                    "storage": {{}}}}}},
            "transaction": {{"data": ["0x"], "gasLimit": ["{}"], "value": ["0x00"],
                "gasPrice": "0x0a", "nonce": "0x00",
                "to": "0x1000000000000000000000000000000000000000",
                "sender": "0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b",
                "secretKey":
                  "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8"}},
            "post": {{"{}": [{{"indexes": {{"data": 0, "gas": 0, "value": 0}},
                "hash": "{}", "logs": "{}"{}}}]}}}}}})",
                           gas_limit, fork, hash, logs, more);
    }
};

constexpr std::string_view other_hash =
    "0x0000000000000000000000000000000000000000000000000000000000000001";

TEST(StateTest, passes_when_root_and_logs_are_as_expected) {
    const auto result = run_text("t.json", StateTestText{}.text());
    expect_pass(result);
    EXPECT_EQ(result.cases.at(0).name, "stores[d0g0v0]");
    EXPECT_EQ(result.cases.at(0).fork, "Cancun");
    EXPECT_EQ(result.cases.at(0).kind, "state test");
}

TEST(StateTest, fails_on_another_state_root) {
    EXPECT_THAT(only_failure(run_text("t.json", with<StateTestText>([&](auto& it) {
                                                    it.hash = std::string{other_hash};
                                                }).text())),
                HasSubstr(fmt::format("expected the state root {}, got {}", other_hash,
                                      to_hex(StateTestText::root_after().bytes))));
}

TEST(StateTest, tells_which_account_differs_when_the_fixture_has_the_state) {
    const auto test = with<StateTestText>([](auto& it) {
        it.hash = other_hash;
        it.more = R"(, "state": {"0x1000000000000000000000000000000000000000": {"balance": "0x00",
            "nonce": "0x00", "code": "0x600160005500", "storage": {"0x00": "0x02"}}})";
    });
    const auto reason = only_failure(run_text("t.json", test.text()));
    EXPECT_THAT(reason, HasSubstr("storage 0x0: expected 0x2, got 0x1"));
    EXPECT_THAT(reason,
                HasSubstr("0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b account: expected none"));
}

TEST(StateTest, fails_on_another_logs_hash) {
    EXPECT_THAT(only_failure(run_text("t.json", with<StateTestText>([&](auto& it) {
                                                    it.logs = std::string{other_hash};
                                                }).text())),
                HasSubstr("expected the logs hash 0x00"));
}

TEST(StateTest, fails_when_an_exception_is_expected_and_none_comes) {
    EXPECT_THAT(only_failure(run_text("t.json", with<StateTestText>([&](auto& it) {
                                                    it.more = R"(, "expectException": "NO")";
                                                }).text())),
                HasSubstr("expected NO, got a valid transaction"));
}

TEST(StateTest, fails_when_an_exception_comes_and_none_is_expected) {
    EXPECT_THAT(only_failure(run_text("t.json", with<StateTestText>([&](auto& it) {
                                                    it.gas_limit = "0x64";
                                                }).text())),
                HasSubstr("expected a valid transaction, got: INTRINSIC_GAS_TOO_LOW"));
}

TEST(StateTest, passes_when_the_expected_exception_comes) {
    auto before = StateTestText::before();
    expect_pass(run_text("t.json", with<StateTestText>([&](auto& it) {
                                       it.gas_limit = "0x64";
                                       it.hash = to_hex(before.root().bytes);
                                       it.more = R"(, "expectException": "TOO_LOW")";
                                   }).text()));
}

TEST(StateTest, fails_when_a_refused_transaction_is_expected_to_have_changed_the_state) {
    EXPECT_THAT(only_failure(run_text("t.json", with<StateTestText>([&](auto& it) {
                                                    it.gas_limit = "0x64";
                                                    it.more = R"(, "expectException": "X")";
                                                }).text())),
                HasSubstr("expected the state root"));
}

TEST(StateTest, fails_when_the_bytes_hold_another_transaction_than_the_fields) {
    EXPECT_THAT(
        only_failure(run_text(
            "t.json",
            with<StateTestText>([&](auto& it) {
                it.more =
                    R"(, "txbytes": "0xf862800a8203e894095e7baea6a6c7c4c2dfeb977efac326af552d87830186a0801ba0bb6249049eb38732aa28ef23000000000000000000000000000000000000000000a00000000000000000000000000000000000000000000000000000000000000001")";
            }).text())),
        HasSubstr("expected a valid transaction"));
}

TEST(StateTest, fails_on_an_unknown_fork) {
    EXPECT_THAT(only_failure(run_text(
                    "t.json", with<StateTestText>([&](auto& it) { it.fork = "Atlantis"; }).text())),
                HasSubstr("unknown fork Atlantis"));
}

TEST(StateTest, names_the_path_of_what_is_missing) {
    auto text = StateTestText{}.text();
    const auto at = text.find("\"currentTimestamp\"");
    text.replace(at, 18, "\"currentTimestamq\"");
    EXPECT_THAT(only_failure(run_text("t.json", text)),
                HasSubstr("$.stores.env.currentTimestamp: is missing"));
}

TEST(StateTest, fails_on_a_blob_schedule_without_an_update_fraction) {
    auto text = StateTestText{}.text();
    text.insert(text.find(R"("env":)"), R"("config": {"blobSchedule": {"Cancun": {"target": "0x03",
        "max": "0x06", "baseFeeUpdateFraction": "0x00"}}}, )");
    EXPECT_THAT(only_failure(run_text("t.json", text)),
                HasSubstr("baseFeeUpdateFraction: is zero"));
}

TEST(StateTest, fails_on_an_index_out_of_range) {
    auto text = StateTestText{}.text();
    const auto at = text.find("\"data\": 0");
    text.replace(at, 9, "\"data\": 7");
    EXPECT_THAT(only_failure(run_text("t.json", text)), HasSubstr("has no element 7"));
}

TEST(StateTest, runs_the_forks_that_are_asked_for) {
    expect_pass(run_text("t.json", StateTestText{}.text(),
                         with<RunOptions>([](auto& it) { it.fork = "cancun"; })));
    EXPECT_EQ(run_text("t.json", StateTestText{}.text(),
                       with<RunOptions>([](auto& it) { it.fork = "Osaka"; }))
                  .total.passed,
              0U);
}

TEST(TraceStateTests, writes_a_line_for_each_instruction_and_one_for_the_case) {
    std::istringstream in{StateTestText{}.text()};
    std::ostringstream out;
    std::ostringstream errors;
    EXPECT_EQ(
        trace_state_tests(with<TraceOptions>([](auto& it) { it.path = "-"; }), in, out, errors), 0)
        << errors.str();
    EXPECT_THAT(out.str(), HasSubstr(R"("opName":"SSTORE")"));
    EXPECT_THAT(out.str(), HasSubstr(R"("gasUsed":"0xa862","test":"stores","fork":"Cancun")"));
    EXPECT_THAT(out.str(), HasSubstr(R"("pass":true})"));
    EXPECT_THAT(out.str(), Not(HasSubstr("error")));
}

TEST(TraceStateTests, reports_a_file_that_is_none) {
    std::istringstream in{"{"};
    std::ostringstream out;
    std::ostringstream errors;
    EXPECT_EQ(
        trace_state_tests(with<TraceOptions>([](auto& it) { it.path = "-"; }), in, out, errors), 2);
    EXPECT_THAT(errors.str(), HasSubstr("stdin: is not JSON"));
}

}  // namespace
}  // namespace meta138::conformance
