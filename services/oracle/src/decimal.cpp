// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/decimal.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace meta138::oracle {

namespace {

using Mantissa = Decimal::Mantissa;

constexpr auto powers_of_ten = [] {
    std::array<uint256, 78> result;  // 10^77 is the largest below 2^256
    result[0] = 1;
    for (std::size_t i = 1; i < result.size(); ++i) {
        const auto& x = result[i - 1];
        result[i] = (x << 3) + (x << 1);
    }
    return result;
}();

uint256 power_of_ten(int exponent) {
    META138_ASSERT(exponent >= 0 && exponent < static_cast<int>(powers_of_ten.size()));
    return powers_of_ten[static_cast<std::size_t>(exponent)];
}

uint256 widen(Mantissa x) {
    return uint256::from_limbs(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(x >> 64),
                               0, 0);
}

/// The low 128 bits.
Mantissa narrow(const uint256& x) {
    return Mantissa{x.limbs[1]} << 64 | x.limbs[0];
}

/// The largest value of 38 digits, and one more.
const uint256 mantissa_bound = powers_of_ten[Decimal::max_digits];

/// floor(x / y + 1/2)
uint256 divide_half_up(const uint256& x, const uint256& y) {
    const auto [quotient, remainder] = divmod(x, y);
    return remainder >= y - remainder ? quotient + 1 : quotient;
}

bool is_shorter(const uint512& x, const uint256& bound) {
    return x.high().is_zero() && x.low() < bound;
}

constexpr uint256 largest_answer = (uint256{1} << 191) - 1;

}  // namespace

std::string_view to_string(DecimalError error) noexcept {
    switch (error) {
        case DecimalError::empty: return "no number";
        case DecimalError::bad_digit: return "not a decimal number";
        case DecimalError::negative: return "negative";
        case DecimalError::too_many_digits: return "more than 38 digits";
        case DecimalError::out_of_range: return "too large or too small a number";
    }
    return "unknown";
}

/// The shortest form of wide * 10^exponent, rounded to 38 digits. At most 115 digits.
std::expected<Decimal, DecimalError> make_decimal(const uint512& wide, int exponent) {
    // Rounding once: all digits that go are cut in one division.
    const unsigned bits =
        wide.high().is_zero() ? wide.low().bit_length() : 256 + wide.high().bit_length();
    // From its bits a number has this many digits (less than log10(2) each), or one more.
    const int least_digits = static_cast<int>(bits * 30102U / 100000U);
    int cut = std::max(least_digits - Decimal::max_digits, 0);
    while (!is_shorter(wide / power_of_ten(cut), mantissa_bound)) ++cut;
    uint256 digits = (wide / power_of_ten(cut)).low();
    if (cut > 0) {
        const uint256 rest = wide % power_of_ten(cut);
        if (rest >= power_of_ten(cut) - rest) digits = digits + 1;
    }
    exponent += cut;
    if (digits.is_zero()) return Decimal{};
    while (true) {
        const auto [quotient, remainder] = divmod(digits, uint256{10});
        if (!remainder.is_zero()) break;
        digits = quotient;
        ++exponent;
    }
    if (exponent < -Decimal::max_exponent || exponent > Decimal::max_exponent)
        return std::unexpected{DecimalError::out_of_range};
    return Decimal{narrow(digits), exponent};
}

Decimal Decimal::from(std::uint64_t mantissa, int exponent) {
    const auto result = make_decimal(uint512::from_halves(mantissa, 0), exponent);
    META138_ASSERT(result.has_value());
    return *result;
}

std::strong_ordering operator<=>(const Decimal& x, const Decimal& y) noexcept {
    if (x.is_zero() || y.is_zero()) return !x.is_zero() <=> !y.is_zero();
    if (x.exponent_ == y.exponent_) return x.mantissa_ <=> y.mantissa_;
    if (x.exponent_ < y.exponent_) return 0 <=> (y <=> x);
    // 10^39 exceeds every mantissa.
    const int shift = x.exponent_ - y.exponent_;
    if (shift > Decimal::max_digits) return std::strong_ordering::greater;
    return widen(x.mantissa_) * power_of_ten(shift) <=> widen(y.mantissa_);
}

std::expected<Decimal, DecimalError> parse_decimal(std::string_view text) {
    if (text.empty()) return std::unexpected{DecimalError::empty};
    if (text.front() == '-') return std::unexpected{DecimalError::negative};
    Mantissa mantissa = 0;
    int digits = 0;         // that matter so far
    int pending_zeros = 0;  // after them
    int exponent = 0;
    bool has_digit = false;
    bool after_point = false;
    std::size_t at = 0;
    // Exponents stay small numbers however long the text is.
    constexpr int far = 10 * Decimal::max_exponent;
    for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
        const char c = text[at];
        if (c == '.' && !after_point) {
            after_point = true;
            continue;
        }
        if (c < '0' || c > '9') return std::unexpected{DecimalError::bad_digit};
        has_digit = true;
        if (after_point) exponent = std::max(exponent - 1, -far);
        if (c == '0') {
            if (digits > 0) pending_zeros = std::min(pending_zeros + 1, far);
            continue;
        }
        if (digits + pending_zeros >= Decimal::max_digits)
            return std::unexpected{DecimalError::too_many_digits};
        for (; pending_zeros > 0; --pending_zeros, ++digits) mantissa *= 10;
        mantissa = mantissa * 10 + static_cast<unsigned>(c - '0');
        ++digits;
    }
    if (!has_digit) return std::unexpected{DecimalError::bad_digit};
    if (at < text.size()) {
        ++at;
        const bool is_negative = at < text.size() && text[at] == '-';
        if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
        if (at == text.size()) return std::unexpected{DecimalError::bad_digit};
        int value = 0;
        for (; at < text.size(); ++at) {
            if (text[at] < '0' || text[at] > '9') return std::unexpected{DecimalError::bad_digit};
            value = std::min(value * 10 + (text[at] - '0'), 2 * far);
        }
        exponent += is_negative ? -value : value;
    }
    if (mantissa == 0) return Decimal{};
    return make_decimal(uint512::from_halves(widen(mantissa), 0), exponent + pending_zeros);
}

std::string to_string(const Decimal& x) {
    std::string digits = to_string(widen(x.mantissa()));
    const int exponent = x.exponent();
    constexpr int plain = 24;  // zeros that a person may be asked to count
    if (exponent > plain || exponent < -(plain + Decimal::max_digits))
        return digits + 'e' + std::to_string(exponent);
    if (exponent >= 0) return digits.append(static_cast<std::size_t>(exponent), '0');
    const auto fraction = static_cast<std::size_t>(-exponent);
    if (digits.size() <= fraction) digits.insert(0, fraction + 1 - digits.size(), '0');
    digits.insert(digits.size() - fraction, 1, '.');
    return digits;
}

std::expected<Decimal, DecimalError> multiply(const Decimal& x, const Decimal& y) {
    return make_decimal(umul(widen(x.mantissa()), widen(y.mantissa())),
                        x.exponent() + y.exponent());
}

std::expected<Decimal, DecimalError> divide(const Decimal& x, const Decimal& y) {
    META138_ASSERT(!y.is_zero());
    // 77 more digits than x has: at least 39 of the quotient are exact, and the rest only decides a
    // tie, for which a remainder counts as one more digit.
    constexpr int more = 77;
    const uint512 numerator = umul(widen(x.mantissa()), power_of_ten(more));
    const uint256 denominator = widen(y.mantissa());
    const uint512 quotient = numerator / denominator;
    return make_decimal(quotient, x.exponent() - y.exponent() - more);
}

std::expected<Decimal, DecimalError> midpoint(const Decimal& x, const Decimal& y) {
    const auto& larger = x.exponent() > y.exponent() ? x : y;
    const auto& smaller = x.exponent() > y.exponent() ? y : x;
    if (x.is_zero() || y.is_zero() || larger.exponent() - smaller.exponent() > 60) {
        // The smaller one may be below the last digit of the larger one.
        return multiply(std::max(x, y), Decimal::from(5, -1));
    }
    const uint512 scaled =
        umul(widen(larger.mantissa()), power_of_ten(larger.exponent() - smaller.exponent()));
    const auto low = scaled.low() + widen(smaller.mantissa());
    const auto carry = low < scaled.low() ? scaled.high() + 1 : scaled.high();
    // Half of it is five tenths of it.
    const uint512 five_low = umul(low, 5);
    const uint512 sum = uint512::from_halves(five_low.low(), carry * 5 + five_low.high());
    return make_decimal(sum, smaller.exponent() - 1);
}

std::string to_string(Ratio ratio) {
    return to_string(Decimal::from(ratio.ppb, -7)) + '%';
}

Ratio deviation(const Decimal& x, const Decimal& reference) noexcept {
    constexpr Ratio largest{~std::uint64_t{0}};
    if (x == reference) return {};
    if (reference.is_zero()) return largest;
    const int shift = x.exponent() - reference.exponent();
    if (shift > Decimal::max_digits && !x.is_zero()) return largest;
    if (shift < -Decimal::max_digits || x.is_zero()) return {Ratio::one};
    const auto a = widen(x.mantissa()) * power_of_ten(std::max(shift, 0));
    const auto b = widen(reference.mantissa()) * power_of_ten(std::max(-shift, 0));
    const auto difference = a > b ? a - b : b - a;
    const uint512 share = umul(difference, Ratio::one) / b;
    if (!share.high().is_zero() || !share.low().fits_uint64()) return largest;
    return {share.low().low64()};
}

std::optional<uint256> to_answer(const Decimal& price, unsigned decimals) noexcept {
    META138_ASSERT(decimals <= 36);
    if (price.is_zero()) return std::nullopt;
    const int shift = price.exponent() + static_cast<int>(decimals);
    uint256 answer;
    if (shift >= 0) {
        if (shift > 58) return std::nullopt;  // 10^58 > 2^191
        const auto wide = umul(widen(price.mantissa()), power_of_ten(shift));
        if (!wide.high().is_zero()) return std::nullopt;
        answer = wide.low();
    } else {
        if (shift < -Decimal::max_digits - 1) return std::nullopt;
        answer = divide_half_up(widen(price.mantissa()), power_of_ten(-shift));
    }
    if (answer.is_zero() || answer > largest_answer) return std::nullopt;
    return answer;
}

std::optional<Decimal> from_answer(const uint256& answer, unsigned decimals) noexcept {
    META138_ASSERT(decimals <= 36);
    if (answer.is_zero() || answer > largest_answer) return std::nullopt;
    const auto price = make_decimal(uint512::from_halves(answer, 0), -static_cast<int>(decimals));
    if (!price) return std::nullopt;
    return *price;
}

}  // namespace meta138::oracle
