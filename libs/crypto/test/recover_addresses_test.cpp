// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <gtest/gtest.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace meta138::crypto {
namespace {

using namespace literals;

class RandomSignatures {
public:
    /// Words with few bits, with many, and with any, to be hashes, r and s.
    Hash32 word() {
        Hash32 result;
        const auto kind = random_() % 8;
        const auto length = random_() % 32;
        for (std::size_t i = 0; i < 32; ++i) {
            result[i] = static_cast<std::uint8_t>(random_());
            if (kind == 0 && i < length) result[i] = 0;
            if (kind == 1 && i < length) result[i] = 0xff;
            if (kind == 2) result[i] = i == length ? 1 : 0;
        }
        return result;
    }
    SignedHash next() {
        return {word(), {word(), word(), static_cast<std::uint8_t>(random_() % 2)}};
    }
    std::size_t below(std::size_t bound) { return random_() % bound; }

private:
    std::mt19937_64 random_{1};
};

/// What libsecp256k1 makes of the same numbers.
std::optional<PublicKey> recover_with_libsecp256k1(const SignedHash& input) {
    static const std::unique_ptr<secp256k1_context, decltype(&secp256k1_context_destroy)> context{
        secp256k1_context_create(SECP256K1_CONTEXT_NONE), secp256k1_context_destroy};
    const auto& [r, s, y_parity] = input.signature;
    if (y_parity > 1) return std::nullopt;
    std::array<std::uint8_t, 64> compact;
    std::ranges::copy(s, std::ranges::copy(r, compact.begin()).out);
    secp256k1_ecdsa_recoverable_signature signature;
    secp256k1_pubkey key;
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context.get(), &signature,
                                                            compact.data(), y_parity) != 1 ||
        secp256k1_ecdsa_recover(context.get(), &key, &signature, input.hash.data()) != 1)
        return std::nullopt;
    std::array<std::uint8_t, 65> encoded;
    std::size_t size = encoded.size();
    secp256k1_ec_pubkey_serialize(context.get(), encoded.data(), &size, &key,
                                  SECP256K1_EC_UNCOMPRESSED);
    return PublicKey::from(std::span{encoded}.subspan<1>());
}

/// recover_addresses, recover_public_key and libsecp256k1 must tell the same.
void expect_agreement(const std::vector<SignedHash>& inputs) {
    std::vector<std::optional<Address>> addresses(inputs.size(), Address{});
    recover_addresses(inputs, addresses);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto& [hash, signature] = inputs[i];
        const auto key = recover_with_libsecp256k1(inputs[i]);
        ASSERT_EQ(recover_public_key(hash, signature.r, signature.s, signature.y_parity), key)
            << i << " of " << inputs.size();
        ASSERT_EQ(addresses[i], key.transform(address_of)) << i << " of " << inputs.size();
    }
}

TEST(RecoverAddresses, finds_who_signed) {
    std::vector<SignedHash> inputs;
    std::vector<Address> signers;
    for (std::uint8_t i = 1; i <= 50; ++i) {
        const auto secret = *SecretKey::from(keccak256({&i, 1}));
        const auto hash = keccak256(keccak256({&i, 1}));
        inputs.push_back({hash, sign(hash, secret)});
        signers.push_back(address_of(public_key(secret)));
    }
    std::vector<std::optional<Address>> addresses(inputs.size());
    recover_addresses(inputs, addresses);
    for (std::size_t i = 0; i < inputs.size(); ++i) EXPECT_EQ(addresses[i], signers[i]);
}

TEST(RecoverAddresses, accepts_no_signatures) {
    recover_addresses({}, {});
}

TEST(RecoverAddresses, agrees_with_libsecp256k1_on_any_numbers) {
    RandomSignatures random;
    for (int i = 0; i < 300; ++i) {
        std::vector<SignedHash> inputs(random.below(20));
        for (auto& input : inputs) input = random.next();
        expect_agreement(inputs);
    }
}

TEST(RecoverAddresses, agrees_on_numbers_out_of_range) {
    RandomSignatures random;
    const auto order = to_hash32(SECP256K1N);
    const auto below_order = to_hash32(SECP256K1N - uint256{1});
    const auto max = to_hash32(uint256::max());
    std::vector<SignedHash> inputs;
    for (const auto& hash : {Hash32{}, order, below_order, max}) {
        for (const auto& r : {Hash32{}, order, below_order, max, random.word()}) {
            for (const auto& s : {Hash32{}, order, below_order, max, random.word()}) {
                for (const std::uint8_t y_parity :
                     std::initializer_list<std::uint8_t>{0, 1, 2, 255})
                    inputs.push_back({hash, {r, s, y_parity}});
            }
        }
    }
    expect_agreement(inputs);
}

/// With R = G the key is (s - hash) / r times G, which takes small multiples through every special
/// case of the addition: infinity, doubling, and what the tables hold.
TEST(RecoverAddresses, agrees_where_sums_meet_infinity_and_equal_points) {
    const auto r = "0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"_hash32;
    std::vector<SignedHash> inputs;
    for (std::uint64_t s = 1; s < 20; ++s) {
        for (std::uint64_t hash = 0; hash < 20; ++hash) {
            for (const std::uint8_t y_parity : std::initializer_list<std::uint8_t>{0, 1}) {
                inputs.push_back({to_hash32(hash), {r, to_hash32(s), y_parity}});
                // The same numbers times r, so that it is they that the points are multiplied by.
                const auto times_r = [&](std::uint64_t x) {
                    return to_hash32(mulmod(x, to_uint256(r), SECP256K1N));
                };
                inputs.push_back({times_r(hash), {r, times_r(s), y_parity}});
            }
        }
    }
    expect_agreement(inputs);
}

}  // namespace
}  // namespace meta138::crypto
