// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/struct_log.hpp"

#include "traced_transaction.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace meta138::tracing {
namespace {

using nlohmann::json;
using testing::IsEmpty;
using testing::SizeIs;

class StructLogs : public TracedTransaction {
protected:
    StructLogTrace trace() {
        StructLogTracer tracer{fork, options};
        const auto result = run(tracer);
        return tracer.finish(result.gas_used);
    }

    StructLogOptions options;
};

TEST_F(StructLogs, are_written_as_debug_traceTransaction_has_them) {
    set_code(contract, "60205ff3");  // RETURN(0, 32)
    EXPECT_EQ(json::parse(to_json(trace())), json::parse(
                                                 R"({"gas":21008,"failed":false,
                "returnValue":"0x0000000000000000000000000000000000000000000000000000000000000000",
                "structLogs":[
                  {"pc":0,"op":"PUSH1","gas":100000,"gasCost":3,"depth":1,"stack":[]},
                  {"pc":2,"op":"PUSH0","gas":99997,"gasCost":2,"depth":1,"stack":["0x20"]},
                  {"pc":3,"op":"RETURN","gas":99995,"gasCost":3,"depth":1,
                   "stack":["0x20","0x0"]}]})"));
}

TEST_F(StructLogs, show_memory_in_words_and_return_data_when_asked) {
    options = {.disable_stack = true, .enable_memory = true, .enable_return_data = true};
    // MSTORE8(0, 0x2a); the identity precompile returns that byte.
    set_code(contract, "602a5f535f5f60015f600461fffffa00");
    const auto last = json::parse(to_json(trace()))["structLogs"].back();
    EXPECT_EQ(last["memory"], json::array({"0x2a" + std::string(62, '0')}));
    EXPECT_EQ(last["returnData"], "0x2a");
    EXPECT_FALSE(last.contains("stack"));
}

TEST_F(StructLogs, show_the_storage_that_was_read_and_written_so_far) {
    set_code(contract, "6007545060095f5500");  // SLOAD(7), SSTORE(0, 9)
    pre.set_storage(contract, 7, 8);
    const auto logs = trace().struct_logs;
    ASSERT_THAT(logs, SizeIs(7));
    EXPECT_EQ(logs[1].storage, (std::map<uint256, uint256>{{7, 8}}));
    EXPECT_THAT(logs[2].storage, IsEmpty());
    EXPECT_EQ(logs[5].storage, (std::map<uint256, uint256>{{0, 9}, {7, 8}}));
    EXPECT_EQ(logs[5].gas_cost, 22'100);
    StructLogTrace one;
    one.struct_logs = {logs[1]};
    const auto text = json::parse(to_json(one));
    EXPECT_EQ(text["structLogs"][0]["storage"],
              json({{"0x" + std::string(63, '0') + "7", "0x" + std::string(63, '0') + "8"}}));
}

TEST_F(StructLogs, show_no_storage_when_told_not_to) {
    options.disable_storage = true;
    set_code(contract, "60095f5500");
    for (const auto& log : trace().struct_logs) EXPECT_THAT(log.storage, IsEmpty());
}

TEST_F(StructLogs, of_a_call_go_one_deeper) {
    set_code(contract, "5f5f5f5f5f6107e2611000f1");  // CALL(other)
    set_code(other, "5f5ffd");
    const auto result = trace();
    ASSERT_THAT(result.struct_logs, SizeIs(12));
    EXPECT_EQ(result.struct_logs[7].gas_cost, 2600 + 0x1000);
    EXPECT_EQ(result.struct_logs[8].depth, 2);
    EXPECT_EQ(result.struct_logs[11].depth, 1);
    EXPECT_FALSE(result.failed);
}

TEST_F(StructLogs, name_what_a_step_could_not_pay_or_lacked) {
    set_code(contract, "6001600055");
    tx.gas_limit = intrinsic_gas + 5000;
    EXPECT_EQ(trace().struct_logs.back().error, "out of gas");
    state.reset();
    set_code(contract, "01");
    EXPECT_EQ(trace().struct_logs.back().error, "stack underflow (0 <=> 2)");
    state.reset();
    set_code(contract, "fe");  // runs, and fails
    const auto invalid = trace();
    EXPECT_EQ(invalid.struct_logs.back().error, "");
    EXPECT_TRUE(invalid.failed);
    EXPECT_THAT(invalid.return_value, IsEmpty());
}

TEST_F(StructLogs, end_at_the_limit) {
    set_code(contract, "5f5f5f5f5f5f5f5f");
    options.limit = 100;
    EXPECT_THAT(trace().struct_logs, SizeIs(2));
}

}  // namespace
}  // namespace meta138::tracing
