// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

namespace meta138::detail {
namespace {

/// base^exponent by squaring, and base^(2^bits) in base, for an exponent below 2^bits. The products
/// that a zero bit does not want are computed too: they wait for nobody, while a branch on the bits
/// would be mispredicted.
uint256 exp_and_square(uint256& base, std::uint64_t exponent, unsigned bits) noexcept {
    uint256 result{1};
    for (unsigned bit = 0; bit < bits; ++bit) {
        const bool wanted = (exponent >> bit & 1) != 0;
        const auto product = result * base;
        for (std::size_t i = 0; i < 4; ++i)
            result.limbs[i] = choose(wanted, product.limbs[i], result.limbs[i]);
        base *= base;
    }
    return result;
}

/// base^exponent for a small exponent that is not zero.
uint256 exp_small(uint256 base, std::uint64_t exponent) noexcept {
    const auto squarings = static_cast<unsigned>(std::bit_width(exponent)) - 1;
    const auto rest = exp_and_square(base, exponent, squarings);
    return rest * base;
}

/// (1 + a)^n for an a that is a multiple of 2^64, so that a^4 = 0 (mod 2^256): the first four terms
/// of the binomial series.
uint256 exp_near_one(const uint256& a, const uint256& n) noexcept {
    constexpr auto third = uint256::from_limbs(0xaaaaaaaaaaaaaaab, 0xaaaaaaaaaaaaaaaa,
                                               0xaaaaaaaaaaaaaaaa, 0xaaaaaaaaaaaaaaaa);
    static_assert(third * 3 == 1);
    // n (n - 1) / 2, halving the factor that is even
    const bool odd = (n.limbs[0] & 1) != 0;
    const auto choose2 = odd ? ((n - 1) >> 1) * n : (n >> 1) * (n - 1);
    const auto choose3 = choose2 * (n - 2) * third;
    return 1 + a * (n + a * (choose2 + a * choose3));
}

}  // namespace

uint256 exp(const uint256& base, const uint256& exponent) noexcept {
    auto power = base;
    constexpr unsigned chunk = 62;
    if (exponent.fits_uint64() && exponent.limbs[0] >> chunk == 0) {
        const auto low = exponent.limbs[0];
        if (low == 0) return 1;
        if (base == 2) return uint256{1} << low;
        return exp_small(base, low);
    }
    // Each squaring of an even number doubles its trailing zeros.
    if ((base.limbs[0] & 1) == 0) return {};
    // An odd number to the power 2^k is 1 modulo 2^(k + 2): from k = 62 on the binomial series
    // ends after four terms, instead of up to 194 more squarings.
    const auto low =
        exp_and_square(power, exponent.limbs[0] & ((std::uint64_t{1} << chunk) - 1), chunk);
    return low * exp_near_one(power - 1, exponent >> chunk);
}

}  // namespace meta138::detail
