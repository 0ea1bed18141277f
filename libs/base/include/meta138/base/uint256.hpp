// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace meta138 {

namespace detail {

__extension__ using uint128 = unsigned __int128;

/// a + b + carry; `carry` becomes the carry out.
constexpr std::uint64_t add_with_carry(std::uint64_t a, std::uint64_t b, bool& carry) noexcept {
    std::uint64_t sum = 0;
    std::uint64_t result = 0;
    const bool first = __builtin_add_overflow(a, b, &sum);
    const bool second = __builtin_add_overflow(sum, std::uint64_t{carry}, &result);
    carry = first | second;
    return result;
}

/// a - b - borrow; `borrow` becomes the borrow out.
constexpr std::uint64_t sub_with_borrow(std::uint64_t a, std::uint64_t b, bool& borrow) noexcept {
    std::uint64_t difference = 0;
    std::uint64_t result = 0;
    const bool first = __builtin_sub_overflow(a, b, &difference);
    const bool second = __builtin_sub_overflow(difference, std::uint64_t{borrow}, &result);
    borrow = first | second;
    return result;
}

/// x < y, as the borrow of x - y. Written with __builtin_sub_overflow, clang turns a chain whose
/// differences nobody reads back into comparisons, twice as long.
constexpr bool sub_borrows(const std::array<std::uint64_t, 4>& x,
                           const std::array<std::uint64_t, 4>& y) noexcept {
#if defined(__clang__) && defined(__x86_64__)
    if !consteval {
        unsigned long long unused = 0;
        unsigned char borrow = 0;
        for (std::size_t i = 0; i < 4; ++i)
            borrow = __builtin_ia32_subborrow_u64(borrow, x[i], y[i], &unused);
        return borrow != 0;
    }
#endif
    bool borrow = false;
    for (std::size_t i = 0; i < 4; ++i) sub_with_borrow(x[i], y[i], borrow);
    return borrow;
}

/// One of two limbs by a conditional move, for conditions that a branch would mispredict.
constexpr std::uint64_t choose(bool condition, std::uint64_t yes, std::uint64_t no) noexcept {
#if defined(__clang__)
    if !consteval {
        return __builtin_unpredictable(condition) ? yes : no;
    }
#endif
    return condition ? yes : no;
}

/// (high:low) << bits, of which the upper half, for bits below 64. Two shifts and an or: SHLD takes
/// several micro-operations on AMD.
constexpr std::uint64_t shift_pair_left(std::uint64_t high, std::uint64_t low,
                                        std::uint64_t bits) noexcept {
    return high << bits | low >> (63 - bits) >> 1;
}
/// (high:low) >> bits, of which the lower half, for bits below 64.
constexpr std::uint64_t shift_pair_right(std::uint64_t high, std::uint64_t low,
                                         std::uint64_t bits) noexcept {
    return low >> bits | high << (63 - bits) << 1;
}

}  // namespace detail

/// An unsigned integer of 256 bits, the word of the EVM. Arithmetic wraps modulo 2^256, and a
/// quotient or remainder by zero is zero (Yellow Paper appendix H).
struct uint256 {
    std::array<std::uint64_t, 4> limbs{};  ///< The least significant first.

    constexpr uint256() noexcept = default;
    constexpr uint256(std::uint64_t value) noexcept
        : limbs{value, 0, 0, 0} {}  // NOLINT(*-explicit-*)

    /// limb0 is the least significant.
    static constexpr uint256 from_limbs(std::uint64_t limb0, std::uint64_t limb1,
                                        std::uint64_t limb2, std::uint64_t limb3) noexcept {
        uint256 result;
        result.limbs = {limb0, limb1, limb2, limb3};
        return result;
    }
    static constexpr uint256 max() noexcept {
        return from_limbs(~std::uint64_t{0}, ~std::uint64_t{0}, ~std::uint64_t{0},
                          ~std::uint64_t{0});
    }

    [[nodiscard]] constexpr bool is_zero() const noexcept {
        return (limbs[0] | limbs[1] | limbs[2] | limbs[3]) == 0;
    }
    /// The sign bit, when read as a two's complement number.
    [[nodiscard]] constexpr bool is_negative() const noexcept { return limbs[3] >> 63 != 0; }
    [[nodiscard]] constexpr bool fits_uint64() const noexcept {
        return (limbs[1] | limbs[2] | limbs[3]) == 0;
    }
    /// The value modulo 2^64.
    [[nodiscard]] constexpr std::uint64_t low64() const noexcept { return limbs[0]; }
    explicit constexpr operator std::uint64_t() const noexcept { return limbs[0]; }
    explicit constexpr operator bool() const noexcept { return !is_zero(); }

    /// Bits without leading zeros; 0 for zero.
    [[nodiscard]] constexpr unsigned bit_length() const noexcept {
        for (unsigned i = 4; i-- > 0;) {
            if (limbs[i] != 0) return 64 * i + static_cast<unsigned>(std::bit_width(limbs[i]));
        }
        return 0;
    }
    /// Bytes without leading zeros; 0 for zero.
    [[nodiscard]] constexpr unsigned byte_length() const noexcept { return (bit_length() + 7) / 8; }

    friend constexpr bool operator==(const uint256& x, const uint256& y) noexcept {
        return ((x.limbs[0] ^ y.limbs[0]) | (x.limbs[1] ^ y.limbs[1]) | (x.limbs[2] ^ y.limbs[2]) |
                (x.limbs[3] ^ y.limbs[3])) == 0;
    }
    friend constexpr bool operator<(const uint256& x, const uint256& y) noexcept {
        return detail::sub_borrows(x.limbs, y.limbs);
    }
    friend constexpr bool operator>(const uint256& x, const uint256& y) noexcept { return y < x; }
    friend constexpr bool operator<=(const uint256& x, const uint256& y) noexcept {
        return !(y < x);
    }
    friend constexpr bool operator>=(const uint256& x, const uint256& y) noexcept {
        return !(x < y);
    }
    friend constexpr std::strong_ordering operator<=>(const uint256& x, const uint256& y) noexcept {
        if (x == y) return std::strong_ordering::equal;
        return x < y ? std::strong_ordering::less : std::strong_ordering::greater;
    }

    friend constexpr uint256 operator+(const uint256& x, const uint256& y) noexcept {
        uint256 result;
        bool carry = false;
        for (std::size_t i = 0; i < 4; ++i)
            result.limbs[i] = detail::add_with_carry(x.limbs[i], y.limbs[i], carry);
        return result;
    }
    friend constexpr uint256 operator-(const uint256& x, const uint256& y) noexcept {
        uint256 result;
        bool borrow = false;
        for (std::size_t i = 0; i < 4; ++i)
            result.limbs[i] = detail::sub_with_borrow(x.limbs[i], y.limbs[i], borrow);
        return result;
    }
    friend constexpr uint256 operator-(const uint256& x) noexcept { return uint256{} - x; }
    friend constexpr uint256 operator*(const uint256& x, const uint256& y) noexcept;
    /// Zero when y is zero.
    friend constexpr uint256 operator/(const uint256& x, const uint256& y) noexcept;
    /// Zero when y is zero.
    friend constexpr uint256 operator%(const uint256& x, const uint256& y) noexcept;

    friend constexpr uint256 operator&(const uint256& x, const uint256& y) noexcept {
        return from_limbs(x.limbs[0] & y.limbs[0], x.limbs[1] & y.limbs[1], x.limbs[2] & y.limbs[2],
                          x.limbs[3] & y.limbs[3]);
    }
    friend constexpr uint256 operator|(const uint256& x, const uint256& y) noexcept {
        return from_limbs(x.limbs[0] | y.limbs[0], x.limbs[1] | y.limbs[1], x.limbs[2] | y.limbs[2],
                          x.limbs[3] | y.limbs[3]);
    }
    friend constexpr uint256 operator^(const uint256& x, const uint256& y) noexcept {
        return from_limbs(x.limbs[0] ^ y.limbs[0], x.limbs[1] ^ y.limbs[1], x.limbs[2] ^ y.limbs[2],
                          x.limbs[3] ^ y.limbs[3]);
    }
    friend constexpr uint256 operator~(const uint256& x) noexcept {
        return from_limbs(~x.limbs[0], ~x.limbs[1], ~x.limbs[2], ~x.limbs[3]);
    }

    // Whole limbs are moved by choosing (conditional moves), then bits by shifting, so that the
    // amount decides no branch but the one for 256 and more.

    /// Zero for 256 bits and more.
    friend constexpr uint256 operator<<(const uint256& x, std::uint64_t bits) noexcept {
        if (bits >= 256) return {};
        const auto [x0, x1, x2, x3] = x.limbs;
        const bool two = (bits & 128) != 0;
        const auto y0 = detail::choose(two, 0, x0);
        const auto y1 = detail::choose(two, 0, x1);
        const auto y2 = detail::choose(two, x0, x2);
        const auto y3 = detail::choose(two, x1, x3);
        const bool one = (bits & 64) != 0;
        const auto z0 = detail::choose(one, 0, y0);
        const auto z1 = detail::choose(one, y0, y1);
        const auto z2 = detail::choose(one, y1, y2);
        const auto z3 = detail::choose(one, y2, y3);
        const auto rest = bits & 63;
        return from_limbs(z0 << rest, detail::shift_pair_left(z1, z0, rest),
                          detail::shift_pair_left(z2, z1, rest),
                          detail::shift_pair_left(z3, z2, rest));
    }
    /// Zero for 256 bits and more.
    friend constexpr uint256 operator>>(const uint256& x, std::uint64_t bits) noexcept {
        if (bits >= 256) return {};
        const auto [x0, x1, x2, x3] = x.limbs;
        const bool two = (bits & 128) != 0;
        const auto y0 = detail::choose(two, x2, x0);
        const auto y1 = detail::choose(two, x3, x1);
        const auto y2 = detail::choose(two, 0, x2);
        const auto y3 = detail::choose(two, 0, x3);
        const bool one = (bits & 64) != 0;
        const auto z0 = detail::choose(one, y1, y0);
        const auto z1 = detail::choose(one, y2, y1);
        const auto z2 = detail::choose(one, y3, y2);
        const auto z3 = detail::choose(one, 0, y3);
        const auto rest = bits & 63;
        return from_limbs(detail::shift_pair_right(z1, z0, rest),
                          detail::shift_pair_right(z2, z1, rest),
                          detail::shift_pair_right(z3, z2, rest), z3 >> rest);
    }

    constexpr uint256& operator+=(const uint256& y) noexcept { return *this = *this + y; }
    constexpr uint256& operator-=(const uint256& y) noexcept { return *this = *this - y; }
    constexpr uint256& operator*=(const uint256& y) noexcept { return *this = *this * y; }
    constexpr uint256& operator/=(const uint256& y) noexcept { return *this = *this / y; }
    constexpr uint256& operator%=(const uint256& y) noexcept { return *this = *this % y; }
    constexpr uint256& operator&=(const uint256& y) noexcept { return *this = *this & y; }
    constexpr uint256& operator|=(const uint256& y) noexcept { return *this = *this | y; }
    constexpr uint256& operator^=(const uint256& y) noexcept { return *this = *this ^ y; }
    constexpr uint256& operator<<=(std::uint64_t bits) noexcept { return *this = *this << bits; }
    constexpr uint256& operator>>=(std::uint64_t bits) noexcept { return *this = *this >> bits; }
    constexpr uint256& operator++() noexcept { return *this = *this + 1; }
    constexpr uint256& operator--() noexcept { return *this = *this - 1; }
};

/// A product of two uint256.
struct uint512 {
    std::array<std::uint64_t, 8> limbs{};  ///< The least significant first.

    [[nodiscard]] constexpr uint256 low() const noexcept {
        return uint256::from_limbs(limbs[0], limbs[1], limbs[2], limbs[3]);
    }
    [[nodiscard]] constexpr uint256 high() const noexcept {
        return uint256::from_limbs(limbs[4], limbs[5], limbs[6], limbs[7]);
    }
    static constexpr uint512 from_halves(const uint256& low, const uint256& high) noexcept {
        uint512 result;
        for (std::size_t i = 0; i < 4; ++i) {
            result.limbs[i] = low.limbs[i];
            result.limbs[i + 4] = high.limbs[i];
        }
        return result;
    }

    friend constexpr bool operator==(const uint512&, const uint512&) noexcept = default;
    /// Zero when y is zero.
    friend constexpr uint512 operator/(const uint512& x, const uint256& y) noexcept;
    /// Zero when y is zero.
    friend constexpr uint256 operator%(const uint512& x, const uint256& y) noexcept;
};

struct DivResult {
    uint256 quotient;
    uint256 remainder;

    friend constexpr bool operator==(const DivResult&, const DivResult&) noexcept = default;
};

struct WideDivResult {
    uint512 quotient;
    uint256 remainder;

    friend constexpr bool operator==(const WideDivResult&, const WideDivResult&) noexcept = default;
};

namespace detail {

/// Division bit by bit, for constant expressions and as the reference of the tests. Not by zero.
constexpr WideDivResult divmod_bitwise(const uint512& x, const uint256& y) noexcept {
    WideDivResult result;
    for (std::size_t bit = 512; bit-- > 0;) {
        const bool carry = result.remainder.is_negative();
        result.remainder = result.remainder << 1 | (x.limbs[bit / 64] >> bit % 64 & 1);
        if (carry || result.remainder >= y) {
            result.remainder -= y;
            result.quotient.limbs[bit / 64] |= std::uint64_t{1} << bit % 64;
        }
    }
    return result;
}

// None of these expects a zero divisor.
DivResult divmod(const uint256& x, const uint256& y) noexcept;
uint256 quotient(const uint256& x, const uint256& y) noexcept;
uint256 remainder(const uint256& x, const uint256& y) noexcept;
WideDivResult divmod_wide(const uint512& x, const uint256& y) noexcept;
uint256 addmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept;
uint256 mulmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept;

uint256 exp(const uint256& base, const uint256& exponent) noexcept;

}  // namespace detail

constexpr uint512 umul(const uint256& x, const uint256& y) noexcept {
    uint512 result;
    for (std::size_t j = 0; j < 4; ++j) {
        std::uint64_t carry = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            const auto sum = detail::uint128{x.limbs[i]} * y.limbs[j] + result.limbs[i + j] + carry;
            result.limbs[i + j] = static_cast<std::uint64_t>(sum);
            carry = static_cast<std::uint64_t>(sum >> 64);
        }
        result.limbs[j + 4] = carry;
    }
    return result;
}

constexpr uint256 operator*(const uint256& x, const uint256& y) noexcept {
    return umul(x, y).low();
}

/// Quotient and remainder; both zero when y is zero.
constexpr DivResult divmod(const uint256& x, const uint256& y) noexcept {
    if (y.is_zero()) return {};
    if consteval {
        const auto wide = detail::divmod_bitwise(uint512::from_halves(x, {}), y);
        return {wide.quotient.low(), wide.remainder};
    }
    return detail::divmod(x, y);
}

/// Quotient and remainder; both zero when y is zero.
constexpr WideDivResult divmod(const uint512& x, const uint256& y) noexcept {
    if (y.is_zero()) return {};
    if consteval {
        return detail::divmod_bitwise(x, y);
    }
    return detail::divmod_wide(x, y);
}

// Not by way of divmod: a caller that copies one half of its result waits for the stores of it.
constexpr uint256 operator/(const uint256& x, const uint256& y) noexcept {
    if consteval {
        return divmod(x, y).quotient;
    }
    return y.is_zero() ? uint256{} : detail::quotient(x, y);
}
constexpr uint256 operator%(const uint256& x, const uint256& y) noexcept {
    if consteval {
        return divmod(x, y).remainder;
    }
    return y.is_zero() ? uint256{} : detail::remainder(x, y);
}
constexpr uint512 operator/(const uint512& x, const uint256& y) noexcept {
    return divmod(x, y).quotient;
}
constexpr uint256 operator%(const uint512& x, const uint256& y) noexcept {
    return divmod(x, y).remainder;
}

/// x + y, unless that is 2^256 or more.
constexpr std::optional<uint256> checked_add(const uint256& x, const uint256& y) noexcept {
    uint256 sum;
    bool carry = false;
    for (std::size_t i = 0; i < 4; ++i)
        sum.limbs[i] = detail::add_with_carry(x.limbs[i], y.limbs[i], carry);
    if (carry) return std::nullopt;
    return sum;
}

/// x - y, unless y is the larger.
constexpr std::optional<uint256> checked_sub(const uint256& x, const uint256& y) noexcept {
    uint256 difference;
    bool borrow = false;
    for (std::size_t i = 0; i < 4; ++i)
        difference.limbs[i] = detail::sub_with_borrow(x.limbs[i], y.limbs[i], borrow);
    if (borrow) return std::nullopt;
    return difference;
}

/// x * y, unless that is 2^256 or more.
constexpr std::optional<uint256> checked_mul(const uint256& x, const uint256& y) noexcept {
    const auto product = umul(x, y);
    if (!product.high().is_zero()) return std::nullopt;
    return product.low();
}

namespace detail {

/// -x or x, without a branch.
constexpr uint256 negate_if(bool condition, const uint256& x) noexcept {
    const auto mask = -std::uint64_t{condition};
    const auto all = uint256::from_limbs(mask, mask, mask, mask);
    return (x ^ all) - all;
}

/// Squares and multiplies for each bit, for constant expressions.
constexpr uint256 exp_bitwise(uint256 base, const uint256& exponent) noexcept {
    uint256 result{1};
    const auto bits = exponent.bit_length();
    for (unsigned bit = 0; bit < bits; ++bit) {
        if ((exponent.limbs[bit / 64] >> bit % 64 & 1) != 0) result *= base;
        base *= base;
    }
    return result;
}

}  // namespace detail

// The EVM's instructions where they are not an operator (Yellow Paper appendix H). Signed means
// two's complement.

/// Signed division, truncated: SDIV. Zero when y is zero; -2^255 / -1 is -2^255.
constexpr uint256 sdiv(const uint256& x, const uint256& y) noexcept {
    const auto quotient =
        detail::negate_if(x.is_negative(), x) / detail::negate_if(y.is_negative(), y);
    return detail::negate_if(x.is_negative() != y.is_negative(), quotient);
}

/// The remainder of sdiv, with the sign of x: SMOD. Zero when y is zero.
constexpr uint256 smod(const uint256& x, const uint256& y) noexcept {
    const auto remainder =
        detail::negate_if(x.is_negative(), x) % detail::negate_if(y.is_negative(), y);
    return detail::negate_if(x.is_negative(), remainder);
}

/// (x + y) % modulus without wrapping: ADDMOD. Zero when modulus is zero.
constexpr uint256 addmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    if (modulus.is_zero()) return {};
    if consteval {
        const auto sum = x + y;
        return uint512::from_halves(sum, sum < x ? 1 : 0) % modulus;
    }
    return detail::addmod(x, y, modulus);
}

/// (x * y) % modulus without wrapping: MULMOD. Zero when modulus is zero.
constexpr uint256 mulmod(const uint256& x, const uint256& y, const uint256& modulus) noexcept {
    if (modulus.is_zero()) return {};
    if consteval {
        return umul(x, y) % modulus;
    }
    return detail::mulmod(x, y, modulus);
}

/// base to the power exponent: EXP. 0 to the power 0 is 1.
constexpr uint256 exp(const uint256& base, const uint256& exponent) noexcept {
    if consteval {
        return detail::exp_bitwise(base, exponent);
    }
    return detail::exp(base, exponent);
}

/// Signed x < y: SLT.
constexpr bool slt(const uint256& x, const uint256& y) noexcept {
    return (x < y) != (x.is_negative() != y.is_negative());
}
/// Signed x > y: SGT.
constexpr bool sgt(const uint256& x, const uint256& y) noexcept {
    return slt(y, x);
}

/// x << amount: SHL (EIP-145).
constexpr uint256 shl(const uint256& amount, const uint256& x) noexcept {
    return amount.fits_uint64() ? x << amount.limbs[0] : uint256{};
}
/// x >> amount: SHR (EIP-145).
constexpr uint256 shr(const uint256& amount, const uint256& x) noexcept {
    return amount.fits_uint64() ? x >> amount.limbs[0] : uint256{};
}
/// x >> amount with copies of the sign bit from the left: SAR (EIP-145).
constexpr uint256 sar(const uint256& amount, const uint256& x) noexcept {
    return x.is_negative() ? ~shr(amount, ~x) : shr(amount, x);
}

/// Byte `index` of x counted from the most significant: BYTE. Zero from 32 on.
constexpr uint256 byte_at(const uint256& index, const uint256& x) noexcept {
    if (!index.fits_uint64() || index.limbs[0] >= 32) return {};
    const auto from_right = 31 - index.limbs[0];
    return x.limbs[from_right / 8] >> 8 * (from_right % 8) & 0xff;
}

/// x with its byte `byte_index`, counted from the least significant, as the one that has the sign:
/// SIGNEXTEND. x itself from 31 on.
constexpr uint256 signextend(const uint256& byte_index, const uint256& x) noexcept {
    if (!byte_index.fits_uint64() || byte_index.limbs[0] >= 31) return x;
    const auto limb = byte_index.limbs[0] / 8;
    const auto unused = 56 - 8 * (byte_index.limbs[0] % 8);
    const auto extended = static_cast<std::int64_t>(x.limbs[limb] << unused) >> unused;
    const auto sign = static_cast<std::uint64_t>(extended >> 63);
    const auto chosen = static_cast<std::uint64_t>(extended);
    const auto [x0, x1, x2, x3] = x.limbs;
    return uint256::from_limbs(
        detail::choose(limb == 0, chosen, x0),
        detail::choose(limb > 1, x1, detail::choose(limb == 1, chosen, sign)),
        detail::choose(limb > 2, x2, detail::choose(limb == 2, chosen, sign)),
        detail::choose(limb == 3, chosen, sign));
}

/// The number of leading zero bits, 256 for zero: CLZ (EIP-7939).
constexpr std::uint64_t clz(const uint256& x) noexcept {
    return 256 - x.bit_length();
}

// Bytes, big-endian.

inline uint256 load_be32(const std::uint8_t* in) noexcept {
    std::array<std::uint64_t, 4> words;
    std::memcpy(words.data(), in, 32);
    return uint256::from_limbs(std::byteswap(words[3]), std::byteswap(words[2]),
                               std::byteswap(words[1]), std::byteswap(words[0]));
}
inline void store_be32(std::uint8_t* out, const uint256& x) noexcept {
    const std::array<std::uint64_t, 4> words{std::byteswap(x.limbs[3]), std::byteswap(x.limbs[2]),
                                             std::byteswap(x.limbs[1]), std::byteswap(x.limbs[0])};
    std::memcpy(out, words.data(), 32);
}

/// At most 32 bytes, which is the caller's to check.
uint256 uint256_from_be(ByteView bytes) noexcept;
/// Without leading zeros; no bytes for zero.
Bytes to_minimal_be(const uint256& x);

inline Hash32 to_hash32(const uint256& x) noexcept {
    Hash32 result;
    store_be32(result.data(), x);
    return result;
}
inline uint256 to_uint256(const Hash32& hash) noexcept {
    return load_be32(hash.data());
}

/// The low 20 bytes.
inline Address to_address(const uint256& x) noexcept {
    const auto word = to_hash32(x);
    Address result;
    std::memcpy(result.data(), word.data() + 12, 20);
    return result;
}
inline uint256 to_uint256(const Address& address) noexcept {
    Hash32 word;
    std::memcpy(word.data() + 12, address.data(), 20);
    return to_uint256(word);
}

// Text.

enum class ParseError : std::uint8_t {
    empty,           ///< No digits where one is needed.
    missing_prefix,  ///< No leading "0x".
    bad_digit,       ///< Not a digit of the number's base.
    leading_zero,    ///< A strict quantity starts with 0 and is not "0x0".
    too_large,       ///< 2^256 or more.
};

std::string_view to_string(ParseError error) noexcept;

/// A decimal number, or "0x" and at least one hexadecimal digit. Leading zeros are allowed.
std::expected<uint256, ParseError> parse_uint256(std::string_view text);
/// "0x" and any number of digits of either case, with leading zeros or not; "0x" is 0.
std::expected<uint256, ParseError> parse_hex_uint256(std::string_view text);
/// A quantity of the Ethereum JSON-RPC: "0x0", or "0x" and digits without a leading zero.
std::expected<uint256, ParseError> parse_quantity(std::string_view text);

/// Decimal.
std::string to_string(const uint256& x);
/// "0x1a": a quantity of the Ethereum JSON-RPC.
std::string to_quantity(const uint256& x);

namespace literals {

/// 1000000007_u256 or 0xffff_u256, checked by the compiler. Digits may be separated with '.
consteval uint256 operator""_u256(const char* text) {
    std::string_view digits{text};
    const bool hex = digits.starts_with("0x");
    if (hex) digits.remove_prefix(2);
    uint256 result;
    for (const char digit : digits) {
        if (digit == '\'') continue;
        const auto value = hex_digit_value(digit);
        if (value >= (hex ? 16 : 10)) throw "a digit";
        const auto shifted = checked_mul(result, hex ? 16 : 10);
        const auto next = shifted ? checked_add(*shifted, value) : std::nullopt;
        if (!next) throw "less than 2^256";
        result = *next;
    }
    return result;
}

}  // namespace literals
}  // namespace meta138

/// Outsiders choose storage slots, so every limb goes through a multiplication.
template <>
struct std::hash<meta138::uint256> {
    std::size_t operator()(const meta138::uint256& key) const noexcept {
        std::uint64_t state = 0x9e3779b97f4a7c15;
        for (const auto limb : key.limbs) {
            const auto product = meta138::detail::uint128{state ^ limb} * 0xd6e8feb86659fd93;
            state = static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
        }
        return state;
    }
};
