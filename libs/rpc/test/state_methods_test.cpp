// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include <gtest/gtest.h>

#include <array>

namespace meta138::rpc {
namespace {

using nlohmann::json;

constexpr auto contract = "0x00000000000000000000000000000000000000aa";
constexpr auto nobody = "0x00000000000000000000000000000000000000ff";

class StateMethods : public testing::Test {
protected:
    TestNode node;
};

TEST_F(StateMethods, take_a_missing_block_for_the_latest) {
    EXPECT_EQ(node.call("eth_getBalance", {"0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"}),
              "0xde0b6b3a7640000");
    EXPECT_EQ(node.call("eth_getStorageAt", {contract, "0x4"}),
              "0x000000000000000000000000000000000000000000000000000000000000002a");
}

TEST_F(StateMethods, know_absent_accounts_to_be_empty) {
    EXPECT_EQ(node.call("eth_getBalance", {nobody, "latest"}), "0x0");
    EXPECT_EQ(node.call("eth_getCode", {nobody, "latest"}), "0x");
    EXPECT_EQ(node.call("eth_getTransactionCount", {nobody, "latest"}), "0x0");
    const auto proof = node.call("eth_getProof", {nobody, json::array(), "latest"});
    EXPECT_EQ(proof["balance"], "0x0");
    EXPECT_FALSE(proof["accountProof"].empty());
}

TEST_F(StateMethods, accept_every_form_of_a_block) {
    const auto hash = node.call("eth_getBlockByNumber", {"latest", false})["hash"];
    for (const json& block :
         {json("latest"), json("LATEST"), json("earliest"), json("pending"), json("0x0"), json("0"),
          json(0), json(hash), json{{"blockNumber", "0x0"}}, json{{"blockHash", hash}},
          json{{"blockHash", hash}, {"requireCanonical", true}}, json(nullptr)})
        EXPECT_EQ(node.call("eth_getBalance", json::array({nobody, block})), "0x0") << block;
}

TEST_F(StateMethods, answer_null_for_blocks_that_do_not_exist) {
    for (const json& block :
         {json("0x100"), json("0x00000000000000000000000000000000000000000000000000000000000000aa"),
          json{{"blockNumber", "0x100"}}})
        EXPECT_EQ(node.call("eth_getBalance", json::array({nobody, block})), nullptr) << block;
}

TEST_F(StateMethods, refuse_blocks_that_make_no_sense) {
    for (const json& block :
         {json("-0x1"), json("0x"), json(""), json("newest"), json(-1), json(1.5), json(true),
          json::object(), json::array(), json("0x10000000000000000"), json{{"blockHash", "0x1"}},
          json{{"blockHash", nobody}, {"blockNumber", "0x1"}}})
        EXPECT_EQ(node.call("eth_getBalance", json::array({nobody, block}))["message"],
                  "Invalid block param (block not found)")
            << block;
}

TEST_F(StateMethods, answer_unknown_block_for_tags_without_marks) {
    EXPECT_EQ(node.call("eth_getBalance", {nobody, "safe"}),
              (json{{"code", -39001}, {"message", "Unknown block"}}));
    EXPECT_EQ(node.call("eth_getBlockByNumber", {"finalized", false})["code"], -39001);
}

TEST_F(StateMethods, refuse_wrong_types_with_the_text_of_their_kind) {
    struct Row {
        const char* method;
        json params;
        const char* message;
    };
    for (const auto& row : std::vector<Row>{
             {"eth_getBalance", json::array(), "Invalid address params"},
             {"eth_getBalance", json::array({"0x12"}), "Invalid address params"},
             {"eth_getBalance", json::array({1}), "Invalid address params"},
             {"eth_getStorageAt", json::array({nobody}), "Invalid position params"},
             {"eth_getStorageAt", json::array({nobody, "0x" + std::string(65, '0')}),
              "Invalid position params"},
             {"eth_getProof", json::array({nobody, "0x0"}), "Invalid storage keys params"},
             {"eth_getBlockByNumber", json::array({"latest"}),
              "Invalid return complete transaction params"},
             {"eth_getBlockByNumber", json::array({"latest", "true"}),
              "Invalid return complete transaction params"},
             {"eth_getBlockByHash", json::array({"0x12", true}), "Invalid block hash params"},
             {"eth_getTransactionReceipt", json::array(), "Invalid transaction hash params"},
             {"eth_getTransactionByHash", json::array(), "Invalid number of params"},
             {"eth_getTransactionByBlockNumberAndIndex", json::array({"latest", "x"}),
              "Invalid transaction id params"},
             {"eth_getUncleByBlockNumberAndIndex", json::array({"latest", "x"}),
              "Invalid block index params"},
             {"eth_feeHistory", json::array({0, "latest"}), "Invalid block count params"},
             {"eth_feeHistory", json::array({1025, "latest"}), "Invalid block count params"},
             {"eth_feeHistory", json::array({1, "0x100"}), "Invalid block number params"},
             {"eth_feeHistory", json::array({1, "latest", json::array({101})}),
              "Invalid reward percentiles params"},
             {"web3_sha3", json::array({"68656c6c6f"}), "Invalid data params"},
         })
        EXPECT_EQ(node.call(row.method, row.params),
                  (json{{"code", -32602}, {"message", row.message}}))
            << row.method << row.params;
}

TEST_F(StateMethods, read_many_slots_at_once) {
    EXPECT_EQ(node.call("eth_getStorageValues", json::array({{{contract, {"0x4", "0x5"}}}})),
              (json{{contract,
                     {"0x000000000000000000000000000000000000000000000000000000000000002a",
                      "0x0000000000000000000000000000000000000000000000000000000000000000"}}}));
    EXPECT_EQ(node.call("eth_getStorageValues", json::array({json::object()}))["message"],
              "empty request");
}

TEST_F(StateMethods, answer_what_needs_no_chain) {
    EXPECT_EQ(node.call("eth_accounts"), json::array());
    EXPECT_EQ(node.call("eth_syncing"), false);
    EXPECT_EQ(node.call("eth_mining"), false);
    EXPECT_EQ(node.call("eth_gasPrice"), "0x0");
    EXPECT_EQ(node.call("eth_maxPriorityFeePerGas"), "0x0");
    EXPECT_EQ(node.call("net_version"), "138");
    EXPECT_EQ(node.call("net_listening"), false);
    EXPECT_EQ(node.call("net_peerCount")["message"],
              "P2P has been disabled. This functionality is not available");
    EXPECT_EQ(node.call("web3_sha3", {"0x68656c6c6f20776f726c64"}),
              "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad");
    EXPECT_EQ(node.call("rpc_modules")["eth"], "1.0");
    EXPECT_EQ(node.call("perm_getNodesAllowlist")["message"],
              "Node allowlist has not been enabled");
    EXPECT_EQ(node.call("eth_capabilities")["state"]["oldestBlock"], "0x0");
}

}  // namespace
}  // namespace meta138::rpc
