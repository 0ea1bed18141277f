// SPDX-License-Identifier: Apache-2.0
// The vector instructions' code against the plain one.
#include "bls12_381/fp12_ifma.hpp"
#include "bls12_381/pairing.hpp"
#include "bls12_381/subgroup_ifma.hpp"
#include "bls12_381/walkers_ifma.hpp"
#include "bls12_381_fixture.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>
#include <vector>

#if defined(__x86_64__)

namespace meta138::crypto::bls12_381 {
namespace {

class Bls12381Ifma : public test::Bls12381 {
protected:
    void SetUp() override {
        if (!has_ifma()) GTEST_SKIP() << "no AVX-512 IFMA";
    }
};

/// Zero, one, the largest numbers, and numbers with one part.
std::vector<Fp12> extremes() {
    const Fp top = -Fp::one();
    auto limbs = Fp::modulus;
    limbs[0] -= 1;
    const Fp largest = Fp::from_montgomery_limbs(limbs);
    std::vector<Fp12> result{Fp12{}, Fp12::one()};
    for (const auto& part : {top, largest}) {
        const Fp2 both{part, part};
        result.push_back({{both, both, both}, {both, both, both}});
        result.push_back({{both, {}, {}}, {{}, {}, {}}});
        result.push_back({{{}, {}, {}}, {{}, {}, {Fp{}, part}}});
    }
    return result;
}

TEST_F(Bls12381Ifma, fp12_agrees) {
    auto values = extremes();
    for (int i = 0; i < 20; ++i) values.push_back(random.fp12());
    for (const auto& a : values) {
        const auto lanes = Fp12Ifma::from(a);
        EXPECT_EQ(lanes.to_fp12(), a);
        EXPECT_EQ(lanes.square().to_fp12(), a.square());
        EXPECT_EQ(lanes.conjugate().to_fp12(), a.conjugate());
        for (const auto& b : values) {
            EXPECT_EQ((lanes * Fp12Ifma::from(b)).to_fp12(), a * b);
            // Six elements of Fp in a row are a line as well.
            const Line line{b.c0.c0, b.c0.c1, b.c0.c2};
            EXPECT_EQ(lanes.times_line(Fp12Ifma::from(b).c0).to_fp12(), a * line);
        }
    }
}

TEST_F(Bls12381Ifma, fp12_agrees_after_many_steps) {  // Bounds that crept up would show.
    Fp12 a = random.fp12();
    const Fp12 b = random.fp12();
    auto lanes = Fp12Ifma::from(a);
    const auto b_lanes = Fp12Ifma::from(b);
    for (int i = 0; i < 300; ++i) {
        a = (a.square() * b).conjugate();
        lanes = (lanes.square() * b_lanes).conjugate();
    }
    EXPECT_EQ(lanes.to_fp12(), a);
    a = a.conjugate() * a.inverse();
    a = a.frobenius_squared() * a;
    lanes = Fp12Ifma::from(a);
    for (int i = 0; i < 300; ++i) {
        a = a.cyclotomic_square();
        lanes = lanes.cyclotomic_square();
    }
    EXPECT_EQ(lanes.to_fp12(), a);
    EXPECT_EQ(lanes.cyclotomic_power_x().to_fp12(), a.cyclotomic_power_x());
    EXPECT_EQ(lanes.frobenius().to_fp12(), a.frobenius());
}

TEST_F(Bls12381Ifma, miller_loops_agree_but_for_what_the_exponentiation_removes) {
    for (const std::size_t count : {1U, 2U, 3U, 4U, 5U, 9U}) {
        std::vector<PairingInput> pairs;
        for (std::size_t i = 0; i < count; ++i) pairs.push_back({random.g1(), random.g2()});
        const auto plain = miller_loop_with<Walkers>(pairs);
        const auto vectors = miller_loop_with<WalkersIfma>(pairs);
        ASSERT_TRUE(plain && vectors) << count;
        EXPECT_EQ(final_exponentiation_with<Fp12>(*plain),
                  final_exponentiation_with<Fp12Ifma>(*vectors))
            << count;
        for (auto& pair : pairs) {
            const auto q = pair.q;
            pair.q = random.point_of_e2();
            EXPECT_FALSE(miller_loop_with<WalkersIfma>(pairs)) << count;
            pair.q = q;
        }
    }
}

TEST_F(Bls12381Ifma, prepared_walks_agree) {
    const PreparedG2 a = prepare(random.g2());
    const PreparedG2 b = prepare(random.g2());
    const std::array inputs{PreparedPairingInput{random.g1(), &a},
                            PreparedPairingInput{random.g1(), &b}};
    PreparedWalkers plain{inputs};
    PreparedWalkersIfma vectors{inputs};
    Fp12 f = random.fp12();
    auto g = Fp12Ifma::from(f);
    for (std::size_t i = 0; i < line_count; ++i) {
        plain.twice();
        vectors.twice();
        plain.multiply_lines(f);
        vectors.multiply_lines(g);
        ASSERT_EQ(g.to_fp12(), f) << i;
    }
}

TEST_F(Bls12381Ifma, subgroup_checks_agree_wherever_the_point_is) {
    // (0, 2) has order 3; r P has an order that divides the cofactor.
    const auto times_r = [](const auto& point) {
        return test::multiply(point, Fr::modulus).to_affine();
    };
    for (const std::size_t count : {1U, 2U, 7U, 8U, 9U, 20U}) {
        std::vector<G1Affine> points;
        std::vector<G2Affine> points2;
        for (std::size_t i = 0; i < count; ++i) {
            points.push_back(i % 4 == 3 ? G1Affine{} : random.g1());
            points2.push_back(i % 4 == 3 ? G2Affine{} : random.g2());
        }
        EXPECT_TRUE(are_in_subgroup_ifma(points)) << count;
        EXPECT_TRUE(are_in_subgroup_ifma(points2)) << count;
        for (std::size_t i = 0; i < count; ++i) {
            const auto outside = random.point_of_e1();
            const auto kept = points[i];
            for (const auto& p : {outside, times_r(outside), G1Affine{Fp{}, Fp::from_uint64(2)}}) {
                points[i] = p;
                EXPECT_FALSE(are_in_subgroup_ifma(points)) << count << ' ' << i;
            }
            points[i] = kept;
            const auto outside2 = random.point_of_e2();
            const auto kept2 = points2[i];
            for (const auto& p : {outside2, times_r(outside2)}) {
                points2[i] = p;
                EXPECT_FALSE(are_in_subgroup_ifma(points2)) << count << ' ' << i;
            }
            points2[i] = kept2;
        }
    }
    EXPECT_TRUE(are_in_subgroup_ifma(std::span<const G1Affine>{}));
}

}  // namespace
}  // namespace meta138::crypto::bls12_381

#endif
