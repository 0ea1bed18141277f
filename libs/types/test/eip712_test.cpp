// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/eip712.hpp"

#include "json_files.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gmock/gmock.h>

namespace meta138 {
namespace {

using namespace literals;
using nlohmann::json;
using test::unhex;
using test::unhex_fixed;

TEST(HashTypedData, gives_the_digests_of_the_fixtures) {
    META138_FIXTURE_OR_SKIP(file, "basic-tests/EIP712/typed-data.json");
    for (const auto& test : test::read_json(file)) {
        SCOPED_TRACE(test["name"].get<std::string>());
        const json typed_data{{"types", test["types"]},
                              {"primaryType", test["primaryType"]},
                              {"domain", test["domain"]},
                              {"message", test["data"]}};
        const auto hashes = hash_typed_data(typed_data.dump());
        ASSERT_TRUE(hashes) << to_string(hashes.error());
        EXPECT_EQ(hashes->encoded_message, unhex(test["encoded"].get<std::string>()));
        EXPECT_EQ(hashes->digest, unhex_fixed<Hash32>(test["digest"].get<std::string>()));
    }
}

// The example of EIP-712.
json mail() {
    return json::parse(R"({
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"},
                             {"name": "version", "type": "string"},
                             {"name": "chainId", "type": "uint256"},
                             {"name": "verifyingContract", "type": "address"}],
            "Person": [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}],
            "Mail": [{"name": "from", "type": "Person"}, {"name": "to", "type": "Person"},
                     {"name": "contents", "type": "string"}]},
        "primaryType": "Mail",
        "domain": {"name": "Ether Mail", "version": "1", "chainId": 1,
                   "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},
        "message": {
            "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
            "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
            "contents": "Hello, Bob!"}})");
}

TEST(HashTypedData, gives_the_hashes_of_the_example_of_eip_712) {
    const auto hashes = hash_typed_data(mail().dump());
    ASSERT_TRUE(hashes) << to_string(hashes.error());
    EXPECT_EQ(hashes->encoded_type,
              "Mail(Person from,Person to,string contents)Person(string name,address wallet)");
    EXPECT_EQ(hashes->domain_separator,
              "0xf2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"_hash32);
    EXPECT_EQ(hashes->message_hash,
              "0xc52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"_hash32);
    EXPECT_EQ(hashes->digest,
              "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"_hash32);
}

TypedDataError error_after(auto&& change) {
    auto typed_data = mail();
    change(typed_data);
    const auto hashes = hash_typed_data(typed_data.dump());
    EXPECT_FALSE(hashes) << typed_data.dump();
    return hashes ? TypedDataError{} : hashes.error();
}

TEST(HashTypedData, errors_name_the_place_and_the_reason) {
    using Error = TypedDataError;
    EXPECT_EQ(error_after([](json& data) { data["message"]["from"].erase("wallet"); }),
              (Error{"message.from.wallet", "missing"}));
    EXPECT_EQ(error_after([](json& data) { data["message"]["from"]["wallet"] = "0x12"; }),
              (Error{"message.from.wallet", "not an address"}));
    EXPECT_EQ(error_after([](json& data) { data["message"]["note"] = "unsigned"; }),
              (Error{"message", "has members that its type Mail lacks"}));
    EXPECT_EQ(error_after([](json& data) { data["domain"]["chainId"] = -1; }),
              (Error{"domain.chainId", "out of range"}));
    EXPECT_EQ(error_after([](json& data) { data["domain"]["chainId"] = 1.5; }),
              (Error{"domain.chainId", "not an integer"}));
    EXPECT_EQ(error_after([](json& data) { data["primaryType"] = "Letter"; }),
              (Error{"primaryType", "not one of types"}));
    EXPECT_EQ(error_after([](json& data) { data["types"].erase("EIP712Domain"); }),
              (Error{"types.EIP712Domain", "missing"}));
    EXPECT_EQ(error_after([](json& data) { data["types"]["Mail"][0]["type"] = "Persona"; }),
              (Error{"types.Mail.from", "an unknown type: Persona"}));
    EXPECT_EQ(error_after([](json& data) { data["types"]["uint256"] = json::array(); }).where,
              "types.uint256");
    EXPECT_EQ(hash_typed_data("{").error().where, "line 1, column 2");
    EXPECT_EQ(hash_typed_data("[]").error().where, "$");
}

// A message with one member of that type.
std::string reason_of(const std::string& type, const json& value) {
    const json typed_data{
        {"types",
         {{"EIP712Domain", json::array()}, {"Message", {{{"name", "value"}, {"type", type}}}}}},
        {"primaryType", "Message"},
        {"domain", json::object()},
        {"message", {{"value", value}}}};
    const auto hashes = hash_typed_data(typed_data.dump());
    return hashes ? "" : hashes.error().reason;
}

TEST(HashTypedData, checks_the_range_of_numbers) {
    EXPECT_EQ(reason_of("uint8", 255), "");
    EXPECT_EQ(reason_of("uint8", "0xff"), "");
    EXPECT_EQ(reason_of("uint8", 256), "out of range");
    EXPECT_EQ(reason_of("int8", -128), "");
    EXPECT_EQ(reason_of("int8", "-128"), "");
    EXPECT_EQ(reason_of("int8", 127), "");
    EXPECT_EQ(reason_of("int8", 128), "out of range");
    EXPECT_EQ(reason_of("int8", -129), "out of range");
    const std::string two_to_255 =
        "57896044618658097711785492504343953926634992332820282019728792003956564819968";
    EXPECT_EQ(reason_of("int256", two_to_255), "out of range");
    EXPECT_EQ(reason_of("int256", "-" + two_to_255), "");
    EXPECT_EQ(reason_of("uint256", two_to_255), "");
    EXPECT_EQ(reason_of("int256", "-0"), "");
    EXPECT_EQ(reason_of("bool", 1), "neither true nor false");
}

TEST(HashTypedData, checks_sizes) {
    EXPECT_EQ(reason_of("bytes2", "0x1234"), "");
    EXPECT_EQ(reason_of("bytes2", "0x12"), "1 bytes instead of 2");
    EXPECT_EQ(reason_of("bytes", "0x123"), "an odd number of digits");
    EXPECT_EQ(reason_of("uint8[2]", {1, 2}), "");
    EXPECT_EQ(reason_of("uint8[2]", {1, 2, 3}), "not of 2 elements");
    EXPECT_EQ(reason_of("uint8[]", json::array()), "");
    EXPECT_EQ(reason_of("uint8[]", "x"), "not a list");
}

}  // namespace
}  // namespace meta138
