// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bls12_381/fp2.hpp"
#include "bls12_381/stored_lanes.hpp"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++-12's intrinsics leave the unused source of unmasked instructions uninitialised.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// Eight elements of Fp side by side with AVX-512 IFMA. A number has eight limbs of 52 bits in
/// 64-bit lanes and Montgomery factor 2^416. p has 381 bits, which leaves 35: a reduced product is
/// below 1.01 p if the sum of products that it comes from is below 2^28 p^2, so that sums and
/// differences of a few products need no reduction. Comments bound numbers in multiples of p, where
/// a product is 1. Four elements of Fp2 are their real and imaginary parts in turn.
namespace meta138::crypto::bls12_381::ifma {

// For every function that handles vectors; the entries are not inlined.
#define META138_IFMA [[gnu::target("avx512f,avx512ifma"), gnu::always_inline]]
#define META138_IFMA_ENTRY [[gnu::target("avx512f,avx512ifma")]]

inline constexpr std::size_t limb_count = 8;
inline constexpr unsigned limb_bits = 52;
inline constexpr std::uint64_t limb_mask = (std::uint64_t{1} << limb_bits) - 1;

using Vector = __m512i;

/// Eight numbers, limb by limb. Normalised: every limb is below 2^52.
struct Lanes {
    Vector limbs[limb_count];
};

/// A number that all lanes share.
using Constant = std::array<std::uint64_t, limb_count>;

constexpr Constant split(const Fp::Limbs& words) {
    Constant result{};
    for (unsigned bit = 0; bit < 384; ++bit)
        if ((words[bit / 64] >> (bit % 64) & 1) != 0)
            result[bit / limb_bits] |= std::uint64_t{1} << (bit % limb_bits);
    return result;
}

inline constexpr Constant modulus = split(Fp::modulus);

/// factor p, for a factor below 2^12.
constexpr Constant times_p(std::uint64_t factor) {
    Constant result{};
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limb_count; ++i) {
        carry += modulus[i] * factor;
        result[i] = carry & limb_mask;
        carry >>= limb_bits;
    }
    return result;
}

/// 2^416 - p
inline constexpr Constant minus_p = [] {
    Constant result{};
    std::uint64_t carry = 1;
    for (std::size_t i = 0; i < limb_count; ++i) {
        carry += limb_mask - modulus[i];
        result[i] = carry & limb_mask;
        carry >>= limb_bits;
    }
    return result;
}();

/// -1/p mod 2^52
inline constexpr std::uint64_t negative_inverse = [] {
    std::uint64_t inverse = 1;
    for (int i = 0; i < 6; ++i) inverse *= 2 - Fp::modulus[0] * inverse;
    return (0 - inverse) & limb_mask;
}();

/// 2^68 over a little more than the highest limb of p: the highest limb of a number, times this
/// over 2^68, is at most the number's quotient by p, and short of it by less than 1 up to 2^14 p.
inline constexpr std::uint64_t reciprocal =
    static_cast<std::uint64_t>((uint128{1} << 68) / (modulus[limb_count - 1] + 1));

META138_IFMA inline Vector broadcast(std::uint64_t value) {
    return _mm512_set1_epi64(static_cast<long long>(value));
}

// Unaligned, as g++-12 does not align temporaries so far; it costs nothing where they are aligned.
META138_IFMA inline Lanes load(const StoredLanes& from) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_loadu_si512(from.limbs[i].data());
    return result;
}
META138_IFMA inline void store(StoredLanes& to, const Lanes& from) {
    for (std::size_t i = 0; i < limb_count; ++i)
        _mm512_storeu_si512(to.limbs[i].data(), from.limbs[i]);
}

/// Carries what is above 52 bits of each limb, or negative, into the next. The number is in
/// [0, 2^416).
META138_IFMA inline Lanes normalised(const Lanes& a) {
    const auto mask = broadcast(limb_mask);
    Lanes result = a;
#pragma GCC unroll 8
    for (std::size_t i = 0; i + 1 < limb_count; ++i) {
        result.limbs[i + 1] =
            _mm512_add_epi64(result.limbs[i + 1], _mm512_srai_epi64(result.limbs[i], limb_bits));
        result.limbs[i] = _mm512_and_si512(result.limbs[i], mask);
    }
    return result;
}

// Limb by limb, not normalised.
META138_IFMA inline Lanes raw_sum(const Lanes& a, const Lanes& b) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_add_epi64(a.limbs[i], b.limbs[i]);
    return result;
}
template <int Bits>
META138_IFMA inline Lanes raw_shifted(const Lanes& a) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_slli_epi64(a.limbs[i], Bits);
    return result;
}
/// a - b + 2^Bits p, where b is at most 2^Bits p.
template <unsigned Bits>
META138_IFMA inline Lanes raw_difference(const Lanes& a, const Lanes& b) {
    constexpr Constant bias = times_p(1U << Bits);
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] =
            _mm512_add_epi64(a.limbs[i], _mm512_sub_epi64(broadcast(bias[i]), b.limbs[i]));
    return result;
}

META138_IFMA inline Lanes sum(const Lanes& a, const Lanes& b) {
    return normalised(raw_sum(a, b));
}
template <int Bits>
META138_IFMA inline Lanes shifted(const Lanes& a) {
    return normalised(raw_shifted<Bits>(a));
}
META138_IFMA inline Lanes three_times(const Lanes& a) {
    return sum(a, raw_shifted<1>(a));
}
/// a - b, up to 2^Bits more; b is at most 2^Bits.
template <unsigned Bits>
META138_IFMA inline Lanes difference(const Lanes& a, const Lanes& b) {
    return normalised(raw_difference<Bits>(a, b));
}

/// At most 2, of any number up to 2^14; not necessarily normalised before.
META138_IFMA inline Lanes reduced(const Lanes& a) {
    Lanes result = normalised(a);
    const auto zero = _mm512_setzero_si512();
    const auto quotient = _mm512_srli_epi64(
        _mm512_madd52hi_epu64(zero, result.limbs[limb_count - 1], broadcast(reciprocal)), 16);
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto factor = broadcast(minus_p[i]);
        result.limbs[i] = _mm512_madd52lo_epu64(result.limbs[i], quotient, factor);
        if (i + 1 < limb_count)
            result.limbs[i + 1] = _mm512_madd52hi_epu64(result.limbs[i + 1], quotient, factor);
    }
    result = normalised(result);
    result.limbs[limb_count - 1] = _mm512_and_si512(  // Quotients of 2^416.
        result.limbs[limb_count - 1], broadcast(limb_mask));
    return result;
}

// What is most of the work is not inlined: that would take minutes to compile with sanitizers.

/// The products of eight elements of Fp.
META138_IFMA_ENTRY Lanes product(const Lanes& a, const Lanes& b);

/// a b + c d.
META138_IFMA_ENTRY Lanes sum_of_products(const Lanes& a, const Lanes& b, const Lanes& c,
                                         const Lanes& d);

/// One lane of `scalars`, in all lanes, times `vector`.
struct Term {
    const StoredLanes* scalars;
    std::size_t lane;
    const Lanes* vector;
};
META138_IFMA_ENTRY Lanes sum_of_terms(std::span<const Term> terms);

// Lanes 0, 2, 4, 6 are real parts.
inline constexpr __mmask8 real_lanes = 0x55;

META138_IFMA inline Vector parts_exchanged(Vector a) {
    return _mm512_permutex_epi64(a, 0xb1);
}

/// u a = (-a1, a0), up to 2^Bits; a is at most that.
template <unsigned Bits>
META138_IFMA inline Lanes times_u(const Lanes& a) {
    constexpr Constant bias = times_p(1U << Bits);
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto exchanged = parts_exchanged(a.limbs[i]);
        result.limbs[i] =
            _mm512_mask_sub_epi64(exchanged, real_lanes, broadcast(bias[i]), exchanged);
    }
    return normalised(result);
}

/// xi a = (a0 - a1, a1 + a0), up to 2^Bits more than a; a is at most 2^Bits. Not normalised.
template <unsigned Bits>
META138_IFMA inline Lanes raw_times_xi(const Lanes& a) {
    constexpr Constant bias = times_p(1U << Bits);
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto exchanged = parts_exchanged(a.limbs[i]);
        const auto addend =
            _mm512_mask_sub_epi64(exchanged, real_lanes, broadcast(bias[i]), exchanged);
        result.limbs[i] = _mm512_add_epi64(a.limbs[i], addend);
    }
    return result;
}

/// The products of four elements of Fp2; b is at most 2^Bits.
template <unsigned Bits>
META138_IFMA inline Lanes product2(const Lanes& a, const Lanes& b) {
    Lanes real;
    Lanes imaginary;
    for (std::size_t i = 0; i < limb_count; ++i) {
        real.limbs[i] = _mm512_permutex_epi64(a.limbs[i], 0xa0);
        imaginary.limbs[i] = _mm512_permutex_epi64(a.limbs[i], 0xf5);
    }
    return sum_of_products(real, b, imaginary, times_u<Bits>(b));
}

/// The squares of four elements of Fp2, (a0 + a1)(a0 - a1) and 2 a0 a1; a is at most 2^Bits.
template <unsigned Bits>
META138_IFMA inline Lanes square2(const Lanes& a) {
    constexpr Constant bias = times_p(1U << Bits);
    Lanes left;
    Lanes right;
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto exchanged = parts_exchanged(a.limbs[i]);
        // Real lanes: a0 + a1, a0 - a1. Imaginary lanes: 2 a0, a1.
        left.limbs[i] =
            _mm512_add_epi64(exchanged, _mm512_mask_mov_epi64(exchanged, real_lanes, a.limbs[i]));
        const auto biased = _mm512_add_epi64(a.limbs[i], broadcast(bias[i]));
        right.limbs[i] = _mm512_mask_sub_epi64(a.limbs[i], real_lanes, biased, exchanged);
    }
    return product(normalised(left), normalised(right));
}

/// The first `count` lanes from as many elements, and zeros.
META138_IFMA_ENTRY Lanes widen(const Fp* elements, std::size_t count);

/// The first `count` lanes as elements.
META138_IFMA_ENTRY void narrow(const Lanes& a, Fp* elements, std::size_t count);

}  // namespace meta138::crypto::bls12_381::ifma

#endif
