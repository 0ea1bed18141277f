// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/assert.hpp"
#include "meta138/base/uint256.hpp"

#include <algorithm>

namespace meta138 {
namespace {

constexpr std::string_view prefix = "0x";

std::expected<uint256, ParseError> parse_hex_digits(std::string_view digits) {
    digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
    uint256 result;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        const auto value = hex_digit_value(digits[i]);
        if (value > 15) return std::unexpected{ParseError::bad_digit};
        if (i >= 64) return std::unexpected{ParseError::too_large};
        result = result << 4 | value;
    }
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
    if (reversed.empty()) reversed = "0";
    std::ranges::reverse(reversed);
    return reversed;
}

std::string to_quantity(const uint256& x) {
    const auto digits = to_hex_digits(to_hash32(x).bytes);
    const auto first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
    return std::string{prefix} + digits.substr(first);
}

uint256 uint256_from_be(ByteView bytes) noexcept {
    META138_ASSERT(bytes.size() <= 32);
    Hash32 word;
    std::ranges::copy(bytes, word.end() - static_cast<std::ptrdiff_t>(bytes.size()));
    return to_uint256(word);
}

Bytes to_minimal_be(const uint256& x) {
    const auto word = to_hash32(x);
    return {word.end() - x.byte_length(), word.end()};
}

}  // namespace meta138
