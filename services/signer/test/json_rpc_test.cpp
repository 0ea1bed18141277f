// SPDX-License-Identifier: Apache-2.0
#include "server/json_rpc.hpp"

#include "server/proxy_headers.hpp"

#include <gmock/gmock.h>

namespace meta138::signer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

TEST(SplitArray, gives_each_element_as_it_was_sent) {
    EXPECT_THAT(split_array(R"( [ {"a":[1,2]} ,"x,]\"",  3.50 ,null ] )"),
                ElementsAre(R"({"a":[1,2]})", R"("x,]\"")", "3.50", "null"));
    EXPECT_THAT(split_array("[]"), IsEmpty());
    EXPECT_THAT(split_array("[ ]"), IsEmpty());
    EXPECT_THAT(split_array(""), IsEmpty());
}

class DecodeBody : public testing::Test {
protected:
    auto decode(std::string_view text) { return decode_body(parser, text, 3); }
    json::Parser parser;
};

TEST_F(DecodeBody, keeps_an_id_of_any_kind) {
    EXPECT_EQ(decode(R"({"id":7,"method":"m"})")->requests.front().id, "7");
    EXPECT_EQ(decode(R"({"id":-7,"method":"m"})")->requests.front().id, "-7");
    EXPECT_EQ(decode(R"({"id":18446744073709551615})")->requests.front().id,
              "18446744073709551615");
    EXPECT_EQ(decode(R"({"id":"a\"b"})")->requests.front().id, R"("a\"b")");
    EXPECT_EQ(decode(R"({"method":"m"})")->requests.front().id, "null");
}

TEST_F(DecodeBody, has_the_text_of_each_request_of_a_batch) {
    const std::string_view text = R"([{"method":"a","id":1}, {"method":"b" ,"id":2}, 5])";
    const auto body = decode(text);
    ASSERT_TRUE(body);
    EXPECT_TRUE(body->is_batch);
    ASSERT_EQ(body->requests.size(), 3);
    EXPECT_EQ(body->requests[1].method, "b");
    EXPECT_EQ(body->requests[1].text, R"({"method":"b" ,"id":2})");
    EXPECT_EQ(body->requests[2].method, "");
    EXPECT_EQ(body->requests[2].text, "5");
}

TEST_F(DecodeBody, refuses_what_is_no_request_as_web3signer_does) {
    for (const auto* text : {"", "{", "5", "\"x\"", "null"}) {
        const auto body = decode(text);
        ASSERT_FALSE(body) << text;
        EXPECT_EQ(body.error().status, 400);
        EXPECT_THAT(body.error().body, HasSubstr("-32700"));
    }
    EXPECT_THAT(decode("[]").error().body, HasSubstr("-32600"));
    const auto large = decode("[1,2,3,4]");
    EXPECT_EQ(large.error().status, 413);
    EXPECT_THAT(large.error().body, HasSubstr("A batch may have 3 requests, not 4"));
}

TEST(ErrorAnswer, carries_the_nodes_data) {
    EXPECT_EQ(error_answer("1", {3, "execution \"reverted\"", "\"0x08\""}).body,
              R"({"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"execution \"reverted\"",)"
              R"("data":"0x08"}})");
}

TEST(IsRepeatable, is_true_of_what_reads_and_of_raw_transactions) {
    for (const auto* method : {"eth_call", "eth_getLogs", "net_version", "debug_traceTransaction",
                               "eth_sendRawTransaction"})
        EXPECT_TRUE(is_repeatable(method)) << method;
    for (const auto* method : {"eth_sendTransaction", "eth_newFilter", "eth_getFilterChanges",
                               "admin_addPeer", "miner_start", "", "evm_mine"})
        EXPECT_FALSE(is_repeatable(method)) << method;
}

TEST(HeadersToNode, leave_out_those_of_the_connection_and_the_origin) {
    const std::array headers{
        http::HeaderView{"Host", "signer:9000"},       http::HeaderView{"Origin", "http://page"},
        http::HeaderView{"Authorization", "Bearer x"}, http::HeaderView{"Content-Length", "5"},
        http::HeaderView{"Connection", "keep-alive"},  http::HeaderView{"Content-Type", "text/x"}};
    http::Request request;
    request.headers = headers;
    EXPECT_THAT(headers_to_node(request),
                ElementsAre(Pair("x-forwarded-host", "signer:9000"),
                            Pair("authorization", "Bearer x"), Pair("content-type", "text/x")));
}

TEST(ResponseOf, leaves_out_cors_and_the_form_of_the_body) {
    const auto response = response_of({.status = 418,
                                       .headers = {{"content-type", "application/json"},
                                                   {"access-control-allow-origin", "*"},
                                                   {"content-length", "2"},
                                                   {"x-node", "1"}},
                                       .body = "{}"});
    EXPECT_EQ(response.status, 418);
    EXPECT_EQ(response.body, "{}");
    EXPECT_THAT(response.headers, ElementsAre(Pair("x-node", "1")));
}

TEST(UnreachableAnswer, has_web3signers_status_and_words) {
    const auto answer_to = [](http::ClientErrorKind kind) {
        return unreachable_answer("1", http::ClientError{.kind = kind});
    };
    EXPECT_EQ(answer_to(http::ClientErrorKind::timed_out).status, 504);
    EXPECT_THAT(answer_to(http::ClientErrorKind::timed_out).body,
                HasSubstr("Connection to downstream node timed out"));
    EXPECT_EQ(answer_to(http::ClientErrorKind::connect).status, 504);
    EXPECT_THAT(answer_to(http::ClientErrorKind::connect).body,
                HasSubstr("Failed to connect to downstream node"));
    EXPECT_EQ(answer_to(http::ClientErrorKind::tls).status, 502);
    EXPECT_EQ(answer_to(http::ClientErrorKind::malformed).status, 500);
}

}  // namespace
}  // namespace meta138::signer
