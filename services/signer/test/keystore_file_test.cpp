// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/keystore_file.hpp"

#include "test_files.hpp"

#include <gtest/gtest.h>

namespace meta138::signer {
namespace {

// The two vectors of the Web3 Secret Storage definition; their password is "testpassword".
constexpr std::string_view pbkdf2_vector = R"({"crypto":{"cipher":"aes-128-ctr",
    "cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
    "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
    "kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
    "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
    "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
    "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";
constexpr std::string_view scrypt_vector = R"({"crypto":{"cipher":"aes-128-ctr",
    "cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
    "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c",
    "kdf":"scrypt","kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,
    "salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
    "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},
    "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";
constexpr std::string_view secret =
    "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

TEST(KeystoreFile, opens_the_vectors_of_the_definition) {
    for (const auto text : {pbkdf2_vector, scrypt_vector}) {
        const auto keystore = decode_keystore(text);
        ASSERT_TRUE(keystore) << keystore.error();
        const auto key = crypto::decrypt_keystore(*keystore, as_bytes("testpassword"));
        ASSERT_TRUE(key) << to_string(key.error());
        EXPECT_EQ(to_hex_digits(key->reveal()), secret);
    }
}

TEST(KeystoreFile, says_how_much_memory_a_file_takes) {
    EXPECT_EQ(decryption_memory(*decode_keystore(scrypt_vector)), std::uint64_t{32} << 20);
    EXPECT_EQ(decryption_memory(*decode_keystore(pbkdf2_vector)), 0U);
}

TEST(KeystoreFile, what_it_writes_it_reads) {
    const auto text = test::cheap_keystore(7, "secret");
    const auto keystore = decode_keystore(text);
    ASSERT_TRUE(keystore) << keystore.error();
    const auto key = crypto::decrypt_keystore(*keystore, as_bytes("secret"));
    ASSERT_TRUE(key);
    EXPECT_TRUE(equal(key->reveal(), test::key_number(7).reveal()));
}

TEST(KeystoreFile, says_what_is_wrong_without_the_content) {
    const auto error_with = [](std::string_view from, std::string_view to) {
        std::string text{scrypt_vector};
        text.replace(text.find(from), from.size(), to);
        const auto keystore = decode_keystore(text);
        return keystore ? std::string{"none"} : keystore.error();
    };
    EXPECT_EQ(error_with("\"version\":3", "\"version\":1"), "not version 3 of Web3 Secret Storage");
    EXPECT_EQ(error_with("aes-128-ctr", "aes-256-ctr"), "crypto.cipher is not aes-128-ctr");
    EXPECT_EQ(error_with("\"scrypt\"", "\"argon2\""), "kdf is neither scrypt nor pbkdf2");
    EXPECT_EQ(error_with("262144", "99999999999"), "kdfparams.n is no number that fits");
    EXPECT_EQ(error_with("83dbcc02", "83dbcc"), "cipherparams.iv is not 16 bytes");
    EXPECT_EQ(error_with("\"mac\"", "\"mad\""), "mac is missing or not a text");
    EXPECT_EQ(decode_keystore("[]").error(), "not a JSON object");
    EXPECT_FALSE(decode_keystore("{"));
}

}  // namespace
}  // namespace meta138::signer
