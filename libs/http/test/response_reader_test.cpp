// SPDX-License-Identifier: Apache-2.0
#include "response_reader.hpp"

#include "compression.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace meta138::http {
namespace {

constexpr ResponseReader::Bounds bounds{.header_bytes = 256, .header_count = 4, .body_bytes = 100};

/// What a client makes of a stream that arrives in pieces and then ends.
std::expected<ClientResponse, ResponseFault> read(std::string_view stream, std::size_t piece,
                                                  bool to_head = false) {
    ResponseReader reader{bounds, to_head};
    ReadBuffer buffer;
    while (true) {
        const auto progress = stream.empty() ? reader.end_of_stream() : [&] {
            const auto size = std::min(piece, stream.size());
            std::memcpy(buffer.room(size).data(), stream.data(), size);
            buffer.commit(size);
            stream.remove_prefix(size);
            return reader.advance(buffer);
        }();
        if (progress == ResponseReader::Progress::complete) return reader.take();
        if (progress == ResponseReader::Progress::invalid) return std::unexpected{reader.fault()};
    }
}

std::string body_of(std::string_view stream) {
    const auto whole = read(stream, stream.size());
    const auto bytewise = read(stream, 1);
    EXPECT_EQ(whole.has_value(), bytewise.has_value()) << stream;
    if (!whole || !bytewise) return "refused: " + std::string{whole.error().text};
    EXPECT_EQ(whole->body, bytewise->body);
    return whole->body;
}

ClientErrorKind fault_of(std::string_view stream) {
    const auto whole = read(stream, stream.size());
    const auto bytewise = read(stream, 1);
    EXPECT_FALSE(whole) << stream;
    EXPECT_FALSE(bytewise) << stream;
    if (whole || bytewise) return ClientErrorKind::invalid_request;
    EXPECT_EQ(whole.error().kind, bytewise.error().kind) << stream;
    return whole.error().kind;
}

TEST(ResponseReader, reads_bodies_of_every_framing) {
    EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "hello");
    EXPECT_EQ(body_of("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"),
              "hello");
    EXPECT_EQ(body_of("HTTP/1.0 200 OK\r\n\r\nhello"), "hello");
    EXPECT_EQ(body_of("HTTP/1.1 204 No Content\r\n\r\n"), "");
}

TEST(ResponseReader, skips_answers_that_only_announce_one) {
    EXPECT_EQ(body_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
                      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
              "x");
}

TEST(ResponseReader, knows_that_an_answer_to_head_has_no_body) {
    const auto answer = read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 10, true);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->header("content-length"), "5");
}

TEST(ResponseReader, decompresses) {
    const auto body = compress(std::string(90, 'z'), ContentCoding::gzip);
    EXPECT_EQ(body_of("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body),
              std::string(90, 'z'));
}

TEST(ResponseReader, bounds_what_comes_out_of_a_small_compressed_body) {
    const auto bomb = compress(std::string(2'000, 'z'), ContentCoding::deflate);
    ASSERT_LE(bomb.size(), bounds.body_bytes);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: " +
                       std::to_string(bomb.size()) + "\r\n\r\n" + bomb),
              ClientErrorKind::too_large);
}

TEST(ResponseReader, refuses_what_exceeds_a_bound) {
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"),
              ClientErrorKind::too_large);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n"),
              ClientErrorKind::too_large);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"),
              ClientErrorKind::too_large);
    EXPECT_EQ(fault_of("HTTP/1.0 200 OK\r\n\r\n" + std::string(101, 'x')),
              ClientErrorKind::too_large);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nA: " + std::string(256, 'x')),
              ClientErrorKind::too_large);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\na: 1\r\na: 1\r\na: 1\r\na: 1\r\na: 1\r\n\r\n"),
              ClientErrorKind::too_large);
}

TEST(ResponseReader, refuses_what_is_ambiguous_or_no_http) {
    EXPECT_EQ(fault_of("SSH-2.0-OpenSSH_9.2p1 x\r\n\r\n"), ClientErrorKind::malformed);
    EXPECT_EQ(fault_of("HTTP/1.1 20 OK\r\n\r\n"), ClientErrorKind::malformed);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), ClientErrorKind::malformed);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
              ClientErrorKind::malformed);
    EXPECT_EQ(
        fault_of("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ClientErrorKind::malformed);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
              ClientErrorKind::malformed);
    EXPECT_EQ(fault_of("HTTP/1.1 101 Switching Protocols\r\n\r\n"), ClientErrorKind::malformed);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"),
              ClientErrorKind::malformed);
}

TEST(ResponseReader, does_not_take_a_part_for_the_whole) {
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"),
              ClientErrorKind::closed);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n"),
              ClientErrorKind::closed);
    EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\n"), ClientErrorKind::closed);
}

}  // namespace
}  // namespace meta138::http
