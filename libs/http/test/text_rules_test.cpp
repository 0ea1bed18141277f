// SPDX-License-Identifier: Apache-2.0
// What decides by text alone: hosts, origins, codings, documents, permissions, queries.
#include "compression.hpp"
#include "document_splitter.hpp"
#include "gate.hpp"

#include "meta138/http/message.hpp"
#include "meta138/http/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace meta138::http {
namespace {

std::string inflated(const std::string& compressed, int bits) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, bits), Z_OK);
    std::string out(1'000'000, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
    stream.avail_in = static_cast<uInt>(compressed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

TEST(HostGate, port_and_case_do_not_matter) {
    const HostGate gate{{"localhost", "node.example", "::1"}};
    EXPECT_TRUE(gate.admits("localhost"));
    EXPECT_TRUE(gate.admits("LocalHost:8545"));
    EXPECT_TRUE(gate.admits("node.example:1"));
    EXPECT_TRUE(gate.admits("[::1]:8545"));
    EXPECT_FALSE(gate.admits("localhost.evil"));
    EXPECT_FALSE(gate.admits("evil"));
    EXPECT_FALSE(gate.admits(""));
    EXPECT_FALSE(gate.admits("["));
    EXPECT_FALSE(gate.admits(std::nullopt));
}

TEST(HostGate, a_star_admits_all_and_none_nobody) {
    EXPECT_TRUE(HostGate{{"*"}}.admits(std::nullopt));
    EXPECT_TRUE(HostGate{{"all"}}.admits("anything"));
    EXPECT_FALSE(HostGate{{"none"}}.admits("none"));
    EXPECT_FALSE(HostGate{{}}.admits("localhost"));
}

TEST(OriginGate, patterns_are_regular_expressions_for_the_whole_origin) {
    const OriginGate gate{{"https://.*\\.example\\.com", "http://localhost:[0-9]+"}};
    EXPECT_EQ(gate.allowed("https://app.example.com"), "https://app.example.com");
    EXPECT_EQ(gate.allowed("http://localhost:3000"), "http://localhost:3000");
    EXPECT_EQ(gate.allowed("https://app.example.com.evil"), "");
    EXPECT_EQ(gate.allowed("https://" + std::string(100'000, 'a')), "");
}

TEST(OriginGate, nothing_is_allowed_by_default_and_everything_by_a_star) {
    EXPECT_EQ(OriginGate{{}}.allowed("http://a"), "");
    EXPECT_EQ(OriginGate{{"none"}}.allowed("none"), "");
    EXPECT_EQ(OriginGate{{"*"}}.allowed("http://a"), "*");
}

TEST(OriginGate, a_pattern_that_is_none_is_refused_at_the_start) {
    EXPECT_THROW(OriginGate{{"("}}, ConfigurationError);
}

TEST(Origin, the_host_itself_is_no_other_origin) {
    EXPECT_TRUE(is_same_origin("http://localhost:8545", "localhost:8545"));
    EXPECT_FALSE(is_same_origin("http://localhost:3000", "localhost:8545"));
    EXPECT_FALSE(is_same_origin("null", "localhost:8545"));
}

TEST(ContentCoding, is_chosen_from_what_the_client_accepts) {
    EXPECT_EQ(choose_coding("gzip, deflate, br"), ContentCoding::gzip);
    EXPECT_EQ(choose_coding("deflate"), ContentCoding::deflate);
    EXPECT_EQ(choose_coding("GZIP;q=0.5"), ContentCoding::gzip);
    EXPECT_EQ(choose_coding("gzip;q=0, deflate"), ContentCoding::deflate);
    EXPECT_EQ(choose_coding("gzip; q=0.000"), ContentCoding::identity);
    EXPECT_EQ(choose_coding("br"), ContentCoding::identity);
    EXPECT_EQ(choose_coding(""), ContentCoding::identity);
}

TEST(ContentCoding, what_is_compressed_comes_out_again) {
    std::string body;
    for (int i = 0; i < 20'000; ++i) body += std::to_string(i * 7919);
    for (int twice = 0; twice < 2; ++twice) {
        const auto gzip = compress(body, ContentCoding::gzip);
        EXPECT_LT(gzip.size(), body.size());
        EXPECT_EQ(inflated(gzip, 15 + 16), body);
        EXPECT_EQ(inflated(compress(body, ContentCoding::deflate), 15), body);
    }
}

TEST(DocumentSplitter, finds_documents_in_one_packet) {
    const std::string_view packet = " {\"a\":\"}{]\\\"\"}\n[1,[2]] {}";
    DocumentSplitter splitter;
    std::vector<std::string_view> documents;
    auto rest = packet;
    while (splitter.advance(rest) == DocumentSplitter::Progress::document) {
        const auto [begin, end] = splitter.document();
        documents.push_back(rest.substr(begin, end - begin));
        rest.remove_prefix(end);
        splitter.next();
    }
    EXPECT_THAT(documents, testing::ElementsAre("{\"a\":\"}{]\\\"\"}", "[1,[2]]", "{}"));
}

TEST(DocumentSplitter, a_document_may_come_in_pieces) {
    const std::string_view document = "{\"key\":\"a\\\\\",\"b\":[{}]}";
    DocumentSplitter splitter;
    for (std::size_t size = 0; size < document.size(); ++size)
        ASSERT_EQ(splitter.advance(document.substr(0, size)),
                  DocumentSplitter::Progress::incomplete);
    EXPECT_EQ(splitter.advance(document), DocumentSplitter::Progress::document);
    EXPECT_EQ(splitter.document().end, document.size());
}

TEST(DocumentSplitter, what_begins_no_document_ends_with_its_line) {
    DocumentSplitter splitter;
    EXPECT_EQ(splitter.advance("GET / HTTP/1.1\r\n{}"), DocumentSplitter::Progress::garbage);
    EXPECT_EQ(splitter.document().end, 16u);
    splitter.next();
    EXPECT_EQ(splitter.advance("{}"), DocumentSplitter::Progress::document);
}

TEST(Permissions, cover_a_method_a_group_or_everything) {
    EXPECT_TRUE(Permissions{{"*:*"}}.allow("eth_blockNumber"));
    EXPECT_TRUE(Permissions{{"eth:*"}}.allow("eth_blockNumber"));
    EXPECT_TRUE((Permissions{{"net:*", "eth:blockNumber"}}.allow("eth_blockNumber")));
    EXPECT_FALSE(Permissions{{"eth:block"}}.allow("eth_blockNumber"));
    EXPECT_FALSE(Permissions{{"net:*"}}.allow("eth_blockNumber"));
    EXPECT_FALSE(Permissions{{"*"}}.allow("eth_blockNumber"));
    EXPECT_FALSE(Permissions{{"eth:*"}}.allow("eth"));
    EXPECT_FALSE(Permissions{}.allow("eth_blockNumber"));
}

TEST(Access, open_methods_need_no_identity) {
    const auto open =
        std::make_shared<const OpenMethods>(std::vector<std::string>{"eth_blockNumber", "net_*"});
    const Access nobody{open, nullptr};
    EXPECT_TRUE(nobody.allows("eth_blockNumber"));
    EXPECT_TRUE(nobody.allows("net_version"));
    EXPECT_FALSE(nobody.allows("eth_call"));
    EXPECT_FALSE(nobody.allows_nothing());
    EXPECT_TRUE(Access(std::make_shared<const OpenMethods>(), nullptr).allows_nothing());
    EXPECT_TRUE(Access{}.allows("admin_addPeer"));
    EXPECT_FALSE(Access{}.allows_nothing());
}

TEST(Request, finds_headers_and_query_values) {
    const std::vector<HeaderView> headers = {{"Content-Type", "a"}, {"content-type", "b"}};
    const Request request{.method = "GET",
                          .target = "/readiness?minPeers=0&flag&maxBlocksBehind=10",
                          .headers = headers,
                          .body = {},
                          .remote_address = {},
                          .tls_client_name = {},
                          .access = {}};
    EXPECT_EQ(request.header("CONTENT-TYPE"), "a");
    EXPECT_EQ(request.header("x"), "");
    EXPECT_EQ(request.path(), "/readiness");
    EXPECT_EQ(request.query("minPeers"), "0");
    EXPECT_EQ(request.query("maxBlocksBehind"), "10");
    EXPECT_EQ(request.query("flag"), "");
    EXPECT_EQ(request.query("none"), "");
}

TEST(Responder, that_dies_without_an_answer_has_answered_500) {
    unsigned status = 0;
    {
        const auto responder = respond_to([&](Response response) { status = response.status; });
    }
    EXPECT_EQ(status, 500u);
}

TEST(Responder, gathers_a_streamed_body_for_a_test) {
    std::string body;
    auto stream = respond_to([&](Response response) {
                      body = response.body;
                  }).begin({.body = "[", .headers = {}});
    EXPECT_TRUE(stream.write("1]"));
    stream.finish();
    EXPECT_EQ(body, "[1]");
}

}  // namespace
}  // namespace meta138::http
