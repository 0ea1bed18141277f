// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/fp12_ifma.hpp"

#include "bls12_381/lanes_ifma.hpp"

#include <array>

namespace meta138::crypto::bls12_381 {

bool has_ifma() {
#if defined(__x86_64__)
    static const bool has =
        __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512ifma") != 0;
    return has;
#else
    return false;
#endif
}

#if defined(__x86_64__)

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

/// The products of an element of Fp6 and u^s v^i: what its product with another sums up. Of an
/// element of up to 16: up to 64.
struct Multiples {
    Lanes by[4][2];

    /// For i up to Highest.
    template <int Highest>
    META138_IFMA inline void fill(const Lanes& a) {
        by[0][0] = a;
        by[0][1] = times_u<4>(a);
        const auto xi_a = normalised(raw_times_xi<4>(a));  // up to 32
        const auto xi_ua = times_u<6>(xi_a);
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

/// The product of two elements of Fp6.
META138_IFMA_ENTRY Lanes multiply(const StoredLanes& a, const Lanes& b) {
    Multiples multiples;
    multiples.fill<2>(b);
    std::array<Term, 6> terms;
    for (std::size_t lane = 0; lane < 6; ++lane)
        terms[lane] = {&a, lane, &multiples.by[lane / 2][lane % 2]};
    return sum_of_terms(terms);
}

}  // namespace

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::from(const Fp12& value) {
    static_assert(sizeof(Fp6) == 6 * sizeof(Fp));
    Fp12Ifma result;
    store(result.c0, widen(&value.c0.c0.c0, 6));
    store(result.c1, widen(&value.c1.c0.c0, 6));
    return result;
}

META138_IFMA_ENTRY Fp12 Fp12Ifma::to_fp12() const {
    Fp12 result;
    narrow(load(c0), &result.c0.c0.c0, 6);
    narrow(load(c1), &result.c1.c0.c0, 6);
    return result;
}

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::conjugate() const {
    Lanes zero;
    for (auto& limb : zero.limbs) limb = _mm512_setzero_si512();
    Fp12Ifma result{c0, {}};
    store(result.c1, ifma::difference<2>(zero, load(c1)));
    return result;
}

// Elements of Fp12 in memory are at most 4.

// a0 b0 + v a1 b1 and a0 b1 + a1 b0.
META138_IFMA_ENTRY Fp12Ifma operator*(const Fp12Ifma& a, const Fp12Ifma& b) {
    Multiples b0;
    Multiples b1;
    b0.fill<2>(load(b.c0));
    b1.fill<3>(load(b.c1));
    std::array<Term, 12> of_c0;
    std::array<Term, 12> of_c1;
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t part = 0; part < 2; ++part) {
            const auto lane = 2 * i + part;
            of_c0[lane] = {&a.c0, lane, &b0.by[i][part]};
            of_c0[lane + 6] = {&a.c1, lane, &b1.by[i + 1][part]};
            of_c1[lane] = {&a.c0, lane, &b1.by[i][part]};
            of_c1[lane + 6] = {&a.c1, lane, &b0.by[i][part]};
        }
    }
    Fp12Ifma result;
    store(result.c0, sum_of_terms(of_c0));
    store(result.c1, sum_of_terms(of_c1));
    return result;
}

namespace {

/// f times the line whose coefficients are a0[at] + a0[at + 1] u, ...: with f = c0 + c1 w,
/// a0 c0 + a2 v c0 + a3 v^2 c1 and a0 c1 + a2 v c1 + a3 v c0.
META138_IFMA inline Fp12Ifma multiply_by_line(const Fp12Ifma& f, const StoredLanes& a0,
                                              std::size_t at0, const StoredLanes& a2,
                                              std::size_t at2, const StoredLanes& a3,
                                              std::size_t at3) {
    Multiples c0;
    Multiples c1;
    c0.fill<1>(load(f.c0));
    c1.fill<2>(load(f.c1));
    std::array<Term, 6> of_c0;
    std::array<Term, 6> of_c1;
    for (std::size_t part = 0; part < 2; ++part) {
        of_c0[part] = {&a0, at0 + part, &c0.by[0][part]};
        of_c0[part + 2] = {&a2, at2 + part, &c0.by[1][part]};
        of_c0[part + 4] = {&a3, at3 + part, &c1.by[2][part]};
        of_c1[part] = {&a0, at0 + part, &c1.by[0][part]};
        of_c1[part + 2] = {&a2, at2 + part, &c1.by[1][part]};
        of_c1[part + 4] = {&a3, at3 + part, &c0.by[1][part]};
    }
    Fp12Ifma result;
    store(result.c0, sum_of_terms(of_c0));
    store(result.c1, sum_of_terms(of_c1));
    return result;
}

}  // namespace

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::times_line(const LinesIfma& lines, std::size_t index) const {
    return multiply_by_line(*this, lines.a0, 2 * index, lines.a2, 2 * index, lines.a3, 2 * index);
}

META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::times_line(const StoredLanes& line) const {
    return multiply_by_line(*this, line, 0, line, 2, line, 4);
}

// The complex method, as Fp12::square.
META138_IFMA_ENTRY Fp12Ifma Fp12Ifma::square() const {
    const auto a = load(c0);
    const auto b = load(c1);
    StoredLanes a_plus_b;
    store(a_plus_b, ifma::sum(a, b));

    const auto t = multiply(c0, b);  // a b
    // (a + b) (a + v b), where a + v b is up to 12.
    const auto u = multiply(a_plus_b, ifma::sum(a, times_v<1>(b, raw_times_xi<2>(b))));

    const auto vt = times_v<1>(t, raw_times_xi<1>(t));  // up to 4
    Fp12Ifma result;
    store(result.c0, reduced(raw_difference<3>(u, raw_sum(t, vt))));
    store(result.c1, shifted<1>(t));
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
    for (std::size_t i = 0; i < limb_count; ++i) {
        a.limbs[i] = _mm512_permutex2var_epi64(g.limbs[i], a_index, h.limbs[i]);
        b.limbs[i] = _mm512_permutex2var_epi64(g.limbs[i], b_index, h.limbs[i]);
    }
    const auto aa = square2<2>(a);
    const auto bb = square2<2>(b);
    const auto t1 = raw_difference<2>(square2<3>(ifma::sum(a, b)), raw_sum(aa, bb));  // up to 6
    const auto t0 = raw_sum(aa, raw_times_xi<1>(bb));                                 // up to 5

    // g = 3 t0 - 2 g
    const auto new_g = raw_sum(raw_shifted<1>(raw_difference<2>(t0, g)), t0);
    // (h0, h1, h2) = 3 (xi t1[2], t1[0], t1[1]) + 2 h
    const auto moved = times_v<1>(t1, raw_times_xi<3>(t1));
    const auto new_h = raw_sum(raw_shifted<1>(raw_sum(moved, h)), moved);
    Fp12Ifma result;
    store(result.c0, reduced(new_g));
    store(result.c1, reduced(new_h));
    return result;
}

Fp12Ifma Fp12Ifma::cyclotomic_power_x() const {
    Fp12Ifma result = *this;
    for (int bit = 62; bit >= 0; --bit) {
        result = result.cyclotomic_square();
        if ((abs_x >> bit & 1) != 0) result *= *this;
    }
    return result.conjugate();
}

#endif

}  // namespace meta138::crypto::bls12_381
