// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace meta138::rpc {
namespace {

/// The methods that go-ethereum's transcripts call.
MethodTable transcript_methods() {
    auto table = standard_methods();
    table.add("test_echo", Group::eth, Cost::cheap,
              [](const Request&, std::string_view text, std::uint64_t number, json::Value arguments,
                 json::Writer& out) -> RpcResult<void> {
                  out.open_object();
                  out.key("String").string(text);
                  out.key("Int").number(number);
                  out.key("Args");
                  if (arguments.is_missing()) {
                      out.null();
                  } else {
                      out.open_object();
                      out.key("S").string(arguments.find("S").string().value_or(""));
                      out.close_object();
                  }
                  out.close_object();
                  return {};
              });
    const auto nothing = [](const Request&, json::Writer& out) -> RpcResult<void> {
        out.null();
        return {};
    };
    table.add("test_noArgsRets", Group::eth, Cost::cheap, nothing);
    table.add("test_null", Group::eth, Cost::cheap, nothing);
    table.add("test_fails", Group::eth, Cost::cheap,
              [](const Request&, json::Writer& out) -> RpcResult<void> {
                  out.open_object().key("half").open_array();
                  return std::unexpected{RpcError{-32000, "no \"luck\"", R"({"why":1})"}};
              });
    table.add("test_throws", Group::eth, Cost::cheap,
              [](const Request&, json::Writer&) -> RpcResult<void> {
                  throw std::runtime_error{"the disk is gone"};
              });
    return table;
}

class RpcEnvelope : public testing::Test {
protected:
    TestNode node{{}, transcript_methods()};
};

TEST_F(RpcEnvelope, answers_a_request_with_its_id) {
    EXPECT_EQ(node.ask(R"({"jsonrpc":"2.0","id":7,"method":"eth_chainId","params":[]})"),
              R"({"jsonrpc":"2.0","id":7,"result":"0x8a"})");
    EXPECT_EQ(node.status, HttpStatus::ok);
}

TEST_F(RpcEnvelope, echoes_ids_of_every_kind) {
    for (const std::string id :
         {"1", "-1", "0", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
          "1.5", "1e+300", "\"a\"", "\"\"", "\"\\\"\\\\\\u0001\"", "\"\xc3\xa9\"", "null"})
        EXPECT_EQ(node.ask(R"({"id":)" + id + R"(,"method":"test_null"})"),
                  R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":null})");
}

TEST_F(RpcEnvelope, refuses_ids_of_other_kinds) {
    for (const std::string id : {"[]", "{}", "true", "[1]"}) {
        EXPECT_EQ(
            node.ask(R"({"id":)" + id + R"(,"method":"test_null"})"),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})");
        EXPECT_EQ(node.status, HttpStatus::bad_request);
    }
}

TEST_F(RpcEnvelope, answers_broken_json_with_a_parse_error) {
    for (const std::string body : {"", " ", "{", "'f", "{\"id\":1,}", "[1,", "\"\xff\"", "nul"}) {
        EXPECT_EQ(node.ask(body),
                  R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}})");
        EXPECT_EQ(node.status, HttpStatus::bad_request) << body;
    }
}

TEST_F(RpcEnvelope, answers_broken_messages_of_websockets_as_besu_does) {
    Caller caller;
    caller.transport = Transport::websocket;
    EXPECT_EQ(node.ask("", caller),
              R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})");
    EXPECT_EQ(node.ask("{", caller),
              R"({"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"Internal error"}})");
}

TEST_F(RpcEnvelope, refuses_what_is_no_request) {
    for (const std::string body :
         {"1", "\"x\"", "null", "{}", R"({"method":1})", R"({"foo":"bar"})",
          R"({"method":"test_null","params":{}})", R"({"method":"test_null","params":"x"})"}) {
        EXPECT_EQ(
            node.ask(body),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})")
            << body;
        EXPECT_EQ(node.status, HttpStatus::bad_request);
    }
    EXPECT_EQ(node.ask(R"({"id":3,"params":[]})"),
              R"({"jsonrpc":"2.0","id":3,"error":{"code":-32600,"message":"Invalid Request"}})");
    EXPECT_EQ(node.ask(R"({"id":"x","params":[]})"),
              R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})");
}

TEST_F(RpcEnvelope, does_not_ask_for_a_version) {
    for (const std::string version : {R"("jsonrpc":"2.1",)", R"("jsonrpc":1,)", ""})
        EXPECT_EQ(node.ask("{" + version + R"("id":1,"method":"test_null"})"),
                  R"({"jsonrpc":"2.0","id":1,"result":null})");
}

TEST_F(RpcEnvelope, ignores_unknown_members) {
    EXPECT_EQ(node.ask(R"({"id":1,"x":{"y":[1]},"method":"test_null"})"),
              R"({"jsonrpc":"2.0","id":1,"result":null})");
}

TEST_F(RpcEnvelope, takes_null_for_no_parameters) {
    for (const std::string params : {"null", "[null]", "[]"})
        EXPECT_EQ(node.ask(R"({"id":1,"method":"test_noArgsRets","params":)" + params + "}"),
                  R"({"jsonrpc":"2.0","id":1,"result":null})");
    const auto answer = node.ask(R"({"id":1,"method":"test_echo","params":[null]})");
    EXPECT_NE(answer.find("-32602"), std::string::npos);
}

TEST_F(RpcEnvelope, neither_answers_nor_executes_notifications) {
    EXPECT_EQ(node.ask(R"({"jsonrpc":"2.0","method":"eth_newBlockFilter"})"), "");
    EXPECT_EQ(node.status, HttpStatus::ok);
    EXPECT_EQ(node.ask(R"({"jsonrpc":"2.0","method":"no_such_method"})"), "");
    EXPECT_EQ(node.ask(R"([{"method":"test_null"},{"method":"test_null"}])"), "[]");
}

TEST_F(RpcEnvelope, tells_unknown_from_disabled_methods) {
    ApiSelection apis;
    Caller caller;
    caller.apis = &apis;
    EXPECT_EQ(node.ask(R"({"id":1,"method":"foo_bar"})", caller),
              R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}})");
    EXPECT_EQ(node.status, HttpStatus::ok);
    const auto* disabled =
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32604,"message":"Method not enabled"}})";
    EXPECT_EQ(node.ask(R"({"id":1,"method":"txpool_status"})", caller), disabled);
    EXPECT_EQ(node.ask(R"({"id":1,"method":"eth_coinbase"})", caller), disabled);
    EXPECT_EQ(node.ask(R"({"id":1,"method":"perm_getNodesWhitelist"})", caller), disabled);
    EXPECT_EQ(node.ask(R"({"id":1,"method":"eth_subscribe","params":["newHeads"]})", caller),
              disabled);
}

TEST_F(RpcEnvelope, enables_and_disables_single_methods) {
    ApiSelection apis;
    apis.enable_method("txpool_status").disable_method("eth_accounts");
    Caller caller;
    caller.apis = &apis;
    EXPECT_EQ(node.call("txpool_status", {}, caller)["pending"], "0x0");
    EXPECT_EQ(node.call("txpool_content", {}, caller)["code"], -32604);
    EXPECT_EQ(node.call("eth_accounts", {}, caller)["code"], -32604);
}

TEST_F(RpcEnvelope, lets_callers_do_what_they_are_permitted) {
    Caller caller;
    caller.access = http::Access{
        std::make_shared<http::OpenMethods>(std::vector<std::string>{"web3_clientVersion"}),
        std::make_shared<http::Identity>(
            http::Identity{.username = "u", .permissions = http::Permissions{{"eth:chainId"}}})};
    EXPECT_EQ(node.call("eth_chainId", {}, caller), "0x8a");
    EXPECT_EQ(node.call("web3_clientVersion", {}, caller), "besu/v0.0.0/test");
    EXPECT_EQ(node.ask(R"({"id":4,"method":"eth_blockNumber"})", caller),
              R"({"jsonrpc":"2.0","id":4,"error":{"code":-40100,"message":"Unauthorized"}})");
    EXPECT_EQ(node.status, HttpStatus::unauthorized);
    EXPECT_EQ(node.ask(R"([{"id":4,"method":"eth_blockNumber"}])", caller),
              R"([{"jsonrpc":"2.0","id":4,"error":{"code":-40100,"message":"Unauthorized"}}])");
    EXPECT_EQ(node.status, HttpStatus::ok);
}

TEST_F(RpcEnvelope, answers_batches_in_their_order) {
    EXPECT_EQ(
        node.ask(R"([{"id":2,"method":"test_null"},5,{"method":"test_null"},
                           {"id":"x","method":"eth_chainId"},{"foo":"bar"}])"),
        R"([{"jsonrpc":"2.0","id":2,"result":null},)"
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}},)"
        R"({"jsonrpc":"2.0","id":"x","result":"0x8a"},)"
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}}])");
    EXPECT_EQ(node.status, HttpStatus::ok);
    EXPECT_EQ(node.ask("[]"),
              R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})");
    EXPECT_EQ(node.status, HttpStatus::bad_request);
}

TEST_F(RpcEnvelope, limits_batches_of_http_only) {
    Settings settings;
    settings.max_batch_size = 2;
    TestNode small{settings, transcript_methods()};
    const std::string batch =
        R"([{"id":1,"method":"test_null"},{"id":2,"method":"test_null"},{"id":3,"method":"test_null"}])";
    EXPECT_EQ(small.ask(batch), R"({"jsonrpc":"2.0","id":null,"error":{"code":-32005,)"
                                R"("message":"Number of requests exceeds max batch size"}})");
    EXPECT_EQ(small.status, HttpStatus::ok);
    Caller caller;
    caller.transport = Transport::websocket;
    EXPECT_EQ(nlohmann::json::parse(small.ask(batch, caller)).size(), 3U);
}

TEST_F(RpcEnvelope, measures_batches) {
    Settings settings;
    settings.max_batch_size = 3;
    TestNode small{settings, transcript_methods()};
    const std::string one = R"({"id":1,"method":"test_null"})";
    small.ask("[" + one + "]");
    small.ask("[" + one + "," + one + "," + one + "]");
    small.ask("[" + one + "," + one + "," + one + "," + one + "]");
    small.ask(one);
    const auto metrics = small.backend().metrics->expose();
    for (const auto* line : {"besu_rpc_batches_total 2\n", "besu_rpc_batch_requests_total 4\n",
                             "besu_rpc_batches_refused_total 1\n", "besu_rpc_largest_batch 4\n"})
        EXPECT_TRUE(metrics.contains(line)) << line;
}

TEST_F(RpcEnvelope, gives_each_caller_the_time_of_its_endpoint) {
    auto now = std::make_shared<std::chrono::steady_clock::time_point>();
    auto table = standard_methods();
    table.add("test_slow", Group::eth, Cost::cheap,
              [now](const Request&, json::Writer& out) -> RpcResult<void> {
                  *now += std::chrono::seconds{3};
                  out.null();
                  return {};
              });
    TestNode patient{{}, std::move(table), [now] { return *now; }};
    const std::string twice = R"([{"id":1,"method":"test_slow"},{"id":2,"method":"test_slow"}])";
    Caller caller;
    const auto second_answer = [&] {
        return nlohmann::json::parse(patient.ask(twice, caller)).at(1);
    };
    EXPECT_TRUE(second_answer().contains("result"));
    caller.timeout = std::chrono::seconds{2};
    EXPECT_EQ(second_answer()["error"]["message"], "Timeout expired");
}

TEST_F(RpcEnvelope, refuses_the_rest_of_a_batch_whose_answer_has_grown_too_large) {
    Settings settings;
    settings.max_batch_answer_bytes = 30;
    TestNode small{settings, transcript_methods()};
    const std::string batch = R"([{"id":1,"method":"test_null"},{"id":2,"method":"test_null"}])";
    EXPECT_EQ(
        small.ask(batch),
        R"([{"jsonrpc":"2.0","id":1,"result":null},{"jsonrpc":"2.0","id":2,"error":)"
        R"({"code":-32005,"message":"The answers before it in the batch take 30 bytes or more"}}])");
    EXPECT_EQ(small.ask(R"({"id":1,"method":"test_null"})"),
              R"({"jsonrpc":"2.0","id":1,"result":null})");
}

TEST_F(RpcEnvelope, takes_back_what_a_failing_method_wrote) {
    EXPECT_EQ(
        node.ask(R"({"id":1,"method":"test_fails"})"),
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no \"luck\"","data":{"why":1}}})");
    EXPECT_EQ(
        node.ask(R"([{"id":1,"method":"test_fails"},{"id":2,"method":"test_null"}])"),
        R"([{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no \"luck\"","data":{"why":1}}},)"
        R"({"jsonrpc":"2.0","id":2,"result":null}])");
}

TEST_F(RpcEnvelope, answers_exceptions_without_telling_what_they_were) {
    EXPECT_EQ(node.ask(R"({"id":1,"method":"test_throws"})"),
              R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error"}})");
}

TEST_F(RpcEnvelope, gives_up_when_the_time_is_over) {
    auto time = std::chrono::steady_clock::time_point{};
    TestNode slow;
    slow.backend().now = [&time] { return time += std::chrono::seconds{40}; };
    Server server{transcript_methods(), slow.backend()};
    std::string answer;
    server.handle(R"({"id":1,"method":"test_null"})", {}, answer);
    EXPECT_EQ(answer,
              R"({"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Timeout expired"}})");
}

TEST_F(RpcEnvelope, bounds_the_depth_of_requests) {
    const auto nested = [](std::size_t depth) {
        return R"({"id":1,"method":"test_null","params":)" + std::string(depth, '[') +
               std::string(depth, ']') + "}";
    };
    EXPECT_EQ(node.ask(nested(100)), R"({"jsonrpc":"2.0","id":1,"result":null})");
    EXPECT_NE(node.ask(nested(100'000)).find("-32700"), std::string::npos);
    EXPECT_EQ(node.status, HttpStatus::bad_request);
}

TEST_F(RpcEnvelope, guesses_costs_on_the_safe_side) {
    const auto& server = node.server();
    EXPECT_EQ(server.cost_of(R"({"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]})"),
              Cost::cheap);
    EXPECT_EQ(server.cost_of(R"({ "method" : "eth_getLogs" })"), Cost::heavy);
    EXPECT_EQ(server.cost_of(R"({"x":{"method":"eth_chainId"},"method":"eth_getLogs"})"),
              Cost::heavy);
    EXPECT_EQ(server.cost_of(R"({"\u006dethod":"eth_getLogs"})"), Cost::heavy);
    EXPECT_EQ(server.cost_of(R"({"method":"no_such"})"), Cost::cheap);
    EXPECT_EQ(server.cost_of(R"({"method")"), Cost::heavy);
    EXPECT_EQ(server.cost_of(std::string(100'000, ' ') + R"({"method":"eth_chainId"})"),
              Cost::heavy);
}

/// What Besu does otherwise than go-ethereum: it asks for no version, and limits batches otherwise.
bool differs_from_besu(const std::string& file) {
    return file == "invalid-badversion.txt" || file == "invalid-batch-toolarge.txt" ||
           file == "subscription.txt";
}

/// Codes and results only: the texts of errors are go-ethereum's.
nlohmann::json comparable(nlohmann::json answer) {
    if (answer.is_array()) {
        for (auto& element : answer) element = comparable(element);
    } else if (answer.contains("error")) {
        answer["error"] = answer["error"]["code"];
    }
    return answer;
}

TEST_F(RpcEnvelope, behaves_as_go_ethereum_in_its_transcripts) {
    META138_FIXTURE_OR_SKIP(folder, "rpc-geth/jsonrpc-transcripts");
    std::size_t exchanges = 0;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        const auto file = entry.path().filename().string();
        if (differs_from_besu(file)) continue;
        std::ifstream in{entry.path()};
        std::string answer;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("--> ")) {
                answer = node.ask(line.substr(4));
            } else if (line.starts_with("<-- ")) {
                EXPECT_EQ(comparable(nlohmann::json::parse(answer)),
                          comparable(nlohmann::json::parse(line.substr(4))))
                    << file;
                ++exchanges;
            }
        }
    }
    EXPECT_GT(exchanges, 5U);
}

}  // namespace
}  // namespace meta138::rpc
