// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/fp12.hpp"
#include "bls12_381/fp2.hpp"
#include "bls12_381_fixture.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto::bls12_381 {
namespace {

using Bls12381Field = test::Bls12381;

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

}  // namespace
}  // namespace meta138::crypto::bls12_381
