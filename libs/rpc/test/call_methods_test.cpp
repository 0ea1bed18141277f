// SPDX-License-Identifier: Apache-2.0
#include "fixture_node.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::rpc {
namespace {

using nlohmann::json;

/// The chain of Besu's trace fixtures: 33 blocks of Istanbul.
class TraceChain : public testing::Test {
protected:
    void SetUp() override {
        META138_FIXTURE_OR_SKIP(folder, "rpc-besu/chains/trace");
        node.emplace(folder, "blocks.rlp", settings);
    }

    json ask(std::string_view method, json parameters) {
        return json::parse(node->ask(json{
            {"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(parameters)}}
                                         .dump()));
    }
    json result(std::string_view method, json parameters) {
        return ask(method, std::move(parameters)).value("result", json("no result"));
    }
    int error_code(std::string_view method, json parameters) {
        return ask(method, std::move(parameters))["error"].value("code", 0);
    }

    static constexpr auto from = "0xfe3b557e8fb62b89f4916b721be55ceb828dbd73";
    // Of block 0x14, which creates a contract.
    static constexpr auto creation =
        "0xd32c538fd1b3ef854c04ae39925dc9e849b568b92ea388f778b794851ab37f7c";
    // Of block 0x12, which reverts.
    static constexpr auto reverted =
        "0xc388baa0e55e6b73e850b22dc7e9853700f6b995fd55d95dd6ccd5a13d63c566";
    static constexpr auto unknown =
        "0x00000000000000000000000000000000000000000000000000000000000000ff";

    Settings settings;
    std::optional<FixtureNode> node;
};

TEST_F(TraceChain, eth_call_takes_no_block_for_the_latest) {
    const json call{{"to", "0x0000000000000000000000000000000000000004"}, {"data", "0x1234"}};
    EXPECT_EQ(result("eth_call", json::array({call})), "0x1234");
    EXPECT_EQ(result("eth_call", {call, "0xffff"}), nullptr);
    EXPECT_EQ(error_code("eth_call", {"0x8"}), -32602);
}

TEST_F(TraceChain, eth_call_sees_overridden_blocks) {
    const json call{{"to", "0x00000000000000000000000000000000000000aa"}};
    const json code{{"0x00000000000000000000000000000000000000aa",
                     {{"code", "0x4360005260206000f3"}}}};  // return(number)
    const auto answer = result("eth_call", {call, "latest", code, {{"number", "0x1234"}}});
    EXPECT_TRUE(answer.get<std::string>().ends_with("1234"));
}

TEST_F(TraceChain, a_block_may_be_named_by_its_hash_wherever_something_runs_on_it) {
    const auto hash = result("trace_block", json::array({"0x14"})).at(0).at("blockHash");
    const json call{{"from", from}, {"to", "0x00000000000000000000000000000000000000aa"}};
    const json canonical{{"blockHash", hash}, {"requireCanonical", true}};
    for (const auto& [method, parameters] : std::vector<std::pair<std::string_view, json>>{
             {"eth_call", {call, "0x14"}},
             {"eth_estimateGas", {call, "0x14"}},
             {"eth_createAccessList", {call, "0x14"}},
             {"trace_call", {call, {"trace"}, "0x14"}},
             {"trace_callMany", {json::array({json::array({call, {"trace"}})}), "0x14"}},
             {"trace_block", json::array({"0x14"})},
             {"trace_replayBlockTransactions", {"0x14", {"trace"}}},
             {"debug_traceCall", {call, "0x14"}},
             {"debug_traceBlockByNumber", json::array({"0x14"})}}) {
        const auto by_number = result(method, parameters);
        EXPECT_NE(by_number, "no result") << method;
        auto by_hash = parameters;
        for (auto& parameter : by_hash)
            if (parameter == "0x14") parameter = canonical;
        EXPECT_EQ(result(method, by_hash), by_number) << method;
        for (auto& parameter : by_hash)
            if (parameter == canonical) parameter = hash;
        EXPECT_EQ(result(method, by_hash), by_number) << method;
    }
}

TEST_F(TraceChain, a_revert_has_its_data) {
    const auto answer =
        ask("eth_call", {{{"to", "0x0110000000000000000000000000000000000000"}}, "latest"});
    EXPECT_EQ(answer["error"]["code"], 3);
    EXPECT_EQ(answer["error"]["data"], "0x7d88c1856cc95352");
}

TEST_F(TraceChain, trace_replay_transaction_gives_what_the_block_s_replay_gives) {
    const auto block =
        result("trace_replayBlockTransactions", {"0x14", {"trace", "vmTrace", "stateDiff"}});
    EXPECT_EQ(result("trace_replayTransaction", {creation, {"trace", "vmTrace", "stateDiff"}}),
              block[0]);
    EXPECT_EQ(result("trace_replayTransaction", {unknown, {"trace"}}), nullptr);
}

TEST_F(TraceChain, debug_tracers_can_be_used_together) {
    const json config{{"tracer", "muxTracer"},
                      {"tracerConfig",
                       {{"callTracer", json::object()},
                        {"noopTracer", json::object()},
                        {"prestateTracer", {{"diffMode", true}}}}}};
    const auto traces = result("debug_traceTransaction", {creation, config});
    EXPECT_EQ(traces["noopTracer"], json::object());
    EXPECT_EQ(traces["callTracer"],
              result("debug_traceTransaction", {creation, {{"tracer", "callTracer"}}}));
    EXPECT_TRUE(traces["prestateTracer"].contains("post"));
}

TEST_F(TraceChain, an_unknown_tracer_is_refused) {
    EXPECT_EQ(error_code("debug_traceTransaction", {creation, {{"tracer", "{result: 1}"}}}),
              -32602);
    EXPECT_EQ(result("debug_traceTransaction", {unknown}), nullptr);
}

TEST_F(TraceChain, otterscan_sees_what_happens_inside_transactions) {
    const auto operations = result("ots_getInternalOperations", {creation});
    ASSERT_EQ(operations.size(), 1U);
    EXPECT_EQ(operations[0]["type"], 2);
    EXPECT_EQ(result("ots_getTransactionError", {reverted}), "0x7d88c1856cc95352");
    EXPECT_EQ(result("ots_getTransactionError", {creation}), "0x");
    EXPECT_EQ(result("ots_traceTransaction", {creation}).size(), 2U);
    const auto created = operations[0]["to"];
    EXPECT_EQ(result("ots_getContractCreator", json::array({created}))["hash"], creation);
}

TEST_F(TraceChain, otterscan_pages_through_an_account_s_transactions) {
    const auto page = result("ots_searchTransactionsBefore", {from, 0, 5});
    EXPECT_GE(page["txs"].size(), 5U);
    EXPECT_EQ(page["txs"].size(), page["receipts"].size());
    EXPECT_EQ(page["firstPage"], true);
    EXPECT_EQ(page["lastPage"], false);
    const auto first = result("ots_searchTransactionsAfter", {from, 0, 1});
    EXPECT_EQ(first["lastPage"], true);
}

TEST_F(TraceChain, debug_set_head_takes_blocks_off) {
    EXPECT_EQ(result("debug_setHead", {"0xffff"}), nullptr);
    EXPECT_EQ(result("debug_setHead", {unknown}), nullptr);
    EXPECT_EQ(result("debug_setHead", {"0x1e"}), "Success");
    EXPECT_EQ(node->chain().view()->head().header.number, 30U);
    EXPECT_EQ(result("debug_replayBlock", {"0x1e"}), "Success");
    EXPECT_EQ(node->chain().view()->head().header.number, 30U);
}

TEST_F(TraceChain, storage_in_the_middle_of_a_block_is_between_its_ends) {
    // Block 4: each of its transactions writes slots of this contract.
    const auto address = "0x0010000000000000000000000000000000000000";
    const auto first = result("debug_storageRangeAt", {"0x4", 0, address, "0x0", 10});
    const auto last = result("debug_storageRangeAt", {"0x4", 99, address, "0x0", 10});
    EXPECT_EQ(first["storage"].size(), 2U);
    EXPECT_NE(first, last);
    const auto page = result("debug_storageRangeAt", {"0x4", 0, address, "0x0", 1});
    EXPECT_EQ(page["complete"], false);
    EXPECT_TRUE(first["storage"].contains(page["nextKey"].get<std::string>()));
}

TEST_F(TraceChain, a_simulation_may_not_be_empty_nor_too_long) {
    EXPECT_EQ(error_code("eth_simulateV1", json::array({json{{"blockStateCalls", json::array()}}})),
              -32602);
    const json far{{"blockOverrides", {{"number", "0x10000"}}}};
    const json input{{"blockStateCalls", json::array({far})}};
    EXPECT_EQ(error_code("eth_simulateV1", json::array({input})), -38026);
}

TEST_F(TraceChain, more_gas_than_the_machine_counts_is_cut_or_refused) {
    settings.gas_cap = 0;
    SetUp();
    const json call{{"to", "0x0000000000000000000000000000000000000004"},
                    {"gas", "0xffffffffffffffff"}};
    EXPECT_EQ(error_code("eth_call", {call, "latest"}), -32005);
    const json block{{"blockOverrides", {{"gasLimit", "0xffffffffffffffff"}}},
                     {"calls", json::array({call})}};
    const json input{{"blockStateCalls", json::array({block})}};
    EXPECT_EQ(result("eth_simulateV1", json::array({input}))[0]["calls"][0]["status"], "0x1");
}

TEST_F(TraceChain, a_trace_without_end_stops_when_its_caller_has_gone) {
    settings.gas_cap = 0;
    SetUp();
    Caller gone;
    gone.is_abandoned = [] { return true; };
    const json call{{"to", "0x00000000000000000000000000000000000000aa"}, {"gas", "0x2540be400"}};
    const json options{
        {"tracer", "noopTracer"},
        {"stateOverrides",
         {{"0x00000000000000000000000000000000000000aa", {{"code", "0x5b600056"}}}}}};  // for ever
    const json request{
        {"id", 1}, {"method", "debug_traceCall"}, {"params", {call, "latest", options}}};
    const auto answer = json::parse(node->ask(request.dump(), gone));
    EXPECT_EQ(answer["error"]["message"], "Timeout expired");
    EXPECT_EQ(result("trace_block", {"0x2"}).size(), 2U);
}

TEST_F(TraceChain, an_access_list_names_what_a_call_looks_at) {
    const json call{
        {"from", from}, {"to", "0x00000000000000000000000000000000000000aa"}, {"gasPrice", "0x0"}};
    const json code{{"0x00000000000000000000000000000000000000aa",
                     {{"code", "0x600754506107e23150"}}}};  // sload(7), balance(0x7e2)
    const auto list = result("eth_createAccessList", {call, "latest", code});
    ASSERT_EQ(list["accessList"].size(), 2U);
    EXPECT_EQ(list["accessList"][0]["storageKeys"].size(), 1U);
    EXPECT_FALSE(list.contains("error"));
}

}  // namespace
}  // namespace meta138::rpc
