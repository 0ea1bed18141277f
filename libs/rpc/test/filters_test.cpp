// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include <gtest/gtest.h>

namespace meta138::rpc {
namespace {

using nlohmann::json;

class Filters : public testing::Test {
protected:
    void send_and_seal(std::uint64_t nonce) {
        node.call("eth_sendRawTransaction", {node.signed_transaction(nonce)});
        node.seal();
    }
    TestNode node;
};

TEST_F(Filters, of_blocks_tell_each_block_once) {
    const auto id = node.call("eth_newBlockFilter");
    EXPECT_EQ(node.call("eth_getFilterChanges", json::array({id})), json::array());
    node.seal();
    node.seal();
    const auto changes = node.call("eth_getFilterChanges", json::array({id}));
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(changes[1], node.call("eth_getBlockByNumber", {"latest", false})["hash"]);
    EXPECT_EQ(node.call("eth_getFilterChanges", json::array({id})), json::array());
}

TEST_F(Filters, of_logs_tell_new_logs_and_know_the_old_ones) {
    const auto id = node.call("eth_newFilter", {{{"fromBlock", "0x1"}}});
    send_and_seal(0);
    const auto changes = node.call("eth_getFilterChanges", json::array({id}));
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0]["blockNumber"], "0x1");
    EXPECT_EQ(changes[0]["topics"][0],
              "0x00000000000000000000000000000000000000000000000000000000000000aa");
    EXPECT_EQ(node.call("eth_getFilterChanges", json::array({id})), json::array());
    EXPECT_EQ(node.call("eth_getFilterLogs", json::array({id})), changes);
}

TEST_F(Filters, of_pending_transactions_tell_hashes) {
    const auto id = node.call("eth_newPendingTransactionFilter");
    const auto hash = node.call("eth_sendRawTransaction", {node.signed_transaction(0)});
    EXPECT_EQ(node.call("eth_getFilterChanges", json::array({id})), json::array({hash}));
    EXPECT_EQ(node.call("eth_getFilterChanges", json::array({id})), json::array());
}

TEST_F(Filters, are_gone_when_uninstalled) {
    const auto id = node.call("eth_newBlockFilter");
    EXPECT_EQ(node.call("eth_uninstallFilter", json::array({id})), true);
    EXPECT_EQ(node.call("eth_uninstallFilter", json::array({id})), false);
    EXPECT_EQ(node.call("eth_getFilterChanges", json::array({id}))["message"], "Filter not found");
    EXPECT_EQ(node.call("eth_getFilterLogs", json::array({id}))["message"],
              "Logs filter not found");
}

TEST_F(Filters, expire_when_nobody_asks) {
    auto time = std::chrono::steady_clock::time_point{} + std::chrono::hours{1};
    node.backend().now = [&time] { return time; };
    Server server{standard_methods(), node.backend()};
    const auto ask = [&](const json& request) {
        std::string answer;
        server.handle(request.dump(), {}, answer);
        return json::parse(answer);
    };
    const json make{{"id", 1}, {"method", "eth_newBlockFilter"}};
    const auto id = ask(make)["result"];
    const json poll{{"id", 1}, {"method", "eth_getFilterChanges"}, {"params", json::array({id})}};
    time += std::chrono::minutes{9};
    EXPECT_TRUE(ask(poll).contains("result"));
    time += std::chrono::minutes{9};
    EXPECT_TRUE(ask(poll).contains("result"));
    time += std::chrono::minutes{11};
    EXPECT_EQ(ask(poll)["error"]["message"], "Filter not found");
}

TEST_F(Filters, have_random_ids) {
    EXPECT_NE(node.call("eth_newBlockFilter"), node.call("eth_newBlockFilter"));
}

TEST_F(Filters, are_bounded_in_number) {
    Settings settings;
    settings.max_filters = 1;
    TestNode small{settings};
    EXPECT_TRUE(small.call("eth_newBlockFilter").is_string());
    EXPECT_EQ(small.call("eth_newBlockFilter")["code"], -32005);
}

TEST(GetLogs, says_which_range_is_allowed) {
    Settings settings;
    settings.max_logs_range = 2;
    TestNode node{settings};
    for (int i = 0; i < 4; ++i) node.seal();
    EXPECT_EQ(node.call("eth_getLogs", {{{"fromBlock", "0x1"}, {"toBlock", "0x3"}}}),
              json::array());
    const auto error = node.call("eth_getLogs", {{{"fromBlock", "0x1"}, {"toBlock", "0x4"}}});
    EXPECT_EQ(error["code"], -32005);
    EXPECT_EQ(error["message"], "Requested range exceeds maximum RPC range limit");
    EXPECT_EQ(error["data"], (json{{"maxRange", 2}, {"fromBlock", "0x1"}, {"toBlock", "0x3"}}));
}

TEST(GetLogs, says_how_far_it_came_when_there_are_too_many) {
    Settings settings;
    settings.max_logs_results = 1;
    TestNode node{settings};
    for (std::uint64_t nonce = 0; nonce < 3; ++nonce) {
        node.call("eth_sendRawTransaction", {node.signed_transaction(nonce)});
        node.seal();
    }
    const auto error = node.call("eth_getLogs", {{{"fromBlock", "0x1"}, {"toBlock", "0x3"}}});
    EXPECT_EQ(error["code"], -32005);
    EXPECT_EQ(error["data"]["toBlock"], "0x1");
}

TEST(GetLogs, refuses_ranges_that_make_no_sense) {
    TestNode node;
    node.seal();
    EXPECT_EQ(node.call("eth_getLogs", {{{"fromBlock", "0x1"}, {"toBlock", "0x0"}}})["code"],
              -32602);
    EXPECT_EQ(node.call("eth_getLogs", {{{"fromBlock", "0x1"}, {"toBlock", "0x2"}}})["code"],
              -32602);
    EXPECT_EQ(node.call("eth_getLogs", {{{"topics", {1}}}})["message"], "Invalid filter params");
    EXPECT_EQ(node.call("eth_getLogs", {1})["message"], "Invalid filter params");
    EXPECT_EQ(
        node.call(
            "eth_getLogs",
            {{{"blockHash",
               "0x00000000000000000000000000000000000000000000000000000000000000aa"}}})["message"],
        "Block not found");
}

}  // namespace
}  // namespace meta138::rpc
