// SPDX-License-Identifier: Apache-2.0
#include "websocket.hpp"

#include "client.hpp"

#include <gtest/gtest.h>

#include <cstring>

namespace meta138::http::websocket {
namespace {

using Event = Reader::Event;
using test::masked_frame;

class WebSocketReader : public testing::Test {
protected:
    void arrive(std::string_view bytes) {
        const auto room = buffer.room(bytes.size());
        std::memcpy(room.data(), bytes.data(), bytes.size());
        buffer.commit(bytes.size());
    }

    void expect_failure(std::string_view bytes, CloseCode code) {
        Reader fresh{1000, 3000};
        buffer = {};
        arrive(bytes);
        EXPECT_EQ(fresh.advance(buffer), Event::error);
        EXPECT_EQ(fresh.code(), code);
        EXPECT_EQ(fresh.advance(buffer), Event::error);
    }

    ReadBuffer buffer;
    Reader reader{1000, 3000};
};

TEST(WebSocket, the_accept_value_is_that_of_the_rfc) {
    EXPECT_EQ(accept_value("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_TRUE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ=="));
    EXPECT_FALSE(is_valid_key("dGhlIHNhbXBsZSBub25jZQ="));
    EXPECT_FALSE(is_valid_key("dGhl\r\nhbXBsZSBub25jZQ=="));
}

TEST(WebSocket, a_frames_length_takes_as_few_bytes_as_it_can) {
    const auto header_size = [](std::size_t payload) {
        std::string out;
        append_frame(out, Opcode::text, std::string(payload, 'x'));
        return out.size() - payload;
    };
    EXPECT_EQ(header_size(125), 2u);
    EXPECT_EQ(header_size(126), 4u);
    EXPECT_EQ(header_size(65535), 4u);
    EXPECT_EQ(header_size(65536), 10u);
}

TEST(WebSocket, utf8_is_checked_as_unicode_has_it) {
    for (const auto* good : {"", "ascii and more ascii", "\xc3\xa9", "\xe2\x82\xac",
                             "\xf0\x9f\x98\x80", "12345678\xc3\xa9 12345678", "\xef\xbf\xbf"})
        EXPECT_TRUE(is_valid_utf8(good)) << good;
    for (const auto* bad : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xff", "12345678\xe2\x82", "\xf5\x80\x80\x80"})
        EXPECT_FALSE(is_valid_utf8(bad)) << bad;
}

TEST_F(WebSocketReader, a_message_may_arrive_byte_by_byte) {
    const auto frame = masked_frame(0x81, std::string(200, 'm'));
    for (const auto c : std::string_view{frame}.substr(0, frame.size() - 1)) {
        arrive({&c, 1});
        ASSERT_EQ(reader.advance(buffer), Event::nothing);
    }
    arrive({&frame.back(), 1});
    EXPECT_EQ(reader.advance(buffer), Event::message);
    EXPECT_EQ(reader.payload(), std::string(200, 'm'));
    reader.next(buffer);
    EXPECT_TRUE(buffer.empty());
}

TEST_F(WebSocketReader, fragments_make_a_message_and_may_have_a_ping_between_them) {
    arrive(masked_frame(0x01, "one ") + masked_frame(0x00, "two ") + masked_frame(0x89, "ping") +
           masked_frame(0x80, "three") + masked_frame(0x82, "next"));
    EXPECT_EQ(reader.advance(buffer), Event::ping);
    EXPECT_EQ(reader.payload(), "ping");
    reader.next(buffer);
    EXPECT_EQ(reader.advance(buffer), Event::message);
    EXPECT_EQ(reader.payload(), "one two three");
    reader.next(buffer);
    EXPECT_EQ(reader.advance(buffer), Event::message);
    EXPECT_EQ(reader.payload(), "next");
}

TEST_F(WebSocketReader, what_is_too_big_is_1009) {
    expect_failure(masked_frame(0x81, std::string(1001, 'x')), CloseCode::message_too_big);
    std::string fragments = masked_frame(0x01, std::string(1000, 'x'));
    for (int i = 0; i < 3; ++i) fragments += masked_frame(0x00, std::string(1000, 'x'));
    expect_failure(fragments, CloseCode::message_too_big);
    // The length is refused before a byte of the payload has come.
    expect_failure("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff____", CloseCode::message_too_big);
}

TEST_F(WebSocketReader, what_the_protocol_forbids_is_1002) {
    expect_failure(std::string{"\x81\x01x", 3}, CloseCode::protocol_error);
    expect_failure(masked_frame(0xc1, "rsv"), CloseCode::protocol_error);
    expect_failure(masked_frame(0x83, "opcode"), CloseCode::protocol_error);
    expect_failure(masked_frame(0x80, "continues nothing"), CloseCode::protocol_error);
    expect_failure(masked_frame(0x01, "a") + masked_frame(0x81, "b"), CloseCode::protocol_error);
    expect_failure(masked_frame(0x09, "fragmented ping"), CloseCode::protocol_error);
    expect_failure(masked_frame(0x89, std::string(126, 'p')), CloseCode::protocol_error);
    expect_failure(masked_frame(0x88, "x"), CloseCode::protocol_error);
    expect_failure(masked_frame(0x88, std::string{"\x03\xed", 2}), CloseCode::protocol_error);
}

TEST_F(WebSocketReader, text_that_is_not_utf8_is_1007) {
    expect_failure(masked_frame(0x81, "\xff"), CloseCode::invalid_payload);
    expect_failure(masked_frame(0x88, std::string{"\x03\xe8\xff", 3}), CloseCode::invalid_payload);
}

TEST_F(WebSocketReader, the_peers_close_code_is_read) {
    arrive(masked_frame(0x88, std::string{"\x03\xe9", 2} + "bye"));
    EXPECT_EQ(reader.advance(buffer), Event::close);
    EXPECT_EQ(reader.code(), CloseCode::going_away);
}

}  // namespace
}  // namespace meta138::http::websocket
