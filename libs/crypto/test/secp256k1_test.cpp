// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/secp256k1.hpp"

#include "der_signature.hpp"
#include "read_json.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/sha256.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>

#include <type_traits>

namespace meta138::crypto {
namespace {

using namespace literals;
using test::bytes_of;

constexpr auto order = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"_hash32;
constexpr auto zero = Hash32{};
constexpr auto one = "0x0000000000000000000000000000000000000000000000000000000000000001"_hash32;

SecretKey some_key() {
    return *SecretKey::from(
        "0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"_hash32);
}

Hash32 negated(const Hash32& s) {
    return to_hash32(SECP256K1N - to_uint256(s));
}

PublicKey key_of(ByteView uncompressed) {
    if (uncompressed.size() != 65) throw std::runtime_error{"not an uncompressed key"};
    return PublicKey::from(uncompressed.subspan<1, 64>());
}

TEST(Secp256k1, recovers_who_signed) {
    const auto secret = some_key();
    for (std::uint8_t i = 0; i < 64; ++i) {
        const auto hash = keccak256({&i, 1});
        const auto signature = sign(hash, secret);
        EXPECT_EQ(recover_public_key(hash, signature.r, signature.s, signature.y_parity),
                  public_key(secret));
        EXPECT_EQ(recover_address(hash, signature), address_of(public_key(secret)));
        EXPECT_TRUE(verify(hash, signature.r, signature.s, public_key(secret)));
        EXPECT_LE(signature.s,
                  "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"_hash32);
    }
}

TEST(Secp256k1, accepts_a_high_s) {
    const auto hash = keccak256({});
    const auto signature = sign(hash, some_key());
    const auto high_s = negated(signature.s);
    const auto other_parity = static_cast<std::uint8_t>(signature.y_parity ^ 1);
    EXPECT_EQ(recover_public_key(hash, signature.r, high_s, other_parity), public_key(some_key()));
    EXPECT_TRUE(verify(hash, signature.r, high_s, public_key(some_key())));
}

TEST(Secp256k1, refuses_r_and_s_out_of_range) {
    const auto hash = keccak256({});
    const auto [r, s, y_parity] = sign(hash, some_key());
    const auto key = public_key(some_key());
    const auto max = to_hash32(uint256::max());
    for (const auto& bad : {zero, order, max}) {
        EXPECT_EQ(recover_public_key(hash, bad, s, y_parity), std::nullopt);
        EXPECT_EQ(recover_public_key(hash, r, bad, y_parity), std::nullopt);
        EXPECT_FALSE(verify(hash, bad, s, key));
        EXPECT_FALSE(verify(hash, r, bad, key));
    }
}

TEST(Secp256k1, refuses_a_parity_other_than_0_and_1) {
    const auto hash = keccak256({});
    const auto [r, s, y_parity] = sign(hash, some_key());
    for (const std::uint8_t bad : std::initializer_list<std::uint8_t>{2, 3, 27, 28, 255})
        EXPECT_EQ(recover_public_key(hash, r, s, bad), std::nullopt) << int{bad};
}

TEST(Secp256k1, does_not_recover_infinity) {
    // With R = G, r = x(G), and s = hash the key would be r^-1 (s R - hash G) = 0.
    const auto r = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"_hash32;
    EXPECT_EQ(recover_public_key(one, r, one, 0), std::nullopt);
    EXPECT_NE(recover_public_key(one, r, one, 1), std::nullopt);
}

TEST(Secp256k1, has_the_order_of_sec_2) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/ec_prime_order_curves_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        for (const auto& curve : group["tests"]) {
            if (curve["name"] != "secp256k1") continue;
            EXPECT_EQ(test::fixed_of(bytes_of(curve["n"])), order);
            auto generator = bytes_of("04");
            std::ranges::copy(test::fixed_of(bytes_of(curve["gx"])), std::back_inserter(generator));
            std::ranges::copy(test::fixed_of(bytes_of(curve["gy"])), std::back_inserter(generator));
            EXPECT_EQ(public_key(*SecretKey::from(one)), key_of(generator));
        }
    }
    EXPECT_EQ(to_hash32(SECP256K1N), order);
    EXPECT_EQ(SECP256K1N_HALF, SECP256K1N >> 1);
}

TEST(SecretKey, is_a_number_below_the_order_and_not_zero) {
    EXPECT_FALSE(SecretKey::from(zero));
    EXPECT_FALSE(SecretKey::from(order));
    EXPECT_FALSE(SecretKey::from(Bytes(31, 1)));
    EXPECT_FALSE(SecretKey::from(Bytes(33, 1)));
    EXPECT_TRUE(SecretKey::from(one));
    EXPECT_TRUE(SecretKey::from(negated(one)));
}

TEST(SecretKey, is_moved_and_not_copied) {
    static_assert(!std::is_copy_constructible_v<SecretKey>);
    static_assert(!std::is_copy_assignable_v<SecretKey>);
    auto key = some_key();
    const auto moved = std::move(key);
    EXPECT_TRUE(equal(moved.reveal(), some_key().reveal()));
    EXPECT_TRUE(Hash32::from(key.reveal()).is_zero());  // NOLINT(bugprone-use-after-move)
}

TEST(SecretKey, differs_each_time_it_is_generated) {
    EXPECT_FALSE(equal(SecretKey::generate().reveal(), SecretKey::generate().reveal()));
}

TEST(Secp256k1, agrees_with_the_key_address_tests) {
    META138_FIXTURE_OR_SKIP(path, "basic-tests/BasicTests/keyaddrtest.json");
    for (const auto& vector : test::read_json(path)) {
        const auto seed = vector["seed"].get<std::string>();
        EXPECT_EQ(keccak256(as_bytes(seed)), test::fixed_of(bytes_of(vector["key"])));
        const auto secret = SecretKey::from(bytes_of(vector["key"]));
        ASSERT_TRUE(secret);
        const auto address = test::fixed_of<20>(bytes_of(vector["addr"]));
        EXPECT_EQ(address_of(public_key(*secret)), address);
        // The file's signatures are of something that it does not tell.
    }
}

TEST(Recover, agrees_with_the_precompile_vectors) {
    META138_FIXTURE_OR_SKIP(path, "precompiles/geth/ecRecover.json");
    for (const auto& vector : test::read_json(path)) {
        const auto input = bytes_of(vector["Input"]);
        const auto v = test::slice(input, 32);
        std::string output;
        if (std::all_of(v.begin(), v.end() - 1, [](auto byte) { return byte == 0; })) {
            const auto address =
                recover_address(test::slice(input, 0), test::slice(input, 64),
                                test::slice(input, 96), static_cast<std::uint8_t>(v[31] - 27));
            if (address) output = std::string(24, '0') + to_hex_digits(*address);
        }
        EXPECT_EQ(output, vector["Expected"].get<std::string>()) << vector["Name"];
    }
}

class EcdsaVectors : public testing::TestWithParam<const char*> {};

TEST_P(EcdsaVectors, agree) {
    META138_FIXTURE_OR_SKIP(folder, "crypto-wycheproof");
    const std::string file = GetParam();
    const bool p1363 = file.contains("p1363");
    const bool low_s_only = file.contains("bitcoin");
    for (const auto& group : test::read_json(folder / file)["testGroups"]) {
        const auto key = key_of(bytes_of(group["publicKey"]["uncompressed"]));
        for (const auto& vector : group["tests"]) {
            const auto encoded = bytes_of(vector["sig"]);
            const auto hash = sha256(bytes_of(vector["msg"]));
            const auto signature =
                p1363 ? test::decode_p1363_signature(encoded) : test::decode_der_signature(encoded);
            bool valid = signature && verify(hash, signature->r, signature->s, key);
            if (valid) {
                const auto from_0 = recover_public_key(hash, signature->r, signature->s, 0);
                const auto from_1 = recover_public_key(hash, signature->r, signature->s, 1);
                // A nonce point with x >= n, so r < p - n, is beyond recovery, not verification.
                const bool may_wrap = to_uint256(signature->r) < (uint256{1} << 129);
                if (!may_wrap) EXPECT_TRUE(from_0 == key || from_1 == key) << vector["tcId"];
            }
            if (low_s_only) valid = valid && signature->s <= negated(signature->s);
            EXPECT_EQ(valid, vector["result"] == "valid") << vector["tcId"];
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Wycheproof, EcdsaVectors,
                         testing::Values("ecdsa_secp256k1_sha256_test.json",
                                         "ecdsa_secp256k1_sha256_p1363_test.json",
                                         "ecdsa_secp256k1_sha256_bitcoin_test.json"),
                         [](const auto& file) {
                             const std::string name = file.param;
                             return name.substr(0, name.find('.'));
                         });

/// The key in an X.509 SubjectPublicKeyInfo that names secp256k1 by its identifier; absent for
/// every other form.
std::optional<PublicKey> decode_x509_key(ByteView der) {
    const auto prefix = bytes_of("3056301006072a8648ce3d020106052b8104000a034200");
    const auto compressed_prefix = bytes_of("3036301006072a8648ce3d020106052b8104000a032200");
    if (der.size() == 88 && equal(der.first(23), prefix) && der[23] == 4)
        return key_of(der.last(65));
    if (der.size() == 56 && equal(der.first(23), compressed_prefix))
        return decompress(FixedBytes<33>::from(der.last<33>()));
    return std::nullopt;
}

TEST(Ecdh, agrees_with_wycheproof) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/ecdh_secp256k1_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        for (const auto& vector : group["tests"]) {
            const auto key = decode_x509_key(bytes_of(vector["public"]));
            const auto secret = SecretKey::from(test::fixed_of(bytes_of(vector["private"])));
            const auto shared = key && secret ? ecdh(*secret, *key) : std::nullopt;
            const bool agrees = shared == test::fixed_of(bytes_of(vector["shared"]));
            if (vector["result"] == "valid") EXPECT_TRUE(agrees) << vector["tcId"];
            if (vector["result"] == "invalid") EXPECT_EQ(shared, std::nullopt) << vector["tcId"];
            if (shared) {
                EXPECT_TRUE(agrees) << vector["tcId"];
                const auto point = ecdh_compressed(*secret, *key);
                ASSERT_TRUE(point);
                EXPECT_TRUE(equal(ByteView{*point}.subspan(1), *shared));
                EXPECT_EQ(decompress(*compress(*key)), *key);
            }
        }
    }
}

/// A number in a JSON Web Key (RFC 7518 section 6.2.1.2): base64url without padding.
Hash32 decode_base64url(const std::string& text) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    Bytes bytes;
    unsigned bits = 0;
    unsigned count = 0;
    for (const char digit : text) {
        bits = bits << 6 | static_cast<unsigned>(digits.find(digit));
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return test::fixed_of(bytes);
}

TEST(Ecdh, agrees_with_wycheproof_on_web_keys) {
    META138_FIXTURE_OR_SKIP(path, "crypto-wycheproof/ecdh_secp256k1_webcrypto_test.json");
    for (const auto& group : test::read_json(path)["testGroups"]) {
        for (const auto& vector : group["tests"]) {
            if (vector["public"]["crv"] != "P-256K" || !vector["public"].contains("x")) continue;
            PublicKey key;
            const auto y = std::ranges::copy(
                decode_base64url(vector["public"]["x"].get<std::string>()), key.begin());
            std::ranges::copy(decode_base64url(vector["public"]["y"].get<std::string>()), y.out);
            const auto secret =
                SecretKey::from(decode_base64url(vector["private"]["d"].get<std::string>()));
            ASSERT_TRUE(secret) << vector["tcId"];
            const auto shared = ecdh(*secret, key);
            EXPECT_EQ(shared.has_value(), vector["result"] == "valid") << vector["tcId"];
            if (shared)
                EXPECT_EQ(*shared, test::fixed_of(bytes_of(vector["shared"]))) << vector["tcId"];
        }
    }
}

}  // namespace
}  // namespace meta138::crypto
