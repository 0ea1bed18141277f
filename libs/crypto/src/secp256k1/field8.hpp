// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lanes.hpp"
#include "field.hpp"

#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::crypto::secp256k1 {

#define META138_IFMA [[gnu::target("avx512f,avx512ifma")]] META138_ALWAYS_INLINE

using Word8 = Lanes<8>;

/// Limbs of 52 bits, the size that AVX-512's integer multiplication takes, of eight numbers modulo
/// p. As a factor of a product all are below 2^52, the highest below 2^49 (normalize() sees to
/// that); as a sum on the way there each is below 2^62.
struct Field8 {
    Word8 limbs[5];
};

/// The sum of products on its way to be reduced. The low and the high halves of the limbs' products
/// are summed apart, as each sum waits for the one before.
struct Product8 {
    Word8 low[9] = {};
    Word8 high[9] = {};  // of the weight of low's next
};

inline constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 52) - 1;
inline constexpr std::uint64_t top_limb_bits = 48;
inline constexpr std::uint64_t fold_256 = 0x1000003d1;    // 2^256 mod p
inline constexpr std::uint64_t fold_260 = fold_256 << 4;  // 2^260 mod p

META138_IFMA Word8 splat(std::uint64_t value) noexcept {
    return Word8{} + value;
}

/// sum + the low 52 bits of x * y, and sum + the bits above them.
META138_IFMA Word8 add_low(const Word8& sum, const Word8& x, const Word8& y) noexcept {
    return reinterpret_cast<Word8>(_mm512_madd52lo_epu64(reinterpret_cast<__m512i>(sum),
                                                         reinterpret_cast<__m512i>(x),
                                                         reinterpret_cast<__m512i>(y)));
}
META138_IFMA Word8 add_high(const Word8& sum, const Word8& x, const Word8& y) noexcept {
    return reinterpret_cast<Word8>(_mm512_madd52hi_epu64(reinterpret_cast<__m512i>(sum),
                                                         reinterpret_cast<__m512i>(x),
                                                         reinterpret_cast<__m512i>(y)));
}

META138_IFMA void accumulate(Product8& sum, const Field8& x, const Field8& y) noexcept {
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i) {
#pragma GCC unroll 5
        for (std::size_t j = 0; j < 5; ++j) {
            sum.low[i + j] = add_low(sum.low[i + j], x.limbs[i], y.limbs[j]);
            sum.high[i + j] = add_high(sum.high[i + j], x.limbs[i], y.limbs[j]);
        }
    }
}

META138_IFMA void accumulate_square(Product8& sum, const Field8& x) noexcept {
    // A doubled limb has 53 bits, too many for a factor: what lies beside the diagonal is doubled
    // after.
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
#pragma GCC unroll 4
        for (std::size_t j = i + 1; j < 5; ++j) {
            sum.low[i + j] = add_low(sum.low[i + j], x.limbs[i], x.limbs[j]);
            sum.high[i + j] = add_high(sum.high[i + j], x.limbs[i], x.limbs[j]);
        }
    }
#pragma GCC unroll 9
    for (std::size_t i = 0; i < 9; ++i) {
        sum.low[i] += sum.low[i];
        sum.high[i] += sum.high[i];
    }
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i) {
        sum.low[2 * i] = add_low(sum.low[2 * i], x.limbs[i], x.limbs[i]);
        sum.high[2 * i] = add_high(sum.high[2 * i], x.limbs[i], x.limbs[i]);
    }
}

/// The product modulo p as a sum, with limbs below 2^57.
META138_IFMA Field8 fold(const Product8& product) noexcept {
    const Word8 mask = splat(limb_mask);
    const Word8 factor = splat(fold_260);
    Field8 sum = {{product.low[0], product.low[1] + product.high[0],
                   product.low[2] + product.high[1], product.low[3] + product.high[2],
                   product.low[4] + product.high[3]}};
    // The limbs above come back at the bottom, times 2^260. What exceeds 52 bits of one goes with
    // the next; the highest, of factors below 2^257, is below 2^48 and exceeds nothing.
    Word8 next_carry{};
    Word8 top{};
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i) {
        const Word8 limb = i < 4 ? product.low[i + 5] + product.high[i + 4] : product.high[8];
        const Word8 low = limb & mask;
        sum.limbs[i] = add_low(sum.limbs[i], low, factor);
        if (i > 0) sum.limbs[i] = add_low(sum.limbs[i], next_carry, factor);
        if (i < 4)
            sum.limbs[i + 1] = add_high(sum.limbs[i + 1], low, factor);
        else
            top = add_high(top, low, factor);
        next_carry = limb >> 52;
    }
    sum.limbs[0] = add_low(sum.limbs[0], top, factor);
    sum.limbs[1] = add_high(sum.limbs[1], top, factor);
    return sum;
}

/// A sum's limbs as a factor's.
META138_IFMA Field8 normalize(Field8 sum) noexcept {
    auto& l = sum.limbs;
    const Word8 mask = splat(limb_mask);
    // What goes over 2^256 comes back at the bottom first, so that one carry chain is enough.
    l[0] = add_low(l[0], l[4] >> top_limb_bits, splat(fold_256));
    l[4] &= splat((std::uint64_t{1} << top_limb_bits) - 1);
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) {
        l[i + 1] += l[i] >> 52;
        l[i] &= mask;
    }
    return sum;
}

META138_IFMA Field8 operator+(Field8 x, const Field8& y) noexcept {
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i) x.limbs[i] += y.limbs[i];
    return x;
}

/// -x, for limbs of x below 2^57: 512 p - x.
META138_IFMA Field8 operator-(const Field8& x) noexcept {
    constexpr std::uint64_t low = (limb_mask + 1 - fold_256) << 9;
    constexpr std::uint64_t middle = limb_mask << 9;
    constexpr std::uint64_t high = (limb_mask >> 4) << 9;
    return {{splat(low) - x.limbs[0], splat(middle) - x.limbs[1], splat(middle) - x.limbs[2],
             splat(middle) - x.limbs[3], splat(high) - x.limbs[4]}};
}

/// x * y as a sum.
META138_IFMA Field8 product(const Field8& x, const Field8& y) noexcept {
    Product8 columns;
    accumulate(columns, x, y);
    return fold(columns);
}
/// x^2 as a sum.
META138_IFMA Field8 square(const Field8& x) noexcept {
    Product8 columns;
    accumulate_square(columns, x);
    return fold(columns);
}
META138_IFMA Field8 multiply(const Field8& x, const Field8& y) noexcept {
    return normalize(product(x, y));
}
META138_IFMA Field8 squared(const Field8& x) noexcept {
    return normalize(square(x));
}

/// The lanes of y where `mask` is set, of x elsewhere.
META138_IFMA Field8 select(__mmask8 mask, const Field8& x, const Field8& y) noexcept {
    Field8 result;
#pragma GCC unroll 5
    for (std::size_t i = 0; i < 5; ++i)
        result.limbs[i] = reinterpret_cast<Word8>(_mm512_mask_blend_epi64(
            mask, reinterpret_cast<__m512i>(x.limbs[i]), reinterpret_cast<__m512i>(y.limbs[i])));
    return result;
}

/// The same number in every lane.
META138_IFMA Field8 broadcast(const FieldElement& x) noexcept {
    const auto limbs = x.to_limbs52();
    return {{splat(limbs[0]), splat(limbs[1]), splat(limbs[2]), splat(limbs[3]), splat(limbs[4])}};
}

META138_IFMA Field8 from_elements(const std::array<FieldElement, 8>& elements) noexcept {
    Field8 result;
    for (std::size_t lane = 0; lane < 8; ++lane) {
        const auto limbs = elements[lane].to_limbs52();
        for (std::size_t i = 0; i < 5; ++i) result.limbs[i][lane] = limbs[i];
    }
    return result;
}

META138_IFMA std::array<FieldElement, 8> to_elements(const Field8& x) noexcept {
    std::array<FieldElement, 8> result;
    for (std::size_t lane = 0; lane < 8; ++lane)
        result[lane] =
            FieldElement::from_limbs52({x.limbs[0][lane], x.limbs[1][lane], x.limbs[2][lane],
                                        x.limbs[3][lane], x.limbs[4][lane]});
    return result;
}

}  // namespace meta138::crypto::secp256k1
