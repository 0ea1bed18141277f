// SPDX-License-Identifier: Apache-2.0
#include "montgomery_ifma.hpp"

#include "../lanes.hpp"
#include "../wide_multiply.hpp"

#include "meta138/base/assert.hpp"

#include <immintrin.h>

#include <algorithm>

namespace meta138::crypto::modexp_detail {
namespace {

#define META138_IFMA_INLINE [[gnu::target("avx512f,avx512ifma")]] META138_ALWAYS_INLINE

using Word8 = Lanes<8>;

constexpr std::uint64_t limb_mask = (std::uint64_t{1} << ifma_limb_bits) - 1;

META138_IFMA_INLINE Word8 add_low(const Word8& sum, const Word8& x, const Word8& y) noexcept {
    return reinterpret_cast<Word8>(_mm512_madd52lo_epu64(reinterpret_cast<__m512i>(sum),
                                                         reinterpret_cast<__m512i>(x),
                                                         reinterpret_cast<__m512i>(y)));
}
META138_IFMA_INLINE Word8 add_high(const Word8& sum, const Word8& x, const Word8& y) noexcept {
    return reinterpret_cast<Word8>(_mm512_madd52hi_epu64(reinterpret_cast<__m512i>(sum),
                                                         reinterpret_cast<__m512i>(x),
                                                         reinterpret_cast<__m512i>(y)));
}
META138_IFMA_INLINE Word8 splat(std::uint64_t value) noexcept {
    return Word8{} + value;
}

/// Numbers modulo an odd one, in limbs of 52 bits that fill `vectors` vectors, as their products
/// with 2^(52 * limbs) (Montgomery form), below twice the modulus: with two bits to spare in the
/// highest limb no product needs a last subtraction (Gueron 2012, "almost Montgomery
/// multiplication").
template <std::size_t vectors>
class IfmaField {
public:
    struct Number {
        alignas(64) std::array<std::uint64_t, 8 * vectors> limbs;
    };

    explicit IfmaField(std::span<const std::uint64_t> modulus) noexcept
        : limbs_{modulus.size()}, negative_inverse_{negative_inverse(modulus[0]) & limb_mask} {
        load(modulus_, modulus);
    }

    static void load(Number& number, std::span<const std::uint64_t> limbs) noexcept {
        std::ranges::fill(std::ranges::copy(limbs, number.limbs.begin()).out, number.limbs.end(),
                          0);
    }

    [[gnu::target("avx512f,avx512ifma")]] void multiply(Number& out, const Number& x,
                                                        const Number& y) const noexcept {
        // For each limb of y: sum += x * limb + modulus * multiple, with the multiple that makes
        // the lowest limb zero; then the sum moves down a limb. The multiple of each step waits for
        // the lowest limb of the step before. That one is computed apart, and what it takes of the
        // vectors is what they held a step earlier: so the chain is one of a few scalar
        // instructions.
        Word8 sum[vectors + 1] =
            {};                    // the last stays zero, and so do the limbs behind the modulus's
        std::uint64_t lowest = 0;  // in the place of sum[0][0], which goes unused
        for (std::size_t i = 0; i < limbs_; ++i) {
            const std::uint64_t limb = y.limbs[i];
            uint128 lowest_sum = uint128{x.limbs[0]} * limb + lowest;
            const std::uint64_t multiple =
                (static_cast<std::uint64_t>(lowest_sum) * negative_inverse_) & limb_mask;
            lowest_sum += uint128{modulus_.limbs[0]} * multiple;
            lowest = static_cast<std::uint64_t>(lowest_sum >> ifma_limb_bits) + sum[0][1] +
                     (x.limbs[1] * limb & limb_mask) + (modulus_.limbs[1] * multiple & limb_mask);

            const Word8 limbs = splat(limb);
            const Word8 multiples = splat(multiple);
#pragma GCC unroll 20
            for (std::size_t j = 0; j < vectors; ++j)
                sum[j] =
                    add_low(add_low(sum[j], vector(x, j), limbs), vector(modulus_, j), multiples);
#pragma GCC unroll 20
            for (std::size_t j = 0; j < vectors; ++j) {
                sum[j] = __builtin_shufflevector(sum[j], sum[j + 1], 1, 2, 3, 4, 5, 6, 7, 8);
                sum[j] =
                    add_high(add_high(sum[j], vector(x, j), limbs), vector(modulus_, j), multiples);
            }
        }
        sum[0][0] = lowest;
        // Each limb has taken in at most four numbers of 52 bits for each of at most 158 limbs of
        // y.
        carry_over(sum);
        for (std::size_t j = 0; j < vectors; ++j)
            _mm512_store_si512(out.limbs.data() + 8 * j, reinterpret_cast<__m512i>(sum[j]));
    }

    /// The number itself, below the modulus.
    void from_montgomery(std::span<std::uint64_t> out, const Number& x) const noexcept {
        Number one{};
        one.limbs[0] = 1;
        Number result;
        multiply(result, x, one);  // at most the modulus
        std::uint64_t borrow = 0;
        for (std::size_t i = 0; i < limbs_; ++i) {
            const std::uint64_t difference = result.limbs[i] - modulus_.limbs[i] - borrow;
            out[i] = difference & limb_mask;
            borrow = difference >> 63;
        }
        if (borrow != 0) std::copy_n(result.limbs.begin(), limbs_, out.begin());
    }

private:
    META138_IFMA_INLINE static Word8 vector(const Number& number, std::size_t i) noexcept {
        return reinterpret_cast<Word8>(_mm512_load_si512(number.limbs.data() + 8 * i));
    }

    /// Brings all limbs below 2^52. After two steps it is rare that a carry is left.
    META138_IFMA_INLINE static void carry_over(Word8 (&sum)[vectors + 1]) noexcept {
        const Word8 mask = splat(limb_mask);
        Word8 any{};
        do {
            Word8 carry_below{};
            any = Word8{};
#pragma GCC unroll 20
            for (std::size_t j = 0; j < vectors; ++j) {
                const Word8 carry = sum[j] >> ifma_limb_bits;
                sum[j] = (sum[j] & mask) +
                         __builtin_shufflevector(carry_below, carry, 7, 8, 9, 10, 11, 12, 13, 14);
                any |= sum[j];
                carry_below = carry;
            }
        } while (_mm512_test_epi64_mask(reinterpret_cast<__m512i>(any),
                                        reinterpret_cast<__m512i>(splat(~limb_mask))) != 0);
    }

    std::size_t limbs_;
    std::uint64_t negative_inverse_;
    Number modulus_;
};

template <std::size_t vectors>
void power_in_vectors(std::span<const std::uint64_t> base, const Exponent& exponent,
                      std::span<const std::uint64_t> modulus, std::span<std::uint64_t> out) {
    const IfmaField<vectors> field{modulus};
    typename IfmaField<vectors>::Number number;
    IfmaField<vectors>::load(number, base);
    field.from_montgomery(out, power(field, number, exponent));
}

}  // namespace

bool has_ifma() noexcept {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
}

void power_ifma(std::span<const std::uint64_t> base, const Exponent& exponent,
                std::span<const std::uint64_t> modulus, std::span<std::uint64_t> out) {
    META138_ASSERT(modulus.size() <= ifma_limbs_for(max_ifma_bits));
    const std::size_t vectors = (modulus.size() + 7) / 8;
    // One function for each few lengths: more would only be more code.
    if (vectors <= 2) return power_in_vectors<2>(base, exponent, modulus, out);
    if (vectors <= 3) return power_in_vectors<3>(base, exponent, modulus, out);
    if (vectors <= 4) return power_in_vectors<4>(base, exponent, modulus, out);
    if (vectors <= 5) return power_in_vectors<5>(base, exponent, modulus, out);
    if (vectors <= 7) return power_in_vectors<7>(base, exponent, modulus, out);
    if (vectors <= 10) return power_in_vectors<10>(base, exponent, modulus, out);
    if (vectors <= 15) return power_in_vectors<15>(base, exponent, modulus, out);
    return power_in_vectors<20>(base, exponent, modulus, out);
}

}  // namespace meta138::crypto::modexp_detail
