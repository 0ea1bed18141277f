// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/aes.hpp"

#include "read_json.hpp"

#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto {
namespace {

using test::bytes_of;

/// NIST SP 800-38A, F.5.1 and F.5.5.
TEST(AesCtr, encrypts_the_examples_of_sp_800_38a) {
    const auto counter = test::fixed_of<16>(bytes_of("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    const auto plaintext = bytes_of(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    EXPECT_EQ(
        to_hex_digits(aes_ctr(bytes_of("2b7e151628aed2a6abf7158809cf4f3c"), counter, plaintext)),
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
        "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee");
    EXPECT_EQ(to_hex_digits(aes_ctr(
                  bytes_of("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"),
                  counter, plaintext)),
              "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
              "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6");
}

TEST(AesCtr, continues_where_the_stream_was_left) {
    const Bytes key(16, 1);
    const FixedBytes<16> counter;
    const Bytes plaintext(100, 2);
    const auto whole = aes_ctr(key, counter, plaintext);
    AesCtr stream{key, counter};
    Bytes parts(100);
    stream.apply(ByteView{plaintext}.first(33), std::span{parts}.first(33));
    stream.apply(ByteView{plaintext}.subspan(33), std::span{parts}.subspan(33));
    EXPECT_EQ(parts, whole);
}

TEST(AesCtr, agrees_with_the_basic_tests) {
    META138_FIXTURE_OR_SKIP(path, "basic-tests/BasicTests/crypto.json");
    for (const auto& [name, vector] : test::read_json(path).items()) {
        if (vector["decryption_type"] != "aes_ctr") continue;
        // The key is the AES key; the counter starts at zero.
        EXPECT_EQ(aes_ctr(bytes_of(vector["key"]), {}, bytes_of(vector["cipher"])),
                  bytes_of(vector["payload"]))
            << name;
    }
}

/// FIPS 197 appendix C.
TEST(AesBlock, encrypts_the_examples_of_fips_197) {
    const auto block = test::fixed_of<16>(bytes_of("00112233445566778899aabbccddeeff"));
    const auto key = bytes_of("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    const auto encrypt = [&](std::size_t key_size) {
        return to_hex_digits(AesBlock{ByteView{key}.first(key_size)}.encrypt(block));
    };
    EXPECT_EQ(encrypt(16), "69c4e0d86a7b0430d8cdb78070b4c55a");
    EXPECT_EQ(encrypt(24), "dda97ca4864cdfe06eaf70a0ec0d7191");
    EXPECT_EQ(encrypt(32), "8ea2b7ca516745bfeafc49904b496089");
}

TEST(AesCbc, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/aes_cbc_pkcs5_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        for (const auto& vector : group["tests"]) {
            const auto key = bytes_of(vector["key"]);
            const auto iv = test::fixed_of<16>(bytes_of(vector["iv"]));
            const auto message = bytes_of(vector["msg"]);
            const auto ciphertext = bytes_of(vector["ct"]);
            if (vector["result"] == "valid") {
                EXPECT_EQ(aes_cbc_encrypt(key, iv, message), ciphertext) << vector["tcId"];
                EXPECT_EQ(aes_cbc_decrypt(key, iv, ciphertext), message) << vector["tcId"];
            } else {
                EXPECT_EQ(aes_cbc_decrypt(key, iv, ciphertext), std::nullopt) << vector["tcId"];
            }
        }
    }
}

TEST(AesGcm, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/aes_gcm_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        ASSERT_EQ(group["tagSize"], 128);
        for (const auto& vector : group["tests"]) {
            const auto key = bytes_of(vector["key"]);
            const auto nonce = bytes_of(vector["iv"]);
            const auto associated_data = bytes_of(vector["aad"]);
            const auto message = bytes_of(vector["msg"]);
            auto sealed = bytes_of(vector["ct"]);
            std::ranges::copy(bytes_of(vector["tag"]), std::back_inserter(sealed));
            const auto opened = aes_gcm_decrypt(key, nonce, sealed, associated_data);
            if (vector["result"] == "valid") {
                EXPECT_EQ(opened, message) << vector["tcId"];
                EXPECT_EQ(aes_gcm_encrypt(key, nonce, message, associated_data), sealed)
                    << vector["tcId"];
            } else {
                EXPECT_EQ(opened, std::nullopt) << vector["tcId"];
            }
        }
    }
}

}  // namespace
}  // namespace meta138::crypto
