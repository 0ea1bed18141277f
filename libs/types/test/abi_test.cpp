// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/abi.hpp"

#include "json_files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;
using nlohmann::json;
using test::unhex;
using List = std::vector<AbiValue>;

AbiValue word(const uint256& value) {
    return {value};
}
AbiValue text(std::string_view value) {
    return {to_bytes(as_bytes(value))};
}

std::vector<AbiType> types_of(std::initializer_list<std::string_view> names) {
    std::vector<AbiType> types;
    for (const auto name : names) types.push_back(parse_abi_type(name).value());
    return types;
}

AbiValue value_of(const json& arg, const AbiType& type) {
    if (type.kind == AbiType::Kind::array) {
        List list;
        for (const auto& element : arg) list.push_back(value_of(element, type.components[0]));
        return {list};
    }
    if (arg.is_number()) return word(arg.get<std::uint64_t>());
    const std::string string = arg;
    if (type.kind == AbiType::Kind::address) return word(parse_hex_uint256(string).value());
    return text(string);
}

TEST(EncodeAbi, gives_the_results_of_the_fixtures) {
    META138_FIXTURE_OR_SKIP(file, "basic-tests/ABITests/basic_abi_tests.json");
    for (const auto& [name, test] : test::read_json(file).items()) {
        SCOPED_TRACE(name);
        std::vector<AbiType> types;
        List values;
        for (std::size_t i = 0; i < test["types"].size(); ++i) {
            types.push_back(parse_abi_type(test["types"][i].get<std::string>()).value());
            values.push_back(value_of(test["args"][i], types.back()));
        }
        const auto encoded = encode_abi(types, values);
        ASSERT_TRUE(encoded);
        EXPECT_EQ(to_hex_digits(*encoded), test["result"].get<std::string>());
        EXPECT_EQ(decode_abi(types, *encoded), values);
    }
}

// Each the encoding of a value and back.
void expect_round_trip(const std::vector<AbiType>& types, const List& values) {
    const auto encoded = encode_abi(types, values);
    ASSERT_TRUE(encoded) << to_string(encoded.error());
    const auto decoded = decode_abi(types, *encoded);
    ASSERT_TRUE(decoded) << to_string(decoded.error());
    EXPECT_EQ(*decoded, values);
    for (std::size_t size = 0; size < encoded->size(); ++size)
        ASSERT_FALSE(decode_abi(types, ByteView{*encoded}.first(size))) << size;
}

TEST(Abi, encodes_nested_types_and_decodes_them) {
    expect_round_trip(types_of({"uint8", "bool", "address"}), {word(255), word(1), word(7)});
    expect_round_trip(types_of({"int16"}), {word(-uint256{5})});
    expect_round_trip(types_of({"string[]"}),
                      {{List{text("a"), text(""), text(std::string(40, 'x'))}}});
    expect_round_trip(types_of({"uint256[2][]"}),
                      {{List{{List{word(1), word(2)}}, {List{word(3), word(4)}}}}});
    expect_round_trip(
        types_of({"(address,string)[]", "bytes4"}),
        {{List{{List{word(1), text("x")}}, {List{word(2), text("y")}}}}, text("abcd")});
    expect_round_trip(types_of({"((uint8,bytes),bool[3])"}),
                      {{List{{List{word(1), text("z")}}, {List{word(0), word(1), word(0)}}}}});
}

// The example of the Solidity documentation: f(uint256,uint32[],bytes10,bytes).
TEST(Abi, encodes_the_example_of_its_specification) {
    const auto encoded = encode_abi(types_of({"uint256", "uint32[]", "bytes10", "bytes"}),
                                    std::vector<AbiValue>{word(0x123),
                                                          {List{word(0x456), word(0x789)}},
                                                          text("1234567890"),
                                                          text("Hello, world!")});
    ASSERT_TRUE(encoded);
    EXPECT_EQ(encoded->size(), 9 * 32u);
    EXPECT_EQ(to_hex(function_selector("f(uint256,uint32[],bytes10,bytes)").bytes), "0x8be65246");
}

TEST(Abi, refuses_values_of_other_types) {
    const auto error_of = [](std::string_view type, AbiValue value) {
        const auto encoded = encode_abi(types_of({type}), std::vector{std::move(value)});
        return encoded ? std::nullopt : std::optional{encoded.error()};
    };
    EXPECT_EQ(error_of("uint8", word(256)), AbiError::out_of_range);
    EXPECT_EQ(error_of("int8", word(128)), AbiError::out_of_range);
    EXPECT_EQ(error_of("bool", word(2)), AbiError::out_of_range);
    EXPECT_EQ(error_of("address", word(uint256::max())), AbiError::out_of_range);
    EXPECT_EQ(error_of("bytes2", text("abc")), AbiError::type_mismatch);
    EXPECT_EQ(error_of("string", word(1)), AbiError::type_mismatch);
    EXPECT_EQ(error_of("uint8", text("a")), AbiError::type_mismatch);
    EXPECT_EQ(error_of("uint8[2]", {List{word(1)}}), AbiError::type_mismatch);
    EXPECT_EQ(encode_abi(types_of({"uint8"}), {}).error(), AbiError::type_mismatch);
}

TEST(Abi, decodes_strictly) {
    const auto error_of = [](std::string_view type, std::initializer_list<uint256> words) {
        Bytes data;
        for (const auto& item : words) {
            const auto bytes = to_hash32(item);
            data.insert(data.end(), bytes.begin(), bytes.end());
        }
        const auto decoded = decode_abi(types_of({type}), data);
        return decoded ? std::nullopt : std::optional{decoded.error()};
    };
    EXPECT_EQ(error_of("bool", {1}), std::nullopt);
    EXPECT_EQ(error_of("bool", {2}), AbiError::out_of_range);
    EXPECT_EQ(error_of("bytes1", {1}), AbiError::not_padded);
    EXPECT_EQ(error_of("bytes", {32, 1, 1}), AbiError::not_padded);
    EXPECT_EQ(error_of("bytes", {32, 33, 0}), AbiError::truncated);
    EXPECT_EQ(error_of("bytes", {64, 0}), AbiError::truncated);
    EXPECT_EQ(error_of("bytes", {uint256::max(), 0}), AbiError::truncated);
    EXPECT_EQ(error_of("uint8[]", {32, uint256::max()}), AbiError::truncated);
    // Both strings of the list lie at the same place.
    EXPECT_EQ(error_of("string[]", {32, 2, 64, 64, 0}), AbiError::too_large);
}

TEST(AbiType, is_parsed_from_its_name) {
    for (const auto* name : {"uint", "uint8", "uint256", "int", "int128", "address", "bool",
                             "bytes", "bytes1", "bytes32", "string", "function", "uint8[]",
                             "uint8[3][]", "(uint8)", "(uint8,(bool,string)[2])[]"})
        EXPECT_TRUE(parse_abi_type(name)) << name;
    for (const auto* name : {"",
                             "uint0",
                             "uint7",
                             "uint264",
                             "uint08",
                             "bytes0",
                             "bytes33",
                             "int8 ",
                             "uint8[",
                             "uint8]",
                             "uint8[0]",
                             "uint8[-1]",
                             "uint8[01]",
                             "()",
                             "(uint8",
                             "(uint8,)",
                             "uint8)",
                             "Person",
                             "uint8[99999999999999999999]",
                             "uint8[1000][1000]"})
        EXPECT_FALSE(parse_abi_type(name)) << name;
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "(";
    EXPECT_FALSE(parse_abi_type(deep));
    std::string levels = "uint8";
    for (int i = 0; i < 1000; ++i) levels += "[]";
    EXPECT_FALSE(parse_abi_type(levels));
}

}  // namespace
}  // namespace meta138
