// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/message.hpp"

#include "meta138/base/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::signer {
namespace {

// The example in the documentation of web3.js, web3.eth.accounts.sign.
TEST(PersonalMessage, is_hashed_and_signed_as_web3_does) {
    const auto hash = personal_message_hash(as_bytes("Some data"));
    EXPECT_EQ(to_hex(hash.bytes),
              "0x1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655");
    const auto key = crypto::SecretKey::from(
        *decode_hex("0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"));
    EXPECT_EQ(to_hex(encode_signature(crypto::sign(hash, *key)).bytes),
              "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b80"
              "0186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c");
}

TEST(PersonalMessage, is_hexadecimal_after_0x_and_text_otherwise) {
    EXPECT_EQ(decode_message("0x536f6d652064617461"), to_bytes(as_bytes("Some data")));
    EXPECT_EQ(decode_message("Some data"), to_bytes(as_bytes("Some data")));
    EXPECT_EQ(decode_message(""), Bytes{});
    EXPECT_FALSE(decode_message("0x5"));
    EXPECT_FALSE(decode_message("0xzz"));
}

// The example of EIP-712.
constexpr std::string_view mail = R"({"types":{"EIP712Domain":[{"name":"name","type":"string"},
    {"name":"version","type":"string"},{"name":"chainId","type":"uint256"},
    {"name":"verifyingContract","type":"address"}],"Person":[{"name":"name","type":"string"},
    {"name":"wallet","type":"address"}],"Mail":[{"name":"from","type":"Person"},
    {"name":"to","type":"Person"},{"name":"contents","type":"string"}]},"primaryType":"Mail",
    "domain":{"name":"Ether Mail","version":"1","chainId":1,
    "verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},"message":{
    "from":{"name":"Cow","wallet":"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
    "to":{"name":"Bob","wallet":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
    "contents":"Hello, Bob!"}})";

TEST(TypedData, is_the_same_as_an_object_and_as_a_text) {
    json::Parser parser;
    const auto object = hash_typed_data_parameter(*parser.parse(mail));
    ASSERT_TRUE(object) << to_string(object.error());
    EXPECT_EQ(to_hex(object->digest.bytes),
              "0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    std::string quoted = "\"";
    for (const char c : mail) {
        if (c == '\n') continue;
        if (c == '"') quoted += '\\';
        quoted += c;
    }
    EXPECT_EQ(hash_typed_data_parameter(*parser.parse(quoted + '"')), object);
}

TEST(TypedData, keeps_names_that_need_escapes_apart) {
    json::Parser parser;
    const auto result = hash_typed_data_parameter(*parser.parse(R"({"a\"b\n":[1,null,true,-2]})"));
    EXPECT_FALSE(result);
    EXPECT_FALSE(hash_typed_data_parameter(*parser.parse("[1]")));
}

}  // namespace
}  // namespace meta138::signer
