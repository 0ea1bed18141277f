// SPDX-License-Identifier: Apache-2.0
#include "fixture_run.hpp"

#include "meta138/conformance/run.hpp"
#include "meta138/conformance/t8n.hpp"

#include <sstream>

namespace meta138::conformance {
namespace {

using testing::HasSubstr;

constexpr std::string_view good_input = R"({
    "alloc": {"0xa94f5374fce5edbc8e2a8697c15331677e6ebf0b": {"balance": "0x5ffd4878be161d74"}},
    "env": {"currentCoinbase": "0xc94f5374fce5edbc8e2a8697c15331677e6ebf0b",
        "currentDifficulty": "0x20000", "currentGasLimit": "0x750a163df65e8a",
        "currentNumber": "1", "currentTimestamp": "1000"},
    "txs": [{"gas": "0x5208", "gasPrice": "0x2", "nonce": "0x0", "input": "0x", "value": "0x1",
        "to": "0x8a8eafb1cf62bfbeb1741769dae1a9dd47996192", "v": "0x0", "r": "0x0", "s": "0x0",
        "secretKey": "0x45a915e4d060149eb4365960e6a7a45f334393093061116b197e3240065ff2d8"}]})";

T8nOptions standard_streams() {
    T8nOptions options;
    options.input_alloc = options.input_env = options.input_txs = "stdin";
    options.output_alloc = options.output_result = options.output_body = "stdout";
    options.state_fork = "Byzantium";
    return options;
}

struct ToolOutput {
    int exit_code = 0;
    std::string out;
    std::string errors;
};
ToolOutput run(const T8nOptions& options, std::string_view input) {
    std::istringstream in{std::string{input}};
    std::ostringstream out;
    std::ostringstream errors;
    const auto exit_code = run_t8n(options, in, out, errors);
    return {exit_code, out.str(), errors.str()};
}

TEST(T8n, moves_value_and_pays_the_coinbase) {
    const auto result = run(standard_streams(), good_input);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_THAT(
        result.out,
        HasSubstr("\"0x8a8eafb1cf62bfbeb1741769dae1a9dd47996192\": {\n   \"balance\": \"0x1\""));
    EXPECT_THAT(result.out, HasSubstr("\"balance\": \"0xa410\""));
    EXPECT_THAT(result.out, HasSubstr("\"gasUsed\": \"0x5208\""));
    EXPECT_THAT(result.out, HasSubstr("\"body\": \"0xf8"));
}

TEST(T8n, exits_with_3_on_an_unknown_fork_and_an_environment_that_cannot_be) {
    auto options = standard_streams();
    options.state_fork = "Frontier+1346";
    EXPECT_EQ(run(options, good_input).exit_code, 3);
    options.state_fork = "Shanghai";
    const auto result = run(options, good_input);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_THAT(result.errors, HasSubstr("parentBaseFee"));
    options = standard_streams();
    options.state_reward = "much";
    EXPECT_EQ(run(options, good_input).exit_code, 3);
}

TEST(T8n, exits_with_10_on_bad_json_and_11_on_a_missing_file) {
    EXPECT_EQ(run(standard_streams(), "{").exit_code, 10);
    const auto wrong_type = run(standard_streams(), R"({"alloc": {}, "env": [], "txs": []})");
    EXPECT_EQ(wrong_type.exit_code, 10);
    EXPECT_THAT(wrong_type.errors, HasSubstr("stdin: $.env.currentCoinbase: is missing"));
    auto options = standard_streams();
    options.input_env = "/no/such/env.json";
    const auto missing = run(options, good_input);
    EXPECT_EQ(missing.exit_code, 11);
    EXPECT_THAT(missing.errors, HasSubstr("/no/such/env.json: no such file"));
}

TEST(RunCode, prints_output_and_gas) {
    std::ostringstream out;
    std::ostringstream errors;
    const auto run = [&](const char* code) {
        return run_code(with<RunCodeOptions>([&](auto& it) { it.code = code; }), out, errors);
    };
    // PUSH1 42 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    EXPECT_EQ(run("602a5f5260205ff3"), 0);
    EXPECT_EQ(out.str(),
              "output:   0x000000000000000000000000000000000000000000000000000000000000002a\n"
              "gas used: 16\n");
    EXPECT_EQ(run("0xfe"), 1);
    EXPECT_EQ(run("0xf"), 2);
    EXPECT_EQ(
        run_code(with<RunCodeOptions>([](auto& it) { it.code_file = "/no/such"; }), out, errors),
        2);
    EXPECT_THAT(errors.str(), HasSubstr("/no/such: no such file"));
}

TEST(Disassemble, names_instructions_and_marks_what_a_fork_lacks) {
    std::ostringstream out;
    std::ostringstream errors;
    EXPECT_EQ(disassemble("0x602a5f0c61ff", "London", out, errors), 0);
    EXPECT_EQ(out.str(),
              "00000: PUSH1 0x2a\n"
              "00002: PUSH0  # not defined in London\n"
              "00003: 0x0c  # not defined in London\n"
              "00004: PUSH2 0xff  # 1 bytes are missing\n");
    EXPECT_EQ(disassemble("0x6", "", out, errors), 2);
    EXPECT_EQ(disassemble("0x60", "Atlantis", out, errors), 2);
}

}  // namespace
}  // namespace meta138::conformance
