// SPDX-License-Identifier: Apache-2.0
#include "g1.hpp"

#include <array>
#include <cstddef>

namespace meta138::crypto::bn254 {
namespace {

constexpr Fp b = Fp::from_uint64(3);

using Scalar = std::array<std::uint64_t, 4>;

/// The highest 256 bits of a 512-bit product.
Scalar multiply_high(const Scalar& a, const Scalar& c) {
    std::array<std::uint64_t, 8> product{};
    for (std::size_t i = 0; i < 4; ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < 4; ++j) {
            const uint128 sum = uint128{a[i]} * c[j] + product[i + j] + carry;
            product[i + j] = static_cast<std::uint64_t>(sum);
            carry = static_cast<std::uint64_t>(sum >> 64);
        }
        product[i + 4] = carry;
    }
    return {product[4], product[5], product[6], product[7]};
}

uint128 low_128(const Scalar& a) {
    return uint128{a[1]} << 64 | a[0];
}

// The short basis of the lattice of (a, b) with a + b lambda = 0 mod r:
// (6x^2 + 4x + 1, 2x + 1) and (2x + 1, -(6x^2 + 2x)).
constexpr uint128 two_x_1 = uint128{parameter_x} * 2 + 1;
constexpr uint128 six_xx_2x = uint128{parameter_x} * parameter_x * 6 + uint128{parameter_x} * 2;
constexpr uint128 six_xx_4x_1 =
    uint128{parameter_x} * parameter_x * 6 + uint128{parameter_x} * 4 + 1;
// 2^256 (6x^2 + 2x) / r and 2^256 (2x + 1) / r.
constexpr Scalar reciprocal1{0x7a7bd9d4391eb18d, 0x4ccef014a773d2cf, 2, 0};
constexpr Scalar reciprocal2{0xd91d232ec7e0b3d7, 2, 0, 0};

/// The digits of a number below 2^128, each zero or odd and below 2^(width - 1) in absolute value,
/// of which any `width` neighbours have at most one that is not zero.
constexpr int window = 5;
struct Digits {
    std::array<std::int8_t, 129> digits{};
    int length = 0;  ///< One more than the index of the highest digit that is not zero.
};

Digits width_5_digits(uint128 k, bool negative) {
    Digits result;
    bool carry = false;
    for (int i = 0; i < 129;) {
        const auto bits = i < 128 ? static_cast<unsigned>(k >> i) : 0;
        if (((bits & 1) != 0) == carry) {
            ++i;
            continue;
        }
        int digit = static_cast<int>(bits & ((1u << window) - 1)) + (carry ? 1 : 0);
        carry = digit > 1 << (window - 1);
        if (carry) digit -= 1 << window;
        result.digits[static_cast<std::size_t>(i)] =
            static_cast<std::int8_t>(negative ? -digit : digit);
        result.length = i + 1;
        i += window;
    }
    return result;
}

constexpr std::size_t table_size = 1 << (window - 2);
using Table = std::array<G1Affine, table_size>;

/// point, 3 point, 5 point, ...
Table odd_multiples(const G1Affine& point) {
    std::array<G1Jacobian, table_size> multiples;
    multiples[0] = G1Jacobian::from(point);
    const auto doubled = multiples[0].twice();
    std::array<Fp, table_size> z;
    z[0] = Fp::one();
    for (std::size_t i = 1; i < table_size; ++i) {
        multiples[i] = multiples[i - 1] + doubled;
        z[i] = multiples[i].z;
    }
    std::array<Fp, table_size> scratch;
    invert_all<Fp>(z, scratch);
    Table table;
    for (std::size_t i = 0; i < table_size; ++i) {
        const auto z2 = z[i].square();
        table[i] = {multiples[i].x * z2, multiples[i].y * (z2 * z[i])};
    }
    return table;
}

void add_digit(G1Jacobian& sum, const Table& table, int digit) {
    if (digit > 0) sum = sum + table[static_cast<std::size_t>(digit / 2)];
    if (digit < 0) sum = sum + -table[static_cast<std::size_t>(-digit / 2)];
}

}  // namespace

bool is_on_curve(const G1Affine& point) {
    return point.y.square() == point.x.square() * point.x + b;
}

std::optional<G1Affine> add(const G1Affine& p, const G1Affine& q) {
    Fp numerator = q.y - p.y;
    Fp denominator = q.x - p.x;
    if (denominator.is_zero()) {
        if (!numerator.is_zero() || p.y.is_zero()) return std::nullopt;
        const auto x2 = p.x.square();
        numerator = x2.twice() + x2;
        denominator = p.y.twice();
    }
    const auto slope = numerator * denominator.inverse();
    const auto x3 = slope.square() - p.x - q.x;
    return G1Affine{x3, slope * (p.x - x3) - p.y};
}

Decomposition decompose(const Scalar& scalar) {
    // (scalar, 0) minus the lattice point below it; modulo 2^128, as the result is shorter.
    const auto c1 = low_128(multiply_high(scalar, reciprocal1));
    const auto c2 = low_128(multiply_high(scalar, reciprocal2));
    const uint128 k1 = low_128(scalar) - c1 * six_xx_4x_1 - c2 * two_x_1;
    const uint128 k2 = c2 * six_xx_2x - c1 * two_x_1;
    const bool k1_negative = k1 >> 127 != 0;
    const bool k2_negative = k2 >> 127 != 0;
    return {k1_negative ? 0 - k1 : k1, k2_negative ? 0 - k2 : k2, k1_negative, k2_negative};
}

G1Jacobian multiply(const G1Affine& point, const Scalar& scalar) {
    auto reduced = scalar;
    for (Scalar less; limbs::sub(less, reduced, r) == 0;) reduced = less;  // At most five times.

    const auto halves = decompose(reduced);
    const auto digits1 = width_5_digits(halves.k1, halves.k1_negative);
    const auto digits2 = width_5_digits(halves.k2, halves.k2_negative);
    const auto table1 = odd_multiples(point);
    Table table2;
    for (std::size_t i = 0; i < table_size; ++i) table2[i] = {table1[i].x * glv_beta, table1[i].y};

    auto sum = G1Jacobian::infinity();
    for (int i = std::max(digits1.length, digits2.length); i-- > 0;) {
        sum = sum.twice();
        add_digit(sum, table1, digits1.digits[static_cast<std::size_t>(i)]);
        add_digit(sum, table2, digits2.digits[static_cast<std::size_t>(i)]);
    }
    return sum;
}

}  // namespace meta138::crypto::bn254
