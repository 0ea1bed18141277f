// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace meta138 {
namespace {

using namespace literals;

TEST(Hex, encodes_lower_case_digits) {
    EXPECT_EQ(to_hex({}), "0x");
    EXPECT_EQ(to_hex(Bytes{0x00, 0x0f, 0xa0, 0xff}), "0x000fa0ff");
    EXPECT_EQ(to_hex_digits({}), "");
    EXPECT_EQ(to_hex_digits(Bytes{0xDE, 0xAD}), "dead");
}

TEST(Hex, decodes_digits_of_either_case) {
    EXPECT_EQ(decode_hex("0x"), Bytes{});
    EXPECT_EQ(decode_hex("0x00fFAb"), (Bytes{0x00, 0xff, 0xab}));
    EXPECT_EQ(decode_hex_digits(""), Bytes{});
    EXPECT_EQ(decode_hex_digits("09aFAf"), (Bytes{0x09, 0xaf, 0xaf}));
}

TEST(Hex, every_byte_round_trips) {
    Bytes all;
    for (unsigned byte = 0; byte < 256; ++byte) all.push_back(static_cast<std::uint8_t>(byte));
    EXPECT_EQ(decode_hex(to_hex(all)), all);
    EXPECT_EQ(decode_hex_digits(to_hex_digits(all)), all);
}

TEST(Hex, wants_the_prefix_in_lower_case) {
    for (const auto* text : {"", "0", "x", "00", "0X00", " 0x00", "\\x00"})
        EXPECT_EQ(decode_hex(text).error(), HexError::missing_prefix) << text;
}

TEST(Hex, wants_whole_bytes) {
    EXPECT_EQ(decode_hex("0x0").error(), HexError::odd_length);
    EXPECT_EQ(decode_hex("0x123").error(), HexError::odd_length);
    EXPECT_EQ(decode_hex_digits("f").error(), HexError::odd_length);
}

TEST(Hex, wants_nothing_but_digits) {
    for (const auto* digits : {"0g", "g0", "0x", " 0", "0 ", "-1", "+1", "0/", "0:", "0@", "0`",
                               "0G", "\xff\xff", "\xc3\xa9"})
        EXPECT_EQ(decode_hex_digits(digits).error(), HexError::bad_digit) << digits;
    EXPECT_EQ(decode_hex_digits({"0\0", 2}).error(), HexError::bad_digit);
    EXPECT_EQ(decode_hex("0x0x00").error(), HexError::bad_digit);
}

TEST(Hex, only_the_22_digits_have_a_value) {
    const std::string digits = "0123456789abcdefABCDEF";
    for (int c = 0; c < 256; ++c) {
        const auto value = hex_digit_value(static_cast<char>(c));
        const auto at = digits.find(static_cast<char>(c));
        if (at == std::string::npos) {
            EXPECT_GT(value, 15) << c;
        } else {
            EXPECT_EQ(value, at < 16 ? at : at - 6) << c;
        }
    }
}

TEST(Hex, fills_a_buffer_exactly) {
    std::array<std::uint8_t, 2> out{};
    EXPECT_TRUE(decode_hex_into("0x1234", out));
    EXPECT_EQ(out, (std::array<std::uint8_t, 2>{0x12, 0x34}));
    EXPECT_EQ(decode_hex_into("0x123", out).error(), HexError::wrong_length);
    EXPECT_EQ(decode_hex_into("0x12345", out).error(), HexError::wrong_length);
    EXPECT_EQ(decode_hex_into("0x", out).error(), HexError::wrong_length);
    EXPECT_EQ(decode_hex_into("1234", out).error(), HexError::missing_prefix);
    EXPECT_EQ(decode_hex_into("0x12g4", out).error(), HexError::bad_digit);
    EXPECT_TRUE(decode_hex_into("0x", {}));
}

TEST(Hex, a_fixed_size_is_exact) {
    EXPECT_EQ(decode_fixed_hex<Address>("0x00112233445566778899aAbBcCdDeEfF01020304"),
              "0x00112233445566778899aabbccddeeff01020304"_address);
    EXPECT_EQ(decode_fixed_hex<Address>("0x00").error(), HexError::wrong_length);
    EXPECT_EQ(decode_fixed_hex<Hash32>("0x" + std::string(63, '0')).error(),
              HexError::wrong_length);
    EXPECT_EQ(decode_fixed_hex<Hash32>("0x" + std::string(66, '0')).error(),
              HexError::wrong_length);
    EXPECT_TRUE(decode_fixed_hex<Hash32>("0x" + std::string(64, '0'))->is_zero());
}

TEST(Hex, every_error_has_words) {
    for (const auto error : {HexError::missing_prefix, HexError::odd_length, HexError::bad_digit,
                             HexError::wrong_length})
        EXPECT_FALSE(to_string(error).empty());
}

}  // namespace
}  // namespace meta138
