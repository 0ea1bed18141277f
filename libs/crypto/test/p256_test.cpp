// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/p256.hpp"

#include "der_signature.hpp"
#include "read_json.hpp"

#include "meta138/crypto/sha256.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <memory>
#include <random>

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

struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(BN_CTX* scratch) const { BN_CTX_free(scratch); }
    void operator()(EC_GROUP* group) const { EC_GROUP_free(group); }
    void operator()(EC_POINT* point) const { EC_POINT_free(point); }
};
using Number = std::unique_ptr<BIGNUM, Free>;

Number to_number(const Hash32& bytes) {
    return Number{BN_bin2bn(bytes.data(), 32, nullptr)};
}
Hash32 from_number(const Number& number) {
    Hash32 bytes;
    BN_bn2binpad(number.get(), bytes.data(), 32);
    return bytes;
}

/// Signs by the definition (SEC 1 section 4.1.3), on OpenSSL's points.
class Signer {
public:
    struct Coordinates {
        Hash32 x;
        Hash32 y;
    };

    Coordinates multiply_generator(const Number& scalar) const {
        const std::unique_ptr<EC_POINT, Free> point{EC_POINT_new(group_.get())};
        EC_POINT_mul(group_.get(), point.get(), scalar.get(), nullptr, nullptr, scratch_.get());
        const Number x{BN_new()};
        const Number y{BN_new()};
        EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), y.get(),
                                        scratch_.get());
        return {from_number(x), from_number(y)};
    }

    /// (r, s) for the secret d and the nonce k.
    Coordinates sign(const Hash32& hash, const Number& d, const Number& k) const {
        const BIGNUM* n = EC_GROUP_get0_order(group_.get());
        const auto r = to_number(multiply_generator(k).x);
        const Number s{BN_new()};
        const Number inverse{BN_mod_inverse(nullptr, k.get(), n, scratch_.get())};
        BN_nnmod(r.get(), r.get(), n, scratch_.get());
        BN_mod_mul(s.get(), r.get(), d.get(), n, scratch_.get());
        BN_mod_add(s.get(), s.get(), to_number(hash).get(), n, scratch_.get());
        BN_mod_mul(s.get(), s.get(), inverse.get(), n, scratch_.get());
        return {from_number(r), from_number(s)};
    }

private:
    std::unique_ptr<EC_GROUP, Free> group_{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
    std::unique_ptr<BN_CTX, Free> scratch_{BN_CTX_new()};
};

TEST(P256Verify, accepts_what_was_signed_and_nothing_else) {
    const Signer signer;
    std::mt19937_64 random{1};
    const auto random_word = [&] {
        Hash32 word;
        for (auto& byte : word.bytes) byte = static_cast<std::uint8_t>(random());
        word[0] &= 0x7f;  // below the order
        // A few with long runs of zeros, for scalars that are short.
        if (random() % 4 == 0) std::fill_n(word.begin(), random() % 32, std::uint8_t{0});
        return word;
    };
    for (int i = 0; i < 200; ++i) {
        const auto hash = random_word();
        const auto secret = to_number(random_word());
        const auto nonce = to_number(random_word());
        if (BN_is_zero(secret.get()) || BN_is_zero(nonce.get())) continue;
        const auto [qx, qy] = signer.multiply_generator(secret);
        const auto [r, s] = signer.sign(hash, secret, nonce);
        EXPECT_TRUE(p256_verify(hash, r, s, qx, qy)) << i;
        for (const int changed : {0, 1, 2, 3, 4}) {
            Hash32 words[] = {hash, r, s, qx, qy};
            words[changed][random() % 32] ^= static_cast<std::uint8_t>(1 << random() % 8);
            EXPECT_FALSE(p256_verify(words[0], words[1], words[2], words[3], words[4]))
                << i << ' ' << changed;
        }
    }
}

/// The key is the generator times d, the sum hash/s G + r/s Q small multiples of G: infinity and
/// equal points on the way.
TEST(P256Verify, adds_equal_and_opposite_points) {
    const Signer signer;
    for (std::uint8_t d = 1; d < 12; ++d) {
        for (std::uint8_t k = 1; k < 12; ++k) {
            for (std::uint8_t hash = 0; hash < 12; ++hash) {
                const auto number = [](std::uint8_t value) {
                    Hash32 word;
                    word[31] = value;
                    return word;
                };
                const auto [qx, qy] = signer.multiply_generator(to_number(number(d)));
                const auto [r, s] =
                    signer.sign(number(hash), to_number(number(d)), to_number(number(k)));
                EXPECT_TRUE(p256_verify(number(hash), r, s, qx, qy))
                    << int{d} << ' ' << int{k} << ' ' << int{hash};
            }
        }
    }
}

}  // namespace
}  // namespace meta138::crypto
