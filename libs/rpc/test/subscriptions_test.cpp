// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include <gtest/gtest.h>

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
