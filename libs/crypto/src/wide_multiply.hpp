// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "always_inline.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Arithmetic of 256-bit numbers in limbs of 64 bits, for fields whose modulus fills all of them.
namespace meta138::crypto {

__extension__ using uint128 = unsigned __int128;
using Limbs = std::array<std::uint64_t, 4>;  // the least significant first
using WideLimbs = std::array<std::uint64_t, 8>;

#if defined(__x86_64__)
using Carry = unsigned char;

/// x + y + carry; `carry` becomes the carry out.
META138_ALWAYS_INLINE std::uint64_t add_with_carry(std::uint64_t x, std::uint64_t y,
                                                   Carry& carry) noexcept {
    unsigned long long sum = 0;  // NOLINT(google-runtime-int): the intrinsic's type
    carry = _addcarry_u64(carry, x, y, &sum);
    return sum;
}

/// x - y - borrow; `borrow` becomes the borrow out.
META138_ALWAYS_INLINE std::uint64_t sub_with_borrow(std::uint64_t x, std::uint64_t y,
                                                    Carry& borrow) noexcept {
    unsigned long long difference = 0;  // NOLINT(google-runtime-int): the intrinsic's type
    borrow = _subborrow_u64(borrow, x, y, &difference);
    return difference;
}
#else
using Carry = std::uint64_t;

/// x + y + carry; `carry` becomes the carry out.
META138_ALWAYS_INLINE std::uint64_t add_with_carry(std::uint64_t x, std::uint64_t y,
                                                   Carry& carry) noexcept {
    const uint128 sum = uint128{x} + y + carry;
    carry = static_cast<Carry>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
}

/// x - y - borrow; `borrow` becomes the borrow out.
META138_ALWAYS_INLINE std::uint64_t sub_with_borrow(std::uint64_t x, std::uint64_t y,
                                                    Carry& borrow) noexcept {
    const uint128 difference = uint128{x} - y - borrow;
    borrow = static_cast<Carry>(difference >> 64) & 1;
    return static_cast<std::uint64_t>(difference);
}
#endif

META138_ALWAYS_INLINE std::uint64_t low_half(uint128 x) noexcept {
    return static_cast<std::uint64_t>(x);
}
META138_ALWAYS_INLINE std::uint64_t high_half(uint128 x) noexcept {
    return static_cast<std::uint64_t>(x >> 64);
}

META138_ALWAYS_INLINE WideLimbs multiply_wide(const Limbs& x, const Limbs& y) noexcept {
    WideLimbs sum{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        // The low halves in one carry chain, the high ones in another.
        uint128 products[4];
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j) products[j] = uint128{x[i]} * y[j];
        Carry carry = 0;
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j)
            sum[i + j] = add_with_carry(sum[i + j], low_half(products[j]), carry);
        sum[i + 4] = carry;
        carry = 0;
#pragma GCC unroll 4
        for (std::size_t j = 0; j < 4; ++j)
            sum[i + j + 1] = add_with_carry(sum[i + j + 1], high_half(products[j]), carry);
    }
    return sum;
}

META138_ALWAYS_INLINE WideLimbs square_wide(const Limbs& x) noexcept {
    // What lies beside the diagonal once, doubled, then the diagonal.
    const uint128 p01 = uint128{x[0]} * x[1];
    const uint128 p02 = uint128{x[0]} * x[2];
    const uint128 p03 = uint128{x[0]} * x[3];
    const uint128 p12 = uint128{x[1]} * x[2];
    const uint128 p13 = uint128{x[1]} * x[3];
    const uint128 p23 = uint128{x[2]} * x[3];
    WideLimbs sum{};
    Carry carry = 0;
    sum[1] = low_half(p01);
    sum[2] = add_with_carry(high_half(p01), low_half(p02), carry);
    sum[3] = add_with_carry(high_half(p02), low_half(p03), carry);
    sum[4] = add_with_carry(high_half(p03), low_half(p13), carry);
    sum[5] = add_with_carry(high_half(p13), low_half(p23), carry);
    sum[6] = add_with_carry(high_half(p23), 0, carry);
    carry = 0;
    sum[3] = add_with_carry(sum[3], low_half(p12), carry);
    sum[4] = add_with_carry(sum[4], high_half(p12), carry);
    sum[5] = add_with_carry(sum[5], 0, carry);
    sum[6] = add_with_carry(sum[6], 0, carry);
    carry = 0;
#pragma GCC unroll 6
    for (std::size_t i = 1; i < 7; ++i) sum[i] = add_with_carry(sum[i], sum[i], carry);
    sum[7] = carry;
    carry = 0;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        const uint128 square = uint128{x[i]} * x[i];
        sum[2 * i] = add_with_carry(sum[2 * i], low_half(square), carry);
        sum[2 * i + 1] = add_with_carry(sum[2 * i + 1], high_half(square), carry);
    }
    return sum;
}

}  // namespace meta138::crypto
