// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modular_inverse.hpp"

#include "meta138/base/assert.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// Arithmetic in prime fields of a few 64-bit limbs, least significant limb first. Variable time:
/// everything here is public data (precompiles, verification), never a secret key.
namespace meta138::crypto {

__extension__ using uint128 = unsigned __int128;

/// The limbs of a hexadecimal number ("0x…"), checked by the compiler.
template <std::size_t N>
consteval std::array<std::uint64_t, N> limbs_from_hex(std::string_view text) {
    if (!text.starts_with("0x")) throw "0x first";
    text.remove_prefix(2);
    std::array<std::uint64_t, N> result{};
    for (const char digit : text) {
        if (result[N - 1] >> 60 != 0) throw "more digits than limbs hold";
        const int value = digit >= '0' && digit <= '9'   ? digit - '0'
                          : digit >= 'a' && digit <= 'f' ? digit - 'a' + 10
                                                         : throw "a lower-case hexadecimal digit";
        for (std::size_t i = N; i-- > 1;) result[i] = result[i] << 4 | result[i - 1] >> 60;
        result[0] = result[0] << 4 | static_cast<std::uint64_t>(value);
    }
    return result;
}

namespace limbs {

/// sum = a + b + carry; returns the carry out.
[[gnu::always_inline]] constexpr unsigned char add_carry(unsigned char carry, std::uint64_t a,
                                                         std::uint64_t b, std::uint64_t& sum) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long out = 0;  // NOLINT: the intrinsic's type
        const auto result = _addcarry_u64(carry, a, b, &out);
        sum = out;
        return result;
    }
#endif
    const uint128 wide = uint128{a} + b + carry;
    sum = static_cast<std::uint64_t>(wide);
    return static_cast<unsigned char>(wide >> 64);
}

/// difference = a - b - borrow; returns the borrow out.
[[gnu::always_inline]] constexpr unsigned char sub_borrow(unsigned char borrow, std::uint64_t a,
                                                          std::uint64_t b,
                                                          std::uint64_t& difference) {
#if defined(__x86_64__)
    if (!std::is_constant_evaluated()) {
        unsigned long long out = 0;  // NOLINT: the intrinsic's type
        const auto result = _subborrow_u64(borrow, a, b, &out);
        difference = out;
        return result;
    }
#endif
    const uint128 wide = uint128{a} - b - borrow;
    difference = static_cast<std::uint64_t>(wide);
    return static_cast<unsigned char>((wide >> 64) & 1);
}

template <std::size_t N>
[[gnu::always_inline]] constexpr unsigned char add(std::array<std::uint64_t, N>& sum,
                                                   const std::array<std::uint64_t, N>& a,
                                                   const std::array<std::uint64_t, N>& b) {
    unsigned char carry = 0;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < N; ++i) carry = add_carry(carry, a[i], b[i], sum[i]);
    return carry;
}

template <std::size_t N>
[[gnu::always_inline]] constexpr unsigned char sub(std::array<std::uint64_t, N>& difference,
                                                   const std::array<std::uint64_t, N>& a,
                                                   const std::array<std::uint64_t, N>& b) {
    unsigned char borrow = 0;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < N; ++i) borrow = sub_borrow(borrow, a[i], b[i], difference[i]);
    return borrow;
}

template <std::size_t N>
constexpr bool less(const std::array<std::uint64_t, N>& a, const std::array<std::uint64_t, N>& b) {
    std::array<std::uint64_t, N> ignored;
    return sub(ignored, a, b) != 0;
}

/// value - modulus when that is not negative, else value.
template <std::size_t N>
[[gnu::always_inline]] constexpr std::array<std::uint64_t, N> reduce_once(
    const std::array<std::uint64_t, N>& value, const std::array<std::uint64_t, N>& modulus) {
    std::array<std::uint64_t, N> reduced;
    const bool negative = sub(reduced, value, modulus) != 0;
    std::array<std::uint64_t, N> result;
#pragma GCC unroll 16
    for (std::size_t i = 0; i < N; ++i) result[i] = negative ? value[i] : reduced[i];
    return result;
}

}  // namespace limbs

/// An element of the integers modulo the odd prime Params::modulus, a
/// `static constexpr std::array<std::uint64_t, N>` whose highest limb is below 2^63 - 1.
/// Held in Montgomery form (value * 2^(64 N) mod p), always below p, so that equal elements have
/// equal limbs.
template <typename Params>
class MontgomeryField {
public:
    static constexpr std::size_t limb_count = Params::modulus.size();
    static constexpr std::size_t byte_count = limb_count * 8;
    using Limbs = std::array<std::uint64_t, limb_count>;
    static constexpr Limbs modulus = Params::modulus;

    /// Zero.
    constexpr MontgomeryField() = default;

    static constexpr MontgomeryField zero() { return {}; }
    static constexpr MontgomeryField one() { return MontgomeryField{r}; }

    /// `canonical` must be below the modulus.
    static constexpr MontgomeryField from_limbs(const Limbs& canonical) {
        return MontgomeryField{multiply(canonical, r_squared)};
    }
    static constexpr MontgomeryField from_uint64(std::uint64_t value) {
        return from_limbs(Limbs{value});
    }
    /// Of a constant written as "0x…".
    static consteval MontgomeryField from_hex(std::string_view text) {
        const auto canonical = limbs_from_hex<limb_count>(text);
        if (!limbs::less(canonical, modulus)) throw "not below the modulus";
        return from_limbs(canonical);
    }
    /// Limbs that already are in Montgomery form, below the modulus.
    static constexpr MontgomeryField from_montgomery_limbs(const Limbs& montgomery) {
        return MontgomeryField{montgomery};
    }
    /// Big-endian; nothing when the number is not below the modulus.
    static constexpr std::optional<MontgomeryField> from_be_bytes(
        std::span<const std::uint8_t, byte_count> bytes) {
        Limbs canonical{};
        for (std::size_t i = 0; i < byte_count; ++i) {
            auto& limb = canonical[limb_count - 1 - i / 8];
            limb = limb << 8 | bytes[i];
        }
        if (!limbs::less(canonical, modulus)) return std::nullopt;
        return from_limbs(canonical);
    }

    /// The canonical number, below the modulus.
    [[nodiscard]] constexpr Limbs to_limbs() const { return multiply(limbs_, Limbs{1}); }
    [[nodiscard]] constexpr const Limbs& montgomery_limbs() const { return limbs_; }
    [[nodiscard]] constexpr std::array<std::uint8_t, byte_count> to_be_bytes() const {
        const Limbs canonical = to_limbs();
        std::array<std::uint8_t, byte_count> bytes{};
        for (std::size_t i = 0; i < byte_count; ++i)
            bytes[byte_count - 1 - i] =
                static_cast<std::uint8_t>(canonical[i / 8] >> (8 * (i % 8)));
        return bytes;
    }

    [[nodiscard]] constexpr bool is_zero() const {
        std::uint64_t any = 0;
        for (const auto limb : limbs_) any |= limb;
        return any == 0;
    }
    friend constexpr bool operator==(const MontgomeryField& a, const MontgomeryField& b) {
        std::uint64_t difference = 0;
        for (std::size_t i = 0; i < limb_count; ++i) difference |= a.limbs_[i] ^ b.limbs_[i];
        return difference == 0;
    }

    [[gnu::always_inline]] friend constexpr MontgomeryField operator+(const MontgomeryField& a,
                                                                      const MontgomeryField& b) {
        Limbs sum;
        limbs::add(sum, a.limbs_, b.limbs_);  // No carry out: the modulus has a spare bit.
        return MontgomeryField{limbs::reduce_once(sum, modulus)};
    }
    [[gnu::always_inline]] friend constexpr MontgomeryField operator-(const MontgomeryField& a,
                                                                      const MontgomeryField& b) {
        Limbs difference;
        const bool negative = limbs::sub(difference, a.limbs_, b.limbs_) != 0;
        const std::uint64_t mask = negative ? ~std::uint64_t{0} : 0;
        Limbs addend;
        for (std::size_t i = 0; i < limb_count; ++i) addend[i] = modulus[i] & mask;
        limbs::add(difference, difference, addend);
        return MontgomeryField{difference};
    }
    [[gnu::always_inline]] friend constexpr MontgomeryField operator*(const MontgomeryField& a,
                                                                      const MontgomeryField& b) {
        return MontgomeryField{multiply(a.limbs_, b.limbs_)};
    }
    constexpr MontgomeryField operator-() const { return zero() - *this; }
    constexpr MontgomeryField& operator+=(const MontgomeryField& b) { return *this = *this + b; }
    constexpr MontgomeryField& operator-=(const MontgomeryField& b) { return *this = *this - b; }
    constexpr MontgomeryField& operator*=(const MontgomeryField& b) { return *this = *this * b; }

    [[nodiscard]] constexpr MontgomeryField twice() const { return *this + *this; }
    [[nodiscard]] constexpr MontgomeryField half() const {
        const std::uint64_t mask = (limbs_[0] & 1) != 0 ? ~std::uint64_t{0} : 0;
        Limbs addend;
        for (std::size_t i = 0; i < limb_count; ++i) addend[i] = modulus[i] & mask;
        Limbs even;
        limbs::add(even, limbs_, addend);
        Limbs result;
        for (std::size_t i = 0; i + 1 < limb_count; ++i)
            result[i] = even[i] >> 1 | even[i + 1] << 63;
        result[limb_count - 1] = even[limb_count - 1] >> 1;
        return MontgomeryField{result};
    }
    [[nodiscard]] constexpr MontgomeryField square() const {
        return MontgomeryField{multiply(limbs_, limbs_)};
    }

    /// To the power of a number, least significant limb first.
    [[nodiscard]] constexpr MontgomeryField pow(std::span<const std::uint64_t> exponent) const {
        std::array<MontgomeryField, 16> powers{one()};
        for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * *this;
        auto result = one();
        bool started = false;
        for (std::size_t i = exponent.size(); i-- > 0;) {
            for (int shift = 60; shift >= 0; shift -= 4) {
                if (started) result = result.square().square().square().square();
                const auto digit = exponent[i] >> shift & 15;
                if (digit == 0) continue;
                result = started ? result * powers[digit] : powers[digit];
                started = true;
            }
        }
        return result;
    }

    /// 1/x, and 0 for 0.
    [[nodiscard]] constexpr MontgomeryField inverse() const {
        // (R^2) / (x R) = R / x: the Montgomery form of the inverse.
        return MontgomeryField{divsteps::divide(r_squared, limbs_, modulus, 0 - negative_inverse)};
    }

    /// A square root, when there is one. For p = 3 mod 4 only.
    [[nodiscard]] constexpr std::optional<MontgomeryField> sqrt() const
        requires(Params::modulus[0] % 4 == 3)
    {
        const auto root = pow(square_root_exponent);
        if (root.square() != *this) return std::nullopt;
        return root;
    }

private:
    static_assert(limb_count >= 2 && modulus[0] % 2 == 1);
    static_assert(modulus[limb_count - 1] < 0x7fff'ffff'ffff'ffff,
                  "the multiplication needs a spare bit in the highest limb");

    explicit constexpr MontgomeryField(const Limbs& montgomery) : limbs_{montgomery} {}

    /// 2^bits mod p.
    static consteval Limbs power_of_two(std::size_t bits) {
        Limbs value{1};
        for (std::size_t i = 0; i < bits; ++i) {
            Limbs doubled;
            limbs::add(doubled, value, value);
            value = limbs::reduce_once(doubled, modulus);
        }
        return value;
    }
    /// 1/p mod 2^64 by Newton's iteration.
    static consteval std::uint64_t modulus_inverse() {
        std::uint64_t inverse = 1;
        for (int i = 0; i < 6; ++i) inverse *= 2 - modulus[0] * inverse;
        return inverse;
    }
    /// (p + 1)/4.
    static consteval Limbs root_exponent() {
        Limbs value{};
        limbs::add(value, modulus, Limbs{1});
        for (int shift = 0; shift < 2; ++shift) {
            for (std::size_t i = 0; i + 1 < limb_count; ++i)
                value[i] = value[i] >> 1 | value[i + 1] << 63;
            value[limb_count - 1] >>= 1;
        }
        return value;
    }

    static constexpr Limbs r = power_of_two(64 * limb_count);
    static constexpr Limbs r_squared = power_of_two(2 * 64 * limb_count);
    static constexpr std::uint64_t negative_inverse = 0 - modulus_inverse();
    static constexpr Limbs square_root_exponent = root_exponent();

    /// Whether the parameters bring a multiplication of their own: assembly.
    static constexpr bool has_own_multiply =
        requires(Limbs& out, const Limbs& a) { Params::multiply(out, a, a); };

    /// a b / 2^(64 N) mod p: coarsely integrated operand scanning (Koç, Acar, Kaliski 1996),
    /// without the last carry word, which the spare bit of the modulus makes zero (Botrel, El
    /// Housni 2022/1400).
    [[gnu::always_inline]] static constexpr Limbs multiply(const Limbs& a, const Limbs& b) {
        Limbs t{};
        if constexpr (has_own_multiply) {
            if (!std::is_constant_evaluated()) {
                Params::multiply(t, a, b);
                return t;
            }
        }
#pragma GCC unroll 16
        for (std::size_t i = 0; i < limb_count; ++i) {
            uint128 product = uint128{a[0]} * b[i] + t[0];
            auto carry = static_cast<std::uint64_t>(product >> 64);
            const auto low = static_cast<std::uint64_t>(product);
            const std::uint64_t m = low * negative_inverse;
            uint128 reduction = uint128{m} * modulus[0] + low;
            auto reduction_carry = static_cast<std::uint64_t>(reduction >> 64);
#pragma GCC unroll 16
            for (std::size_t j = 1; j < limb_count; ++j) {
                product = uint128{a[j]} * b[i] + t[j] + carry;
                carry = static_cast<std::uint64_t>(product >> 64);
                reduction =
                    uint128{m} * modulus[j] + static_cast<std::uint64_t>(product) + reduction_carry;
                reduction_carry = static_cast<std::uint64_t>(reduction >> 64);
                t[j - 1] = static_cast<std::uint64_t>(reduction);
            }
            t[limb_count - 1] = carry + reduction_carry;
        }
        return limbs::reduce_once(t, modulus);
    }

    Limbs limbs_{};
};

/// Replaces every element by its inverse with one inversion (Montgomery's trick); zeros stay zero.
/// `scratch` must be as long as `elements`.
template <typename Field>
constexpr void invert_all(std::span<Field> elements, std::span<Field> scratch) {
    META138_ASSERT(scratch.size() >= elements.size());
    auto product = Field::one();
    for (std::size_t i = 0; i < elements.size(); ++i) {
        scratch[i] = product;
        if (!elements[i].is_zero()) product = product * elements[i];
    }
    auto inverse = product.inverse();
    for (std::size_t i = elements.size(); i-- > 0;) {
        if (elements[i].is_zero()) continue;
        const auto next = inverse * elements[i];
        elements[i] = inverse * scratch[i];
        inverse = next;
    }
}

}  // namespace meta138::crypto
