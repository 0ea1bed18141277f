// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

#include <algorithm>
#include <array>

namespace meta138 {
namespace {

constexpr std::string_view prefix = "0x";

/// hex_digit_value of every character: a table takes a third of the time.
constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    for (std::size_t c = 0; c < values.size(); ++c)
        values[c] = hex_digit_value(static_cast<char>(c));
    return values;
}();

bool is_hex_digit(char digit) {
    return hex_digit_value(digit) <= 15;
}

std::expected<uint256, ParseError> parse_hex_digits(std::string_view digits) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    if (digits.size() > 64) {
        return std::unexpected{std::ranges::all_of(digits, is_hex_digit) ? ParseError::too_large
                                                                         : ParseError::bad_digit};
    }
    uint256 result;
    std::uint8_t seen = 0;
    for (auto& limb : result.limbs) {
        const auto count = std::min<std::size_t>(digits.size(), 16);
        for (const char digit : digits.substr(digits.size() - count)) {
            const auto value = digit_values[static_cast<unsigned char>(digit)];
            seen |= value;
            limb = limb << 4 | (value & 15U);
        }
        digits.remove_suffix(count);
    }
    if (seen > 15) return std::unexpected{ParseError::bad_digit};
    return result;
}

std::expected<uint256, ParseError> parse_decimal_digits(std::string_view digits) {
    uint256 result;
    for (const char digit : digits) {
        if (digit < '0' || digit > '9') return std::unexpected{ParseError::bad_digit};
        const auto shifted = checked_mul(result, 10);
        const auto next =
            shifted ? checked_add(*shifted, static_cast<std::uint64_t>(digit - '0')) : std::nullopt;
        if (!next) return std::unexpected{ParseError::too_large};
        result = *next;
    }
    return result;
}

}  // namespace

std::string_view to_string(ParseError error) noexcept {
    switch (error) {
        case ParseError::empty: return "no digits";
        case ParseError::missing_prefix: return "no 0x in front";
        case ParseError::bad_digit: return "not a digit";
        case ParseError::leading_zero: return "a leading zero";
        case ParseError::too_large: return "more than 256 bits";
    }
    return {};
}

std::expected<uint256, ParseError> parse_uint256(std::string_view text) {
    if (text.starts_with(prefix)) {
        text.remove_prefix(prefix.size());
        if (text.empty()) return std::unexpected{ParseError::empty};
        return parse_hex_digits(text);
    }
    if (text.empty()) return std::unexpected{ParseError::empty};
    return parse_decimal_digits(text);
}

std::expected<uint256, ParseError> parse_hex_uint256(std::string_view text) {
    if (!text.starts_with(prefix)) return std::unexpected{ParseError::missing_prefix};
    return parse_hex_digits(text.substr(prefix.size()));
}

std::expected<uint256, ParseError> parse_quantity(std::string_view text) {
    if (!text.starts_with(prefix)) return std::unexpected{ParseError::missing_prefix};
    text.remove_prefix(prefix.size());
    if (text.empty()) return std::unexpected{ParseError::empty};
    if (text.front() == '0' && text.size() > 1) return std::unexpected{ParseError::leading_zero};
    return parse_hex_digits(text);
}

std::string to_string(const uint256& x) {
    // 19 decimal digits at a time: 10^19 is the largest power of ten in 64 bits.
    static constexpr std::uint64_t chunk = 10'000'000'000'000'000'000U;
    std::string reversed;
    reversed.reserve(78);
    auto rest = x;
    do {
        const auto [quotient, remainder] = divmod(rest, chunk);
        auto digits = remainder.low64();
        for (int i = 0; i < 19 && (digits != 0 || !quotient.is_zero()); ++i, digits /= 10)
            reversed += static_cast<char>('0' + digits % 10);
        rest = quotient;
    } while (!rest.is_zero());
    if (reversed.empty()) reversed += '0';
    std::ranges::reverse(reversed);
    return reversed;
}

std::string to_quantity(const uint256& x) {
    const auto count = std::max((x.bit_length() + 3) / 4, 1U);
    std::string result{prefix};
    result.reserve(prefix.size() + count);
    for (auto i = count; i-- > 0;)
        result += "0123456789abcdef"[x.limbs[i / 16] >> 4 * (i % 16) & 15];
    return result;
}

}  // namespace meta138
