// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/encoding.hpp"
#include "bls12_381/groups.hpp"
#include "bls12_381/map_to_curve.hpp"
#include "bls12_381_fixture.hpp"

#include <gtest/gtest.h>

#include <array>

namespace meta138::crypto::bls12_381 {
namespace {

using test::multiply;
using Bls12381Curve = test::Bls12381;

TEST_F(Bls12381Curve, generators_are_on_their_curves_and_of_order_r) {
    EXPECT_TRUE(is_on_curve(g1_generator()));
    EXPECT_TRUE(is_on_curve(g2_generator()));
    EXPECT_TRUE(multiply(g1_generator(), Fr::modulus).is_infinity());
    EXPECT_TRUE(multiply(g2_generator(), Fr::modulus).is_infinity());
    EXPECT_TRUE(is_in_subgroup(g1_generator()));
    EXPECT_TRUE(is_in_subgroup(g2_generator()));
    EXPECT_TRUE(is_in_subgroup(G1Affine{}));
    EXPECT_TRUE(is_in_subgroup(G2Affine{}));
}

TEST_F(Bls12381Curve, addition_knows_its_special_cases) {
    const G1Affine p = random.g1();
    const G1Affine q = random.g1();
    const G1 scaled = multiply(p, std::array<std::uint64_t, 1>{5});
    const G1Affine five = scaled.to_affine();
    EXPECT_EQ(G1{p} + p, G1{p}.twice());
    EXPECT_EQ(scaled + five, scaled.twice());
    EXPECT_EQ(scaled + G1{five}, scaled.twice());
    EXPECT_TRUE((scaled + -five).is_infinity());
    EXPECT_TRUE((scaled - G1{five}).is_infinity());
    EXPECT_EQ(scaled + G1Affine{}, scaled);
    EXPECT_EQ(scaled + G1{}, scaled);
    EXPECT_EQ(G1{} + five, scaled);
    EXPECT_TRUE(G1{}.twice().is_infinity());
    EXPECT_EQ(G1{p} + q, G1{q} + p);
    EXPECT_EQ((scaled + q).to_affine(), (G1{q} + scaled).to_affine());
    EXPECT_TRUE(is_on_curve((scaled + q).to_affine()));
}

TEST_F(Bls12381Curve, endomorphisms_are_multiplications_in_the_subgroups) {
    const G1Affine p = random.g1();
    const std::array x_squared{static_cast<std::uint64_t>(uint128{abs_x} * abs_x),
                               static_cast<std::uint64_t>(uint128{abs_x} * abs_x >> 64)};
    EXPECT_EQ(-multiply(p, x_squared), phi(p));
    const G2Affine q = random.g2();
    EXPECT_EQ(-multiply(q, std::array{abs_x}), psi(q));
    EXPECT_EQ(psi(G2{q}), psi(q));
    EXPECT_EQ(psi_squared(G2{q}), psi(psi(q)));
}

TEST_F(Bls12381Curve, the_subgroup_check_is_multiplication_by_r) {
    for (int i = 0; i < 20; ++i) {
        const G1Affine p = random.point_of_e1();
        ASSERT_TRUE(is_on_curve(p));
        EXPECT_FALSE(is_in_subgroup(p));
        EXPECT_FALSE(multiply(p, Fr::modulus).is_infinity());
        EXPECT_TRUE(is_in_subgroup(random.g1()));
        const G2Affine q = random.point_of_e2();
        ASSERT_TRUE(is_on_curve(q));
        EXPECT_FALSE(is_in_subgroup(q));
        EXPECT_TRUE(is_in_subgroup(random.g2()));
    }
}

TEST_F(Bls12381Curve, torsion_points_are_not_in_the_subgroups) {
    // (0, ±2) is of order 3.
    const G1Affine order_three{Fp{}, Fp::from_uint64(2)};
    ASSERT_TRUE(is_on_curve(order_three));
    EXPECT_FALSE(is_in_subgroup(order_three));
    EXPECT_FALSE(is_in_subgroup(-order_three));
    EXPECT_FALSE(is_in_subgroup((G1{random.g1()} + order_three).to_affine()));
    for (int i = 0; i < 10; ++i) {
        // r P is of an order that divides the cofactor. The cofactor of G1, (x - 1)^2 / 3, is
        // 3 * 11^2 * 10177^2 * 859267^2 * 52437899^2; (x - 1) P / f is of order f for its primes f.
        const G1Affine p = multiply(random.point_of_e1(), Fr::modulus).to_affine();
        EXPECT_FALSE(is_in_subgroup(p));
        for (const std::uint64_t factor : {11U, 10177U, 859267U, 52437899U}) {
            const G1 small = multiply(p, std::array{(abs_x + 1) / factor});
            if (small.is_infinity()) continue;
            EXPECT_TRUE(multiply(small.to_affine(), std::array{factor}).is_infinity());
            EXPECT_FALSE(is_in_subgroup(small.to_affine())) << factor;
        }
        const G2Affine q = multiply(random.point_of_e2(), Fr::modulus).to_affine();
        EXPECT_FALSE(is_in_subgroup(q));
        EXPECT_FALSE(is_in_subgroup((G2{random.g2()} + q).to_affine()));
    }
}

TEST_F(Bls12381Curve, clearing_the_cofactor_is_multiplication_by_h_eff) {
    // RFC 9380 section 8.8.2.
    constexpr auto h_eff = limbs_from_hex<10>(
        "0x0bc69f08f2ee75b3584c6a0ea91b352888e2a8e9145ad7689986ff031508ffe1329c2f178731db956d82bf01"
        "5d12"
        "12b02ec0ec69d7477c1ae954cbc06689f6a359894c0adebbf6b4e8020005aaa95551");
    const G2Affine q = random.point_of_e2();
    EXPECT_EQ(clear_cofactor(G2{q}), multiply(q, h_eff));
    const G1Affine p = random.point_of_e1();
    EXPECT_EQ(clear_cofactor(G1{p}), multiply(p, std::array<std::uint64_t, 1>{abs_x + 1}));
}

TEST_F(Bls12381Curve, zero_maps_to_a_point) {  // The exceptional case of the map.
    EXPECT_TRUE(is_on_curve(map_to_curve(Fp{}).to_affine()));
    EXPECT_TRUE(is_on_curve(map_to_curve(Fp2{}).to_affine()));
    EXPECT_TRUE(is_in_subgroup(clear_cofactor(map_to_curve(Fp{})).to_affine()));
    EXPECT_TRUE(is_in_subgroup(clear_cofactor(map_to_curve(Fp2{})).to_affine()));
}

TEST_F(Bls12381Curve, compression_round_trips) {
    for (int i = 0; i < 20; ++i) {
        const G1Affine p = random.g1();
        EXPECT_EQ(decompress_g1(compress(p)), p);
        EXPECT_EQ(decompress_g1(compress(-p)), -p);
        const G2Affine q = random.g2();
        EXPECT_EQ(decompress_g2(compress(q)), q);
        EXPECT_EQ(decompress_g2(compress(-q)), -q);
    }
    EXPECT_EQ(decompress_g1(compress(G1Affine{})), G1Affine{});
    EXPECT_EQ(decompress_g2(compress(G2Affine{})), G2Affine{});
}

TEST_F(Bls12381Curve, decompression_is_strict) {
    auto bytes = compress(random.g1());
    bytes[0] &= 0x7f;
    EXPECT_FALSE(decompress_g1(bytes)) << "not marked as compressed";
    bytes[0] |= 0xc0;
    EXPECT_FALSE(decompress_g1(bytes)) << "infinity with an x";
    std::array<std::uint8_t, 48> infinity{0xe0};
    EXPECT_FALSE(decompress_g1(infinity)) << "infinity with the larger y";
    infinity[0] = 0xc0;
    infinity[47] = 1;
    EXPECT_FALSE(decompress_g1(infinity)) << "infinity with an x";
    std::array<std::uint8_t, 48> modulus{};
    for (std::size_t i = 0; i < 48; ++i)
        modulus[47 - i] = static_cast<std::uint8_t>(Fp::modulus[i / 8] >> (8 * (i % 8)));
    modulus[0] |= 0x80;
    EXPECT_FALSE(decompress_g1(modulus)) << "x = p";
}

}  // namespace
}  // namespace meta138::crypto::bls12_381
