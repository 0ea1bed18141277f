// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/bn254.hpp"

#include "bn254/fp12_ifma.hpp"
#include "bn254/g1.hpp"
#include "bn254/g2.hpp"
#include "bn254/pairing.hpp"
#include "bn254/walkers_ifma.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/test/fixtures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <string>

namespace meta138::crypto {
namespace {

using namespace bn254;

const G1Affine g1_generator{Fp::from_uint64(1), Fp::from_uint64(2)};
// EIP-197's P2.
const G2Affine g2_generator{
    {Fp::from_hex("0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"),
     Fp::from_hex("0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2")},
    {Fp::from_hex("0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"),
     Fp::from_hex("0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b")}};

using Scalar = std::array<std::uint64_t, 4>;

class Bn254 : public testing::Test {
protected:
    std::mt19937_64 random{138};

    Scalar scalar() { return {random(), random(), random(), random() >> 4}; }
    Fp element() {
        auto limbs = scalar();
        while (!limbs::less(limbs, Fp::modulus)) limbs = scalar();
        return Fp::from_limbs(limbs);
    }
    Fp2 element2() { return {element(), element()}; }
    Fp12 element12() {
        const auto six = [this] { return Fp6{element2(), element2(), element2()}; };
        return {six(), six()};
    }
};

template <typename Field>
Jacobian<Field> double_and_add(const Affine<Field>& point, std::span<const std::uint64_t> scalar) {
    auto sum = Jacobian<Field>::infinity();
    for (std::size_t i = 64 * scalar.size(); i-- > 0;) {
        sum = sum.twice();
        if ((scalar[i / 64] >> (i % 64) & 1) != 0) sum = sum + point;
    }
    return sum;
}

G1Affine g1_times(const Scalar& scalar) {
    return multiply(g1_generator, scalar).to_affine();
}
G2Affine g2_times(const Scalar& scalar) {
    return double_and_add(g2_generator, scalar).to_affine();
}

Bytes encode(const G1Affine& point) {
    Bytes bytes;
    for (const auto& coordinate : {point.x, point.y})
        std::ranges::copy(coordinate.to_be_bytes(), std::back_inserter(bytes));
    return bytes;
}
Bytes encode(const G2Affine& point) {
    Bytes bytes;
    for (const auto& coordinate : {point.x.c1, point.x.c0, point.y.c1, point.y.c0})
        std::ranges::copy(coordinate.to_be_bytes(), std::back_inserter(bytes));
    return bytes;
}
Bytes operator+(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
Bytes encode(std::uint64_t value) {
    Bytes bytes(32);
    for (std::size_t i = 0; i < 8; ++i) bytes[31 - i] = static_cast<std::uint8_t>(value >> (8 * i));
    return bytes;
}
const Bytes infinity1(64);
const Bytes infinity2(128);

/// The modulus, big-endian; `minus` may be 0 or 1.
Bytes modulus_minus(std::uint64_t minus) {
    Bytes bytes(32);
    for (std::size_t i = 0; i < 32; ++i)
        bytes[31 - i] = static_cast<std::uint8_t>(Fp::modulus[i / 8] >> (8 * (i % 8)));
    bytes[31] = static_cast<std::uint8_t>(bytes[31] - minus);
    return bytes;
}

/// EVM rules: a missing tail is zeros, what is beyond is ignored.
template <std::size_t N>
std::array<std::uint8_t, N> padded(ByteView input) {
    std::array<std::uint8_t, N> result{};
    std::copy_n(input.begin(), std::min(N, input.size()), result.begin());
    return result;
}
std::optional<Bytes> add_bytes(ByteView input) {
    const auto sum = bn254_add(padded<128>(input));
    return sum ? std::optional{to_bytes(*sum)} : std::nullopt;
}
std::optional<Bytes> mul_bytes(ByteView input) {
    const auto product = bn254_mul(padded<96>(input));
    return product ? std::optional{to_bytes(*product)} : std::nullopt;
}

/// A point of the twist that is most likely not in G2: the first at or after an x coordinate.
G2Affine twist_point(Fp2 x) {
    for (;; x = x + Fp2::one()) {
        // A square root in Fp2 by the norm (Adj, Rodríguez-Henríquez 2012/685, complex method).
        const auto square = x.square() * x + twist_b;
        const auto norm = (square.c0.square() + square.c1.square()).sqrt();
        if (!norm) continue;
        for (const auto& root : {*norm, -*norm}) {
            const auto real = (square.c0 + root).half().sqrt();
            if (!real || real->is_zero()) continue;
            const Fp2 y{*real, square.c1 * real->twice().inverse()};
            if (y.square() == square) return {x, y};
        }
    }
}

nlohmann::json read_json(const std::filesystem::path& path) {
    std::ifstream file{path};
    return nlohmann::json::parse(file);
}

Bytes hex_field(const nlohmann::json& test, const char* name) {
    return decode_hex_digits(test.at(name).get<std::string>()).value();
}

TEST_F(Bn254, passes_the_addition_fixtures) {
    META138_FIXTURE_OR_SKIP(path, "precompiles/geth/bn256Add.json");
    for (const auto& test : read_json(path))
        EXPECT_EQ(add_bytes(hex_field(test, "Input")), hex_field(test, "Expected")) << test["Name"];
}

TEST_F(Bn254, passes_the_multiplication_fixtures) {
    META138_FIXTURE_OR_SKIP(path, "precompiles/geth/bn256ScalarMul.json");
    for (const auto& test : read_json(path))
        EXPECT_EQ(mul_bytes(hex_field(test, "Input")), hex_field(test, "Expected")) << test["Name"];
}

TEST_F(Bn254, passes_the_pairing_fixtures) {
    META138_FIXTURE_OR_SKIP(path, "precompiles/geth/bn256Pairing.json");
    for (const auto& test : read_json(path)) {
        const auto expected = hex_field(test, "Expected");
        EXPECT_EQ(bn254_pairing_check(hex_field(test, "Input")), expected[31] == 1) << test["Name"];
    }
}

TEST_F(Bn254, adds_infinity_as_the_neutral_element) {
    const auto point = encode(g1_generator);
    EXPECT_EQ(add_bytes(point + infinity1), point);
    EXPECT_EQ(add_bytes(infinity1 + point), point);
    EXPECT_EQ(add_bytes(infinity1 + infinity1), infinity1);
    EXPECT_EQ(add_bytes(point + encode(-g1_generator)), infinity1);
    EXPECT_EQ(add_bytes(point + point), encode(g1_times({2})));
}

TEST_F(Bn254, multiplies_by_scalars_at_and_above_the_order) {
    const auto generator = encode(g1_generator);
    const auto bytes_of = [](Scalar scalar) {
        Bytes bytes(32);
        for (std::size_t i = 0; i < 32; ++i)
            bytes[31 - i] = static_cast<std::uint8_t>(scalar[i / 8] >> (8 * (i % 8)));
        return bytes;
    };
    auto scalar = r;
    EXPECT_EQ(mul_bytes(generator + bytes_of(scalar)), infinity1);
    ++scalar[0];
    EXPECT_EQ(mul_bytes(generator + bytes_of(scalar)), generator);
    scalar[0] -= 2;
    EXPECT_EQ(mul_bytes(generator + bytes_of(scalar)), encode(-g1_generator));
    const Scalar highest{~0ull, ~0ull, ~0ull, ~0ull};
    EXPECT_EQ(mul_bytes(generator + bytes_of(highest)),
              encode(double_and_add<Fp>(g1_generator, highest).to_affine()));
    EXPECT_EQ(mul_bytes(generator + encode(0)), infinity1);
    EXPECT_EQ(mul_bytes(infinity1 + bytes_of(highest)), infinity1);
}

TEST_F(Bn254, multiplies_like_double_and_add) {
    for (int i = 0; i < 200; ++i) {
        const auto k = i < 20 ? Scalar{static_cast<std::uint64_t>(i)} : scalar();
        const auto point = g1_times(scalar());
        EXPECT_EQ(multiply(point, k), double_and_add<Fp>(point, k));
    }
}

TEST_F(Bn254, multiplies_by_numbers_near_multiples_of_lambda) {
    for (const std::uint64_t delta : {0u, 1u, 2u}) {
        auto k = glv_lambda;
        k[0] += delta;
        EXPECT_EQ(multiply(g1_generator, k), double_and_add<Fp>(g1_generator, k));
        limbs::sub(k, r, k);
        EXPECT_EQ(multiply(g1_generator, k), double_and_add<Fp>(g1_generator, k));
    }
}

TEST_F(Bn254, decomposes_scalars_into_short_halves) {
    for (int i = 0; i < 10'000; ++i) {
        auto k = scalar();
        if (i == 0) limbs::sub(k, r, Scalar{1});
        for (Scalar less; limbs::sub(less, k, r) == 0;) k = less;
        const auto halves = decompose(k);
        EXPECT_EQ(halves.k1 >> 127, 0);
        EXPECT_EQ(halves.k2 >> 127, 0);
    }
}

TEST_F(Bn254, rejects_malformed_points_of_g1) {
    const auto generator = encode(g1_generator);
    const auto off_curve = encode(1) + encode(3);
    const auto x_is_p = modulus_minus(0) + encode(0);
    const auto y_is_p = encode(0) + modulus_minus(0);
    const auto x_is_p_plus_1 = [] {
        auto bytes = modulus_minus(0) + encode(2);
        ++bytes[31];
        return bytes;
    }();
    const auto minus_one = modulus_minus(1) + encode(2);
    for (const auto& bad : {off_curve, x_is_p, y_is_p, x_is_p_plus_1, minus_one, Bytes(64, 0xff),
                            encode(0) + encode(1), encode(1) + encode(0)}) {
        EXPECT_EQ(add_bytes(bad + generator), std::nullopt) << to_hex(bad);
        EXPECT_EQ(add_bytes(generator + bad), std::nullopt) << to_hex(bad);
        EXPECT_EQ(add_bytes(bad + infinity1), std::nullopt) << to_hex(bad);
        EXPECT_EQ(mul_bytes(bad + encode(0)), std::nullopt) << to_hex(bad);
        EXPECT_EQ(bn254_pairing_check(bad + encode(g2_generator)), std::nullopt) << to_hex(bad);
        EXPECT_EQ(bn254_pairing_check(bad + infinity2), std::nullopt) << to_hex(bad);
    }
}

TEST_F(Bn254, rejects_malformed_points_of_g2) {
    const auto good = encode(g2_generator);
    std::vector<Bytes> bads;
    for (std::size_t coordinate = 0; coordinate < 4; ++coordinate) {
        const auto at = static_cast<std::ptrdiff_t>(32 * coordinate);
        auto bad = good;
        std::ranges::copy(modulus_minus(0), bad.begin() + at);
        bads.push_back(bad);
        bad = infinity2;
        std::ranges::copy(modulus_minus(0), bad.begin() + at);
        bads.push_back(bad);
        bad = good;
        bad[32 * coordinate + 31] ^= 1;  // Off the curve.
        bads.push_back(bad);
    }
    for (const auto& bad : bads) {
        EXPECT_EQ(bn254_pairing_check(encode(g1_generator) + bad), std::nullopt) << to_hex(bad);
        EXPECT_EQ(bn254_pairing_check(infinity1 + bad), std::nullopt) << to_hex(bad);
        EXPECT_EQ(bn254_pairing_check(encode(g1_generator) + good + encode(g1_generator) + bad),
                  std::nullopt);
    }
}

TEST_F(Bn254, rejects_lengths_that_are_not_whole_pairs) {
    EXPECT_EQ(bn254_pairing_check({}), true);
    for (const std::size_t size : {1u, 64u, 128u, 191u, 193u, 383u})
        EXPECT_EQ(bn254_pairing_check(Bytes(size)), std::nullopt) << size;
}

TEST_F(Bn254, knows_which_points_of_the_twist_have_order_r) {
    EXPECT_TRUE(is_in_subgroup(g2_generator));
    for (int i = 0; i < 50; ++i) {
        EXPECT_TRUE(is_in_subgroup(g2_times(scalar())));
        const auto point = twist_point(element2());
        ASSERT_TRUE(is_on_curve(point));
        EXPECT_EQ(is_in_subgroup(point), double_and_add<Fp2>(point, r).is_infinity());
        EXPECT_FALSE(is_in_subgroup(point));
        EXPECT_EQ(bn254_pairing_check(infinity1 + encode(point)), std::nullopt);
        EXPECT_EQ(bn254_pairing_check(encode(g1_generator) + encode(point)), std::nullopt);
    }
}

TEST_F(Bn254, miller_loop_finds_points_outside_the_subgroup) {
    for (const std::size_t count : {1u, 2u, 4u, 5u, 16u}) {
        for (std::size_t bad = 0; bad < count; bad += 3) {
            std::vector<PointPair> pairs;
            for (std::size_t i = 0; i < count; ++i)
                pairs.push_back({g1_generator, g2_times({random()})});
            ASSERT_TRUE(miller_loop(pairs));
            ASSERT_TRUE(miller_loop_with<Walkers>(pairs));
            const auto outside = twist_point(element2());
            const auto small = double_and_add<Fp2>(outside, r);
            for (const auto& q :
                 {outside, small.to_affine(), (small + g2_times({random()})).to_affine()}) {
                pairs[bad].g2 = q;
                EXPECT_FALSE(miller_loop(pairs));
                EXPECT_FALSE(miller_loop_with<Walkers>(pairs));
            }
        }
    }
}

TEST_F(Bn254, miller_loop_finds_points_of_small_order) {
    // 10069 and 5864401 divide the cofactor 2p - r: such points meet every exception of the
    // formulas.
    std::array<std::uint64_t, 4> rest{};
    limbs::sub(rest, Fp::modulus, r);
    limbs::add(rest, rest, Fp::modulus);
    for (const std::uint64_t order : {10069u, 5864401u}) {
        auto cofactor = rest;
        uint128 remainder = 0;
        for (std::size_t i = 4; i-- > 0;) {
            remainder = remainder << 64 | cofactor[i];
            cofactor[i] = static_cast<std::uint64_t>(remainder / order);
            remainder %= order;
        }
        ASSERT_EQ(remainder, 0);
        const auto point = double_and_add<Fp2>(twist_point(element2()), r).to_affine();
        const auto small = double_and_add<Fp2>(point, cofactor);
        ASSERT_FALSE(small.is_infinity());
        const std::array order_limbs{order};
        ASSERT_TRUE(double_and_add<Fp2>(small.to_affine(), order_limbs).is_infinity());
        for (std::uint64_t multiple = 1; multiple < 300; ++multiple) {
            const std::array factor{multiple};
            const auto q = double_and_add<Fp2>(small.to_affine(), factor).to_affine();
            ASSERT_TRUE(is_on_curve(q));
            EXPECT_FALSE(is_in_subgroup(q));
            EXPECT_FALSE(miller_loop_with<Walkers>(std::array{PointPair{g1_generator, q}}));
            EXPECT_FALSE(miller_loop(std::array{PointPair{g1_generator, q}}));
        }
    }
}

TEST_F(Bn254, rejects_points_whose_order_divides_the_cofactor) {
    // r times a point of the twist: of the cofactor's order, the part a subgroup check may
    // overlook.
    for (int i = 0; i < 20; ++i) {
        const auto point = double_and_add<Fp2>(twist_point(element2()), r);
        ASSERT_FALSE(point.is_infinity());
        EXPECT_FALSE(is_in_subgroup(point.to_affine()));
        EXPECT_FALSE(is_in_subgroup((point + g2_times(scalar())).to_affine()));
    }
}

TEST_F(Bn254, twist_frobenius_is_multiplication_by_6xx_in_g2) {
    const auto q = g2_times(scalar());
    const auto six_xx = uint128{parameter_x} * parameter_x * 6;
    const std::array scalar{static_cast<std::uint64_t>(six_xx),
                            static_cast<std::uint64_t>(six_xx >> 64)};
    EXPECT_EQ(G2Jacobian::from(frobenius(q)), double_and_add<Fp2>(q, scalar));
}

Fp12 pairing(const G1Affine& p, const G2Affine& q) {
    return final_exponentiation_with<Fp12>(
        miller_loop_with<Walkers>(std::array{PointPair{p, q}}).value());
}

Fp12 power(const Fp12& base, const Scalar& exponent) {
    auto result = Fp12::one();
    for (std::size_t i = 256; i-- > 0;) {
        result = result.square();
        if ((exponent[i / 64] >> (i % 64) & 1) != 0) result *= base;
    }
    return result;
}

TEST_F(Bn254, pairing_is_bilinear_and_not_degenerate) {
    const auto base = pairing(g1_generator, g2_generator);
    EXPECT_NE(base, Fp12::one());
    EXPECT_EQ(power(base, r), Fp12::one());
    for (int i = 0; i < 5; ++i) {
        const auto a = scalar();
        const auto b = scalar();
        const auto expected = power(power(base, a), b);
        EXPECT_EQ(pairing(g1_times(a), g2_times(b)), expected);
        EXPECT_EQ(pairing(g1_times(b), g2_times(a)), expected);
        EXPECT_NE(pairing(g1_times(a), g2_generator), expected);
    }
}

TEST_F(Bn254, checks_products_of_any_number_of_pairs) {
    // sum a_i b_i = sum_i i: the last pair cancels what the others contribute.
    Bytes input;
    std::uint64_t sum = 0;
    for (std::uint64_t i = 1; i < 40; ++i) {
        const auto cancel = encode(-g1_times({sum + 3 * i})) + encode(g2_generator);
        input = input + encode(g1_times({i})) + encode(g2_times({3}));
        sum += 3 * i;
        EXPECT_EQ(bn254_pairing_check(input), false);
        EXPECT_EQ(bn254_pairing_check(input + cancel), true);
        // Infinity on either side contributes nothing.
        input = input + infinity1 + encode(g2_generator) + encode(g1_generator) + infinity2;
        EXPECT_EQ(bn254_pairing_check(input + cancel), true);
    }
}

TEST_F(Bn254, pairs_with_infinity_alone_multiply_to_one) {
    EXPECT_EQ(bn254_pairing_check(infinity1 + infinity2), true);
    EXPECT_EQ(bn254_pairing_check(encode(g1_generator) + infinity2), true);
    EXPECT_EQ(bn254_pairing_check(infinity1 + encode(g2_generator)), true);
}

TEST_F(Bn254, tower_operations_agree_with_each_other) {
    for (int i = 0; i < 100; ++i) {
        const auto a = element12();
        const auto b = element12();
        const auto c = element12();
        EXPECT_EQ((a * b) * c, a * (b * c));
        EXPECT_EQ(a.square(), a * a);
        EXPECT_EQ(a.c0.square(), a.c0 * a.c0);
        EXPECT_EQ(a.c0.c0.square(), a.c0.c0 * a.c0.c0);
        EXPECT_EQ(a * a.inverse(), Fp12::one());
        EXPECT_EQ(a.frobenius(1).frobenius(1), a.frobenius(2));
        EXPECT_EQ(a.frobenius(1).frobenius(2), a.frobenius(3));
        EXPECT_EQ(a.frobenius(3).frobenius(3), a.conjugate());
        EXPECT_EQ((a * b).frobenius(1), a.frobenius(1) * b.frobenius(1));
        const Line line{b.c0.c0, b.c1.c0, b.c1.c1};
        EXPECT_EQ(a * line, (a * Fp12{{b.c0.c0, {}, {}}, {b.c1.c0, b.c1.c1, {}}}));
        const auto unitary = a.conjugate() * a.inverse();
        const auto cyclotomic = unitary.frobenius(2) * unitary;
        EXPECT_EQ(cyclotomic.cyclotomic_square(), cyclotomic.square());
        EXPECT_EQ(cyclotomic.conjugate(), cyclotomic.inverse());
    }
    const auto a = element12();
    EXPECT_EQ(power(a, Fp::modulus), a.frobenius(1));
}

#if defined(__x86_64__)

TEST_F(Bn254, vector_instructions_compute_the_same) {
    if (!has_ifma()) GTEST_SKIP() << "the processor lacks AVX-512 IFMA";
    const auto highest = -Fp::one();
    const Fp2 highest2{highest, highest};
    const Fp6 highest6{highest2, highest2, highest2};
    for (int i = 0; i < 300; ++i) {
        const auto a = i == 0   ? Fp12{highest6, highest6}
                       : i == 1 ? Fp12{}
                       : i == 2 ? Fp12::one()
                                : element12();
        const auto b = i % 3 == 0 ? a : element12();
        const auto fast_a = Fp12Ifma::from(a);
        const auto fast_b = Fp12Ifma::from(b);
        ASSERT_EQ(fast_a.to_fp12(), a);
        ASSERT_EQ((fast_a * fast_b).to_fp12(), a * b);
        ASSERT_EQ(fast_a.square().to_fp12(), a.square());
        ASSERT_EQ(fast_a.cyclotomic_square().to_fp12(), a.cyclotomic_square());
        ASSERT_EQ(fast_a.conjugate().to_fp12(), a.conjugate());
        // Long chains, so that what a bound overlooks has time to grow.
        auto slow = a;
        auto fast = fast_a;
        for (int step = 0; step < 20; ++step) {
            slow = (slow.square() * b.conjugate()).cyclotomic_square();
            fast = (fast.square() * fast_b.conjugate()).cyclotomic_square();
        }
        ASSERT_EQ(fast.to_fp12(), slow);
    }
}

TEST_F(Bn254, pairing_does_not_depend_on_the_instructions) {
    if (!has_ifma()) GTEST_SKIP() << "the processor lacks AVX-512 IFMA";
    std::vector<PointPair> pairs;
    for (std::size_t count = 0; count <= max_pairs_in_a_loop; ++count) {
        const auto f = miller_loop_with<Walkers>(pairs).value();
        const auto expected = final_exponentiation_with<Fp12>(f);
        EXPECT_EQ(final_exponentiation_with<Fp12Ifma>(f), expected);
        // The scalars and the vectors scale the lines differently.
        const auto vector = miller_loop_with<WalkersIfma>(pairs).value();
        EXPECT_EQ(final_exponentiation_with<Fp12>(vector), expected) << count;
        if (count < max_pairs_in_a_loop) pairs.push_back({g1_times(scalar()), g2_times(scalar())});
    }
}

#endif

}  // namespace
}  // namespace meta138::crypto
