// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

namespace meta138::rpc {
namespace {

using nlohmann::json;

class Subscriptions : public testing::Test {
protected:
    /// Subscribes, and lets the answer reach the caller.
    std::string subscribe(const json& params) {
        const auto id = node.call("eth_subscribe", params, caller);
        node.server().answered(caller);
        return id.is_string() ? id.get<std::string>() : id.dump();
    }
    /// The results that came since the last call.
    std::vector<json> heard(const std::shared_ptr<TestSink>& by) {
        node.server().flush_notifications();
        std::vector<json> results;
        for (const auto& text : by->take()) {
            const auto message = json::parse(text);
            EXPECT_EQ(message["jsonrpc"], "2.0");
            EXPECT_EQ(message["method"], "eth_subscription");
            results.push_back(message["params"]["result"]);
        }
        return results;
    }
    void send(std::uint64_t nonce, const std::function<void(Transaction&)>& change = {}) {
        const auto answer =
            node.call("eth_sendRawTransaction", {node.signed_transaction(nonce, change)});
        ASSERT_TRUE(answer.is_string()) << answer;
    }

    TestNode node;
    std::shared_ptr<TestSink> sink = std::make_shared<TestSink>(1);
    Caller caller{.transport = Transport::websocket,
                  .access = {},
                  .apis = nullptr,
                  .sink = sink,
                  .is_abandoned = {}};
};

TEST_F(Subscriptions, are_numbered_from_one) {
    EXPECT_EQ(subscribe({"newHeads"}), "0x1");
    EXPECT_EQ(subscribe({"syncing"}), "0x2");
}

TEST_F(Subscriptions, to_new_heads_get_whole_blocks) {
    subscribe({"newHeads"});
    send(0);
    node.seal();
    const auto heads = heard(sink);
    ASSERT_EQ(heads.size(), 1U);
    auto block = node.call("eth_getBlockByNumber", {"latest", false});
    EXPECT_EQ(heads[0], block);
    EXPECT_EQ(heads[0]["transactions"].size(), 1U);
}

TEST_F(Subscriptions, to_new_heads_may_include_transactions) {
    subscribe({"newHeads", {{"includeTransactions", true}}});
    send(0);
    node.seal();
    const auto heads = heard(sink);
    ASSERT_EQ(heads.size(), 1U);
    EXPECT_EQ(heads[0], node.call("eth_getBlockByNumber", {"latest", true}));
}

TEST_F(Subscriptions, to_logs_get_what_eth_getLogs_finds) {
    subscribe({"logs", {{"address", "0x00000000000000000000000000000000000000aa"}}});
    subscribe({"logs", {{"address", "0x00000000000000000000000000000000000000bb"}}});
    send(0);
    send(1);
    node.seal();
    EXPECT_EQ(json(heard(sink)), node.call("eth_getLogs", {{{"fromBlock", "0x1"}}}));
}

TEST_F(Subscriptions, to_pending_transactions_get_hashes_or_the_whole) {
    subscribe({"newPendingTransactions"});
    subscribe({"newPendingTransactions", {{"includeTransactions", true}}});
    send(0);
    const auto results = heard(sink);
    ASSERT_EQ(results.size(), 2U);
    EXPECT_TRUE(results[0].is_string());
    EXPECT_EQ(results[1]["hash"], results[0]);
    EXPECT_EQ(results[1]["from"], "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
}

TEST_F(Subscriptions, to_dropped_transactions_hear_of_replaced_but_not_of_mined_ones) {
    subscribe({"droppedPendingTransactions"});
    send(0);
    const auto replaced = node.call("txpool_besuTransactions")[0]["hash"];
    send(0, [](Transaction& transaction) {
        transaction.max_fee_per_gas = 2000;
        transaction.max_priority_fee_per_gas = 2000;
    });
    node.seal();
    EXPECT_EQ(json(heard(sink)), json::array({replaced}));
}

TEST_F(Subscriptions, to_syncing_hear_of_its_beginning_and_end) {
    subscribe({"syncing"});
    node.server().sync_changed(SyncProgress{1, 2, 3});
    node.server().sync_changed(std::nullopt);
    const auto results = heard(sink);
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0]["highestBlock"], "0x3");
    EXPECT_EQ(results[1], false);
}

TEST_F(Subscriptions, to_new_heads_go_on_where_they_broke_off) {
    for (int i = 0; i < 200; ++i) node.seal();
    subscribe({"newHeads", {{"resumeFrom", "0x3"}}});
    node.seal();
    const auto results = heard(sink);
    ASSERT_EQ(results.size(), 199U);
    for (std::size_t i = 0; i < results.size(); ++i)
        EXPECT_EQ(results[i]["number"], fmt::format("{:#x}", i + 3));
    EXPECT_EQ(results[0], node.call("eth_getBlockByNumber", {"0x3", false}));
    EXPECT_EQ(results[198], node.call("eth_getBlockByNumber", {"0xc9", false}));
}

TEST_F(Subscriptions, to_logs_go_on_where_they_broke_off) {
    for (std::uint64_t nonce = 0; nonce < 4; ++nonce) {
        send(nonce);
        node.seal();
    }
    subscribe({"logs",
               {{"address", "0x00000000000000000000000000000000000000aa"}, {"resumeFrom", "0x2"}}});
    subscribe({"logs",
               {{"address", "0x00000000000000000000000000000000000000bb"}, {"resumeFrom", "0x1"}}});
    send(4);
    node.seal();
    const auto results = heard(sink);
    EXPECT_EQ(results.size(), 4U);
    EXPECT_EQ(json(results), node.call("eth_getLogs", {{{"fromBlock", "0x2"}}}));
}

TEST_F(Subscriptions, that_go_on_hear_of_each_block_once_while_blocks_come) {
    for (int i = 0; i < 300; ++i) node.seal();
    subscribe({"newHeads"});  // so that heads are queued
    subscribe({"newHeads", {{"resumeFrom", "0x1"}}});
    for (int i = 0; i < 50; ++i) node.seal();
    node.server().flush_notifications();
    std::vector<std::string> numbers;
    for (const auto& text : sink->take()) {
        const auto message = json::parse(text);
        if (message["params"]["subscription"] == "0x2")
            numbers.push_back(message["params"]["result"]["number"]);
    }
    ASSERT_EQ(numbers.size(), 350U);
    for (std::size_t i = 0; i < numbers.size(); ++i)
        EXPECT_EQ(numbers[i], fmt::format("{:#x}", i + 1));
}

TEST_F(Subscriptions, go_back_no_further_than_a_query_of_logs_may) {
    Settings settings;
    settings.max_logs_range = 10;
    TestNode bounded{settings};
    for (int i = 0; i < 12; ++i) bounded.seal();
    const auto refused =
        bounded.call("eth_subscribe", {"newHeads", {{"resumeFrom", "0x1"}}}, caller);
    EXPECT_EQ(refused["code"], -32005);
    EXPECT_EQ(refused["data"], (json{{"maxRange", 10}, {"resumeFrom", "0x2"}}));
    EXPECT_EQ(bounded.call("eth_subscribe", {"newHeads", {{"resumeFrom", "0x2"}}}, caller), "0x1");
    EXPECT_EQ(bounded.call("eth_subscribe", {"logs", {{"resumeFrom", "now"}}}, caller)["code"],
              -32600);
}

TEST_F(Subscriptions, to_the_heartbeat_hear_it_while_the_head_stands_still) {
    auto now = std::make_shared<std::atomic<std::int64_t>>(0);
    TestNode beating{
        {}, standard_methods(), [now] {
            return std::chrono::steady_clock::time_point{std::chrono::milliseconds{now->load()}};
        }};
    const auto beats = [&] {
        beating.server().flush_notifications();
        std::vector<json> results;
        for (const auto& text : sink->take())
            results.push_back(json::parse(text)["params"]["result"]);
        return results;
    };
    beating.seal();
    EXPECT_EQ(beating.call("eth_subscribe", {"heartbeat", {{"interval", 5}}}, caller), "0x1");
    beating.server().answered(caller);
    const auto first = beats();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0]["number"], "0x1");
    EXPECT_EQ(first[0]["hash"], beating.call("eth_getBlockByNumber", {"0x1", false})["hash"]);
    EXPECT_EQ(first[0]["headAgeMs"], 0);
    EXPECT_EQ(first[0]["syncing"], false);
    *now = 4999;
    EXPECT_TRUE(beats().empty());
    *now = 5000;
    const auto second = beats();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0]["headAgeMs"], 5000);
    EXPECT_EQ(beating.call("eth_unsubscribe", json::array({"0x1"}), caller), true);
    *now = 60'000;
    EXPECT_TRUE(beats().empty());
    for (const auto& wrong : {json(0), json(3601), json("soon")})
        EXPECT_EQ(
            beating.call("eth_subscribe", {"heartbeat", {{"interval", wrong}}}, caller)["code"],
            -32600);
}

TEST_F(Subscriptions, hear_nothing_before_their_answer_was_sent) {
    node.call("eth_subscribe", {"newHeads"}, caller);
    node.seal();
    EXPECT_TRUE(heard(sink).empty());
    node.server().answered(caller);
    node.seal();
    EXPECT_EQ(heard(sink).size(), 1U);
}

TEST_F(Subscriptions, end_with_their_connection) {
    subscribe({"newHeads"});
    node.server().closed(sink->id());
    node.seal();
    EXPECT_TRUE(heard(sink).empty());
}

TEST_F(Subscriptions, end_when_their_connection_takes_nothing) {
    const auto id = subscribe({"newHeads"});
    sink->close();
    node.seal();
    node.server().flush_notifications();
    EXPECT_EQ(node.call("eth_unsubscribe", json::array({id}), caller)["message"],
              "Subscription not found");
}

TEST_F(Subscriptions, are_ended_by_their_owner_only) {
    const auto id = subscribe({"newHeads"});
    Caller other = caller;
    other.sink = std::make_shared<TestSink>(2);
    EXPECT_EQ(node.call("eth_unsubscribe", json::array({id}), other)["message"],
              "Subscription not found");
    EXPECT_EQ(node.call("eth_unsubscribe", json::array({id}), caller), true);
    EXPECT_EQ(node.call("eth_unsubscribe", json::array({id}), caller)["code"], -32000);
    node.seal();
    EXPECT_TRUE(heard(sink).empty());
}

TEST_F(Subscriptions, refuse_what_besu_refuses) {
    EXPECT_EQ(node.call("eth_subscribe", {"newHeads", true}, caller)["code"], -32600);
    EXPECT_EQ(node.call("eth_subscribe", {"nothing"}, caller)["code"], -32600);
    EXPECT_EQ(node.call("eth_subscribe", {1}, caller)["code"], -32600);
    EXPECT_EQ(node.call("eth_subscribe", {"logs", {{"topics", 1}}}, caller)["code"], -32600);
    EXPECT_EQ(node.call("eth_subscribe", {"newHeads"})["code"], -32604);
}

TEST_F(Subscriptions, are_bounded_for_each_connection) {
    Settings settings;
    settings.max_subscriptions_per_connection = 1;
    TestNode small{settings};
    EXPECT_EQ(small.call("eth_subscribe", {"newHeads"}, caller), "0x1");
    EXPECT_EQ(small.call("eth_subscribe", {"newHeads"}, caller)["code"], -32005);
}

}  // namespace
}  // namespace meta138::rpc
