// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/field.hpp"

#include <array>
#include <cstdint>

namespace meta138::crypto::bls12_381 {

/// A product of two elements of Fp, or a sum of such, whose Montgomery reduction is put off: a
/// number below p 2^384, which only counts modulo p. Sums of products that are reduced once save a
/// third to two thirds of the reductions of the tower (Aranha and others, eprint 2010/526).
struct WideFp {
    std::array<std::uint64_t, 12> limbs;

    friend WideFp operator+(const WideFp& a, const WideFp& b);
    friend WideFp operator-(const WideFp& a, const WideFp& b);
    /// a - b where a >= b as numbers.
    static WideFp subtract_smaller(const WideFp& a, const WideFp& b);
};

/// a b for limbs of any value.
WideFp multiply_wide(const Fp::Limbs& a, const Fp::Limbs& b);

/// a / 2^384 mod p.
Fp reduce(const WideFp& a);

inline WideFp operator+(const WideFp& a, const WideFp& b) {
    WideFp sum;
    limbs::add(sum.limbs, a.limbs, b.limbs);  // No carry out: p has three spare bits.
    Fp::Limbs high;
    for (std::size_t i = 0; i < 6; ++i) high[i] = sum.limbs[i + 6];
    high = limbs::reduce_once(high, Fp::modulus);
    for (std::size_t i = 0; i < 6; ++i) sum.limbs[i + 6] = high[i];
    return sum;
}

inline WideFp operator-(const WideFp& a, const WideFp& b) {
    WideFp difference;
    const bool negative = limbs::sub(difference.limbs, a.limbs, b.limbs) != 0;
    const std::uint64_t mask = negative ? ~std::uint64_t{0} : 0;
    unsigned char carry = 0;
#pragma GCC unroll 6
    for (std::size_t i = 0; i < 6; ++i)
        carry = limbs::add_carry(carry, difference.limbs[i + 6], Fp::modulus[i] & mask,
                                 difference.limbs[i + 6]);
    return difference;
}

inline WideFp WideFp::subtract_smaller(const WideFp& a, const WideFp& b) {
    WideFp difference;
    limbs::sub(difference.limbs, a.limbs, b.limbs);
    return difference;
}

}  // namespace meta138::crypto::bls12_381
