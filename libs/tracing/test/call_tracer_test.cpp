// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/call_tracer.hpp"

#include "traced_transaction.hpp"

#include "meta138/state/bytecode.hpp"
#include "meta138/tracing/flat_call_tracer.hpp"
#include "meta138/tracing/four_byte_tracer.hpp"
#include "meta138/tracing/switched_tracer.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace meta138::tracing {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Calls `other` with no input, and all gas but a 64th.
constexpr auto call_other = "5f5f5f5f5f6107e25af1";
constexpr auto delegatecall_other = "5f5f5f5f6107e25af4";
constexpr auto staticcall_other = "5f5f5f5f6107e25afa";

class CallTraces : public TracedTransaction {
protected:
    CallFrame trace() {
        CallTracer tracer{fork, options};
        const auto result = run(tracer);
        return tracer.finish(tx.gas_limit, result.gas_used);
    }

    CallTracerOptions options;
};

TEST_F(CallTraces, begin_with_the_transaction) {
    set_code(contract, "00");
    tx.value = 5;
    tx.data = {0x01, 0x00};
    EXPECT_EQ(json::parse(to_json(trace())),
              json::parse(R"({"from":"0x00000000000000000000000000000000005e4de2",
                              "gas":"0x1d8a8","gasUsed":"0x521c",
                              "to":"0x00000000000000000000000000000000000000c0",
                              "input":"0x0100","value":"0x5","type":"CALL"})"));
}

TEST_F(CallTraces, tell_who_calls_whom_with_what_value) {
    set_code(other, "00");
    tx.value = 5;

    set_code(contract, delegatecall_other);
    auto call = trace().calls.at(0);
    EXPECT_EQ(call.type, FrameType::delegatecall);
    EXPECT_EQ(call.from, contract);
    EXPECT_EQ(call.to, other);
    EXPECT_EQ(call.value, uint256{5});

    state.reset();
    set_code(contract, staticcall_other);
    call = trace().calls.at(0);
    EXPECT_EQ(call.type, FrameType::staticcall);
    EXPECT_EQ(call.value, std::nullopt);
}

TEST_F(CallTraces, name_the_account_that_was_called_rather_than_its_delegate) {  // EIP-7702
    fork = Fork::prague;
    constexpr auto delegate = "0x0000000000000000000000000000000000de1e9a"_address;
    set_code(contract, delegatecall_other);
    pre.set_account(other, 0, 0, state::encode_delegation(delegate));
    set_code(delegate, "00");
    EXPECT_EQ(trace().calls.at(0).to, other);
}

TEST_F(CallTraces, decode_the_reason_of_a_revert) {
    // Error("no") and Panic(0x11), put into memory and reverted with.
    set_code(contract,
             "7f08c379a0000000000000000000000000000000000000000000000000000000005f52"
             "6020600452600260245261"
             "6e6f"
             "60f01b604452"
             "60645ffd");
    auto frame = trace();
    EXPECT_EQ(frame.error, "execution reverted");
    EXPECT_EQ(frame.revert_reason, "no");
    EXPECT_THAT(frame.output, SizeIs(100));

    state.reset();
    set_code(contract,
             "7f4e487b71000000000000000000000000000000000000000000000000000000005f52"
             "601160045260245ffd");
    EXPECT_EQ(trace().revert_reason, "arithmetic underflow or overflow");
}

TEST_F(CallTraces, give_no_reason_for_malformed_revert_data) {
    // Error(string) whose offset points far behind.
    set_code(contract,
             "7f08c379a0000000000000000000000000000000000000000000000000000000005f52"
             "5f1960045260645ffd");
    EXPECT_EQ(trace().revert_reason, "");
}

TEST_F(CallTraces, show_calls_that_were_refused) {
    set_code(contract, "5f5f5f5f60016107e25af1");  // has no wei to send
    const auto call = trace().calls.at(0);
    EXPECT_EQ(call.error, "insufficient balance for transfer");
    EXPECT_EQ(call.gas_used, 0);
}

TEST_F(CallTraces, show_a_selfdestruct_as_a_call) {
    set_code(contract, "6107e2ff");
    tx.value = 7;
    const auto call = trace().calls.at(0);
    EXPECT_EQ(call.type, FrameType::selfdestruct);
    EXPECT_EQ(call.from, contract);
    EXPECT_EQ(call.to, other);
    EXPECT_EQ(call.value, uint256{7});
}

TEST_F(CallTraces, do_not_say_where_a_failed_creation_would_have_been) {
    tx.to = std::nullopt;
    tx.data = {0xfe};
    const auto frame = trace();
    EXPECT_EQ(frame.type, FrameType::create);
    EXPECT_EQ(frame.to, std::nullopt);
    EXPECT_EQ(frame.error, "invalid opcode: INVALID");
}

TEST_F(CallTraces, tell_a_code_deposit_without_gas_from_other_lack_of_gas) {
    tx.to = std::nullopt;
    tx.data = decode_hex("0x6160005ff3").value();  // RETURN(0, 0x6000)
    tx.gas_limit = 100'000;
    EXPECT_EQ(trace().error, "contract creation code storage out of gas");
}

TEST_F(CallTraces, show_logs_with_their_place_but_none_that_were_undone) {
    options = {.with_log = true, .first_log_index = 10};
    const std::string log = "5f5fa0";
    set_code(contract, log + call_other + log);
    set_code(other, log);
    auto frame = trace();
    ASSERT_THAT(frame.logs, SizeIs(2));
    EXPECT_EQ(frame.logs[0].index, 10);
    EXPECT_EQ(frame.logs[0].position, 0);
    EXPECT_EQ(frame.logs[1].index, 12);
    EXPECT_EQ(frame.logs[1].position, 1);
    EXPECT_EQ(frame.calls.at(0).logs.at(0).index, 11);

    state.reset();
    set_code(other, log + "5f5ffd");
    frame = trace();
    EXPECT_THAT(frame.calls.at(0).logs, IsEmpty());
    EXPECT_EQ(frame.logs.at(1).index, 11);
}

TEST_F(CallTraces, stop_at_the_top_when_told_to) {
    options = {.only_top_call = true, .with_log = true};
    set_code(contract, std::string{call_other} + "5f5fa06107e2ff");
    set_code(other, "5f5fa0");
    const auto frame = trace();
    EXPECT_THAT(frame.calls, IsEmpty());
    ASSERT_THAT(frame.logs, SizeIs(1));
    EXPECT_EQ(frame.logs[0].index, 1);
}

TEST_F(CallTraces, when_flat_leave_out_precompiled_contracts) {
    // STATICCALL(4), CALL(other)
    set_code(contract, "5f5f5f5f60045afa5f5f5f5f5f6107e25af1");
    const auto root = trace();
    EXPECT_THAT(root.calls, SizeIs(2));
    const auto calls = flatten(root);
    ASSERT_THAT(calls, SizeIs(2));
    EXPECT_EQ(calls[0].subtraces, 1);
    EXPECT_EQ(calls[1].frame->to, other);
    EXPECT_THAT(calls[1].trace_address, ElementsAre(0));
    EXPECT_THAT(flatten(root, {.include_precompiles = true}), SizeIs(3));
}

TEST_F(CallTraces, when_flat_have_the_form_of_parity) {
    set_code(contract, "6107e2ff");
    const auto root = trace();
    const auto calls = flatten(root);
    FlatCallContext context;
    context.block_number = 1000;
    EXPECT_EQ(json::parse(to_json(calls, context)), json::parse(R"([
        {"action":{"callType":"call","from":"0x00000000000000000000000000000000005e4de2",
                   "gas":"0x1d8a8","input":"0x","to":"0x00000000000000000000000000000000000000c0",
                   "value":"0x0"},
         "blockHash":null,"blockNumber":1000,"result":{"gasUsed":"0x6fbb","output":"0x"},
         "subtraces":1,"traceAddress":[],"transactionHash":null,"transactionPosition":0,
         "type":"call"},
        {"action":{"address":"0x00000000000000000000000000000000000000c0","balance":"0x0",
                   "refundAddress":"0x00000000000000000000000000000000000007e2"},
         "blockHash":null,"blockNumber":1000,"subtraces":0,"traceAddress":[0],
         "transactionHash":null,"transactionPosition":0,"type":"suicide"}])"));
}

class FourByteTraces : public TracedTransaction {};

TEST_F(FourByteTraces, count_selectors_by_the_size_of_their_arguments) {
    // Twice other with the input 00000000 and a byte, the identity with as much, once other with 3.
    set_code(contract,
             "5f5f60055f5f6107e25af1"
             "5f5f60055f5f6107e25af1"
             "5f5f60055f5f60045af1"
             "5f5f60035f5f6107e25af1");
    tx.data = {1, 2, 3, 4};
    FourByteTracer tracer{fork};
    run(tracer);
    EXPECT_EQ(json::parse(to_json(tracer.counts())),
              json::parse(R"({"0x00000000-1":2,"0x01020304-0":1})"));
}

class SwitchedTraces : public TracedTransaction {};

TEST_F(SwitchedTraces, go_where_the_switch_points) {
    set_code(contract, "5f5fa06107e2ff");
    CallTracer target{fork, {.with_log = true}};
    SwitchedTracer tracer;
    run(tracer);
    state.reset();
    tracer.set_target(&target);
    const auto result = run(tracer);
    const auto frame = target.finish(tx.gas_limit, result.gas_used);
    EXPECT_THAT(frame.logs, SizeIs(1));
    EXPECT_THAT(frame.calls, SizeIs(1));
}

}  // namespace
}  // namespace meta138::tracing
