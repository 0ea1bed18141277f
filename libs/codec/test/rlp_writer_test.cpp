// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/item.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <gmock/gmock.h>

#include <random>

namespace meta138::rlp {
namespace {

TEST(RlpWriter, writes_integers_without_leading_zeros) {
    EXPECT_EQ(to_hex(encode_integer(0)), "0x80");
    EXPECT_EQ(to_hex(encode_integer(0x7f)), "0x7f");
    EXPECT_EQ(to_hex(encode_integer(0x80)), "0x8180");
    EXPECT_EQ(to_hex(encode_integer(0x0400)), "0x820400");
    EXPECT_EQ(to_hex(encode_integer(~std::uint64_t{0})), "0x88ffffffffffffffff");
    EXPECT_EQ(to_hex(encode_integer(uint256{1} << 64)), "0x89010000000000000000");
    EXPECT_EQ(to_hex(encode_integer(uint256{0x7f})), "0x7f");
}

TEST(RlpWriter, knows_the_size_of_an_integer_beforehand) {
    uint256 value;
    for (unsigned bit = 0; bit < 256; ++bit) {
        value = value << 1 | 1;
        EXPECT_EQ(encoded_size(value), encode_integer(value).size()) << bit;
        EXPECT_EQ(encoded_size(value.low64()), encode_integer(value.low64()).size()) << bit;
    }
}

TEST(RlpWriter, knows_the_size_of_strings_and_lists_beforehand) {
    for (const std::size_t size :
         std::initializer_list<std::size_t>{0, 1, 2, 55, 56, 57, 255, 256, 257, 65535, 65536}) {
        const Bytes content(size, 0x7f);
        EXPECT_EQ(encoded_size(content), encode_string(content).size()) << size;
        Writer out;
        out.list([&] { out.raw(content); });
        EXPECT_EQ(list_size(size), out.size()) << size;
    }
}

TEST(RlpWriter, writes_the_same_list_whatever_the_hint) {
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 55, 56, 255, 256, 70000}) {
        const Bytes payload(size, 0x01);
        Bytes expected(list_size(size), 0x01);
        write_list_header(expected.data(), size);
        for (const std::size_t hint : std::initializer_list<std::size_t>{0, 55, 56, 256, 70000}) {
            Writer out;
            out.raw(0xaa).list([&] { out.raw(payload); }, hint).raw(0xbb);
            Bytes framed(expected.size() + 2, 0xaa);
            std::ranges::copy(expected, framed.begin() + 1);
            framed.back() = 0xbb;
            EXPECT_EQ(out.take(), framed) << size << ' ' << hint;
        }
    }
}

TEST(RlpWriter, nests_lists) {
    Writer out;
    out.list([&] {
        out.list([] {});
        out.list([&] { out.list([] {}); });
        out.items(std::vector<std::uint64_t>{1, 128},
                  [](Writer& items, std::uint64_t value) { items.integer(value); });
    });
    EXPECT_EQ(to_hex(out.take()), "0xc7c0c1c0c3018180");
    EXPECT_EQ(out.size(), 0U);
}

TEST(RlpWriter, writes_an_absent_fixed_string_as_the_empty_one) {
    Writer out;
    out.optional_fixed(std::optional<FixedBytes<3>>{})
        .optional_fixed(std::optional{FixedBytes<3>{{1, 2, 3}}});
    EXPECT_EQ(to_hex(out.view()), "0x8083010203");
}

TEST(RlpWriter, encodes_a_list_of_values_at_once) {
    EXPECT_EQ(to_hex(encode_list()), "0xc0");
    EXPECT_EQ(to_hex(encode_list(std::uint64_t{1}, uint256{0x80}, FixedBytes<2>{{3, 4}},
                                 as_bytes("dog"), Raw{encode_list()})),
              "0xcb018180820304"
              "83646f67c0");
}

Item random_item(std::mt19937_64& random, unsigned depth) {
    if (depth == 0 || random() % 3 == 0) {
        Bytes content(random() % 4 == 0 ? random() % 300 : random() % 4);
        for (auto& byte : content) byte = static_cast<std::uint8_t>(random());
        return {content};
    }
    Item::List items(random() % 6);
    for (auto& item : items) item = random_item(random, depth - 1);
    return {items};
}

TEST(RlpItem, survives_encoding_and_decoding) {
    std::mt19937_64 random{138};
    for (int i = 0; i < 2000; ++i) {
        const auto item = random_item(random, 5);
        const auto encoded = encode_item(item);
        ASSERT_EQ(decode_item(encoded), item);
        ASSERT_TRUE(validate_item(encoded));
    }
}

TEST(RlpItem, has_one_encoding_only) {
    std::mt19937_64 random{139};
    for (int i = 0; i < 2000; ++i) {
        auto encoded = encode_item(random_item(random, 4));
        for (int flips = 0; flips < 20; ++flips) {
            auto mutant = encoded;
            mutant[random() % mutant.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
            if (const auto decoded = decode_item(mutant)) {
                ASSERT_EQ(encode_item(*decoded), mutant);
            }
        }
    }
}

}  // namespace
}  // namespace meta138::rlp
