// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include <gtest/gtest.h>

namespace meta138::rpc {
namespace {

using nlohmann::json;

constexpr auto sender = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf";

class PoolMethods : public testing::Test {
protected:
    json send(std::uint64_t nonce, const std::function<void(Transaction&)>& change = {}) {
        return node.call("eth_sendRawTransaction", {node.signed_transaction(nonce, change)});
    }
    TestNode node;
};

TEST_F(PoolMethods, send_a_transaction_that_is_found_pending_and_then_mined) {
    const auto hash = send(0);
    const auto pending = node.call("eth_getTransactionByHash", json::array({hash}));
    EXPECT_EQ(pending["blockHash"], nullptr);
    EXPECT_EQ(pending["from"], sender);
    const auto besus = node.call("txpool_besuPendingTransactions")[0];
    EXPECT_EQ(besus["raw"], node.signed_transaction(0));
    EXPECT_EQ(besus["publicKey"].get<std::string>().size(), 130U);
    EXPECT_EQ(node.call("eth_getTransactionReceipt", json::array({hash})), nullptr);
    node.seal();
    const auto mined = node.call("eth_getTransactionByHash", json::array({hash}));
    EXPECT_EQ(mined["blockNumber"], "0x1");
    EXPECT_EQ(mined["transactionIndex"], "0x0");
    for (const auto& [name, member] : mined.items()) EXPECT_TRUE(pending.contains(name)) << name;
    const auto receipt = node.call("eth_getTransactionReceipt", json::array({hash}));
    EXPECT_EQ(receipt["status"], "0x1");
    EXPECT_EQ(receipt["logs"].size(), 1U);
    EXPECT_EQ(node.call("eth_getStorageAt", {"0x00000000000000000000000000000000000000aa", "0x0"}),
              "0x0000000000000000000000000000000000000000000000000000000000000001");
}

TEST_F(PoolMethods, refuse_transactions_with_besus_errors) {
    EXPECT_EQ(send(0, [](auto& transaction) { transaction.chain_id = 1; }),
              (json{{"code", -32000}, {"message", "Wrong chainId"}}));
    EXPECT_EQ(send(0, [](auto& transaction) { transaction.gas_limit = 20'000; }),
              (json{{"code", -32003}, {"message", "Intrinsic gas exceeds gas limit"}}));
    EXPECT_EQ(
        send(0, [](auto& transaction) { transaction.gas_limit = 40'000'000; }),
        (json{{"code", -32005}, {"message", "Transaction gas limit exceeds block gas limit"}}));
    EXPECT_EQ(send(0, [](auto& transaction) { transaction.value = uint256{1} << 100; }),
              (json{{"code", -32004}, {"message", "Upfront cost exceeds account balance"}}));
    EXPECT_EQ(send(1000)["code"], -32000);
    ASSERT_TRUE(send(0).is_string());
    EXPECT_EQ(send(0), (json{{"code", -32000}, {"message", "Known transaction"}}));
    EXPECT_EQ(send(0, [](auto& transaction) { transaction.value = 1; }),
              (json{{"code", -32000}, {"message", "Replacement transaction underpriced"}}));
    node.seal();
    EXPECT_EQ(send(0, [](auto& transaction) { transaction.value = 1; }),
              (json{{"code", -32001}, {"message", "Nonce too low"}}));
}

TEST_F(PoolMethods, refuse_what_is_no_transaction) {
    const json invalid{{"code", -32602}, {"message", "Invalid params"}};
    for (const auto* raw : {"0x", "0x01", "0xc0", "00", "0x0", "zz", ""})
        EXPECT_EQ(node.call("eth_sendRawTransaction", {raw}), invalid) << raw;
    EXPECT_EQ(node.call("eth_sendRawTransaction", json::array({1})), invalid);
    EXPECT_EQ(node.call("eth_sendRawTransaction"),
              (json{{"code", -32602}, {"message", "Invalid number of params"}}));
    EXPECT_EQ(node.call("eth_sendTransaction", json::array({json::object()}))["code"], -32604);
}

TEST_F(PoolMethods, say_so_when_there_is_no_pool) {
    node.backend().pool = nullptr;
    EXPECT_EQ(send(0)["code"], -32002);
    EXPECT_EQ(node.call("txpool_status")["code"], -32002);
}

TEST_F(PoolMethods, count_pending_nonces) {
    send(0);
    send(1);
    EXPECT_EQ(node.call("eth_getTransactionCount", {sender, "latest"}), "0x0");
    EXPECT_EQ(node.call("eth_getTransactionCount", {sender, "pending"}), "0x2");
    EXPECT_EQ(node.call("eth_getTransactionCount", {sender, "PENDING"}), "0x2");
}

TEST_F(PoolMethods, show_what_is_pending_and_what_is_queued) {
    send(0);
    send(2);
    EXPECT_EQ(node.call("txpool_status"), (json{{"pending", "0x1"}, {"queued", "0x1"}}));
    EXPECT_EQ(node.call("txpool_besuStatistics")["localCount"], 2);
    EXPECT_EQ(node.call("txpool_besuTransactions").size(), 2U);
    const auto content = node.call("txpool_content");
    EXPECT_EQ(content["pending"][sender]["0"]["nonce"], "0x0");
    EXPECT_EQ(content["queued"][sender]["2"]["nonce"], "0x2");
    EXPECT_EQ(node.call("txpool_contentFrom", {sender})["queued"]["2"],
              content["queued"][sender]["2"]);
    EXPECT_EQ(node.call("txpool_inspect")["pending"][sender]["0"],
              "0x00000000000000000000000000000000000000aa: 0 wei + 100000 gas × 1000 wei");
}

TEST_F(PoolMethods, filter_pending_transactions) {
    send(0);
    send(1, [](auto& transaction) { transaction.value = 5; });
    const auto count = [&](const json& filter) {
        return node.call("txpool_besuPendingTransactions", json::array({10, filter})).size();
    };
    EXPECT_EQ(count(json::object()), 2U);
    EXPECT_EQ(count({{"value", {{"gt", "0x4"}}}}), 1U);
    EXPECT_EQ(count({{"nonce", {{"lt", "0x1"}}}}), 1U);
    EXPECT_EQ(count({{"from", {{"eq", sender}}}}), 2U);
    EXPECT_EQ(count({{"to", {{"action", "contract_creation"}}}}), 0U);
    EXPECT_EQ(node.call("txpool_besuPendingTransactions", json::array({1})).size(), 1U);
    EXPECT_EQ(node.call("txpool_besuPendingTransactions",
                        json::array({1, {{"color", {{"eq", "0x1"}}}}}))["message"],
              "Invalid pending transactions params");
}

TEST_F(PoolMethods, explain_why_a_transaction_waits) {
    const auto hash = send(1);
    const auto explained = node.call("txpool_explain", json::array({hash}));
    EXPECT_EQ(explained["executable"], false);
    EXPECT_EQ(explained["waitsFor"], "nonce_gap");
    EXPECT_EQ(node.call("txpool_explainFrom", {sender})["pendingNonce"], "0x0");
    send(0);
    EXPECT_EQ(node.call("txpool_explain", json::array({hash}))["executable"], true);
}

TEST_F(PoolMethods, let_operators_remove_transactions) {
    const auto hash = send(0);
    EXPECT_EQ(node.call("admin_removeTransaction", json::array({hash})), true);
    EXPECT_EQ(node.call("admin_removeTransaction", json::array({hash})), false);
    send(0, [](auto& transaction) { transaction.value = 1; });
    EXPECT_EQ(node.call("admin_removeTransactionsFrom", {sender}), "0x1");
    EXPECT_EQ(node.call("txpool_status")["pending"], "0x0");
}

TEST_F(PoolMethods, send_many_at_once) {
    const auto result =
        node.call("debug_batchSendRawTransaction",
                  {node.signed_transaction(0), "0x416", node.signed_transaction(0), "0xc0"});
    EXPECT_EQ(result[0], (json{{"index", 0}, {"success", true}}));
    EXPECT_EQ(result[1]["errorMessage"], "Invalid raw transaction hex");
    EXPECT_EQ(result[2]["success"], false);
    EXPECT_EQ(result[3]["errorMessage"], "Invalid RLP in raw transaction hex");
}

}  // namespace
}  // namespace meta138::rpc
