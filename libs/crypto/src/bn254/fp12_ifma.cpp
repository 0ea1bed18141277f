// SPDX-License-Identifier: Apache-2.0
#include "fp12_ifma.hpp"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++-12's intrinsics leave the unused source of unmasked instructions uninitialised.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include <cstddef>

namespace meta138::crypto::bn254 {
namespace {

// For every function that handles vectors; the entries are not inlined.
#define META138_IFMA [[gnu::target("avx512f,avx512ifma"), gnu::always_inline]]
#define META138_IFMA_ENTRY [[gnu::target("avx512f,avx512ifma")]]

constexpr std::size_t limb_count = 5;
constexpr std::uint64_t limb_mask = (std::uint64_t{1} << 52) - 1;

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

constexpr Constant p = split(Fp::modulus, 0);

constexpr Constant times_p(std::uint64_t factor) {
    Constant result{};
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < limb_count; ++i) {
        carry += p[i] * factor;  // Below 2^64: the factor is below 2^12.
        result[i] = carry & limb_mask;
        carry >>= 52;
    }
    return result;
}

/// 2^260 - p
constexpr Constant minus_p = [] {
    Constant result{};
    std::uint64_t carry = 1;
    for (std::size_t i = 0; i < limb_count; ++i) {
        carry += limb_mask - p[i];
        result[i] = carry & limb_mask;
        carry >>= 52;
    }
    return result;
}();

/// -1/p mod 2^52
constexpr std::uint64_t negative_inverse = [] {
    std::uint64_t inverse = 1;
    for (int i = 0; i < 6; ++i) inverse *= 2 - Fp::modulus[0] * inverse;
    return (0 - inverse) & limb_mask;
}();

/// Below 2^97 over the highest limb of p: the highest limb of a number times this, over 2^97, is at
/// most the quotient of the number and p, and nearly that.
constexpr std::uint64_t reciprocal =
    static_cast<std::uint64_t>((uint128{1} << 97) / (p[limb_count - 1] + 1));

META138_IFMA inline Vector broadcast(std::uint64_t value) {
    return _mm512_set1_epi64(static_cast<long long>(value));
}

META138_IFMA inline Lanes load(const Fp6Lanes& from) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_load_si512(from.limbs[i].data());
    return result;
}
META138_IFMA inline void store(Fp6Lanes& to, const Lanes& from) {
    for (std::size_t i = 0; i < limb_count; ++i)
        _mm512_store_si512(to.limbs[i].data(), from.limbs[i]);
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
META138_IFMA inline Lanes lane(const Fp6Lanes& a, std::size_t index) {
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
            const auto factor = broadcast(p[j]);
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
constexpr __mmask8 real_lanes = 0x55;

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

/// v^Power a, of a and xi a.
template <int Power>
META138_IFMA inline Lanes times_v(const Lanes& a, const Lanes& xi_a) {
    if constexpr (Power == 0) return a;
    if constexpr (Power == 3) return xi_a;
    // Lanes of a are 0 to 7, of xi a 8 to 15.
    const auto index = Power == 1 ? _mm512_setr_epi64(12, 13, 0, 1, 2, 3, 6, 7)
                                  : _mm512_setr_epi64(10, 11, 12, 13, 0, 1, 6, 7);
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i)
        result.limbs[i] = _mm512_permutex2var_epi64(a.limbs[i], index, xi_a.limbs[i]);
    return result;
}

/// The products of an element of Fp6 and u^s v^i: what its product with another sums up.
struct Multiples {
    Lanes by[4][2];

    /// For i up to Highest.
    template <int Highest>
    META138_IFMA inline void fill(const Lanes& a, const Constant& bound_p) {
        by[0][0] = a;
        by[0][1] = times_u(a, bound_p);
        const auto xi_a = times_xi(a);
        const auto xi_ua = times_u(xi_a, bound_p);
        if constexpr (Highest >= 1) {
            by[1][0] = times_v<1>(a, xi_a);
            by[1][1] = times_v<1>(by[0][1], xi_ua);
        }
        if constexpr (Highest >= 2) {
            by[2][0] = times_v<2>(a, xi_a);
            by[2][1] = times_v<2>(by[0][1], xi_ua);
        }
        if constexpr (Highest >= 3) {
            by[3][0] = xi_a;
            by[3][1] = xi_ua;
        }
    }
};

constexpr Constant two_p = times_p(2);
constexpr Constant four_p = times_p(4);

META138_IFMA inline Vector joined(Vector low, Vector high) {
    return _mm512_and_si512(_mm512_or_si512(low, high), broadcast(limb_mask));
}

/// Six elements of Fp, 24 words, times 2^4 as the Montgomery factor goes from 2^256 to 2^260.
META138_IFMA inline Lanes widen(const Fp* elements) {
    static_assert(sizeof(Fp) == 32);
    const auto index = _mm512_setr_epi64(0, 4, 8, 12, 16, 20, 0, 0);
    const auto* words = reinterpret_cast<const long long*>(elements);
    const auto zero = _mm512_setzero_si512();
    Vector w[4];
    for (int i = 0; i < 4; ++i) w[i] = _mm512_mask_i64gather_epi64(zero, 0x3f, index, words + i, 8);
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
constexpr Constant two_256 = split(Fp::one().montgomery_limbs(), 0);

META138_IFMA inline void narrow(const Lanes& a, Fp* elements) {
    Lanes factor;
    for (std::size_t i = 0; i < limb_count; ++i) factor.limbs[i] = broadcast(two_256[i]);
    auto columns = no_columns();
    accumulate(columns, a, factor);
    Fp6Lanes lanes;
    store(lanes, montgomery_reduce(columns));
    for (std::size_t k = 0; k < 6; ++k) {
        const auto l = [&](std::size_t i) { return lanes.limbs[i][k]; };
        const Fp::Limbs words{l(0) | l(1) << 52, l(1) >> 12 | l(2) << 40, l(2) >> 24 | l(3) << 28,
                              l(3) >> 36 | l(4) << 16};
        elements[k] = Fp::from_montgomery_limbs(limbs::reduce_once(words, Fp::modulus));
    }
}

}  // namespace

bool has_ifma() {
    static const bool has =
        __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512ifma") != 0;
    return has;
}

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::from(const Fp12& value) {
    static_assert(sizeof(Fp6) == 6 * sizeof(Fp));
    Fp12Ifma result;
    store(result.c0, widen(&value.c0.c0.c0));
    store(result.c1, widen(&value.c1.c0.c0));
    return result;
}

META138_IFMA_ENTRY Fp12 Fp12Ifma::to_fp12() const {
    Fp12 result;
    narrow(load(c0), &result.c0.c0.c0);
    narrow(load(c1), &result.c1.c0.c0);
    return result;
}

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::conjugate() const {
    Lanes zero;
    for (auto& limb : zero.limbs) limb = _mm512_setzero_si512();
    auto negated = difference(plus(zero, two_p), load(c1));
    normalise(negated);
    Fp12Ifma result{c0, {}};
    store(result.c1, negated);
    return result;
}

// a0 b0 + v a1 b1 and a0 b1 + a1 b0, in sums of twelve products of at most 4 p^2.
META138_IFMA_ENTRY Fp12Ifma operator*(const Fp12Ifma& a, const Fp12Ifma& b) {
    Multiples b0;
    Multiples b1;
    b0.fill<2>(load(b.c0), two_p);
    b1.fill<3>(load(b.c1), two_p);
    auto c0 = no_columns();
    auto c1 = no_columns();
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t s = 0; s < 2; ++s) {
            const auto a0 = lane(a.c0, 2 * i + s);
            accumulate(c0, a0, b0.by[i][s]);
            accumulate(c1, a0, b1.by[i][s]);
            const auto a1 = lane(a.c1, 2 * i + s);
            accumulate(c0, a1, b1.by[i + 1][s]);
            accumulate(c1, a1, b0.by[i][s]);
        }
    }
    Fp12Ifma result;
    store(result.c0, montgomery_reduce(c0));
    store(result.c1, montgomery_reduce(c1));
    return result;
}

// a0 b0 + v a1 (b1 + b3 v) and a1 b0 + a0 (b1 + b3 v).
META138_IFMA_ENTRY Fp12Ifma operator*(const Fp12Ifma& a, const Line& b) {
    static_assert(sizeof(Line) == 6 * sizeof(Fp));
    Fp6Lanes line;
    store(line, widen(&b.c0.c0));
    Multiples a0;
    Multiples a1;
    a0.fill<1>(load(a.c0), two_p);
    a1.fill<2>(load(a.c1), two_p);
    auto c0 = no_columns();
    auto c1 = no_columns();
    for (std::size_t s = 0; s < 2; ++s) {
        const auto b0 = lane(line, s);
        accumulate(c0, b0, a0.by[0][s]);
        accumulate(c1, b0, a1.by[0][s]);
        const auto b1 = lane(line, 2 + s);
        accumulate(c0, b1, a1.by[1][s]);
        accumulate(c1, b1, a0.by[0][s]);
        const auto b3 = lane(line, 4 + s);
        accumulate(c0, b3, a1.by[2][s]);
        accumulate(c1, b3, a0.by[1][s]);
    }
    Fp12Ifma result;
    store(result.c0, montgomery_reduce(c0));
    store(result.c1, montgomery_reduce(c1));
    return result;
}

// The complex method, as Fp12::square.
META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::square() const {
    const auto a = load(c0);
    const auto b = load(c1);
    auto a_plus_b = sum(a, b);
    normalise(a_plus_b);
    Fp6Lanes a_plus_b_lanes;
    store(a_plus_b_lanes, a_plus_b);

    Multiples of_b;
    of_b.fill<3>(b, two_p);
    auto a_plus_vb = sum(a, of_b.by[1][0]);
    normalise(a_plus_vb);
    Multiples of_sum;
    of_sum.fill<2>(a_plus_vb, four_p);

    auto product = no_columns();
    auto sums_product = no_columns();
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t s = 0; s < 2; ++s) {
            accumulate(product, lane(c0, 2 * i + s), of_b.by[i][s]);
            accumulate(sums_product, lane(a_plus_b_lanes, 2 * i + s), of_sum.by[i][s]);
        }
    }
    const auto t = montgomery_reduce(product);       // Below 1.3 p.
    const auto u = montgomery_reduce(sums_product);  // Below 2.2 p.
    const auto vt = times_v<1>(t, times_xi(t));
    auto real = difference(plus(u, four_p), sum(t, vt));
    reduce(real);
    auto imaginary = shifted_left<1>(t);
    reduce(imaginary);
    Fp12Ifma result;
    store(result.c0, real);
    store(result.c1, imaginary);
    return result;
}

// As Fp12::cyclotomic_square: with a = (g0, h0, g1) and b = (h1, g2, h2), three times a^2 + xi b^2
// gives the g, three times 2 a b the h.
META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::cyclotomic_square() const {
    const auto g = load(c0);
    const auto h = load(c1);
    // Lanes of g are 0 to 7, of h 8 to 15.
    const auto a_index = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 6, 7);
    const auto b_index = _mm512_setr_epi64(10, 11, 4, 5, 12, 13, 6, 7);
    Lanes a;
    Lanes b;
    Lanes a_real;
    Lanes a_imaginary;
    Lanes b_real;
    Lanes b_imaginary;
    for (std::size_t i = 0; i < limb_count; ++i) {
        a.limbs[i] = _mm512_permutex2var_epi64(g.limbs[i], a_index, h.limbs[i]);
        b.limbs[i] = _mm512_permutex2var_epi64(g.limbs[i], b_index, h.limbs[i]);
        a_real.limbs[i] = _mm512_permutex_epi64(a.limbs[i], 0xa0);
        a_imaginary.limbs[i] = _mm512_permutex_epi64(a.limbs[i], 0xf5);
        b_real.limbs[i] = _mm512_permutex_epi64(b.limbs[i], 0xa0);
        b_imaginary.limbs[i] = _mm512_permutex_epi64(b.limbs[i], 0xf5);
    }
    const auto xi_b = times_xi(b);
    auto first = no_columns();
    accumulate(first, a_real, a);
    accumulate(first, a_imaginary, times_u(a, two_p));
    accumulate(first, b_real, xi_b);
    accumulate(first, b_imaginary, times_u(xi_b, two_p));
    auto second = no_columns();
    accumulate(second, a_real, b);
    accumulate(second, a_imaginary, times_u(b, two_p));
    const auto t0 = montgomery_reduce(first);        // a^2 + xi b^2
    const auto half_t1 = montgomery_reduce(second);  // a b

    // g = 3 t0 - 2 g
    auto new_g = sum(shifted_left<1>(difference(plus(t0, two_p), g)), t0);
    reduce(new_g);
    // (h0, h1, h2) = 3 (xi t1[2], t1[0], t1[1]) + 2 h
    const auto moved = times_v<1>(half_t1, times_xi(half_t1));
    auto new_h = shifted_left<1>(sum(sum(shifted_left<1>(moved), moved), h));
    reduce(new_h);
    Fp12Ifma result;
    store(result.c0, new_g);
    store(result.c1, new_h);
    return result;
}

}  // namespace meta138::crypto::bn254

#endif
