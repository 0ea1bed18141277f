// SPDX-License-Identifier: Apache-2.0
#include "fixture_node.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace meta138::rpc {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What clients call the ways in which a frame halts: Besu's harness takes these for the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> halts{{
    {"invalid input length", "invalid input length"},
    {"Out of gas", "out of gas"},
    {"out of gas", "out of gas"},
    {"stack underflow", "stack underflow"},
    {"Stack underflow", "stack underflow"},
    {"Out of stack", "stack limit reached"},
    {"Bad instruction", "invalid opcode"},
    {"Invalid opcode", "invalid opcode"},
    {"invalid opcode", "invalid opcode"},
    {"Illegal state change", "write protection"},
    {"Bad jump destination", "invalid jump destination"},
    {"invalid jump destination", "invalid jump destination"},
    {"Precompile error", "precompile failed"},
}};

/// What the harness of these fixtures does not compare.
void normalize(json& value, bool drops_gas) {
    if (value.is_array()) {
        for (auto& element : value) normalize(element, drops_gas);
        return;
    }
    if (!value.is_object()) return;
    value.erase("creationMethod");
    if (drops_gas) {
        for (const auto* name : {"gasUsed", "cost", "used", "balance"}) value.erase(name);
    }
    for (auto& [name, member] : value.items()) {
        if (name == "error" && member.is_string()) {
            const auto text = member.get<std::string>();
            const auto found = std::ranges::find_if(
                halts, [&](const auto& row) { return text.starts_with(row.first); });
            if (found != halts.end()) member = std::string{found->second};
        } else {
            normalize(member, drops_gas);
        }
    }
}

void drop_messages(json& answer) {
    if (answer.is_object()) {
        if (answer.contains("error") && answer["error"].is_object())
            answer["error"].erase("message");
        for (auto& [name, member] : answer.items()) drop_messages(member);
    } else if (answer.is_array()) {
        for (auto& element : answer) drop_messages(element);
    }
}

std::string difference(const json& got, const json& expected) {
    return json::diff(expected, got).dump(0).substr(0, 1500) +
           "\n got: " + got.dump().substr(0, 600) + "\n exp: " + expected.dump().substr(0, 600);
}

struct Family {
    const char* name;
    const char* specs;
    const char* chain;
    std::uint64_t gas_cap;
};

class BesuCalls : public testing::TestWithParam<Family> {};

TEST_P(BesuCalls, answers_as_besu_does) {
    const auto& family = GetParam();
    META138_FIXTURE_OR_SKIP(root, "rpc-besu");
    Settings settings;
    settings.gas_cap = family.gas_cap;
    FixtureNode node{root / family.chain, "blocks.rlp", settings};
    const std::string only = std::getenv("ONLY") != nullptr ? std::getenv("ONLY") : "";
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{root / family.specs})
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) {
        if (file.filename().string().find(only) == std::string::npos) continue;
        const auto spec = json::parse(read_text(file));
        const auto& request = spec["request"];
        const auto& first = request.is_array() ? request[0] : request;
        const auto method = first["method"].get<std::string>();
        const std::set<std::string> known{"eth_call", "eth_estimateGas", "eth_simulateV1"};
        const bool is_known =
            method.starts_with("trace_") || method.starts_with("debug_") || known.contains(method);
        if (!is_known || method == "debug_batchSendRawTransaction") continue;
        auto answer = json::parse(node.ask(request.dump()));
        auto expected = spec["response"];
        const bool is_call_many = std::string_view{family.specs}.ends_with("trace-callMany");
        for (auto* side : {&answer, &expected}) normalize(*side, is_call_many);
        if (expected.is_object()) expected.erase("comment");
        EXPECT_EQ(answer, expected) << file.filename() << "\n" << difference(answer, expected);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Fixtures, BesuCalls,
    testing::Values(
        Family{"eth", "specs/eth", "chains/hive", 0},
        Family{"account_at", "specs/debug/account-at", "chains/hive", 0},
        Family{"account_range", "specs/debug/account-range", "chains/hive", 0},
        Family{"storage_range", "specs/debug/storage-range", "chains/hive", 0},
        Family{"trace_transaction_struct", "specs/debug/trace-transaction", "chains/hive", 0},
        Family{"debug_trace_call", "specs/debug/trace-call", "chains/trace", 0},
        Family{"debug_trace_block", "specs/debug/trace-block", "chains/trace", 0},
        Family{"trace_block", "specs/trace/trace-block", "chains/trace", 0},
        Family{"trace_get", "specs/trace/trace-get", "chains/trace", 0},
        Family{"trace_transaction", "specs/trace/trace-transaction", "chains/trace", 0},
        Family{"flat", "specs/trace/replay-trace-transaction/flat", "chains/trace", 0},
        Family{"vm_trace", "specs/trace/replay-trace-transaction/vm-trace", "chains/trace", 0},
        Family{"state_diff", "specs/trace/replay-trace-transaction/statediff", "chains/trace", 0},
        Family{"all", "specs/trace/replay-trace-transaction/all", "chains/trace", 0},
        Family{"halt_cases", "specs/trace/replay-trace-transaction/halt-cases", "chains/trace", 0},
        Family{"trace_filter", "specs/trace/trace-filter", "chains/trace", 0},
        Family{"trace_call", "specs/trace/trace-call", "chains/trace", 0},
        Family{"trace_call_many", "specs/trace/trace-callMany", "chains/trace", 0},
        Family{"trace_raw_transaction", "specs/trace/trace-raw-transaction", "chains/trace", 0},
        Family{"four_byte", "specs/debug-geth/4byte-tracer", "chains/debug-geth", 0},
        Family{"call_tracer", "specs/debug-geth/call-tracer", "chains/debug-geth", 0},
        Family{"prestate", "specs/debug-geth/prestate-tracer/diff-mode-false", "chains/debug-geth",
               0},
        Family{"prestate_diff", "specs/debug-geth/prestate-tracer/diff-mode-true",
               "chains/debug-geth", 0},
        Family{"simulate", "specs/eth-simulateV1", "chains/simulateV1", 100'000'000}),
    [](const auto& row) { return std::string{row.param.name}; });

class ExecutionApisCalls : public testing::TestWithParam<const char*> {};

TEST_P(ExecutionApisCalls, answers_as_the_specification_does) {
    META138_FIXTURE_OR_SKIP(root, "rpc-execution-apis");
    Settings settings;
    settings.gas_cap = 50'000'000;
    FixtureNode node{root, "chain.rlp", settings};
    const std::string only = std::getenv("ONLY") != nullptr ? std::getenv("ONLY") : "";
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{root / GetParam()})
        files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) {
        if (file.filename().string().find(only) == std::string::npos) continue;
        const auto text = read_text(file);
        const bool is_schema_only = text.find("speconly") != std::string::npos;
        std::string answer;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find('\n', at), text.size());
            const auto line = text.substr(at, end - at);
            at = end + 1;
            if (line.starts_with(">> ")) answer = node.ask(line.substr(3));
            if (!line.starts_with("<< ")) continue;
            auto got = json::parse(answer);
            auto expected = json::parse(line.substr(3));
            if (is_schema_only) {
                EXPECT_EQ(got.contains("result"), expected.contains("result"))
                    << file.filename() << answer.substr(0, 300);
                continue;
            }
            if (expected.contains("error") != got.contains("error"))
                ADD_FAILURE() << file.filename() << answer.substr(0, 300);
            drop_messages(got);
            drop_messages(expected);
            EXPECT_EQ(got, expected) << file.filename() << "\n" << difference(got, expected);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Fixtures, ExecutionApisCalls,
                         testing::Values("eth_call", "eth_estimateGas", "eth_createAccessList",
                                         "eth_simulateV1", "debug_traceBlockByHash",
                                         "debug_traceBlockByNumber", "debug_traceTransaction"),
                         [](const auto& row) { return std::string{row.param}; });

}  // namespace
}  // namespace meta138::rpc
