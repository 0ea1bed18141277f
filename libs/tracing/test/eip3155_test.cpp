// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/eip3155.hpp"

#include "traced_transaction.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace meta138::tracing {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Eip3155 : public TracedTransaction {
protected:
    std::vector<std::string> lines() {
        std::vector<std::string> lines;
        Eip3155Tracer tracer{fork, [&](std::string_view line) { lines.emplace_back(line); },
                             options};
        run(tracer);
        return lines;
    }

    Eip3155Options options;
};

TEST_F(Eip3155, shows_the_machine_before_each_instruction) {
    set_code(contract, "6001600201");  // PUSH1 1 PUSH1 2 ADD
    EXPECT_THAT(
        lines(),
        ElementsAre(
            R"({"pc":0,"op":96,"gas":"0x186a0","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"})"
            "\n",
            R"({"pc":2,"op":96,"gas":"0x1869d","gasCost":"0x3","memSize":0,"stack":["0x1"],"depth":1,"refund":0,"opName":"PUSH1"})"
            "\n",
            R"({"pc":4,"op":1,"gas":"0x1869a","gasCost":"0x3","memSize":0,"stack":["0x1","0x2"],"depth":1,"refund":0,"opName":"ADD"})"
            "\n",
            R"({"pc":5,"op":0,"gas":"0x18697","gasCost":"0x0","memSize":0,"stack":["0x3"],"depth":1,"refund":0,"opName":"STOP"})"
            "\n",
            R"({"output":"","gasUsed":"0x9"})"
            "\n"));
}

TEST_F(Eip3155, counts_the_gas_handed_on_as_the_cost_of_a_call) {
    // CALL(gas 0x1000, other, 0, 0, 0, 0, 0)
    set_code(contract, "5f5f5f5f5f6107e2611000f1");
    set_code(other, "00");
    const auto all = lines();
    ASSERT_THAT(all, SizeIs(11));
    const auto call = nlohmann::json::parse(all[7]);
    EXPECT_EQ(call["opName"], "CALL");
    EXPECT_EQ(call["gasCost"], "0x1a28");  // 2600 for the cold account, and 0x1000
    const auto inner = nlohmann::json::parse(all[8]);
    EXPECT_EQ(inner["depth"], 2);
    EXPECT_EQ(inner["gas"], "0x1000");
    const auto after = nlohmann::json::parse(all[9]);
    EXPECT_EQ(after["stack"], nlohmann::json::parse(R"(["0x1"])"));
}

TEST_F(Eip3155, shows_memory_and_return_data_when_asked) {
    options = {.stack = false, .memory = true, .return_data = true};
    // MSTORE8(0, 0x2a); the identity precompile returns that byte.
    set_code(contract, "602a5f535f5f60015f600461fffffa00");
    const auto all = lines();
    const auto last = nlohmann::json::parse(all[all.size() - 2]);
    EXPECT_EQ(last["memory"], "0x2a" + std::string(62, '0'));
    EXPECT_EQ(last["memSize"], 32);
    EXPECT_EQ(last["returnData"], "0x2a");
    EXPECT_TRUE(last["stack"].is_null());
}

TEST_F(Eip3155, names_what_made_a_step_fail) {
    const auto error_of = [this](std::string_view code) {
        set_code(contract, code);
        state.reset();
        tx.nonce = 0;
        const auto all = lines();
        EXPECT_EQ(nlohmann::json::parse(all.back()).value("error", ""),
                  nlohmann::json::parse(all[all.size() - 2]).value("error", ""));
        return nlohmann::json::parse(all[all.size() - 2]).value("error", "none");
    };
    EXPECT_EQ(error_of("600101"), "stack underflow (1 <=> 2)");
    EXPECT_EQ(error_of("5b5f600056"), "stack limit reached 1024 (1023)");
    EXPECT_EQ(error_of("fe"), "invalid opcode: INVALID");
    EXPECT_EQ(error_of("0c"), "invalid opcode: opcode 0xc not defined");
    EXPECT_EQ(error_of("600056"), "invalid jump destination");
    EXPECT_EQ(error_of("5f5ffd"), "execution reverted");
    EXPECT_EQ(error_of("5f5f20620fffff5f20"), "out of gas");
    EXPECT_EQ(error_of("60015f5f3e"), "return data out of bounds");
}

TEST_F(Eip3155, reports_the_refund_collected_so_far) {
    pre.set_account(contract, 1, 0, decode_hex_digits("5f5f555f5f55").value());
    pre.set_storage(contract, 0, 1);
    const auto all = lines();
    EXPECT_EQ(nlohmann::json::parse(all[0])["refund"], 0);
    EXPECT_EQ(nlohmann::json::parse(all[3])["refund"], 4800);
}

}  // namespace
}  // namespace meta138::tracing
