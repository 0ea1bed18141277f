// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/encoding.hpp"
#include "bls12_381/multi_scalar.hpp"
#include "bls12_381_fixture.hpp"

#include "meta138/crypto/bls12_381.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace meta138::crypto::bls12_381 {
namespace {

using test::multiply;
using Bls12381MultiScalar = test::Bls12381;

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

}  // namespace
}  // namespace meta138::crypto::bls12_381
