// SPDX-License-Identifier: Apache-2.0
#include "meta138/client/chain.hpp"

#include "node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace meta138::client {
namespace {

using namespace std::chrono_literals;
using test::Node;
using test::result;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view hash_of_zeros =
    "0x0000000000000000000000000000000000000000000000000000000000000000";

std::string header(std::uint64_t number) {
    return R"({"number":")" + BlockId{number}.text() + R"(","hash":"0x)" + std::string(62, '0') +
           std::to_string(10 + number) + R"(","parentHash":")" + std::string{hash_of_zeros} +
           R"(","timestamp":"0x10","gasLimit":"0x20","gasUsed":"0x0","baseFeePerGas":"0x7",)" +
           R"("miner":"0x0000000000000000000000000000000000000000","extraData":"0x"})";
}

ChainOptions over(std::initializer_list<const Node*> nodes) {
    ChainOptions options;
    for (const auto* node : nodes) options.endpoints.push_back({.url = node->url()});
    options.endpoints.front().name = "first";
    return options;
}

TEST(Chain, asks_and_reads_what_is_answered) {
    std::string asked;
    const Node node{[&](std::string_view body) {
        asked = body;
        return result(R"("0x1b4")");
    }};
    Chain chain{node.url()};
    EXPECT_EQ(chain.ask(block_number()), 436u);
    EXPECT_EQ(asked, R"({"jsonrpc":"2.0","id":1,"method":"eth_blockNumber","params":[]})");
}

TEST(Chain, tells_the_nodes_error_with_its_data) {
    const Node node{[](std::string_view) {
        return R"({"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution reverted",)"
               R"("data":"0x08c379a0"}})";
    }};
    Chain chain{over({&node})};
    const auto answer = chain.ask(call(Address{}, {}));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, CallErrorKind::rpc);
    EXPECT_EQ(answer.error().code, 3);
    EXPECT_EQ(answer.error().data, "0x08c379a0");
    EXPECT_EQ(to_string(answer.error()), "first: execution reverted (3)");
    EXPECT_EQ(chain.endpoints().front().failures, 0u);
}

TEST(Chain, refuses_results_of_another_form) {
    const Node node{[](std::string_view) { return result("[]"); }};
    Chain chain{over({&node})};
    const auto answer = chain.ask(block_number());
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, CallErrorKind::malformed);
    EXPECT_EQ(answer.error().endpoint, "first");
}

TEST(Chain, keeps_the_text_of_a_raw_result) {
    const Node node{[](std::string_view) {
        return R"({"result": {"a\"}": [1, "]", {}], "b": 1.50} , "id":1})";
    }};
    Chain chain{node.url()};
    EXPECT_EQ(chain.ask(raw_call("any")), R"({"a\"}": [1, "]", {}], "b": 1.50})");
}

TEST(Chain, tells_absence_from_emptiness) {
    const Node node{[](std::string_view) { return result("null"); }};
    Chain chain{node.url()};
    EXPECT_EQ(chain.ask(head(7)).value(), std::nullopt);
}

TEST(Chain, sorts_the_answers_to_a_batch) {
    const Node node{[](std::string_view) {
        return R"([{"id":2,"result":"c"},{"id":0,"result":{"x":[]}},)"
               R"({"id":1,"error":{"code":-32601,"message":"no"}},{"id":9,"result":1}])";
    }};
    Chain chain{node.url()};
    const auto answers = chain.ask_batch({{"a"}, {"b"}, {"c"}, {"d"}});
    ASSERT_TRUE(answers);
    ASSERT_EQ(answers->size(), 4u);
    EXPECT_EQ((*answers)[0], R"({"x":[]})");
    EXPECT_EQ((*answers)[1].error().code, -32601);
    EXPECT_EQ((*answers)[2], R"("c")");
    EXPECT_EQ((*answers)[3].error().kind, CallErrorKind::malformed);
}

TEST(Chain, goes_on_to_the_next_endpoint) {
    const Node broken{[](std::string_view) { return "502"; }};
    const Node good{[](std::string_view) { return result(R"("0x1")"); }};
    std::promise<EndpointStatus> told;
    auto options = over({&broken, &good});
    options.failover.failures = 1;
    options.on_health = [&](const EndpointStatus& status) {
        if (status.name == "first") told.set_value(status);
    };
    Chain chain{options};
    EXPECT_EQ(chain.ask(block_number()), 1u);
    const auto status = told.get_future().get();
    EXPECT_EQ(status.health, EndpointHealth::out);
    EXPECT_THAT(status.last_error, HasSubstr("502"));
    EXPECT_NE(chain.current_endpoint(), "first");
}

TEST(Chain, does_not_repeat_what_must_not_be_done_twice) {
    const Node broken{[](std::string_view) { return "502"; }};
    const Node good{[](std::string_view) { return result(R"("0x1")"); }};
    Chain chain{over({&broken, &good})};
    const auto answer = chain.ask(raw_call("eth_sendTransaction", "[{}]", false));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, CallErrorKind::http_status);
    EXPECT_TRUE(answer.error().may_have_arrived);
}

TEST(Chain, repeats_even_that_when_nothing_was_sent) {
    std::string dead;
    {
        dead = Node{[](std::string_view) { return ""; }}.url();
    }
    const Node good{[](std::string_view) { return result("true"); }};
    ChainOptions options;
    options.endpoints = {{.url = dead}, {.url = good.url()}};
    Chain chain{options};
    EXPECT_EQ(chain.ask(raw_call("eth_sendTransaction", "[{}]", false)), "true");
}

TEST(Chain, names_the_endpoint_once) {
    const CallError error{.message = "127.0.0.1:1: Connection refused", .endpoint = "127.0.0.1:1"};
    EXPECT_EQ(to_string(error), "127.0.0.1:1: Connection refused");
    EXPECT_EQ(to_string({.kind = CallErrorKind::timed_out, .endpoint = "a"}), "a: timed_out");
}

TEST(Chain, ends_a_wait_when_it_is_told_to) {
    std::stop_source stop;
    stop.request_stop();
    const Node node{[](std::string_view) { return result("1"); }};
    Chain chain{node.url()};
    CallOptions options;
    options.stop = stop.get_token();
    const auto answer = chain.ask(raw_call("any"), options);
    if (!answer) EXPECT_EQ(answer.error().kind, CallErrorKind::cancelled);
}

TEST(Chain, refuses_endpoints_it_cannot_ask) {
    EXPECT_THROW(Chain{ChainOptions{}}, http::ConfigurationError);
    EXPECT_THROW(Chain{"localhost:8545"}, http::ConfigurationError);
    EXPECT_THROW(Chain{"ws://localhost"}, http::ConfigurationError);
}

TEST(Chain, tells_watchers_each_new_head_once) {
    std::atomic<std::uint64_t> number{1};
    const Node node{[&](std::string_view body) {
        return body.contains("eth_blockNumber") ? result('"' + BlockId{number}.text() + '"')
                                                : result(header(number));
    }};
    auto options = over({&node});
    options.poll_interval = 5ms;
    Chain chain{options};
    std::vector<std::uint64_t> seen;
    std::promise<void> done;
    const auto watch = chain.watch_heads([&](const Head& head) {
        seen.push_back(head.number);
        number = head.number + 1;
        if (head.number == 4) done.set_value();
        if (head.number >= 4) number = head.number;
    });
    done.get_future().wait();
    EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4));
}

TEST(Chain, tells_heads_that_a_websocket_pushes) {
    const Node node{[](std::string_view body) -> std::string {
        if (body == "pushed")
            return R"({"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"0x1",)"
                   R"("result":)" +
                   header(7) + "}}";
        if (body.contains("eth_subscribe")) return result(R"("0x1")");
        return body.contains("eth_blockNumber") ? result(R"("0x1")") : result(header(1));
    }};
    auto options = over({&node});
    options.endpoints[0].websocket_url = node.websocket_url();
    options.poll_interval = 20ms;
    Chain chain{options};
    std::promise<void> pushed;
    const auto watch = chain.watch_heads([&](const Head& head) {
        if (head.number == 7) pushed.set_value();
    });
    pushed.get_future().wait();
    EXPECT_EQ(chain.endpoints().front().head, 7u);
}

TEST(Chain, polls_where_no_websocket_answers) {
    const Node node{[](std::string_view body) {
        return body.contains("eth_blockNumber") ? result(R"("0x1")") : result(header(1));
    }};
    auto options = over({&node});
    options.endpoints[0].websocket_url = "ws://127.0.0.1:1";
    options.poll_interval = 5ms;
    Chain chain{options};
    std::promise<std::uint64_t> told;
    const auto watch = chain.watch_heads([&](const Head& head) { told.set_value(head.number); });
    EXPECT_EQ(told.get_future().get(), 1u);
}

TEST(Chain, calls_no_watcher_that_has_ended) {
    std::atomic<std::uint64_t> number{1};
    const Node node{[&](std::string_view body) {
        return body.contains("eth_blockNumber") ? result('"' + BlockId{++number}.text() + '"')
                                                : result(header(number));
    }};
    auto options = over({&node});
    options.poll_interval = 1ms;
    Chain chain{options};
    std::promise<void> called;
    HeadWatch watch;
    std::atomic<int> calls{0};
    std::promise<void> assigned;
    auto ready = assigned.get_future();
    watch = chain.watch_heads([&](const Head&) {
        if (++calls > 1) return;
        ready.wait();
        watch = {};
        called.set_value();
    });
    assigned.set_value();
    called.get_future().wait();
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace meta138::client
