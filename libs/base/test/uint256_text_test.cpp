// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace meta138 {
namespace {

using namespace literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string max_decimal =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";
const std::string max_hex = "0x" + std::string(64, 'f');

TEST(Uint256Text, prints_decimal_without_leading_zeros) {
    EXPECT_EQ(to_string(uint256{}), "0");
    EXPECT_EQ(to_string(uint256{42}), "42");
    EXPECT_EQ(to_string(10000000000000000000_u256), "10000000000000000000");
    EXPECT_EQ(to_string(100000000000000000000000000000000000001_u256),
              "100000000000000000000000000000000000001");
    EXPECT_EQ(to_string(uint256::max()), max_decimal);
}

TEST(Uint256Text, prints_quantities_without_leading_zeros) {
    EXPECT_EQ(to_quantity(0), "0x0");
    EXPECT_EQ(to_quantity(0x1a), "0x1a");
    EXPECT_EQ(to_quantity(0x100), "0x100");
    EXPECT_EQ(to_quantity(uint256::max()), max_hex);
}

TEST(Uint256Text, reads_decimal_and_prefixed_hexadecimal) {
    EXPECT_EQ(parse_uint256("0"), 0);
    EXPECT_EQ(parse_uint256("007"), 7);
    EXPECT_EQ(parse_uint256(max_decimal), uint256::max());
    EXPECT_EQ(parse_uint256("0xFf"), 255);
    EXPECT_EQ(parse_uint256("0x0000"), 0);
    EXPECT_EQ(parse_uint256(max_hex), uint256::max());
    EXPECT_EQ(parse_uint256("0x" + std::string(100, '0') + "1"), 1);
}

TEST(Uint256Text, refuses_what_is_no_number) {
    EXPECT_EQ(parse_uint256("").error(), ParseError::empty);
    EXPECT_EQ(parse_uint256("0x").error(), ParseError::empty);
    for (const auto* text : {" 1", "1 ", "-1", "+1", "1e3", "ff", "0X1", "0x1g", "0x-1", "1_000"})
        EXPECT_EQ(parse_uint256(text).error(), ParseError::bad_digit) << text;
    EXPECT_EQ(parse_uint256(std::string_view{"1\0", 2}).error(), ParseError::bad_digit);
}

TEST(Uint256Text, refuses_more_than_256_bits) {
    auto above = max_decimal;
    above.back() = '6';
    EXPECT_EQ(parse_uint256(above).error(), ParseError::too_large);
    EXPECT_EQ(parse_uint256(max_decimal + "0").error(), ParseError::too_large);
    EXPECT_EQ(parse_uint256("0x1" + std::string(64, '0')).error(), ParseError::too_large);
    EXPECT_EQ(parse_quantity("0x1" + std::string(64, '0')).error(), ParseError::too_large);
    EXPECT_EQ(parse_hex_uint256("0x1" + std::string(64, '0')).error(), ParseError::too_large);
}

TEST(Uint256Text, finds_a_bad_digit_in_any_place) {
    for (std::size_t length = 1; length <= 80; ++length) {
        for (std::size_t at = 0; at < length; ++at) {
            auto text = "0x" + std::string(length, '1');
            text[2 + at] = 'g';
            ASSERT_EQ(parse_quantity(text).error(), ParseError::bad_digit) << text;
        }
    }
}

TEST(Uint256Text, lenient_hexadecimal_takes_leading_zeros_and_no_digits) {
    EXPECT_EQ(parse_hex_uint256("0x"), 0);
    EXPECT_EQ(parse_hex_uint256("0x00"), 0);
    EXPECT_EQ(parse_hex_uint256("0x000a"), 10);
    EXPECT_EQ(parse_hex_uint256("").error(), ParseError::missing_prefix);
    EXPECT_EQ(parse_hex_uint256("10").error(), ParseError::missing_prefix);
    EXPECT_EQ(parse_hex_uint256("0xx").error(), ParseError::bad_digit);
}

TEST(Uint256Text, strict_quantities_have_no_leading_zero) {
    EXPECT_EQ(parse_quantity("0x0"), 0);
    EXPECT_EQ(parse_quantity("0x41"), 65);
    EXPECT_EQ(parse_quantity(max_hex), uint256::max());
    EXPECT_EQ(parse_quantity("0x").error(), ParseError::empty);
    EXPECT_EQ(parse_quantity("0x00").error(), ParseError::leading_zero);
    EXPECT_EQ(parse_quantity("0x0400").error(), ParseError::leading_zero);
    EXPECT_EQ(parse_quantity("ff").error(), ParseError::missing_prefix);
    EXPECT_EQ(parse_quantity("0xg").error(), ParseError::bad_digit);
}

TEST(Uint256Bytes, big_endian_is_padded_on_the_left) {
    const Bytes bytes{1, 2, 3};
    EXPECT_EQ(uint256_from_be(bytes), 0x010203);
    EXPECT_EQ(uint256_from_be({}), 0);
    const auto word = to_hash32(0x010203);
    EXPECT_EQ(word[28], 0);
    EXPECT_EQ(word[29], 1);
    EXPECT_EQ(word[31], 3);
}

TEST(Uint256Bytes, every_length_up_to_32_is_read) {
    Bytes bytes;
    uint256 expected;
    for (unsigned i = 1; i <= 32; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(0x80 + i));
        expected = expected << 8 | (0x80 + i);
        EXPECT_EQ(uint256_from_be(bytes), expected);
        EXPECT_EQ(to_minimal_be(expected), bytes);
    }
}

TEST(Uint256Bytes, minimal_bytes_have_no_leading_zero) {
    EXPECT_THAT(to_minimal_be(0), IsEmpty());
    EXPECT_THAT(to_minimal_be(0x80), ElementsAre(0x80));
    EXPECT_THAT(to_minimal_be(0x100), ElementsAre(1, 0));
}

TEST(Uint256Bytes, an_address_is_the_low_20_bytes) {
    const auto address = "0x00112233445566778899aabbccddeeff01020304"_address;
    EXPECT_EQ(to_uint256(address), 0x00112233445566778899aabbccddeeff01020304_u256);
    EXPECT_EQ(to_address(to_uint256(address)), address);
    EXPECT_EQ(to_address(to_uint256(address) | 0xffff_u256 << 160), address);
}

TEST(Uint256BytesDeathTest, more_than_32_bytes_are_the_callers_mistake) {
    const Bytes bytes(33);
    EXPECT_DEATH(uint256_from_be(bytes), "broken invariant");
}

}  // namespace
}  // namespace meta138
