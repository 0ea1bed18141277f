// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/rlp/item.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <string>

namespace meta138::rlp {
namespace {

using nlohmann::json;

/// Big-endian bytes of a decimal number of any size.
Bytes decimal_bytes(const std::string& digits) {
    Bytes little_endian;
    for (const char digit : digits) {
        unsigned carry = hex_digit_value(digit);
        for (auto& byte : little_endian) {
            carry += 10U * byte;
            byte = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        if (carry != 0) little_endian.push_back(static_cast<std::uint8_t>(carry));
    }
    return {little_endian.rbegin(), little_endian.rend()};
}

Item item_of(const json& in) {
    if (in.is_array()) {
        Item::List items;
        for (const auto& element : in) items.push_back(item_of(element));
        return {items};
    }
    if (in.is_number()) return {to_minimal_be(in.get<std::uint64_t>())};
    const auto text = in.get<std::string>();
    if (text.starts_with('#')) return {decimal_bytes(text.substr(1))};
    return {to_bytes(as_bytes(text))};
}

Bytes encoding_of(const json& test) {
    const auto text = test.at("out").get<std::string>();
    return text.starts_with("0x") ? decode_hex(text).value() : decode_hex_digits(text).value();
}

void check(const json& test) {
    const auto encoded = encoding_of(test);
    const auto decoded = decode_item(encoded, 1024);
    EXPECT_EQ(validate_item(encoded, 1024).has_value(), decoded.has_value());
    if (test.at("in") == "INVALID") {
        EXPECT_FALSE(decoded.has_value());
    } else if (test.at("in") == "VALID") {
        ASSERT_TRUE(decoded.has_value()) << to_string(decoded.error());
        EXPECT_EQ(encode_item(*decoded), encoded);
    } else {
        ASSERT_TRUE(decoded.has_value()) << to_string(decoded.error());
        EXPECT_EQ(*decoded, item_of(test.at("in")));
        EXPECT_EQ(encode_item(item_of(test.at("in"))), encoded);
    }
}

TEST(RlpFixtures, decode_and_encode_as_they_say) {
    META138_FIXTURE_OR_SKIP(folder, "rlp-tests");
    std::size_t cases = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (entry.path().extension() != ".json") continue;
        std::ifstream stream{entry.path()};
        const auto tests = json::parse(stream);
        for (const auto& [name, test] : tests.items()) {
            SCOPED_TRACE(entry.path().filename().string() + ": " + name);
            check(test);
            ++cases;
        }
    }
    EXPECT_GT(cases, 0U);
}

}  // namespace
}  // namespace meta138::rlp
