// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/pairing.hpp"
#include "bls12_381_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {
namespace {

using test::multiply;
using Bls12381Pairing = test::Bls12381;

Scalar times(const Scalar& a, const Scalar& b) {
    return (Fr::from_limbs(a) * Fr::from_limbs(b)).to_limbs();
}

/// The verdict of a pairing check of points that are in their subgroups.
bool is_one(std::span<const PairingInput> inputs) {
    const auto verdict = check_pairing_product(inputs);
    EXPECT_TRUE(verdict.has_value());
    return verdict.value_or(false);
}
bool is_one(std::span<const PreparedPairingInput> inputs) {
    return check_pairing_product(inputs);
}

TEST_F(Bls12381Pairing, is_bilinear) {
    for (int i = 0; i < 5; ++i) {
        const G1Affine p = random.g1();
        const G2Affine q = random.g2();
        const Scalar a = random.scalar();
        const Scalar b = random.scalar();
        const G1Affine ap = multiply(p, a).to_affine();
        const G1Affine abp = multiply(p, times(a, b)).to_affine();
        const G2Affine bq = multiply(q, b).to_affine();
        EXPECT_TRUE(is_one(std::array{PairingInput{ap, bq}, PairingInput{-abp, q}}));
        EXPECT_FALSE(is_one(std::array{PairingInput{ap, bq}, PairingInput{abp, q}}));
    }
}

TEST_F(Bls12381Pairing, is_not_degenerate_and_of_order_r) {
    const std::array input{PairingInput{g1_generator(), g2_generator()}};
    EXPECT_FALSE(is_one(input));
    const Fp12 e = final_exponentiation_with<Fp12>(miller_loop_with<Walkers>(input).value());
    Fp12 power = Fp12::one();
    for (std::size_t bit = 256; bit-- > 0;) {
        power = power.square();
        if ((Fr::modulus[bit / 64] >> (bit % 64) & 1) != 0) power *= e;
    }
    EXPECT_EQ(power, Fp12::one());
}

TEST_F(Bls12381Pairing, finds_points_outside_g2) {
    for (int i = 0; i < 10; ++i) {
        const G2Affine outside = random.point_of_e2();
        const G2Affine torsion = multiply(outside, Fr::modulus).to_affine();
        for (const auto& q : {outside, torsion}) {
            EXPECT_EQ(check_pairing_product(std::array{PairingInput{random.g1(), q}}),
                      std::nullopt);
            EXPECT_EQ(check_pairing_product(std::array{PairingInput{random.g1(), random.g2()},
                                                       PairingInput{random.g1(), q}}),
                      std::nullopt);
            EXPECT_EQ(check_pairing_product(std::array{PairingInput{G1Affine{}, q}}), std::nullopt);
            const auto walk = miller_loop_with<Walkers>(std::array{PairingInput{random.g1(), q}});
            EXPECT_EQ(walk, std::nullopt);
        }
    }
}

TEST_F(Bls12381Pairing, infinity_pairs_to_one) {
    EXPECT_TRUE(is_one(std::array{PairingInput{g1_generator(), G2Affine{}}}));
    EXPECT_TRUE(is_one(std::array{PairingInput{G1Affine{}, g2_generator()}}));
    EXPECT_TRUE(is_one(std::span<const PairingInput>{}));
}

TEST_F(Bls12381Pairing, of_prepared_points_agrees) {
    const G1Affine p = random.g1();
    const G2Affine q = random.g2();
    const Scalar a = random.scalar();
    const PreparedG2 prepared_q = prepare(q);
    const PreparedG2 prepared_aq = prepare(multiply(q, a).to_affine());
    const G1Affine minus_ap = (-multiply(p, a)).to_affine();
    EXPECT_TRUE(is_one(std::array{PreparedPairingInput{p, &prepared_aq},
                                  PreparedPairingInput{minus_ap, &prepared_q}}));
    EXPECT_FALSE(is_one(
        std::array{PreparedPairingInput{p, &prepared_aq}, PreparedPairingInput{p, &prepared_q}}));
    EXPECT_TRUE(is_one(std::array{PreparedPairingInput{G1Affine{}, &prepared_q}}));
}

TEST_F(Bls12381Pairing, of_many_pairs_is_a_product) {
    for (const std::size_t count : {3U, 4U, 9U}) {
        std::vector<PairingInput> inputs;
        G1 sum;
        for (std::size_t i = 0; i < count; ++i) {
            const Scalar a = random.scalar();
            const G1Affine p = random.g1();
            sum += multiply(p, a);
            inputs.push_back({p, multiply(g2_generator(), a).to_affine()});
        }
        EXPECT_FALSE(is_one(inputs));
        inputs.push_back({(-sum).to_affine(), g2_generator()});
        EXPECT_TRUE(is_one(inputs));
    }
}

}  // namespace
}  // namespace meta138::crypto::bls12_381
