// SPDX-License-Identifier: Apache-2.0
#include "fp12_ifma.hpp"

#include "lanes_ifma.hpp"

#if defined(__x86_64__)

namespace meta138::crypto::bn254 {

using namespace ifma;

namespace {

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

}  // namespace

bool has_ifma() {
    static const bool has =
        __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512ifma") != 0;
    return has;
}

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::from(const Fp12& value) {
    static_assert(sizeof(Fp6) == 6 * sizeof(Fp));
    Fp12Ifma result;
    store(result.c0, widen<6>(&value.c0.c0.c0));
    store(result.c1, widen<6>(&value.c1.c0.c0));
    return result;
}

META138_IFMA_ENTRY Fp12 Fp12Ifma::to_fp12() const {
    Fp12 result;
    narrow<6>(load(c0), &result.c0.c0.c0);
    narrow<6>(load(c1), &result.c1.c0.c0);
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

// a0 b0 + v a1 (b1 + b3 v) and a1 b0 + a0 (b1 + b3 v), in sums of six products of at most 8 p^2.
META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::times_line(const LinesIfma& lines, std::size_t k) const {
    Multiples a0;
    Multiples a1;
    a0.fill<1>(load(c0), two_p);
    a1.fill<2>(load(c1), two_p);
    auto sum0 = no_columns();
    auto sum1 = no_columns();
    for (std::size_t s = 0; s < 2; ++s) {
        const auto b0 = lane(lines.c0, 2 * k + s);
        accumulate(sum0, b0, a0.by[0][s]);
        accumulate(sum1, b0, a1.by[0][s]);
        const auto b1 = lane(lines.c1, 2 * k + s);
        accumulate(sum0, b1, a1.by[1][s]);
        accumulate(sum1, b1, a0.by[0][s]);
        const auto b3 = lane(lines.c3, 2 * k + s);
        accumulate(sum0, b3, a1.by[2][s]);
        accumulate(sum1, b3, a0.by[1][s]);
    }
    Fp12Ifma result;
    store(result.c0, montgomery_reduce(sum0));
    store(result.c1, montgomery_reduce(sum1));
    return result;
}

// The complex method, as Fp12::square.
META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::square() const {
    const auto a = load(c0);
    const auto b = load(c1);
    auto a_plus_b = sum(a, b);
    normalise(a_plus_b);
    StoredLanes a_plus_b_lanes;
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
