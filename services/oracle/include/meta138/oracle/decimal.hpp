// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::oracle {

enum class DecimalError : std::uint8_t {
    empty,            ///< No text at all.
    bad_digit,        ///< Not a decimal number: spaces, signs, NaN, hexadecimal digits.
    negative,         ///< A minus sign: prices are positive.
    too_many_digits,  ///< More than Decimal::max_digits digits that matter.
    out_of_range,     ///< An exponent beyond Decimal::max_exponent, or a result that is.
};

[[nodiscard]] std::string_view to_string(DecimalError error) noexcept;

/// A decimal number that is not negative: mantissa * 10^exponent, exactly. What prices are in; no
/// floating point takes part in a decision. Always in its shortest form (no zeros at the end of the
/// mantissa; zero is 0 * 10^0), so equal numbers have equal members.
class Decimal {
public:
    __extension__ using Mantissa = unsigned __int128;
    static constexpr int max_digits = 38;
    static constexpr int max_exponent = 100;

    constexpr Decimal() noexcept = default;
    /// mantissa * 10^exponent. What has more than 38 digits is rounded to them, half up.
    /// `exponent` must be within +-max_exponent.
    [[nodiscard]] static Decimal from(std::uint64_t mantissa, int exponent = 0);

    [[nodiscard]] Mantissa mantissa() const noexcept { return mantissa_; }
    [[nodiscard]] int exponent() const noexcept { return exponent_; }
    [[nodiscard]] bool is_zero() const noexcept { return mantissa_ == 0; }

    friend bool operator==(const Decimal&, const Decimal&) noexcept = default;
    friend std::strong_ordering operator<=>(const Decimal& x, const Decimal& y) noexcept;

private:
    friend std::expected<Decimal, DecimalError> make_decimal(const uint512& mantissa, int exponent);
    constexpr Decimal(Mantissa mantissa, int exponent) noexcept
        : mantissa_{mantissa}, exponent_{exponent} {}

    Mantissa mantissa_ = 0;
    int exponent_ = 0;
};

/// `63012.34`, `0.5`, `.5`, `6.3e4`: digits, a point, an exponent; leading and trailing zeros are
/// allowed. Exact, or refused.
[[nodiscard]] std::expected<Decimal, DecimalError> parse_decimal(std::string_view text);
/// Without an exponent: `63012.34`; what is very large or small as `1e-40`.
[[nodiscard]] std::string to_string(const Decimal& x);

// Exact where 38 digits hold the result, else rounded to 38 digits, half up.
[[nodiscard]] std::expected<Decimal, DecimalError> multiply(const Decimal& x, const Decimal& y);
/// `y` must not be zero.
[[nodiscard]] std::expected<Decimal, DecimalError> divide(const Decimal& x, const Decimal& y);
/// Half way between the two.
[[nodiscard]] std::expected<Decimal, DecimalError> midpoint(const Decimal& x, const Decimal& y);

/// A share of something, in parts per billion: 0.5 % is 5'000'000.
struct Ratio {
    std::uint64_t ppb = 0;
    static constexpr std::uint64_t one = 1'000'000'000;

    friend auto operator<=>(const Ratio&, const Ratio&) noexcept = default;
};
/// `0.5%`, with as many digits as it needs.
[[nodiscard]] std::string to_string(Ratio ratio);

/// |x - reference| / reference, rounded down; the largest Ratio if the reference is zero and x is
/// not, or if it does not fit.
[[nodiscard]] Ratio deviation(const Decimal& x, const Decimal& reference) noexcept;

/// An answer of a feed with this many decimals (at most 36), as the word of an int256: rounded half
/// up. Absent when it is zero or above 2^191 - 1, which no feed can store.
[[nodiscard]] std::optional<uint256> to_answer(const Decimal& price, unsigned decimals) noexcept;
/// The price that a feed's answer means. Absent when it is negative, zero or above 2^191 - 1.
[[nodiscard]] std::optional<Decimal> from_answer(const uint256& answer, unsigned decimals) noexcept;

}  // namespace meta138::oracle
