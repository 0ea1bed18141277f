// SPDX-License-Identifier: Apache-2.0
// Answers that leave in pieces while they are written.
#include "test_node.hpp"

#include "meta138/telemetry/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace meta138::rpc {
namespace {

using testing::HasSubstr;

constexpr std::string_view value = "a value of a long answer";

/// test_long(count, fails): an array of so many values, and an error behind them.
RpcResult<void> write_long(const Request& request, std::uint64_t count, json::Value fails,
                           json::Writer& out) {
    out.open_array();
    for (std::uint64_t i = 0; i < count; ++i) {
        if (request.is_cancelled()) return fail(error::timeout);
        out.string(value);
        if (!request.answer.release()) return fail(error::timeout);
    }
    if (fails.boolean().value_or(false)) return fail(error::world_state_unavailable);
    out.close_array();
    return {};
}

MethodTable methods_with_a_long_one() {
    auto table = standard_methods();
    table.add("test_long", Group::eth, Cost::trace, write_long);
    return table;
}

class LongAnswers : public testing::Test {
protected:
    LongAnswers() { node.backend().metrics = &metrics; }

    static constexpr std::uint64_t many = 100'000;

    static std::string request(std::uint64_t count, bool fails = false, int id = 1) {
        return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
               R"(,"method":"test_long","params":[)" + std::to_string(count) +
               (fails ? ",true]}" : ",false]}");
    }
    static std::string answer_of(std::uint64_t count, int id = 1) {
        std::string text = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":[)";
        for (std::uint64_t i = 0; i < count; ++i)
            text += (i == 0 ? "\"" : ",\"") + std::string{value} + '"';
        return text + "]}";
    }

    /// What its reader has in the end; goes away after `patience` pieces.
    std::string read(std::string_view body, std::size_t patience = SIZE_MAX) {
        std::string all;
        std::string text;
        pieces = 0;
        Answer answer{text, [&](std::string_view piece) {
                          largest = std::max(largest, piece.size());
                          all += piece;
                          return ++pieces <= patience;
                      }};
        status = node.server().handle(body, {}, answer);
        is_broken_off = answer.is_broken_off();
        return all + text;
    }

    telemetry::Metrics metrics;
    TestNode node{{}, methods_with_a_long_one()};
    std::size_t pieces = 0;
    std::size_t largest = 0;
    bool is_broken_off = false;
    HttpStatus status{};
};

TEST_F(LongAnswers, leave_in_pieces_of_a_bounded_size) {
    EXPECT_EQ(read(request(many)), answer_of(many));
    EXPECT_GT(pieces, 5U);
    EXPECT_LT(largest, Answer::piece_bytes + 1000);
    EXPECT_FALSE(is_broken_off);
    EXPECT_EQ(status, HttpStatus::ok);
}

TEST_F(LongAnswers, are_whole_where_nobody_takes_pieces) {
    EXPECT_EQ(node.ask(request(many)), answer_of(many));
}

TEST_F(LongAnswers, that_turn_out_short_are_whole) {
    EXPECT_EQ(read(request(100)), answer_of(100));
    EXPECT_EQ(pieces, 0U);
}

TEST_F(LongAnswers, say_what_went_wrong_before_anything_has_left) {
    const auto answer = nlohmann::json::parse(read(request(100, true)));
    EXPECT_EQ(answer["error"]["code"], error::world_state_unavailable.code);
    EXPECT_FALSE(is_broken_off);
}

TEST_F(LongAnswers, break_off_when_something_goes_wrong_later) {
    const auto text = read(request(many, true));
    EXPECT_TRUE(is_broken_off);
    EXPECT_FALSE(nlohmann::json::accept(text));
    EXPECT_THAT(metrics.expose({}),
                HasSubstr(R"(rpc_answers_broken_off_total{method="test_long",reason="error")"));
}

TEST_F(LongAnswers, end_when_nobody_reads_them_any_more) {
    read(request(many), 2);
    EXPECT_EQ(pieces, 3U);
    EXPECT_TRUE(is_broken_off);
    EXPECT_THAT(metrics.expose({}), HasSubstr(R"(reason="reader_gone")"));
}

TEST_F(LongAnswers, leave_within_a_batch_too) {
    EXPECT_EQ(read("[" + request(many, false, 1) + "," + request(2, false, 2) + "," +
                   request(many, false, 3) + "]"),
              "[" + answer_of(many, 1) + "," + answer_of(2, 2) + "," + answer_of(many, 3) + "]");
    EXPECT_LT(largest, Answer::piece_bytes + 1000);
}

TEST_F(LongAnswers, of_a_batch_have_errors_of_their_own_while_none_of_theirs_has_left) {
    const auto answers = nlohmann::json::parse(
        read("[" + request(many, false, 1) + "," + request(100, true, 2) + "]"));
    EXPECT_EQ(answers[0]["result"].size(), many);
    EXPECT_EQ(answers[1]["id"], 2);
    EXPECT_TRUE(answers[1].contains("error"));
    EXPECT_FALSE(is_broken_off);
}

TEST_F(LongAnswers, of_a_batch_are_the_last_when_they_break_off) {
    const auto text = read("[" + request(many, true, 1) + R"(,{"id":2,"method":"eth_chainId"}])");
    EXPECT_TRUE(is_broken_off);
    EXPECT_THAT(text, Not(HasSubstr("0x8a")));
}

TEST_F(LongAnswers, wait_for_their_reader_only_so_long_in_all) {
    using Clock = std::chrono::steady_clock;
    Settings settings;
    settings.reader_patience = std::chrono::milliseconds{1};
    TestNode impatient{settings, methods_with_a_long_one()};
    std::string text;
    Answer answer{text, [&](std::string_view) {
                      ++pieces;
                      const auto end = Clock::now() + settings.reader_patience;
                      while (Clock::now() < end) std::this_thread::yield();
                      return true;
                  }};
    impatient.server().handle(request(many), {}, answer);
    EXPECT_EQ(pieces, 1U);
    EXPECT_TRUE(answer.is_broken_off());
}

/// A block whose one transaction counts down in a loop.
class LongTraces : public LongAnswers {
protected:
    LongTraces() {
        node.pool().add(decode_pooled_transaction(bytes_from_hex(node.signed_transaction(
                                                      0,
                                                      [](Transaction& transaction) {
                                                          transaction.to.reset();
                                                          transaction.gas_limit = 1'000'000;
                                                          transaction.data = loop;
                                                      })))
                            .value(),
                        true);
        node.seal();
    }
    static Bytes bytes_from_hex(std::string_view text) { return decode_hex(text).value(); }

    /// MSTORE of what is left, 3000 times.
    inline static const Bytes loop = bytes_from_hex("0x610bb85b806000526001900380600357");
};

TEST_F(LongTraces, are_the_same_in_pieces_as_whole) {
    const std::vector<std::string> requests = {
        R"("method":"debug_traceBlockByNumber","params":["0x1",{"enableMemory":true}])",
        R"("method":"debug_traceBlockByNumber","params":["0x1"])",
        R"("method":"debug_traceBlockByNumber","params":["0x1",{"tracer":"callTracer"}])",
        R"("method":"trace_block","params":["0x1"])",
        R"("method":"trace_filter","params":[{"fromBlock":"0x1","toBlock":"0x1"}])",
        R"("method":"trace_replayBlockTransactions","params":["0x1",["trace","vmTrace","stateDiff"]])",
    };
    for (const auto& call : requests) {
        const auto body = R"({"jsonrpc":"2.0","id":1,)" + call + "}";
        const auto whole = node.ask(body);
        EXPECT_THAT(whole, HasSubstr("result")) << call;
        EXPECT_EQ(read(body), whole) << call;
        EXPECT_EQ(node.server().cost_of(body), Cost::trace);
    }
}

TEST_F(LongTraces, of_struct_logs_leave_while_the_transaction_runs) {
    read(R"({"id":1,"method":"debug_traceBlockByNumber","params":["0x1",{"enableMemory":true}]})");
    EXPECT_GT(pieces, 5U);
    EXPECT_LT(largest, Answer::piece_bytes + 1000);
}

TEST_F(LongTraces, of_instructions_leave_while_the_transaction_runs) {
    read(R"({"id":1,"method":"trace_replayBlockTransactions","params":["0x1",["vmTrace"]]})");
    EXPECT_GT(pieces, 3U);
    EXPECT_LT(largest, Answer::piece_bytes + 1000);
}

TEST_F(LongTraces, stop_when_nobody_reads_them_any_more) {
    read(R"({"id":1,"method":"debug_traceBlockByNumber","params":["0x1",{"enableMemory":true}]})",
         0);
    EXPECT_EQ(pieces, 1U);
    EXPECT_TRUE(is_broken_off);
}

TEST_F(LongTraces, within_a_batch_run_where_traces_run) {
    EXPECT_EQ(node.server().cost_of(R"([{"id":1,"method":"eth_chainId"},)"
                                    R"({"id":2,"method" : "trace_block","params":["0x1"]}])"),
              Cost::trace);
    EXPECT_EQ(node.server().cost_of(R"([{"id":1,"method":"eth_chainId"},)"
                                    R"({"id":2,"method":"eth_chainId"}])"),
              Cost::heavy);
    const auto padding = std::string(20'000, ' ');
    EXPECT_EQ(node.server().cost_of(padding + R"({"id":2,"method":"trace_block"})"), Cost::trace);
    EXPECT_EQ(node.server().cost_of(padding + R"({"id":2,"method":"eth_chainId"})"), Cost::heavy);
}

}  // namespace
}  // namespace meta138::rpc
