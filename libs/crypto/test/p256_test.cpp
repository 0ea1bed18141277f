// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/p256.hpp"

#include "der_signature.hpp"
#include "read_json.hpp"

#include "meta138/crypto/sha256.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto {
namespace {

/// EIP-7951's encoding: hash, r, s, qx, qy; the word 1 when the signature is right, else nothing.
std::string run_precompile(ByteView input) {
    if (input.size() != 160) return "";
    const bool valid =
        p256_verify(test::slice(input, 0), test::slice(input, 32), test::slice(input, 64),
                    test::slice(input, 96), test::slice(input, 128));
    return valid ? std::string(63, '0') + '1' : "";
}

class P256Vectors : public testing::TestWithParam<const char*> {};

TEST_P(P256Vectors, agree) {
    META138_FIXTURE_OR_SKIP(folder, "precompiles");
    for (const auto& vector : test::read_json(folder / GetParam()))
        EXPECT_EQ(run_precompile(test::bytes_of(vector["Input"])),
                  vector["Expected"].get<std::string>())
            << vector["Name"];
}

INSTANTIATE_TEST_SUITE_P(Precompile, P256Vectors,
                         testing::Values("geth/p256Verify.json",
                                         "p256verify/p256verify_test_vectors.json"),
                         [](const auto& file) {
                             return std::string{file.param}.starts_with("geth") ? "geth" : "besu";
                         });

TEST(P256Verify, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(folder, "crypto-wycheproof");
    for (const bool der : {true, false}) {
        const auto file =
            der ? "ecdsa_secp256r1_sha256_test.json" : "ecdsa_secp256r1_sha256_p1363_test.json";
        for (const auto& group : test::read_json(folder / file)["testGroups"]) {
            const auto key = test::bytes_of(group["publicKey"]["uncompressed"]);
            ASSERT_EQ(key.size(), 65U);
            for (const auto& vector : group["tests"]) {
                const auto encoded = test::bytes_of(vector["sig"]);
                const auto signature = der ? test::decode_der_signature(encoded)
                                           : test::decode_p1363_signature(encoded);
                const bool valid =
                    signature &&
                    p256_verify(sha256(test::bytes_of(vector["msg"])), signature->r, signature->s,
                                test::slice(key, 1), test::slice(key, 33));
                EXPECT_EQ(valid, vector["result"] == "valid") << file << ' ' << vector["tcId"];
            }
        }
    }
}

}  // namespace
}  // namespace meta138::crypto
