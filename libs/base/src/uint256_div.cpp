// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

#include <algorithm>
#include <utility>

// Long division in base 2^64 (Knuth, The Art of Computer Programming 4.3.1, algorithm D) with the
// quotient digits of Möller and Granlund, "Improved division by invariant integers" (2011). Below,
// a divisor is normalized when its top bit is set.

namespace meta138::detail {
namespace {

constexpr std::uint64_t max64 = ~std::uint64_t{0};

constexpr std::uint64_t low64(uint128 x) noexcept {
    return static_cast<std::uint64_t>(x);
}
constexpr std::uint64_t high64(uint128 x) noexcept {
    return static_cast<std::uint64_t>(x >> 64);
}
constexpr uint128 join(std::uint64_t high, std::uint64_t low) noexcept {
    return uint128{high} << 64 | low;
}

struct Digit {
    std::uint64_t quotient;
    std::uint64_t remainder;
};

/// high:low / divisor, for high < divisor. The processor's own division takes as long as the two
/// dependent multiplications that would replace it (18.7 cycles against 17 on Zen 5), without the
/// reciprocal.
inline Digit divide_2by1(std::uint64_t high, std::uint64_t low, std::uint64_t divisor) noexcept {
#if defined(__x86_64__)
    Digit result;
    __asm__("divq %4"
            : "=a"(result.quotient), "=d"(result.remainder)
            : "a"(low), "d"(high), "r"(divisor)
            : "cc");
    return result;
#else
    const auto x = join(high, low);
    return {low64(x / divisor), low64(x % divisor)};
#endif
}

/// The quotient in x, the remainder as result.
template <std::size_t n>
std::uint64_t divide_by1(std::array<std::uint64_t, n>& x, std::size_t size,
                         std::uint64_t divisor) noexcept {
    std::uint64_t remainder = 0;
    for (std::size_t i = size; i-- > 0;) {
        const auto digit = divide_2by1(remainder, x[i], divisor);
        x[i] = digit.quotient;
        remainder = digit.remainder;
    }
    return remainder;
}

/// All ones if the condition holds: masks where a branch would be taken as often as not.
constexpr std::uint64_t mask_if(bool condition) noexcept {
    return -std::uint64_t{condition};
}

/// floor((2^192 - 1) / divisor) - 2^64 for a normalized divisor (Möller and Granlund, algorithm 6,
/// with the remainder that the processor gives in place of a product).
inline std::uint64_t reciprocal_3by2(uint128 divisor) noexcept {
    const auto d1 = high64(divisor);
    const auto d0 = low64(divisor);
    const auto estimate = divide_2by1(~d1, max64, d1);
    auto v = estimate.quotient;
    auto p = d0 + ~estimate.remainder;  // d1 * v + d0, modulo 2^64
    const auto carried = mask_if(p < d0);
    const auto twice = carried & mask_if(p >= d1);
    v += carried + twice;
    p -= (carried & d1) + (twice & d1);
    const auto t = uint128{v} * d0;
    p += high64(t);
    const auto carried_again = mask_if(p < high64(t));
    v += carried_again + (carried_again & mask_if(join(p, low64(t)) >= divisor));
    return v;
}

struct WideDigit {
    std::uint64_t quotient;
    uint128 remainder;
};

/// (x:x0) / divisor for x < divisor (Möller and Granlund, algorithm 5).
inline WideDigit divide_3by2(uint128 x, std::uint64_t x0, uint128 divisor,
                             std::uint64_t reciprocal) noexcept {
    const auto q = uint128{reciprocal} * high64(x) + x;
    auto quotient = high64(q) + 1;
    const auto r1 = low64(x) - high64(divisor) * high64(q);
    auto remainder = join(r1, x0) - uint128{low64(divisor)} * high64(q) - divisor;
    const auto too_large = mask_if(high64(remainder) >= low64(q));
    quotient += too_large;
    remainder += divisor & join(too_large, too_large);
    if (remainder >= divisor) [[unlikely]] {
        ++quotient;
        remainder -= divisor;
    }
    return {quotient, remainder};
}

/// A divisor of n = 2, 3 or 4 limbs, shifted left until normalized, with its reciprocal.
template <std::size_t n>
struct Divisor {
    static_assert(n >= 2 && n <= 4);
    std::array<std::uint64_t, n> limbs;
    unsigned shift;
    uint128 top;  ///< The two highest limbs.
    std::uint64_t reciprocal;

    /// The limb n - 1 of y is its highest that is not zero.
    explicit Divisor(const uint256& y) noexcept
        : shift(static_cast<unsigned>(std::countl_zero(y.limbs[n - 1]))) {
        limbs[0] = y.limbs[0] << shift;
        for (std::size_t i = 1; i < n; ++i)
            limbs[i] = y.limbs[i] << shift | y.limbs[i - 1] >> 1 >> (63 - shift);
        top = join(limbs[n - 1], limbs[n - 2]);
        reciprocal = reciprocal_3by2(top);
    }
};

template <std::size_t n>
using Remainder = std::array<std::uint64_t, n>;

/// remainder += divisor, modulo 2^64n.
template <std::size_t n>
inline void add_back(Remainder<n>& remainder, const Divisor<n>& divisor) noexcept {
    bool carry = false;
    for (std::size_t i = 0; i < n; ++i)
        remainder[i] = add_with_carry(remainder[i], divisor.limbs[i], carry);
}

/// The digit when the two highest limbs of remainder and divisor are equal, so that the estimate
/// of divide_3by2 would not fit: 2^64 - 1 or, after adding back, less (Knuth's step D3).
template <std::size_t n>
[[gnu::noinline]] std::uint64_t next_largest_digit(Remainder<n>& remainder, std::uint64_t next,
                                                   const Divisor<n>& divisor) noexcept {
    // remainder:next - (2^64 - 1) * divisor = (remainder - divisor):next + divisor, of n + 1 limbs
    bool borrow = false;
    for (std::size_t i = 0; i < n; ++i)
        remainder[i] = sub_with_borrow(remainder[i], divisor.limbs[i], borrow);
    auto above = remainder[n - 1];
    std::copy_backward(remainder.begin(), remainder.end() - 1, remainder.end());
    remainder[0] = next;
    std::uint64_t digit = max64;
    const auto add = [&] {
        bool carry = false;
        for (std::size_t i = 0; i < n; ++i)
            remainder[i] = add_with_carry(remainder[i], divisor.limbs[i], carry);
        above += carry;
    };
    add();
    while (above != 0) {
        add();
        --digit;
    }
    return digit;
}

/// One step of long division: remainder:next / divisor, for remainder < divisor. Gives the digit
/// and leaves the new remainder.
template <std::size_t n>
inline std::uint64_t next_digit(Remainder<n>& remainder, std::uint64_t next,
                                const Divisor<n>& divisor) noexcept {
    const auto head = join(remainder[n - 1], remainder[n - 2]);
    if constexpr (n == 2) {
        const auto digit = divide_3by2(head, next, divisor.top, divisor.reciprocal);
        remainder = {low64(digit.remainder), high64(digit.remainder)};
        return digit.quotient;
    } else {
        if (head >= divisor.top) [[unlikely]]
            return next_largest_digit(remainder, next, divisor);
        auto [quotient, rest] =
            divide_3by2(head, remainder[n - 3], divisor.top, divisor.reciprocal);
        const auto product0 = uint128{quotient} * divisor.limbs[0];
        auto above = high64(product0);
        bool borrow = false;
        if constexpr (n == 3) {
            remainder[0] = sub_with_borrow(next, low64(product0), borrow);
        } else {
            const auto product1 = uint128{quotient} * divisor.limbs[1] + above;
            const auto second = remainder[0];
            remainder[0] = sub_with_borrow(next, low64(product0), borrow);
            remainder[1] = sub_with_borrow(second, low64(product1), borrow);
            above = high64(product1);
        }
        remainder[n - 2] = sub_with_borrow(low64(rest), above, borrow);
        remainder[n - 1] = sub_with_borrow(high64(rest), 0, borrow);
        if (borrow) [[unlikely]] {
            --quotient;
            add_back(remainder, divisor);
        }
        return quotient;
    }
}

/// x / y for a y of n limbs, with x of `size` limbs (n to N). The quotient's digits are left in x.
template <std::size_t n, std::size_t N>
inline uint256 divide_by(std::array<std::uint64_t, N>& x, std::size_t size,
                         const uint256& y) noexcept {
    const Divisor<n> divisor{y};
    const auto shift = divisor.shift;
    const auto shifted = [&](std::size_t i) {  // limb i > 0 of x << shift
        return x[i] << shift | x[i - 1] >> 1 >> (63 - shift);
    };
    // Less than the divisor, as its highest limb has only the bits shifted out of x.
    Remainder<n> remainder;
    remainder[n - 1] = x[size - 1] >> 1 >> (63 - shift);
    for (std::size_t i = 1; i < n; ++i) remainder[n - 1 - i] = shifted(size - i);
    const auto digits = size - n + 1;
    for (std::size_t i = digits; i-- > 0;) {
        const auto next = i == 0 ? x[0] << shift : shifted(i);
        x[i + n - 1] = next_digit(remainder, next, divisor);
    }
    for (std::size_t i = 0; i < N; ++i) x[i] = i < digits ? x[i + n - 1] : 0;
    uint256 result;
    for (std::size_t i = 0; i + 1 < n; ++i)
        result.limbs[i] = remainder[i] >> shift | remainder[i + 1] << 1 << (63 - shift);
    result.limbs[n - 1] = remainder[n - 1] >> shift;
    return result;
}

/// The index after the highest limb that is not zero.
template <std::size_t N>
std::size_t significant_limbs(const std::array<std::uint64_t, N>& x) noexcept {
    auto size = N;
    while (size > 0 && x[size - 1] == 0) --size;
    return size;
}

/// The quotient in x, the remainder as result. y is not zero.
template <std::size_t N>
inline uint256 divide(std::array<std::uint64_t, N>& x, const uint256& y) noexcept {
    const auto size = significant_limbs(x);
    const auto divisor_size = significant_limbs(y.limbs);
    if (size < divisor_size) {
        uint256 remainder;
        for (std::size_t i = 0; i < size; ++i) remainder.limbs[i] = std::exchange(x[i], 0);
        return remainder;
    }
    switch (divisor_size) {
        case 1: return divide_by1(x, size, y.limbs[0]);
        case 2: return divide_by<2>(x, size, y);
        case 3: return divide_by<3>(x, size, y);
        default: return divide_by<4>(x, size, y);
    }
}

/// x / y where y has more than 64 bits and x at most 63 bits more: a quotient of one digit needs no
/// reciprocal and no shifting of all limbs. The estimate from the highest 64 bits of y and the same
/// part of x is never too small and at most 2 too large (Knuth 4.3.1, theorem B).
inline DivResult divide_one_digit(const uint256& x, const uint256& y, unsigned y_bits) noexcept {
    const std::size_t top = (y_bits - 1) / 64;
    const auto shift = 63 - (y_bits - 1) % 64;
    const auto part = [shift](std::uint64_t high, std::uint64_t low) {
        return shift_pair_left(high, low, shift);
    };
    auto quotient =
        divide_2by1(part(top < 3 ? x.limbs[top + 1] : 0, x.limbs[top]),
                    part(x.limbs[top], x.limbs[top - 1]), part(y.limbs[top], y.limbs[top - 1]))
            .quotient;
    // x - quotient * y, of five limbs as it may be negative.
    uint256 remainder;
    std::uint64_t above = 0;
    bool borrow = false;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto product = uint128{quotient} * y.limbs[i] + above;
        remainder.limbs[i] = sub_with_borrow(x.limbs[i], low64(product), borrow);
        above = high64(product);
    }
    above = 0 - above - borrow;
    while (above != 0) [[unlikely]] {
        --quotient;
        bool carry = false;
        for (std::size_t i = 0; i < 4; ++i)
            remainder.limbs[i] = add_with_carry(remainder.limbs[i], y.limbs[i], carry);
        above += carry;
    }
    return {quotient, remainder};
}

[[gnu::always_inline]] inline DivResult divide(const uint256& x, const uint256& y) noexcept {
    if (y.fits_uint64()) {
        if (x.fits_uint64()) return {x.limbs[0] / y.limbs[0], x.limbs[0] % y.limbs[0]};
        DivResult result{x, {}};
        result.remainder =
            divide_by1(result.quotient.limbs, significant_limbs(x.limbs), y.limbs[0]);
        return result;
    }
    const auto x_bits = x.bit_length();
    const auto y_bits = y.bit_length();
    if (x_bits < y_bits) return {0, x};
    if (x_bits - y_bits < 64) return divide_one_digit(x, y, y_bits);
    DivResult result{x, {}};
    result.remainder = y_bits <= 128 ? divide_by<2>(result.quotient.limbs, 4, y)
                                     : divide_by<3>(result.quotient.limbs, 4, y);
    return result;
}

}  // namespace

DivResult divmod(const uint256& x, const uint256& y) noexcept {
    return divide(x, y);
}
uint256 quotient(const uint256& x, const uint256& y) noexcept {
    return divide(x, y).quotient;
}
uint256 remainder(const uint256& x, const uint256& y) noexcept {
    return divide(x, y).remainder;
}

WideDivResult divmod_wide(const uint512& x, const uint256& y) noexcept {
    WideDivResult result{x, {}};
    result.remainder = divide(result.quotient.limbs, y);
    return result;
}

}  // namespace meta138::detail
