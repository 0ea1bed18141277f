// SPDX-License-Identifier: Apache-2.0
#include "bls12_381/lanes_ifma.hpp"

#if defined(__x86_64__)

namespace meta138::crypto::bls12_381::ifma {

namespace {

/// The columns of sums of products.
struct Columns {
    Vector limbs[2 * limb_count];
};

META138_IFMA inline Columns no_columns() {
    Columns result;
    for (auto& column : result.limbs) column = _mm512_setzero_si512();
    return result;
}

/// columns += a b; both normalised.
META138_IFMA inline void accumulate(Columns& columns, const Lanes& a, const Lanes& b) {
#pragma GCC unroll 8
    for (std::size_t i = 0; i < limb_count; ++i) {
#pragma GCC unroll 8
        for (std::size_t j = 0; j < limb_count; ++j)
            columns.limbs[i + j] =
                _mm512_madd52lo_epu64(columns.limbs[i + j], a.limbs[i], b.limbs[j]);
#pragma GCC unroll 8
        for (std::size_t j = 0; j < limb_count; ++j)
            columns.limbs[i + j + 1] =
                _mm512_madd52hi_epu64(columns.limbs[i + j + 1], a.limbs[i], b.limbs[j]);
    }
}

/// 2^448 mod p: a product with it takes the Montgomery factor from 2^384 to 2^416.
constexpr Constant to_lanes_factor = split(Fp::from_limbs({0, 1}).montgomery_limbs());
/// 2^384 mod p: back.
constexpr Constant from_lanes_factor = split(Fp::one().montgomery_limbs());

META138_IFMA inline Lanes in_all_lanes(const Constant& value) {
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) result.limbs[i] = broadcast(value[i]);
    return result;
}

/// The columns' number over 2^416 modulo p, normalised.
META138_IFMA inline Lanes reduce(const Columns& columns) {
    Columns copy = columns;
    auto& t = copy.limbs;
    const auto inverse = broadcast(negative_inverse);
    const auto mask = broadcast(limb_mask);
    const auto zero = _mm512_setzero_si512();
#pragma GCC unroll 8
    for (std::size_t i = 0; i < limb_count; ++i) {
        // m p makes the low bits of t[i] zero, so that what it carries is known without the
        // product; what the next m waits for comes first, in two chains.
        const auto carry = _mm512_srli_epi64(_mm512_add_epi64(t[i], mask), limb_bits);
        const auto m = _mm512_madd52lo_epu64(zero, t[i], inverse);
        const auto high = _mm512_madd52hi_epu64(carry, m, broadcast(modulus[0]));
        t[i + 1] = _mm512_madd52lo_epu64(t[i + 1], m, broadcast(modulus[1]));
        t[i + 1] = _mm512_add_epi64(t[i + 1], high);
#pragma GCC unroll 8
        for (std::size_t j = 2; j < limb_count; ++j)
            t[i + j] = _mm512_madd52lo_epu64(t[i + j], m, broadcast(modulus[j]));
#pragma GCC unroll 8
        for (std::size_t j = 1; j < limb_count; ++j)
            t[i + j + 1] = _mm512_madd52hi_epu64(t[i + j + 1], m, broadcast(modulus[j]));
    }
    Lanes result;
    for (std::size_t i = 0; i < limb_count; ++i) result.limbs[i] = t[limb_count + i];
    return normalised(result);
}

}  // namespace

META138_IFMA_ENTRY Lanes product(const Lanes& a, const Lanes& b) {
    auto columns = no_columns();
    accumulate(columns, a, b);
    return reduce(columns);
}

META138_IFMA_ENTRY Lanes sum_of_products(const Lanes& a, const Lanes& b, const Lanes& c,
                                         const Lanes& d) {
    auto columns = no_columns();
    accumulate(columns, a, b);
    accumulate(columns, c, d);
    return reduce(columns);
}

META138_IFMA_ENTRY Lanes sum_of_terms(std::span<const Term> terms) {
    auto columns = no_columns();
    for (const auto& term : terms) {
        Lanes scalar;
        for (std::size_t i = 0; i < limb_count; ++i)
            scalar.limbs[i] = broadcast(term.scalars->limbs[i][term.lane]);
        accumulate(columns, scalar, *term.vector);
    }
    return reduce(columns);
}

META138_IFMA_ENTRY Lanes widen(const Fp* elements, std::size_t count) {
    static_assert(sizeof(Fp) == 48);
    const auto mask = static_cast<__mmask8>((1U << count) - 1);
    const auto index = _mm512_setr_epi64(0, 6, 12, 18, 24, 30, 36, 42);
    const auto* words = reinterpret_cast<const long long*>(elements);
    const auto zero = _mm512_setzero_si512();
    Vector w[7];
    for (int i = 0; i < 6; ++i) w[i] = _mm512_mask_i64gather_epi64(zero, mask, index, words + i, 8);
    w[6] = zero;
    Lanes result;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < limb_count; ++i) {
        const auto word = i * limb_bits / 64;
        const auto shift = static_cast<unsigned>(i * limb_bits % 64);
        auto limb = _mm512_srli_epi64(w[word], shift);
        if (shift + limb_bits > 64)
            limb = _mm512_or_si512(limb, _mm512_slli_epi64(w[word + 1], 64 - shift));
        result.limbs[i] = _mm512_and_si512(limb, broadcast(limb_mask));
    }
    return product(result, in_all_lanes(to_lanes_factor));
}

META138_IFMA_ENTRY void narrow(const Lanes& a, Fp* elements, std::size_t count) {
    StoredLanes lanes;
    store(lanes, product(a, in_all_lanes(from_lanes_factor)));
    for (std::size_t k = 0; k < count; ++k) {
        Fp::Limbs words{};
        for (std::size_t i = 0; i < limb_count; ++i) {
            const auto word = i * limb_bits / 64;
            const auto shift = i * limb_bits % 64;
            words[word] |= lanes.limbs[i][k] << shift;
            if (shift + limb_bits > 64 && word + 1 < words.size())
                words[word + 1] |= lanes.limbs[i][k] >> (64 - shift);
        }
        elements[k] = Fp::from_montgomery_limbs(limbs::reduce_once(words, Fp::modulus));
    }
}

}  // namespace meta138::crypto::bls12_381::ifma

#endif
