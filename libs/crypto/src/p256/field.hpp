// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../modular_inverse.hpp"
#include "../wide_multiply.hpp"

/// The curve y^2 = x^3 - 3 x + b over p = 2^256 - 2^224 + 2^192 + 2^96 - 1 (SEC 2 section 2.4.2),
/// for verifying signatures: everything is public, and takes a time that depends on its value.
namespace meta138::crypto::p256 {

/// A number modulo p, as any representative below 2^256 of its product with 2^256 (Montgomery
/// form).
class FieldElement {
public:
    static constexpr Limbs modulus = {0xffffffffffffffff, 0x00000000ffffffff, 0,
                                      0xffffffff00000001};

    /// Zero.
    constexpr FieldElement() noexcept = default;
    static FieldElement one() noexcept { return FieldElement{fold}; }
    static FieldElement from_number(const Limbs& number) noexcept {
        constexpr Limbs r_squared = {0x0000000000000003, 0xfffffffbffffffff, 0xfffffffffffffffe,
                                     0x00000004fffffffd};  // 2^512 mod p
        return FieldElement{reduce(multiply_wide(number, r_squared))};
    }

    [[nodiscard]] bool is_zero() const noexcept {
        return (limbs_[0] | limbs_[1] | limbs_[2] | limbs_[3]) == 0 || limbs_ == modulus;
    }
    friend bool operator==(const FieldElement& x, const FieldElement& y) noexcept {
        return (x - y).is_zero();
    }

    META138_ALWAYS_INLINE friend FieldElement operator+(const FieldElement& x,
                                                        const FieldElement& y) noexcept {
        Limbs sum;
        Carry carry = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            sum[i] = add_with_carry(x.limbs_[i], y.limbs_[i], carry);
        sum = add_fold(sum, carry);
        if (carry != 0) [[unlikely]]
            sum = add_fold(sum, carry);
        return FieldElement{sum};
    }
    META138_ALWAYS_INLINE friend FieldElement operator-(const FieldElement& x,
                                                        const FieldElement& y) noexcept {
        Limbs difference;
        Carry borrow = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            difference[i] = sub_with_borrow(x.limbs_[i], y.limbs_[i], borrow);
        difference = add_modulus(difference, borrow);
        if (borrow != 0) [[unlikely]]
            difference = add_modulus(difference, borrow);
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

    [[nodiscard]] META138_ALWAYS_INLINE FieldElement halved() const noexcept {
        // p is odd: an odd number becomes even by adding it.
        const std::uint64_t mask = 0 - (limbs_[0] & 1);
        Carry carry = 0;
        Limbs even;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            even[i] = add_with_carry(limbs_[i], modulus[i] & mask, carry);
        return FieldElement{{even[0] >> 1 | even[1] << 63, even[1] >> 1 | even[2] << 63,
                             even[2] >> 1 | even[3] << 63,
                             even[3] >> 1 | std::uint64_t{carry} << 63}};
    }

    /// 1 / this; 0 for 0.
    [[nodiscard]] FieldElement inverse() const noexcept {
        constexpr std::uint64_t inverse_of_p = ~std::uint64_t{0};  // modulo 2^64
        static_assert(modulus[0] * inverse_of_p == 1);
        const FieldElement canonical{reduce({limbs_[0], limbs_[1], limbs_[2], limbs_[3]})};
        return from_number(divsteps::divide(Limbs{1, 0, 0, 0}, canonical.subtract_modulus(),
                                            modulus, inverse_of_p));
    }

private:
    static constexpr Limbs fold = {0x0000000000000001, 0xffffffff00000000, 0xffffffffffffffff,
                                   0x00000000fffffffe};  // 2^256 - p

    explicit constexpr FieldElement(const Limbs& limbs) noexcept : limbs_{limbs} {}

    /// The limbs of a number below 2 p, less p if that is not negative.
    [[nodiscard]] Limbs subtract_modulus() const noexcept {
        Limbs difference;
        Carry borrow = 0;
        for (std::size_t i = 0; i < 4; ++i)
            difference[i] = sub_with_borrow(limbs_[i], modulus[i], borrow);
        return borrow != 0 ? limbs_ : difference;
    }

    /// sum + carry * 2^256; `carry`, 0 or 1, becomes the new one.
    META138_ALWAYS_INLINE static Limbs add_fold(Limbs sum, Carry& carry) noexcept {
        const std::uint64_t mask = 0 - std::uint64_t{carry};
        carry = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) sum[i] = add_with_carry(sum[i], fold[i] & mask, carry);
        return sum;
    }
    /// difference - borrow * 2^256; `borrow`, 0 or 1, becomes the new one.
    META138_ALWAYS_INLINE static Limbs add_modulus(Limbs difference, Carry& borrow) noexcept {
        const std::uint64_t mask = 0 - std::uint64_t{borrow};
        Carry carry = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i)
            difference[i] = add_with_carry(difference[i], modulus[i] & mask, carry);
        borrow &= carry ^ 1;
        return difference;
    }

    /// wide / 2^256 modulo p.
    META138_ALWAYS_INLINE static Limbs reduce(WideLimbs wide) noexcept {
        // As p is -1 modulo 2^96, each lowest limb is its own multiple of p that clears it:
        // limb * p = limb * (2^256 - 2^224 + 2^192 + 2^96) - limb.
        Carry over = 0;
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            const std::uint64_t limb = wide[i];
            const uint128 high = uint128{limb} * modulus[3];
            Carry carry = 0;
            wide[i + 1] = add_with_carry(wide[i + 1], limb << 32, carry);
            wide[i + 2] = add_with_carry(wide[i + 2], limb >> 32, carry);
            wide[i + 3] = add_with_carry(wide[i + 3], low_half(high), carry);
            // The high half is at most 2^64 - 2^32, so it takes the carry that came before.
            const std::uint64_t high_and_over = high_half(high) + over;
            wide[i + 4] = add_with_carry(wide[i + 4], high_and_over, carry);
            over = carry;
        }
        // Below 2^256 + p, so that one fold is enough.
        return add_fold({wide[4], wide[5], wide[6], wide[7]}, over);
    }

    Limbs limbs_{};
};

}  // namespace meta138::crypto::p256
