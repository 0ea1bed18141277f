// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/batch_addition.hpp"
#include "bls12_381/encoding.hpp"
#include "bls12_381/fp12.hpp"
#include "bls12_381/groups.hpp"
#include "bls12_381/map_to_curve.hpp"
#include "bls12_381/multi_scalar.hpp"
#include "bls12_381/pairing.hpp"
#include "bls12_381/scalar.hpp"

#include "meta138/crypto/bls12_381.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {
namespace {

/// Elements and points that differ from each other, the same in every run.
class Source {
public:
    template <typename Params>
    void fill(MontgomeryField<Params>& element) {
        std::array<std::uint64_t, MontgomeryField<Params>::limb_count> limbs;
        do {
            for (auto& limb : limbs) limb = random_();
            limbs.back() &= Params::modulus.back() | Params::modulus.back() >> 1;
        } while (!limbs::less(limbs, Params::modulus));
        element = MontgomeryField<Params>::from_limbs(limbs);
    }
    Fp fp() {
        Fp result;
        fill(result);
        return result;
    }
    Fp2 fp2() { return {fp(), fp()}; }
    Fp6 fp6() { return {fp2(), fp2(), fp2()}; }
    Fp12 fp12() { return {fp6(), fp6()}; }
    Scalar scalar() {
        Fr result;
        fill(result);
        return result.to_limbs();
    }
    /// Of the curves, of any subgroup.
    G1Affine point_of_e1() { return map_to_curve(fp()).to_affine(); }
    G2Affine point_of_e2() { return map_to_curve(fp2()).to_affine(); }
    G1Affine g1() { return clear_cofactor(map_to_curve(fp())).to_affine(); }
    G2Affine g2() { return clear_cofactor(map_to_curve(fp2())).to_affine(); }

private:
    std::mt19937_64 random_{138};  // NOLINT(cert-msc51-cpp): reproducible on purpose
};

class Bls12381 : public testing::Test {
protected:
    Source random;
};

/// Double and add, with nothing clever.
template <typename Field>
JacobianPoint<Field> multiply(const AffinePoint<Field>& point,
                              std::span<const std::uint64_t> scalar) {
    JacobianPoint<Field> result;
    for (std::size_t bit = 64 * scalar.size(); bit-- > 0;) {
        result = result.twice();
        if ((scalar[bit / 64] >> (bit % 64) & 1) != 0) result += JacobianPoint<Field>{point};
    }
    return result;
}

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

using Bls12381Field = Bls12381;
using Bls12381Curve = Bls12381;
using Bls12381MultiScalar = Bls12381;
using Bls12381Pairing = Bls12381;

TEST_F(Bls12381Field, fp2_is_a_field) {
    for (int i = 0; i < 50; ++i) {
        const Fp2 a = random.fp2();
        const Fp2 b = random.fp2();
        const Fp2 c = random.fp2();
        EXPECT_EQ(a * b, b * a);
        EXPECT_EQ(a * (b + c), a * b + a * c);
        EXPECT_EQ((a * b) * c, a * (b * c));
        EXPECT_EQ(a.square(), a * a);
        EXPECT_EQ(a * a.inverse(), Fp2::one());
        EXPECT_EQ(a.times_xi(), a * (Fp2{Fp::one(), Fp::one()}));
        EXPECT_EQ(a.half() + a.half(), a);
    }
    const Fp2 u{Fp{}, Fp::one()};
    EXPECT_EQ(u * u, -Fp2::one());
}

TEST_F(Bls12381Field, extremes_multiply_correctly) {
    const Fp top = -Fp::one();
    const Fp2 a{top, top};
    const Fp2 b{top, Fp{}};
    EXPECT_EQ(a * a, (Fp2{Fp{}, Fp::from_uint64(2)}));
    EXPECT_EQ(a.square(), (Fp2{Fp{}, Fp::from_uint64(2)}));
    EXPECT_EQ(a * b, (Fp2{Fp::one(), Fp::one()}));
    EXPECT_EQ(a * Fp2::zero(), Fp2::zero());
    // All limbs of the Montgomery form at their largest.
    auto limbs = Fp::modulus;
    limbs[0] -= 1;
    const Fp largest = Fp::from_montgomery_limbs(limbs);
    const Fp2 c{largest, largest};
    EXPECT_EQ(c * c, c.square());
    EXPECT_EQ(c * (c + Fp2::one()), c.square() + c);
}

TEST_F(Bls12381Field, half_of_the_elements_of_fp2_have_a_root) {
    int roots = 0;
    for (int i = 0; i < 100; ++i) {
        const Fp2 a = random.fp2();
        const auto square_root = a.square().sqrt();
        ASSERT_TRUE(square_root);
        EXPECT_TRUE(*square_root == a || *square_root == -a);
        if (const auto root = a.sqrt()) {
            ++roots;
            EXPECT_EQ(root->square(), a);
        }
    }
    EXPECT_GT(roots, 25);
    EXPECT_LT(roots, 75);
}

TEST_F(Bls12381Field, elements_of_fp_have_roots_in_fp2) {
    for (int i = 0; i < 20; ++i) {
        const Fp2 real{random.fp(), Fp{}};
        const Fp2 imaginary{Fp{}, random.fp()};
        ASSERT_TRUE(real.sqrt());
        EXPECT_EQ(real.sqrt()->square(), real);
        if (const auto root = imaginary.sqrt()) {
            EXPECT_EQ(root->square(), imaginary);
        }
    }
    EXPECT_EQ(Fp2::zero().sqrt(), Fp2::zero());
}

TEST_F(Bls12381Field, fp12_is_a_field) {
    for (int i = 0; i < 20; ++i) {
        const Fp12 a = random.fp12();
        const Fp12 b = random.fp12();
        const Fp12 c = random.fp12();
        EXPECT_EQ(a * b, b * a);
        EXPECT_EQ((a * b) * c, a * (b * c));
        EXPECT_EQ(a.square(), a * a);
        EXPECT_EQ(a * a.inverse(), Fp12::one());
        EXPECT_EQ(a.frobenius() * b.frobenius(), (a * b).frobenius());
        EXPECT_EQ(a.frobenius().frobenius(), a.frobenius_squared());
        EXPECT_EQ(a.frobenius_squared().frobenius_squared().frobenius_squared(), a.conjugate());
        const Line line{random.fp2(), random.fp2(), random.fp2()};
        EXPECT_EQ(a * line, a * (Fp12{{line.a0, line.a2, {}}, {{}, line.a3, {}}}));
    }
}

TEST_F(Bls12381Field, cyclotomic_arithmetic_agrees_with_the_general_one) {
    for (int i = 0; i < 5; ++i) {
        const Fp12 a = random.fp12();
        const Fp12 b = a.conjugate() * a.inverse();
        const Fp12 c = b.frobenius_squared() * b;
        EXPECT_EQ(c.cyclotomic_square(), c.square());
        EXPECT_EQ(c.conjugate(), c.inverse());
        Fp12 power = Fp12::one();
        for (int bit = 63; bit >= 0; --bit) {
            power = power.square();
            if ((abs_x >> bit & 1) != 0) power *= c;
        }
        EXPECT_EQ(c.cyclotomic_power_x(), power.inverse());
    }
    EXPECT_EQ(Fp12::one().cyclotomic_power_x(), Fp12::one());
}

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

template <typename Field>
void expect_naive_sum(std::span<const AffinePoint<Field>> points, std::span<const Scalar> scalars) {
    JacobianPoint<Field> sum;
    for (std::size_t i = 0; i < points.size(); ++i) sum += multiply(points[i], scalars[i]);
    EXPECT_EQ(multi_scalar_multiply(points, scalars), sum) << points.size() << " points";
}

TEST_F(Bls12381MultiScalar, agrees_with_double_and_add) {
    for (const std::size_t count : {0U, 1U, 2U, 5U, 24U, 25U, 70U, 150U}) {
        std::vector<G1Affine> g1;
        std::vector<G2Affine> g2;
        std::vector<Scalar> scalars;
        for (std::size_t i = 0; i < count; ++i) {
            g1.push_back(random.g1());
            g2.push_back(random.g2());
            scalars.push_back(random.scalar());
        }
        expect_naive_sum<Fp>(g1, scalars);
        expect_naive_sum<Fp2>(g2, scalars);
    }
}

TEST_F(Bls12381MultiScalar, handles_every_kind_of_scalar) {
    const Scalar largest = (-Fr::one()).to_limbs();
    const std::array x_squared{static_cast<std::uint64_t>(uint128{abs_x} * abs_x),
                               static_cast<std::uint64_t>(uint128{abs_x} * abs_x >> 64)};
    const std::vector<Scalar> scalars{
        {},
        {1},
        {2},
        {15},
        {16},
        {abs_x - 1},
        {abs_x},
        {abs_x + 1},
        {~std::uint64_t{0}},
        {x_squared[0] - 1, x_squared[1] - 1},
        {x_squared[0], x_squared[1]},
        {~std::uint64_t{0}, ~std::uint64_t{0}},
        {~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0}},
        largest,
        {largest[0] - 1, largest[1], largest[2], largest[3]},
    };
    const std::vector<G1Affine> g1(scalars.size(), random.g1());
    const std::vector<G2Affine> g2(scalars.size(), random.g2());
    for (std::size_t i = 0; i < scalars.size(); ++i) {
        expect_naive_sum<Fp>({&g1[i], 1}, {&scalars[i], 1});
        expect_naive_sum<Fp2>({&g2[i], 1}, {&scalars[i], 1});
    }
    expect_naive_sum<Fp>(g1, scalars);
}

TEST_F(Bls12381MultiScalar, handles_equal_opposite_and_infinite_points_in_every_bucket) {
    for (const std::size_t count : {6U, 60U}) {
        const G1Affine p = random.g1();
        const G2Affine q = random.g2();
        const Scalar scalar = random.scalar();
        std::vector<G1Affine> g1;
        std::vector<G2Affine> g2;
        for (std::size_t i = 0; i < count; ++i) {
            g1.push_back(i % 5 == 0 ? G1Affine{} : i % 3 == 0 ? -p : p);
            g2.push_back(i % 5 == 0 ? G2Affine{} : i % 3 == 0 ? -q : q);
        }
        const std::vector<Scalar> scalars(count, scalar);
        expect_naive_sum<Fp>(g1, scalars);
        expect_naive_sum<Fp2>(g2, scalars);
    }
}

TEST_F(Bls12381MultiScalar, reduces_scalars_above_r) {
    std::array<std::uint8_t, 160> input{};
    const auto point = encode_g1(G1{random.g1()});
    std::ranges::copy(point, input.begin());
    for (std::size_t i = 0; i < 32; ++i)  // r + 1
        input[159 - i] = static_cast<std::uint8_t>(Fr::modulus[i / 8] >> (8 * (i % 8)));
    input[159] = static_cast<std::uint8_t>(input[159] + 1);
    EXPECT_EQ(bls12_381_g1_msm(input), point);
    std::ranges::fill(std::span{input}.last<32>(), std::uint8_t{0xff});
    const Scalar largest{~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0},
                         ~std::uint64_t{0}};
    const auto decoded = decode_g1(point);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(bls12_381_g1_msm(input), encode_g1(multiply(*decoded, largest)));
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
