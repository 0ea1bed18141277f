// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "field.hpp"

#include "meta138/base/uint256.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto::secp256k1 {

/// The order of the group.
inline constexpr Limbs group_order = {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe,
                                      0xffffffffffffffff};

/// 1 / k modulo the group's order, for a k below it.
inline uint256 inverse_modulo_order(const uint256& k) noexcept {
    constexpr std::uint64_t inverse_of_order = 0xb4f20099aa774ec1;  // modulo 2^64
    static_assert(group_order[0] * inverse_of_order == 1);
    const auto inverse =
        divsteps::divide(Limbs{1, 0, 0, 0}, k.limbs, group_order, inverse_of_order);
    return uint256::from_limbs(inverse[0], inverse[1], inverse[2], inverse[3]);
}

/// A number of at most 128 bits with its sign apart.
struct HalfScalar {
    uint128 magnitude = 0;
    bool negative = false;
};

/// k = first + second * lambda modulo the group's order, both halves below 2^128 in magnitude.
struct SplitScalar {
    HalfScalar first;
    HalfScalar second;
};

/// lambda * (x, y) = (beta * x, y): the curve's cheap endomorphism (Gallant, Lambert, Vanstone
/// 2001).
inline constexpr FieldElement beta{
    {0xc1396c28719501ee, 0x9cf0497512f58995, 0x6e64479eac3434e9, 0x7ae96a2b657c0710}};

/// Splits k, below the group's order, along the short vectors (a1, b1) and (a2, b2) of the lattice
/// {(a, b): a + b * lambda = 0}, here a1 = b2.
inline SplitScalar split(const uint256& k) noexcept {
    constexpr uint256 a1 = uint256::from_limbs(0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0, 0);
    constexpr uint256 minus_b1 = uint256::from_limbs(0x6f547fa90abfe4c3, 0xe4437ed6010e8828, 0, 0);
    constexpr uint256 a2 = uint256::from_limbs(0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1, 0);
    // round(2^384 * b2 / n) and round(2^384 * -b1 / n)
    constexpr Limbs g1 = {0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15,
                          0x3086d221a7d46bcd};
    constexpr Limbs g2 = {0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4,
                          0xe4437ed6010e8828};
    const auto rounded_high_bits = [&k](const Limbs& g) {
        const auto product = multiply_wide(k.limbs, g);
        return uint256::from_limbs(product[6], product[7], 0, 0) + uint256{product[5] >> 63};
    };
    const uint256 c1 = rounded_high_bits(g1);
    const uint256 c2 = rounded_high_bits(g2);
    // The halves are short, so arithmetic modulo 2^256 leaves them as two's complement numbers.
    const auto to_half = [](const uint256& number) {
        const bool negative = number.is_negative();
        const uint256 magnitude = negative ? -number : number;
        return HalfScalar{uint128{magnitude.limbs[1]} << 64 | magnitude.limbs[0], negative};
    };
    return {to_half(k - c1 * a1 - c2 * a2), to_half(c1 * minus_b1 - c2 * a1)};
}

/// Digits of `width` bits from -(2^(width - 1) - 1) to 2^(width - 1), the lowest first: as many as
/// 128 bits have, and one for the carry.
template <unsigned width>
using SignedDigits = std::array<std::int16_t, 128 / width + 1>;

template <unsigned width>
SignedDigits<width> to_signed_digits(const HalfScalar& scalar) noexcept {
    static_assert(128 % width == 0);
    SignedDigits<width> digits;
    uint128 left = scalar.magnitude;
    int carry = 0;
    for (auto& digit : digits) {
        int value = static_cast<int>(static_cast<unsigned>(left) & ((1U << width) - 1)) + carry;
        left >>= width;
        carry = value > 1 << (width - 1) ? 1 : 0;
        value -= carry << width;
        digit = static_cast<std::int16_t>(scalar.negative ? -value : value);
    }
    return digits;
}

}  // namespace meta138::crypto::secp256k1
