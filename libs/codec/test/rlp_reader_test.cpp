// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/item.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <gmock/gmock.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::rlp {
namespace {

using Kind = DecodeErrorKind;

Bytes hex(std::string_view digits) {
    return decode_hex_digits(digits).value();
}

template <typename T>
std::expected<T, DecodeError> decode_integer(ByteView encoded) {
    auto in = Reader::item(encoded);
    return in.finish(in.integer<T>());
}

struct Pair {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    friend bool operator==(const Pair&, const Pair&) = default;
};

Pair read_pair(Reader& outer) {
    auto in = outer.list();
    return {.first = in.integer<std::uint64_t>(), .second = in.integer<std::uint64_t>()};
}

std::expected<std::vector<Pair>, DecodeError> decode_pairs(ByteView encoded,
                                                           std::size_t max = Reader::no_limit) {
    auto in = Reader::item(encoded);
    return in.finish(in.items(read_pair, max));
}

TEST(RlpReader, reads_integers_of_every_size) {
    EXPECT_EQ(decode_integer<std::uint8_t>(hex("80")), 0);
    EXPECT_EQ(decode_integer<std::uint8_t>(hex("7f")), 0x7f);
    EXPECT_EQ(decode_integer<std::uint8_t>(hex("81ff")), 0xff);
    EXPECT_EQ(decode_integer<std::uint16_t>(hex("820100")), 0x100);
    EXPECT_EQ(decode_integer<std::uint64_t>(hex("88ffffffffffffffff")), ~std::uint64_t{0});
    EXPECT_EQ(decode_integer<uint256>(hex("a0" + std::string(64, 'f'))), uint256::max());
}

TEST(RlpReader, rejects_an_integer_with_a_leading_zero) {
    EXPECT_EQ(decode_integer<std::uint64_t>(hex("00")).error().kind, Kind::leading_zero);
    EXPECT_EQ(decode_integer<std::uint64_t>(hex("820001")).error().kind, Kind::leading_zero);
    EXPECT_EQ(decode_integer<uint256>(hex("820001")).error().kind, Kind::leading_zero);
}

TEST(RlpReader, rejects_an_integer_that_does_not_fit) {
    EXPECT_EQ(decode_integer<std::uint8_t>(hex("820100")).error().kind, Kind::integer_too_large);
    EXPECT_EQ(decode_integer<std::uint64_t>(hex("89010000000000000000")).error().kind,
              Kind::integer_too_large);
    EXPECT_EQ(decode_integer<uint256>(hex("a1" + std::string(66, '1'))).error().kind,
              Kind::integer_too_large);
}

TEST(RlpReader, rejects_sizes_that_have_a_shorter_form) {
    for (const auto* digits : {"8100", "817f", "b800", "b83701", "b90038", "f800", "f90038"}) {
        auto encoded = hex(digits);
        encoded.resize(encoded.size() + 300);
        auto in = Reader::sequence(encoded);
        in.raw_item();
        ASSERT_TRUE(in.failed()) << digits;
        EXPECT_EQ(in.finish().error(), (DecodeError{Kind::non_canonical_size, 0})) << digits;
    }
}

TEST(RlpReader, rejects_items_that_end_after_the_input) {
    for (const auto* digits : {"", "81", "83ffff", "b8", "b838ff", "bfffffffffffffffff", "c1", "f8",
                               "ffffffffffffffffff"}) {
        const auto encoded = hex(digits);
        auto in = Reader::item(encoded);
        EXPECT_EQ(in.finish().error().kind, Kind::truncated) << digits;
    }
}

TEST(RlpReader, rejects_a_nested_item_that_ends_after_its_list) {
    const auto encoded = hex("c4c28201c0");  // the inner list has two bytes, its string wants three
    EXPECT_EQ(decode_item(encoded).error(), (DecodeError{Kind::truncated, 2}));
}

TEST(RlpReader, rejects_bytes_after_the_item) {
    const auto encoded = hex("c00102");
    EXPECT_EQ(Reader::list(encoded).finish().error(), (DecodeError{Kind::trailing_bytes, 1}));
    EXPECT_EQ(Reader::item(encoded).finish().error(), (DecodeError{Kind::trailing_bytes, 1}));
}

TEST(RlpReader, tells_lists_and_strings_apart) {
    const auto encoded = hex("c2c001");
    auto in = Reader::list(encoded);
    EXPECT_TRUE(in.is_list());
    EXPECT_FALSE(in.is_string());
    EXPECT_THAT(in.raw_item(), testing::ElementsAre(0xc0));
    EXPECT_TRUE(in.is_string());
    EXPECT_THAT(in.bytes(), testing::ElementsAre(0x01));
    EXPECT_FALSE(in.is_list());
    EXPECT_FALSE(in.is_string());
    EXPECT_TRUE(in.finish());

    EXPECT_EQ(Reader::list(hex("80")).finish().error().kind, Kind::expected_list);
    EXPECT_EQ(decode_integer<std::uint8_t>(hex("c0")).error().kind, Kind::expected_string);
}

TEST(RlpReader, reads_strings_of_a_fixed_size) {
    const auto encoded = hex("83010203");
    auto in = Reader::item(encoded);
    EXPECT_EQ(in.fixed<FixedBytes<3>>(), (FixedBytes<3>{{1, 2, 3}}));
    EXPECT_TRUE(in.finish());
    auto other = Reader::item(encoded);
    EXPECT_EQ(other.fixed<FixedBytes<4>>(), FixedBytes<4>{});
    EXPECT_EQ(other.finish().error().kind, Kind::wrong_length);
}

TEST(RlpReader, takes_the_empty_string_for_an_absent_fixed_one) {
    const auto encoded = hex("c68083010203c0");
    auto in = Reader::list(encoded);
    EXPECT_EQ(in.optional_fixed<FixedBytes<3>>(), std::nullopt);
    EXPECT_EQ(in.optional_fixed<FixedBytes<3>>(), (FixedBytes<3>{{1, 2, 3}}));
    in.optional_fixed<FixedBytes<3>>();
    EXPECT_EQ(in.finish().error(), (DecodeError{Kind::expected_string, 6}));
}

TEST(RlpReader, reads_trailing_items_while_there_are_any) {
    const auto encoded = hex("c101");
    auto in = Reader::list(encoded);
    EXPECT_EQ(in.trailing(&Reader::integer<std::uint64_t>), 1U);
    EXPECT_EQ(in.trailing(&Reader::integer<std::uint64_t>), std::nullopt);
    EXPECT_TRUE(in.finish());
}

TEST(RlpReader, reads_items_of_one_kind) {
    EXPECT_THAT(decode_pairs(hex("c6c20102c20304")).value(),
                testing::ElementsAre(Pair{1, 2}, Pair{3, 4}));
    EXPECT_THAT(decode_pairs(hex("c0")).value(), testing::IsEmpty());
}

TEST(RlpReader, allows_as_many_items_as_the_caller) {
    EXPECT_EQ(decode_pairs(hex("c6c20102c20304"), 1).error(),
              (DecodeError{Kind::too_many_items, 4}));
    EXPECT_TRUE(decode_pairs(hex("c6c20102c20304"), 2));
}

TEST(RlpReader, passes_an_error_of_a_nested_list_on) {
    EXPECT_EQ(decode_pairs(hex("c6c20102c20300")).error(), (DecodeError{Kind::leading_zero, 6}));
    EXPECT_EQ(decode_pairs(hex("c3c20102"
                               "01"))
                  .error()
                  .kind,
              Kind::trailing_bytes);
}

TEST(RlpReader, rejects_items_that_a_nested_reader_left) {
    EXPECT_EQ(decode_pairs(hex("c7c3010203c20304")).error(),
              (DecodeError{Kind::left_over_items, 4}));

    const auto encoded = hex("c4c2010203");
    auto in = Reader::list(encoded);
    auto open = in.list();
    EXPECT_EQ(open.integer<std::uint8_t>(), 1);
    EXPECT_EQ(in.integer<std::uint8_t>(), 0);  // reading on closes the nested list
    EXPECT_EQ(in.finish().error(), (DecodeError{Kind::left_over_items, 3}));
}

TEST(RlpReader, rejects_items_that_a_nested_reader_left_when_the_outer_one_finishes_first) {
    const auto encoded = hex("c3c20102");
    auto in = Reader::list(encoded);
    auto open = in.list();
    EXPECT_EQ(open.integer<std::uint8_t>(), 1);
    EXPECT_EQ(in.finish().error(), (DecodeError{Kind::left_over_items, 3}));
}

TEST(RlpReader, keeps_the_first_error_and_is_empty_from_then_on) {
    const auto encoded = hex("c4c0010203");
    auto in = Reader::list(encoded);
    EXPECT_EQ(in.integer<std::uint8_t>(), 0);
    EXPECT_TRUE(in.empty());
    EXPECT_EQ(in.integer<std::uint8_t>(), 0);
    EXPECT_TRUE(in.list().empty());
    EXPECT_THAT(in.items(read_pair), testing::IsEmpty());
    in.fail(Kind::invalid_value);
    EXPECT_EQ(in.finish(7).error(), (DecodeError{Kind::expected_string, 1}));
}

TEST(RlpReader, reports_what_a_decoder_finds_wrong_at_the_item_read_last) {
    const auto encoded = hex("c3010203");
    auto in = Reader::list(encoded);
    in.integer<std::uint8_t>();
    in.integer<std::uint8_t>();
    in.fail(Kind::invalid_value);
    EXPECT_EQ(to_string(in.finish().error()), "an invalid value, at byte 2");
}

TEST(RlpItem, bounds_the_depth_of_lists) {
    const Bytes encoded{0xc2, 0xc1, 0xc0};
    EXPECT_TRUE(decode_item(encoded, 3));
    EXPECT_EQ(decode_item(encoded, 2).error(), (DecodeError{Kind::too_deep, 2}));
    EXPECT_EQ(validate_item(encoded, 2).error(), (DecodeError{Kind::too_deep, 2}));
}

TEST(RlpItem, refuses_a_megabyte_of_nested_lists_without_exhausting_the_stack) {
    Bytes reversed;
    while (reversed.size() < 1'000'000) {  // the headers from the innermost to the outermost
        std::array<std::uint8_t, 9> header;
        const auto* end = write_list_header(header.data(), reversed.size());
        const auto size = static_cast<std::size_t>(end - header.data());
        for (std::size_t i = size; i-- > 0;) reversed.push_back(header[i]);
    }
    const Bytes encoded{reversed.rbegin(), reversed.rend()};
    EXPECT_EQ(decode_item(encoded).error().kind, Kind::too_deep);
}

}  // namespace
}  // namespace meta138::rlp
