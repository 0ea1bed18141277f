// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <bitset>
#include <cstddef>
#include <utility>

/// Arithmetic a bit at a time, slow and plain: what uint256 is compared with. It shares no code
/// with it but the limbs.
namespace meta138::naive {

using Bits = std::bitset<512>;

inline Bits to_bits(const uint512& x) {
    Bits result;
    for (std::size_t i = 0; i < 512; ++i) result[i] = (x.limbs[i / 64] >> i % 64 & 1) != 0;
    return result;
}
inline Bits to_bits(const uint256& x) {
    Bits result;
    for (std::size_t i = 0; i < 256; ++i) result[i] = (x.limbs[i / 64] >> i % 64 & 1) != 0;
    return result;
}
inline uint512 to_uint512(const Bits& bits) {
    uint512 result;
    for (std::size_t i = 0; i < 512; ++i) result.limbs[i / 64] |= std::uint64_t{bits[i]} << i % 64;
    return result;
}
/// Modulo 2^256.
inline uint256 to_uint256(const Bits& bits) {
    uint256 result;
    for (std::size_t i = 0; i < 256; ++i) result.limbs[i / 64] |= std::uint64_t{bits[i]} << i % 64;
    return result;
}

inline Bits add(const Bits& x, const Bits& y, bool carry = false) {
    Bits result;
    for (std::size_t i = 0; i < 512; ++i) {
        const int sum = int{x[i]} + int{y[i]} + int{carry};
        result[i] = sum % 2 != 0;
        carry = sum >= 2;
    }
    return result;
}
inline Bits sub(const Bits& x, const Bits& y) {
    return add(x, ~y, true);
}

inline bool less(const Bits& x, const Bits& y) {
    for (std::size_t i = 512; i-- > 0;) {
        if (x[i] != y[i]) return y[i];
    }
    return false;
}

inline Bits mul(const Bits& x, const Bits& y) {
    Bits result;
    for (std::size_t i = 512; i-- > 0;) {
        result <<= 1;
        if (y[i]) result = add(result, x);
    }
    return result;
}

/// Quotient and remainder, of a divisor below 2^511 that is not zero.
inline std::pair<Bits, Bits> divmod(const Bits& x, const Bits& y) {
    std::pair<Bits, Bits> result;
    auto& [quotient, remainder] = result;
    for (std::size_t i = 512; i-- > 0;) {
        remainder <<= 1;
        remainder[0] = x[i];
        if (!less(remainder, y)) {
            remainder = sub(remainder, y);
            quotient[i] = true;
        }
    }
    return result;
}

}  // namespace meta138::naive
