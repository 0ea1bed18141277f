// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../montgomery.hpp"
#include "fp2.hpp"
#include "stored_lanes.hpp"

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

/// Eight elements of Fp side by side with AVX-512 IFMA. A number has five limbs of 52 bits in
/// 64-bit lanes and Montgomery factor 2^260; as p has 254 bits, numbers of several p are as good as
/// reduced ones, and each function says what it takes and leaves. Four elements of Fp2 are their
/// real and imaginary parts in turn.
namespace meta138::crypto::bn254::ifma {

// For every function that handles vectors; the entries are not inlined.
#define META138_IFMA [[gnu::target("avx512f,avx512ifma"), gnu::always_inline]]
#define META138_IFMA_ENTRY [[gnu::target("avx512f,avx512ifma")]]

inline constexpr std::size_t limb_count = 5;
inline constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 52) - 1;

using Vector = __m512i;

/// Eight numbers, limb by limb.
struct Lanes {
    Vector limbs[limb_count];
};

/// Columns of a sum of products, each limb of which may have grown past 52 bits.
struct Columns {
    Vector limbs[2 * limb_count];
};

// Numbers that all lanes share, as limbs of 52 bits.
using Constant = std::array<std::uint64_t, limb_count>;

/// The number of four words, times 2^shift.
constexpr Constant split(const std::array<std::uint64_t, 4>& words, unsigned shift) {
    Constant result{};
    for (unsigned bit = 0; bit < 256; ++bit) {
        const auto at = bit + shift;
        if ((words[bit / 64] >> (bit % 64) & 1) != 0)
            result[at / 52] |= std::uint64_t{1} << (at % 52);
    }
    return result;
}

inline constexpr Constant modulus = split(Fp::modulus, 0);

constexpr Constant times_p(std::uint64_t factor) {
    Constant result{};
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limb_count; ++i) {
        carry += modulus[i] * factor;  // Below 2^64: the factor is below 2^12.
        result[i] = carry & limb_mask;
        carry >>= 52;
    }
    return result;
}

/// 2^260 - p
inline constexpr Constant minus_p = [] {
    Constant result{};
    std::uint64_t carry = 1;
    for (std::size_t i = 0; i < limb_count; ++i) {
        carry += limb_mask - modulus[i];
        result[i] = carry & limb_mask;
        carry >>= 52;
    }
    return result;
}();

/// -1/p mod 2^52
inline constexpr std::uint64_t negative_inverse = [] {
    std::uint64_t inverse = 1;
    for (int i = 0; i < 6; ++i) inverse *= 2 - Fp::modulus[0] * inverse;
    return (0 - inverse) & limb_mask;
}();

/// Below 2^97 over the highest limb of p: the highest limb of a number times this, over 2^97, is at
/// most the quotient of the number and p, and nearly that.
inline constexpr std::uint64_t reciprocal =
    static_cast<std::uint64_t>((uint128{1} << 97) / (modulus[limb_count - 1] + 1));

META138_IFMA inline Vector broadcast(std::uint64_t value) {
    return _mm512_set1_epi64(static_cast<long long>(value));
}

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

/// Carries what is above 52 bits of each limb, or negative, into the next. The sum is in [0,
/// 2^260).
META138_IFMA inline void normalise(Lanes& a) {
    const auto mask = broadcast(limb_mask);
    for (std::size_t i = 0; i + 1 < limb_count; ++i) {
        a.limbs[i + 1] = _mm512_add_epi64(a.limbs[i + 1], _mm512_srai_epi64(a.limbs[i], 52));
        a.limbs[i] = _mm512_and_si512(a.limbs[i], mask);
    }
}

/// Limb by limb, not normalised.
META138_IFMA inline Lanes sum(const Lanes& a, const Lanes& b) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_add_epi64(a.limbs[i], b.limbs[i]);
    return result;
}
META138_IFMA inline Lanes difference(const Lanes& a, const Lanes& b) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_sub_epi64(a.limbs[i], b.limbs[i]);
    return result;
}
META138_IFMA inline Lanes plus(const Lanes& a, const Constant& b) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_add_epi64(a.limbs[i], broadcast(b[i]));
    return result;
}
template <int Bits>
META138_IFMA inline Lanes shifted_left(const Lanes& a) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_slli_epi64(a.limbs[i], Bits);
    return result;
}

/// The same number modulo p, below 1.001 p, of any number in [0, 2^260) whose limbs are not
/// normalised.
META138_IFMA inline void reduce(Lanes& a) {
    normalise(a);
    const auto zero = _mm512_setzero_si512();
    const auto quotient = _mm512_srli_epi64(
        _mm512_madd52hi_epu64(zero, a.limbs[limb_count - 1], broadcast(reciprocal)), 45);
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto factor = broadcast(minus_p[i]);
        a.limbs[i] = _mm512_madd52lo_epu64(a.limbs[i], quotient, factor);
        if (i + 1 < limb_count)
            a.limbs[i + 1] = _mm512_madd52hi_epu64(a.limbs[i + 1], quotient, factor);
    }
    normalise(a);
    a.limbs[limb_count - 1] =
        _mm512_and_si512(a.limbs[limb_count - 1], broadcast(limb_mask));  // Quotients of 2^260.
}

META138_IFMA inline Columns no_columns() {
    Columns result;
    for (auto& column : result.limbs) column = _mm512_setzero_si512();
    return result;
}

/// columns += a b; both normalised.
META138_IFMA inline void accumulate(Columns& columns, const Lanes& a, const Lanes& b) {
#pragma GCC unroll 5
    for (std::size_t i = 0; i < limb_count; ++i) {
#pragma GCC unroll 5
        for (std::size_t j = 0; j < limb_count; ++j) {
            auto& low = columns.limbs[i + j];
            auto& high = columns.limbs[i + j + 1];
            low = _mm512_madd52lo_epu64(low, a.limbs[i], b.limbs[j]);
            high = _mm512_madd52hi_epu64(high, a.limbs[i], b.limbs[j]);
        }
    }
}

/// One lane of `a` in all lanes.
META138_IFMA inline Lanes lane(const StoredLanes& a, std::size_t index) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) result.limbs[i] = broadcast(a.limbs[i][index]);
    return result;
}

/// The columns' number over 2^260 modulo p, normalised: from below s p^2 to below (s/84 + 1) p.
META138_IFMA inline Lanes montgomery_reduce(Columns& columns) {
    auto& t = columns.limbs;
    const auto inverse = broadcast(negative_inverse);
    const auto zero = _mm512_setzero_si512();
#pragma GCC unroll 5
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto m = _mm512_madd52lo_epu64(zero, t[i], inverse);
#pragma GCC unroll 5
        for (std::size_t j = 0; j < limb_count; ++j) {
            const auto factor = broadcast(modulus[j]);
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], m, factor);
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], m, factor);
        }
        t[i + 1] = _mm512_add_epi64(t[i + 1], _mm512_srli_epi64(t[i], 52));
    }
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) result.limbs[i] = t[limb_count + i];
    normalise(result);
    return result;
}

// Lanes 0, 2, 4, 6 are real parts.
inline constexpr __mmask8 real_lanes = 0x55;

META138_IFMA inline Vector parts_exchanged(Vector a) {
    return _mm512_permutex_epi64(a, 0xb1);
}

/// u a, normalised, at most bound p; a is at most that and normalised: (-a1, a0).
META138_IFMA inline Lanes times_u(const Lanes& a, const Constant& bound_p) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto exchanged = parts_exchanged(a.limbs[i]);
        result.limbs[i] =
            _mm512_mask_sub_epi64(exchanged, real_lanes, broadcast(bound_p[i]), exchanged);
    }
    normalise(result);
    return result;
}

/// xi a, reduced; a is at most 4p: (9 a0 - a1, 9 a1 + a0).
META138_IFMA inline Lanes times_xi(const Lanes& a) {
    constexpr Constant bound = times_p(4);
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto nine = _mm512_add_epi64(_mm512_slli_epi64(a.limbs[i], 3), a.limbs[i]);
        const auto exchanged = parts_exchanged(a.limbs[i]);
        const auto addend =
            _mm512_mask_sub_epi64(exchanged, real_lanes, broadcast(bound[i]), exchanged);
        result.limbs[i] = _mm512_add_epi64(nine, addend);
    }
    reduce(result);
    return result;
}

inline constexpr Constant two_p = times_p(2);
inline constexpr Constant four_p = times_p(4);

META138_IFMA inline Vector joined(Vector low, Vector high) {
    return _mm512_and_si512(_mm512_or_si512(low, high), broadcast(limb_mask));
}

/// Count elements of Fp in the first lanes, reduced: times 2^4, as the Montgomery factor goes from
/// 2^256 to 2^260.
template <int Count>
META138_IFMA inline Lanes widen(const Fp* elements) {
    static_assert(sizeof(Fp) == 32);
    constexpr auto mask = static_cast<__mmask8>((1 << Count) - 1);
    const auto index = _mm512_setr_epi64(0, 4, 8, 12, 16, 20, 24, 28);
    const auto* words = reinterpret_cast<const long long*>(elements);
    const auto zero = _mm512_setzero_si512();
    Vector w[4];
    for (int i = 0; i < 4; ++i) w[i] = _mm512_mask_i64gather_epi64(zero, mask, index, words + i, 8);
    Lanes result;
    result.limbs[0] = joined(zero, _mm512_slli_epi64(w[0], 4));
    result.limbs[1] = joined(_mm512_srli_epi64(w[0], 48), _mm512_slli_epi64(w[1], 16));
    result.limbs[2] = joined(_mm512_srli_epi64(w[1], 36), _mm512_slli_epi64(w[2], 28));
    result.limbs[3] = joined(_mm512_srli_epi64(w[2], 24), _mm512_slli_epi64(w[3], 40));
    result.limbs[4] = _mm512_srli_epi64(w[3], 12);
    reduce(result);
    return result;
}

/// 2^256 in all lanes, below 2p.
inline constexpr Constant two_256 = split(Fp::one().montgomery_limbs(), 0);

/// The first Count lanes, of up to 2p, as elements.
template <std::size_t Count>
META138_IFMA inline void narrow(const Lanes& a, Fp* elements) {
    Lanes factor;
    for (std::size_t i = 0; i < limb_count; ++i) factor.limbs[i] = broadcast(two_256[i]);
    auto columns = no_columns();
    accumulate(columns, a, factor);
    StoredLanes lanes;
    store(lanes, montgomery_reduce(columns));
    for (std::size_t k = 0; k < Count; ++k) {
        const auto l = [&](std::size_t i) { return lanes.limbs[i][k]; };
        const Fp::Limbs words{l(0) | l(1) << 52, l(1) >> 12 | l(2) << 40, l(2) >> 24 | l(3) << 28,
                              l(3) >> 36 | l(4) << 16};
        elements[k] = Fp::from_montgomery_limbs(limbs::reduce_once(words, Fp::modulus));
    }
}

}  // namespace meta138::crypto::bn254::ifma

#endif
