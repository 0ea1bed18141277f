// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

#include <utility>

namespace meta138::detail {
namespace {

uint256 choose(bool condition, const uint256& yes, const uint256& no) noexcept {
    uint256 result;
    for (std::size_t i = 0; i < 4; ++i)
        result.limbs[i] = detail::choose(condition, yes.limbs[i], no.limbs[i]);
    return result;
}

/// x % modulus, for x below twice the modulus; `carry` is the bit 256 of x.
uint256 subtract_once(const uint256& x, const uint256& modulus, bool carry = false) noexcept {
    uint256 difference;
    bool borrow = false;
    for (std::size_t i = 0; i < 4; ++i)
        difference.limbs[i] = sub_with_borrow(x.limbs[i], modulus.limbs[i], borrow);
    return choose(borrow && !carry, x, difference);
}

/// x + y, both less than the modulus.
uint256 add_reduced(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    uint256 sum;
    bool carry = false;
    for (std::size_t i = 0; i < 4; ++i)
        sum.limbs[i] = add_with_carry(x.limbs[i], y.limbs[i], carry);
    return subtract_once(sum, modulus, carry);
}

/// Multiplication modulo a number for which a reciprocal of 256 bits has been computed: Möller and
/// Granlund's algorithm 4 with 2^256 in the place of 2^64.
class Multiplier {
public:
    Multiplier() = default;

    /// Not zero.
    explicit Multiplier(const uint256& modulus) noexcept
        : shift_(clz(modulus)),
          normalized_(modulus << shift_),
          reciprocal_(divmod_wide(uint512::from_halves(uint256::max(), ~normalized_), normalized_)
                          .quotient.low()) {}

    /// x * y, for x below the modulus.
    [[nodiscard]] uint256 multiply(const uint256& x, const uint256& y) const noexcept {
        const auto product = umul(x << shift_, y);
        const auto estimate = umul(reciprocal_, product.high());
        bool carry = false;
        uint256 low;
        uint256 quotient;
        for (std::size_t i = 0; i < 4; ++i)
            low.limbs[i] = add_with_carry(estimate.limbs[i], product.limbs[i], carry);
        for (std::size_t i = 0; i < 4; ++i)
            quotient.limbs[i] = add_with_carry(estimate.limbs[i + 4], product.limbs[i + 4], carry);
        auto remainder = product.low() - (quotient + 1) * normalized_;
        remainder = choose(remainder > low, remainder + normalized_, remainder);
        if (remainder >= normalized_) [[unlikely]]
            remainder -= normalized_;
        return remainder >> shift_;
    }

private:
    std::uint64_t shift_ = 0;
    uint256 normalized_;
    uint256 reciprocal_;
};

/// The modulus of the last products. Who multiplies modulo a number once mostly does it again,
/// often thousands of times (a field's prime), and with the reciprocal at hand a product takes a
/// third. The reciprocal is computed at the fourth use, as it costs more than a division.
struct LastModulus {
    uint256 modulus;
    unsigned uses = 0;
    Multiplier multiplier;
};
constexpr unsigned uses_before_reciprocal = 4;

thread_local constinit LastModulus last_modulus;

/// Whether `last_modulus` has the reciprocal of this one.
bool has_reciprocal(const uint256& modulus) noexcept {
    if (last_modulus.modulus != modulus) {
        last_modulus.modulus = modulus;
        last_modulus.uses = 1;
        return false;
    }
    if (last_modulus.uses == uses_before_reciprocal) [[likely]]
        return true;
    if (++last_modulus.uses < uses_before_reciprocal) return false;
    last_modulus.multiplier = Multiplier{modulus};
    return true;
}

}  // namespace

uint256 addmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    const auto top = modulus.limbs[3];
    if (x.limbs[3] >> 1 < top && y.limbs[3] >> 1 < top)  // hence both less than twice the modulus
        return add_reduced(subtract_once(x, modulus), subtract_once(y, modulus), modulus);
    if (x < modulus && y < modulus) return add_reduced(x, y, modulus);
    if (((x | y).limbs[3] >> 63) == 0) return (x + y) % modulus;
    uint512 sum;
    bool carry = false;
    for (std::size_t i = 0; i < 4; ++i)
        sum.limbs[i] = add_with_carry(x.limbs[i], y.limbs[i], carry);
    sum.limbs[4] = carry;
    return divmod_wide(sum, modulus).remainder;
}

uint256 mulmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    if (modulus.fits_uint64()) {
        const auto product = uint128{(x % modulus).limbs[0]} * (y % modulus).limbs[0];
        return uint256::from_limbs(static_cast<std::uint64_t>(product),
                                   static_cast<std::uint64_t>(product >> 64), 0, 0) %
               modulus;
    }
    if (x.bit_length() + y.bit_length() <= 256) return x * y % modulus;
    if (!has_reciprocal(modulus)) return divmod_wide(umul(x, y), modulus).remainder;
    const auto& multiplier = last_modulus.multiplier;
    if (x < modulus) return multiplier.multiply(x, y);
    if (y < modulus) return multiplier.multiply(y, x);
    return multiplier.multiply(x % modulus, y);
}

}  // namespace meta138::detail
