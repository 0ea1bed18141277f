// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../modular_inverse.hpp"
#include "../wide_multiply.hpp"

#include "meta138/base/bytes.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// The curve of Ethereum's signatures, y^2 = x^3 + 7 over p = 2^256 - 2^32 - 977 (SEC 2
/// section 2.4.1), for recovering keys: everything is public here, and takes a time that depends on
/// its value. What touches a secret key is libsecp256k1's.
namespace meta138::crypto::secp256k1 {

/// A number modulo p. Zero when default-constructed.
class FieldElement {
public:
    static constexpr Limbs modulus = {0xfffffffefffffc2f, ~std::uint64_t{0}, ~std::uint64_t{0},
                                      ~std::uint64_t{0}};

    constexpr FieldElement() noexcept = default;
    /// Any number below 2^256.
    explicit constexpr FieldElement(const Limbs& limbs) noexcept : limbs_{limbs} {}

    static constexpr FieldElement one() noexcept { return FieldElement{{1, 0, 0, 0}}; }

    static FieldElement from_be_bytes(const std::uint8_t* bytes) noexcept {
        Limbs limbs;
        for (std::size_t i = 0; i < 4; ++i) {
            std::memcpy(&limbs[3 - i], bytes + 8 * i, 8);
            limbs[3 - i] = std::byteswap(limbs[3 - i]);
        }
        return FieldElement{limbs};
    }
    void to_be_bytes(std::uint8_t* bytes) const noexcept {
        const auto limbs = canonical();
        for (std::size_t i = 0; i < 4; ++i) {
            const auto word = std::byteswap(limbs[3 - i]);
            std::memcpy(bytes + 8 * i, &word, 8);
        }
    }

    /// Limbs of 52 bits, the highest of 48.
    [[nodiscard]] constexpr std::array<std::uint64_t, 5> to_limbs52() const noexcept {
        constexpr std::uint64_t mask = (std::uint64_t{1} << 52) - 1;
        return {limbs_[0] & mask, (limbs_[0] >> 52 | limbs_[1] << 12) & mask,
                (limbs_[1] >> 40 | limbs_[2] << 24) & mask,
                (limbs_[2] >> 28 | limbs_[3] << 36) & mask, limbs_[3] >> 16};
    }
    /// Limbs below 2^52, the highest below 2^49.
    static FieldElement from_limbs52(const std::array<std::uint64_t, 5>& limbs) noexcept {
        return FieldElement{
            add_fold({limbs[0] | limbs[1] << 52, limbs[1] >> 12 | limbs[2] << 40,
                      limbs[2] >> 24 | limbs[3] << 28, limbs[3] >> 36 | limbs[4] << 16},
                     limbs[4] >> 48)};
    }

    /// The representative below p.
    [[nodiscard]] Limbs canonical() const noexcept {
        const bool reduced =
            limbs_[0] < modulus[0] || (limbs_[1] & limbs_[2] & limbs_[3]) != ~std::uint64_t{0};
        return reduced ? limbs_ : Limbs{limbs_[0] - modulus[0], 0, 0, 0};
    }
    [[nodiscard]] bool is_zero() const noexcept {
        return (limbs_[0] | limbs_[1] | limbs_[2] | limbs_[3]) == 0 || limbs_ == modulus;
    }
    [[nodiscard]] bool is_odd() const noexcept { return (canonical()[0] & 1) != 0; }
    friend bool operator==(const FieldElement& x, const FieldElement& y) noexcept {
        return x.canonical() == y.canonical();
    }

    META138_ALWAYS_INLINE friend FieldElement operator+(const FieldElement& x,
                                                        const FieldElement& y) noexcept {
        Limbs sum;
        Carry carry = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            sum[i] = add_with_carry(x.limbs_[i], y.limbs_[i], carry);
        return FieldElement{add_fold(sum, carry)};
    }
    META138_ALWAYS_INLINE friend FieldElement operator-(const FieldElement& x,
                                                        const FieldElement& y) noexcept {
        Limbs difference;
        Carry borrow = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            difference[i] = sub_with_borrow(x.limbs_[i], y.limbs_[i], borrow);
        // 2^256 too much is fold too much; after a second borrow the high limbs are all ones.
        Carry second = 0;
        difference[0] = sub_with_borrow(difference[0], fold & (0 - std::uint64_t{borrow}), second);
#pragma GCC unroll 3
        for (std::size_t i = 1; i < 4; ++i)
            difference[i] = sub_with_borrow(difference[i], 0, second);
        difference[0] -= fold & (0 - std::uint64_t{second});
        return FieldElement{difference};
    }
    META138_ALWAYS_INLINE FieldElement operator-() const noexcept { return FieldElement{} - *this; }
    META138_ALWAYS_INLINE friend FieldElement operator*(const FieldElement& x,
                                                        const FieldElement& y) noexcept {
        return FieldElement{reduce(multiply_wide(x.limbs_, y.limbs_))};
    }
    [[nodiscard]] META138_ALWAYS_INLINE FieldElement squared() const noexcept {
        return FieldElement{reduce(square_wide(limbs_))};
    }
    [[nodiscard]] FieldElement squared(unsigned times) const noexcept {
        FieldElement result = *this;
        for (unsigned i = 0; i < times; ++i) result = result.squared();
        return result;
    }
    [[nodiscard]] META138_ALWAYS_INLINE FieldElement halved() const noexcept {
        // p is odd: an odd number becomes even by adding it.
        const std::uint64_t mask = 0 - (limbs_[0] & 1);
        Carry carry = 0;
        Limbs even;
        even[0] = add_with_carry(limbs_[0], modulus[0] & mask, carry);
#pragma GCC unroll 3
        for (std::size_t i = 1; i < 4; ++i) even[i] = add_with_carry(limbs_[i], mask, carry);
        return FieldElement{{even[0] >> 1 | even[1] << 63, even[1] >> 1 | even[2] << 63,
                             even[2] >> 1 | even[3] << 63,
                             even[3] >> 1 | std::uint64_t{carry} << 63}};
    }

    /// 1 / this; 0 for 0.
    [[nodiscard]] FieldElement inverse() const noexcept {
        return FieldElement{
            divsteps::divide(Limbs{1, 0, 0, 0}, canonical(), modulus, inverse_of_p)};
    }

    /// The root if this is a square; else a root of its negative.
    [[nodiscard]] FieldElement root() const noexcept {
        // To the power of (p + 1) / 4, whose bits are 223 ones, 0, 22 ones, 0000 11 00.
        const auto ones_2 = squared() * *this;
        const auto ones_3 = ones_2.squared() * *this;
        const auto ones_6 = ones_3.squared(3) * ones_3;
        const auto ones_9 = ones_6.squared(3) * ones_3;
        const auto ones_11 = ones_9.squared(2) * ones_2;
        const auto ones_22 = ones_11.squared(11) * ones_11;
        const auto ones_44 = ones_22.squared(22) * ones_22;
        const auto ones_88 = ones_44.squared(44) * ones_44;
        const auto ones_176 = ones_88.squared(88) * ones_88;
        const auto ones_220 = ones_176.squared(44) * ones_44;
        const auto ones_223 = ones_220.squared(3) * ones_3;
        return ((ones_223.squared(23) * ones_22).squared(6) * ones_2).squared(2);
    }

private:
    static constexpr std::uint64_t fold = 0x1000003d1;                 // 2^256 mod p
    static constexpr std::uint64_t inverse_of_p = 0x27c7f6e22ddacacf;  // 1 / p mod 2^64
    static_assert(modulus[0] * inverse_of_p == 1);

    /// sum + carry * 2^256, for a carry of 0 or 1.
    META138_ALWAYS_INLINE static Limbs add_fold(Limbs sum, std::uint64_t carry) noexcept {
        Carry second = 0;
        sum[0] = add_with_carry(sum[0], fold & (0 - std::uint64_t{carry}), second);
#pragma GCC unroll 3
        for (std::size_t i = 1; i < 4; ++i) sum[i] = add_with_carry(sum[i], 0, second);
        // After a second carry the number is below fold, and takes one more without another.
        sum[0] += fold & (0 - std::uint64_t{second});
        return sum;
    }

    META138_ALWAYS_INLINE static Limbs reduce(const WideLimbs& wide) noexcept {
        uint128 products[4];
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) products[i] = uint128{wide[i + 4]} * fold;
        Limbs low;
        Carry carry = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            low[i] = add_with_carry(wide[i], low_half(products[i]), carry);
        std::uint64_t over = carry;
        carry = 0;
#pragma GCC unroll 3
        for (std::size_t i = 0; i < 3; ++i)
            low[i + 1] = add_with_carry(low[i + 1], high_half(products[i]), carry);
        over += high_half(products[3]) + carry;  // below 2^34
        const uint128 top = uint128{over} * fold;
        carry = 0;
        low[0] = add_with_carry(low[0], low_half(top), carry);
        low[1] = add_with_carry(low[1], high_half(top), carry);
        low[2] = add_with_carry(low[2], 0, carry);
        low[3] = add_with_carry(low[3], 0, carry);
        // After a carry the number is below 2^67.
        const std::uint64_t last = fold & (0 - std::uint64_t{carry});
        carry = 0;
        low[0] = add_with_carry(low[0], last, carry);
        low[1] += carry;
        return low;
    }

    Limbs limbs_{};
};

}  // namespace meta138::crypto::secp256k1
