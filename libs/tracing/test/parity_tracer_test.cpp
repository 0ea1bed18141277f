// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/parity_tracer.hpp"

#include "traced_transaction.hpp"

#include "meta138/tracing/state_diff_tracer.hpp"
#include "meta138/tracing/struct_log_writer.hpp"
#include "meta138/tracing/vm_tracer.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace meta138::tracing {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Calls `other` with no input, and all gas but a 64th.
constexpr auto call_other = "5f5f5f5f5f6107e25af1";

class ParityTraces : public TracedTransaction {
protected:
    std::vector<ParityTrace> trace() {
        ParityTracer tracer{fork};
        run(tracer);
        return tracer.traces();
    }
};

TEST_F(ParityTraces, list_a_frame_before_those_that_it_called) {
    set_code(contract, std::string{call_other} + "50" + call_other);
    set_code(other, "00");
    const auto traces = trace();
    ASSERT_THAT(traces, SizeIs(3));
    EXPECT_THAT(traces[0].trace_address, IsEmpty());
    EXPECT_EQ(traces[0].subtraces, 2U);
    EXPECT_EQ(traces[0].gas, 100'000U);
    EXPECT_THAT(traces[1].trace_address, ElementsAre(0));
    EXPECT_THAT(traces[2].trace_address, ElementsAre(1));
    EXPECT_EQ(traces[2].from, contract);
    EXPECT_EQ(traces[2].to, other);
}

TEST_F(ParityTraces, leave_out_precompiled_contracts_and_refused_calls) {
    set_code(contract,
             "5f5f5f5f5f60045af150"      // the identity
             "5f5f5f5f60016107e25af1");  // with a wei that the contract does not have
    set_code(other, "00");
    const auto traces = trace();
    ASSERT_THAT(traces, SizeIs(1));
    EXPECT_EQ(traces[0].subtraces, 0U);
}

TEST_F(ParityTraces, hold_no_more_input_than_their_limit) {
    // For ever: call(gas, other, 0, 0, 65536, 0, 0), whose input costs nothing once there is
    // memory for it.
    set_code(contract, "5b5f5f620100005f5f6107e25af1505f56");
    set_code(other, "00");
    tx.gas_limit = 1'000'000;
    ParityTracer tracer{fork, 1'000'000};
    run(tracer);
    EXPECT_TRUE(tracer.is_full());
    std::size_t held = 0;
    for (const auto& trace : tracer.traces()) held += trace.input.size();
    EXPECT_LE(held, 1'100'000U);
}

TEST_F(ParityTraces, write_an_error_in_place_of_a_result) {
    set_code(contract, "fe");
    std::string text;
    json::Writer out{text};
    write_parity_trace(out, trace().front(), {});
    const auto written = nlohmann::json::parse(text);
    EXPECT_EQ(written["error"], "Bad instruction");
    EXPECT_FALSE(written.contains("result"));
    EXPECT_FALSE(written.contains("blockHash"));
}

class VmTraces : public TracedTransaction {
protected:
    nlohmann::json trace() {
        std::string text;
        json::Writer out{text};
        VmTracer tracer{out};
        run(tracer);
        tracer.finish();
        return nlohmann::json::parse(text);
    }
};

TEST_F(VmTraces, show_what_an_instruction_pushed_wrote_and_stored) {
    set_code(contract, "60075f526008600155");
    const auto ops = trace()["ops"];
    ASSERT_EQ(ops.size(), 6U);  // not the STOP behind the end
    EXPECT_EQ(ops[0]["ex"]["push"], nlohmann::json::array({"0x7"}));
    EXPECT_EQ(ops[2]["ex"]["mem"]["off"], 0);
    EXPECT_EQ(ops[5]["ex"]["store"], (nlohmann::json{{"key", "0x1"}, {"val", "0x8"}}));
}

TEST_F(VmTraces, nest_the_instructions_of_a_call) {
    set_code(contract, call_other);
    set_code(other, "6001");
    const auto call = trace()["ops"].back();
    EXPECT_EQ(call["sub"]["code"], "0x6001");
    EXPECT_EQ(call["sub"]["ops"].size(), 1U);
    EXPECT_EQ(call["ex"]["push"], nlohmann::json::array({"0x1"}));
}

TEST_F(VmTraces, go_on_behind_a_frame_within_a_frame) {
    set_code(contract, std::string{call_other} + "600a");
    set_code(other, "60016002");
    const auto ops = trace()["ops"];
    EXPECT_EQ(ops.back()["ex"]["push"], nlohmann::json::array({"0xa"}));
    EXPECT_EQ(ops.back()["sub"], nullptr);
    EXPECT_EQ(ops[ops.size() - 2]["sub"]["ops"].size(), 2U);
}

TEST_F(VmTraces, of_an_account_without_code_are_empty) {
    EXPECT_EQ(trace(), (nlohmann::json{{"code", "0x"}, {"ops", nlohmann::json::array()}}));
}

class StateDiffs : public TracedTransaction {
protected:
    nlohmann::json trace() {
        StateDiffTracer tracer{state};
        tracer.begin(tx, sender, block.context.coinbase);
        run(tracer);
        std::string text;
        json::Writer out{text};
        tracer.write(out);
        return nlohmann::json::parse(text);
    }
};

TEST_F(StateDiffs, tell_what_was_and_what_is) {
    set_code(contract, "6001600255");
    const auto diff = trace();
    const auto from = to_hex(sender.bytes);
    EXPECT_EQ(diff[from]["nonce"]["*"], (nlohmann::json{{"from", "0x0"}, {"to", "0x1"}}));
    EXPECT_EQ(diff[from]["code"], "=");
    const auto storage = diff[to_hex(contract.bytes)]["storage"];
    EXPECT_EQ(storage.size(), 1U);
    EXPECT_EQ(storage.begin().value()["*"]["to"], to_hex(to_hash32(1).bytes));
}

TEST_F(StateDiffs, show_an_account_that_came_into_being) {
    tx.to = other;
    tx.value = 3;
    EXPECT_EQ(trace()[to_hex(other.bytes)],
              (nlohmann::json{{"balance", {{"+", "0x3"}}},
                              {"code", {{"+", "0x"}}},
                              {"nonce", {{"+", "0x0"}}},
                              {"storage", nlohmann::json::object()}}));
}

TEST_F(StateDiffs, are_silent_about_what_was_taken_back) {
    set_code(contract, "60016002555f5ffd");
    EXPECT_FALSE(trace().contains(to_hex(contract.bytes)));
}

class StructLogsOfBesu : public TracedTransaction {
protected:
    nlohmann::json trace(const StructLogWriterOptions& options = {}) {
        std::string text;
        json::Writer out{text};
        StructLogWriter tracer{out, options};
        const auto result = run(tracer);
        tracer.finish(result.gas_used);
        return nlohmann::json::parse(text);
    }
};

TEST_F(StructLogsOfBesu, show_storage_from_the_step_that_writes_it_on) {
    set_code(contract, "600160025500");
    const auto logs = trace()["structLogs"];
    ASSERT_EQ(logs.size(), 4U);
    EXPECT_FALSE(logs[1].contains("storage"));
    EXPECT_EQ(logs[2]["storage"].size(), 1U);
    EXPECT_EQ(logs[3]["storage"].size(), 1U);
}

TEST_F(StructLogsOfBesu, show_memory_as_the_instruction_left_it) {
    set_code(contract, "60075f5200");
    StructLogWriterOptions options;
    options.enable_memory = true;
    const auto logs = trace(options)["structLogs"];
    EXPECT_FALSE(logs[1].contains("memory"));
    EXPECT_EQ(logs[2]["memory"], nlohmann::json::array({"0x7"}));
}

TEST_F(StructLogsOfBesu, name_why_an_instruction_halted) {
    set_code(contract, "600a56");
    const auto result = trace();
    EXPECT_EQ(result["structLogs"].back()["error"], "INVALID_JUMP_DESTINATION");
    EXPECT_EQ(result["failed"], true);
}

TEST_F(StructLogsOfBesu, keep_revert_data_for_the_step_that_reverts) {
    set_code(contract, "60075f5260205ffd");
    const auto result = trace();
    EXPECT_EQ(result["structLogs"].back()["reason"], to_hex(to_hash32(7).bytes));
    EXPECT_EQ(result["returnValue"], "0x");
}

}  // namespace
}  // namespace meta138::tracing
