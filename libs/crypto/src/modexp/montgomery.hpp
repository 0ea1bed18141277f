// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../wide_multiply.hpp"
#include "power.hpp"

namespace meta138::crypto::modexp_detail {

/// Numbers modulo an odd one of N limbs of 64 bits, as their products with 2^(64 N) (Montgomery
/// form).
template <std::size_t N>
class MontgomeryField {
public:
    using Number = std::array<std::uint64_t, N>;

    explicit MontgomeryField(const Number& modulus) noexcept
        : modulus_{modulus}, negative_inverse_{negative_inverse(modulus[0])} {}

    void multiply(Number& out, const Number& x, const Number& y) const noexcept {
        // The whole product first, as its limbs wait for each other less than those of the
        // reduction.
        std::uint64_t limbs[2 * N + 1] = {};
#pragma GCC unroll 8
        for (std::size_t i = 0; i < N; ++i) add_product(limbs + i, x, y[i]);
        std::uint64_t over = 0;
#pragma GCC unroll 8
        for (std::size_t i = 0; i < N; ++i) {
            const std::uint64_t carry =
                add_product(limbs + i, modulus_, limbs[i] * negative_inverse_);
            const uint128 next = uint128{limbs[i + N + 1]} + carry + over;
            limbs[i + N + 1] = low_half(next);
            over = high_half(next);
        }
        // Below twice the modulus.
        const std::uint64_t* const sum = limbs + N;
        Number reduced;
        Carry borrow = 0;
#pragma GCC unroll 8
        for (std::size_t j = 0; j < N; ++j)
            reduced[j] = sub_with_borrow(sum[j], modulus_[j], borrow);
        const bool below = sum[N] < borrow;
#pragma GCC unroll 8
        for (std::size_t j = 0; j < N; ++j) out[j] = below ? sum[j] : reduced[j];
    }

    /// The number itself.
    [[nodiscard]] Number from_montgomery(const Number& x) const noexcept {
        Number one{};
        one[0] = 1;
        Number result;
        multiply(result, x, one);
        return result;
    }

private:
    /// sum += x * factor, in N + 1 limbs; returns the carry out.
    META138_ALWAYS_INLINE static std::uint64_t add_product(std::uint64_t* sum, const Number& x,
                                                           std::uint64_t factor) noexcept {
        uint128 products[N];
#pragma GCC unroll 8
        for (std::size_t j = 0; j < N; ++j) products[j] = uint128{x[j]} * factor;
        Carry carry = 0;
#pragma GCC unroll 8
        for (std::size_t j = 0; j < N; ++j)
            sum[j] = add_with_carry(sum[j], low_half(products[j]), carry);
        sum[N] = add_with_carry(sum[N], 0, carry);
        const std::uint64_t over = carry;
        carry = 0;
#pragma GCC unroll 8
        for (std::size_t j = 0; j < N; ++j)
            sum[j + 1] = add_with_carry(sum[j + 1], high_half(products[j]), carry);
        return over + carry;
    }

    Number modulus_;
    std::uint64_t negative_inverse_;
};

}  // namespace meta138::crypto::modexp_detail
