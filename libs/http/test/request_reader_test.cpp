// SPDX-License-Identifier: Apache-2.0
#include "request_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace meta138::http {
namespace {

using Progress = RequestReader::Progress;

class RequestReaderTest : public testing::Test {
protected:
    void arrive(std::string_view bytes) {
        const auto room = buffer.room(bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
        buffer.commit(bytes.size());
    }

    Progress read(std::string_view bytes) {
        arrive(bytes);
        return reader.advance(buffer);
    }

    void expect_refused(std::string_view bytes, unsigned status) {
        RequestReader fresh{bounds};
        ReadBuffer own;
        const auto room = own.room(bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
        own.commit(bytes.size());
        EXPECT_EQ(fresh.advance(own), Progress::invalid) << bytes;
        EXPECT_EQ(fresh.error(), status) << bytes;
    }

    const RequestReader::Bounds bounds{
        .header_bytes = 1024, .header_count = 8, .body_bytes = 100'000};
    ReadBuffer buffer;
    RequestReader reader{bounds};
};

TEST_F(RequestReaderTest, a_request_may_arrive_byte_by_byte) {
    const std::string_view request =
        "POST /x?y=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    for (const auto c : request.substr(0, request.size() - 1))
        ASSERT_NE(read({&c, 1}), Progress::complete);
    EXPECT_EQ(read("o"), Progress::complete);
    EXPECT_EQ(reader.head().method, "POST");
    EXPECT_EQ(reader.head().target, "/x?y=1");
    EXPECT_EQ(reader.head().host, "a");
    EXPECT_EQ(reader.body(), "hello");
    reader.next(buffer);
    EXPECT_EQ(reader.advance(buffer), Progress::nothing);
}

TEST_F(RequestReaderTest, pipelined_requests_come_out_one_by_one) {
    EXPECT_EQ(read("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET"), Progress::complete);
    EXPECT_EQ(reader.head().target, "/1");
    reader.next(buffer);
    EXPECT_EQ(reader.advance(buffer), Progress::complete);
    EXPECT_EQ(reader.head().target, "/2");
    reader.next(buffer);
    EXPECT_EQ(reader.advance(buffer), Progress::head);
}

TEST_F(RequestReaderTest, chunks_are_put_together) {
    const std::string_view request =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\nhello\r\n00000A;name=value\r\n, chunked \r\n5\r\nworld\r\n0\r\nTrailer: x\r\n\r\n";
    for (const auto c : request.substr(0, request.size() - 1))
        ASSERT_NE(read({&c, 1}), Progress::complete);
    EXPECT_EQ(read("\nGET /next HTTP/1.1\r\n\r\n"), Progress::complete);
    EXPECT_EQ(reader.body(), "hello, chunked world");
    EXPECT_EQ(reader.headers().size(), 1u);
    EXPECT_EQ(reader.headers()[0].value, "chunked");
    reader.next(buffer);
    EXPECT_EQ(reader.advance(buffer), Progress::complete);
    EXPECT_EQ(reader.head().target, "/next");
}

TEST_F(RequestReaderTest, many_small_chunks_do_not_grow_the_buffer) {
    ASSERT_EQ(read("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"), Progress::body);
    for (int i = 0; i < 20'000; ++i) ASSERT_EQ(read("1\r\nx\r\n"), Progress::body);
    EXPECT_LE(buffer.capacity(), 64u * 1024);
    EXPECT_EQ(read("0\r\n\r\n"), Progress::complete);
    EXPECT_EQ(reader.body(), std::string(20'000, 'x'));
}

TEST_F(RequestReaderTest, headers_stay_valid_when_the_buffer_moves) {
    ASSERT_EQ(read("POST / HTTP/1.1\r\nHost: somewhere\r\nContent-Length: 90000\r\n\r\n"),
              Progress::body);
    EXPECT_EQ(read(std::string(90'000, 'b')), Progress::complete);
    EXPECT_EQ(reader.head().host, "somewhere");
    EXPECT_EQ(reader.headers()[0].value, "somewhere");
    EXPECT_EQ(reader.body().size(), 90'000u);
}

TEST_F(RequestReaderTest, keep_alive_follows_version_and_connection_header) {
    const auto keeps_alive = [&](std::string_view request) {
        RequestReader fresh{bounds};
        ReadBuffer own;
        const auto room = own.room(request.size());
        std::memcpy(room.data(), request.data(), request.size());
        own.commit(request.size());
        EXPECT_EQ(fresh.advance(own), Progress::complete);
        return fresh.head().keep_alive;
    };
    EXPECT_TRUE(keeps_alive("GET / HTTP/1.1\r\n\r\n"));
    EXPECT_FALSE(keeps_alive("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"));
    EXPECT_FALSE(keeps_alive("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(keeps_alive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

TEST_F(RequestReaderTest, what_two_servers_could_read_differently_is_refused) {
    const std::string start = "POST / HTTP/1.1\r\n";
    expect_refused(start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400);
    expect_refused(start + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
    expect_refused(start + "Content-Length: +1\r\n\r\n", 400);
    expect_refused(start + "Content-Length: 1, 1\r\n\r\n", 400);
    expect_refused(start + "Content-Length: 99999999999999999999\r\n\r\n", 400);
    expect_refused(start + "Content-Length : 1\r\n\r\n", 400);
    expect_refused(start + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
    expect_refused(start + "Host: a\r\n folded\r\n\r\n", 400);
    expect_refused(start + "Host: a\r\nHost: b\r\n\r\n", 400);
    expect_refused(start + "Host: a\nX: b\r\n\r\n", 400);
    expect_refused(start + std::string{"X: a\0b\r\n\r\n", 10}, 400);
    expect_refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
}

TEST_F(RequestReaderTest, what_is_no_http_is_refused) {
    expect_refused("\x16\x03\x01 / \r\n\r\n", 400);
    expect_refused("GET /\r\n\r\n", 400);
    expect_refused("GET  / HTTP/1.1\r\n\r\n", 400);
    expect_refused("GET x HTTP/1.1\r\n\r\n", 400);
    expect_refused("GET / HTTP/2.0\r\n\r\n", 505);
    expect_refused("GET / HTTP/1.1\r\nExpect: magic\r\n\r\n", 417);
    expect_refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
    expect_refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400);
    expect_refused("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 400);
}

TEST_F(RequestReaderTest, limits_are_kept) {
    expect_refused("GET / HTTP/1.1\r\nX: " + std::string(2000, 'x'), 431);
    expect_refused("GET /" + std::string(2000, 'x') + " HTTP/1.1\r\n\r\n", 431);
    std::string many = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 9; ++i) many += "A: b\r\n";
    expect_refused(many + "\r\n", 431);
    expect_refused("POST / HTTP/1.1\r\nContent-Length: 100001\r\n\r\n", 413);
    const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect_refused(chunked + "186A1\r\n", 413);
    expect_refused(chunked + "FFFFFFFFFFFFFFFF\r\n", 413);
    expect_refused(chunked + "1\r\nx\r\n186A0\r\n", 413);
    expect_refused(chunked + "0\r\n" + std::string(2000, 't') + "\r\n\r\n", 431);
    expect_refused(chunked + "1" + std::string(300, ' '), 400);
}

TEST(ReadBuffer, owns_nothing_when_released_empty) {
    ReadBuffer buffer;
    EXPECT_GE(buffer.room(10).size(), 10u);
    buffer.commit(1);
    buffer.release();
    EXPECT_NE(buffer.capacity(), 0u);
    buffer.consume(1);
    buffer.release();
    EXPECT_EQ(buffer.capacity(), 0u);
}

}  // namespace
}  // namespace meta138::http
