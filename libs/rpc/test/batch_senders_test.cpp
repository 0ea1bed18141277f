// SPDX-License-Identifier: Apache-2.0
#include "batch_senders.hpp"

#include "test_node.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::rpc {
namespace {

const Address funded =
    decode_fixed_hex<Address>("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf").value();

std::string sending(int id, const std::string& raw) {
    return nlohmann::json{
        {"jsonrpc", "2.0"}, {"id", id}, {"method", "eth_sendRawTransaction"}, {"params", {raw}}}
        .dump();
}

/// Signed, but by nobody: r is no point of the curve.
std::string signed_by_nobody(const TestNode& node) {
    auto transaction = decode_transaction(decode_hex(node.signed_transaction(9)).value()).value();
    transaction.r = 5;
    return to_hex(encode_transaction(transaction));
}

TEST(BatchSenders, are_those_who_signed) {
    const TestNode node;
    const auto first = node.signed_transaction(0);
    const auto second = node.signed_transaction(1);
    const auto nobody = signed_by_nobody(node);
    const auto body = "[" + sending(1, first) + R"(,7,{"id":2,"method":"eth_chainId"},)" +
                      sending(3, "0x12") + "," + sending(4, nobody) + "," + sending(5, second) +
                      R"(,{"id":6,"method":"eth_sendRawTransaction"}])";
    json::Parser parser;
    const BatchSenders senders{parser.parse(body).value(), Fork::london};
    EXPECT_EQ(senders.find(first), funded);
    EXPECT_EQ(senders.find(second), funded);
    EXPECT_EQ(senders.find(nobody), std::nullopt);
    EXPECT_EQ(senders.find("0x12"), std::nullopt);
    EXPECT_EQ(senders.find(node.signed_transaction(2)), std::nullopt);
}

TEST(BatchSenders, change_no_answer_of_the_batch) {
    TestNode node;
    const auto raw = node.signed_transaction(0);
    const auto body = "[" + sending(1, raw) + "," + sending(2, raw) + "," + sending(3, "0x12") +
                      "," + sending(4, signed_by_nobody(node)) + "," +
                      sending(5, node.signed_transaction(1)) +
                      R"(,{"id":6,"method":"eth_getTransactionCount","params":[)" +
                      R"("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf","pending"]}])";
    const auto answers = nlohmann::json::parse(node.ask(body));
    TestNode alone;
    ASSERT_EQ(answers.size(), 6U);
    EXPECT_EQ(answers[0], nlohmann::json::parse(alone.ask(sending(1, raw))));
    EXPECT_EQ(answers[1], nlohmann::json::parse(alone.ask(sending(2, raw))));
    EXPECT_EQ(answers[2], nlohmann::json::parse(alone.ask(sending(3, "0x12"))));
    EXPECT_EQ(answers[3], nlohmann::json::parse(alone.ask(sending(4, signed_by_nobody(node)))));
    EXPECT_TRUE(answers[4].contains("result"));
    EXPECT_EQ(answers[5]["result"], "0x2");
}

TEST(BatchSenders, are_found_for_the_method_that_takes_several) {
    TestNode node;
    const auto raw = node.signed_transaction(0);
    const auto answers =
        node.call("debug_batchSendRawTransaction",
                  {raw, "0x", "0x12", node.signed_transaction(1), signed_by_nobody(node)});
    ASSERT_EQ(answers.size(), 5U);
    EXPECT_EQ(answers[0], (nlohmann::json{{"index", 0}, {"success", true}}));
    EXPECT_EQ(answers[1]["errorMessage"], "Invalid raw transaction hex");
    EXPECT_EQ(answers[2]["errorMessage"], "Invalid RLP in raw transaction hex");
    EXPECT_EQ(answers[3], (nlohmann::json{{"index", 3}, {"success", true}}));
    EXPECT_EQ(answers[4]["success"], false);
}

}  // namespace
}  // namespace meta138::rpc
