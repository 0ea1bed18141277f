// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"

namespace meta138 {
namespace {

constexpr std::string_view prefix = "0x";

void append_digits(std::string& out, ByteView bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    for (const auto byte : bytes) {
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
}

std::expected<void, HexError> decode_digits(std::string_view digits, std::uint8_t* out) {
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const auto high = hex_digit_value(digits[i]);
        const auto low = hex_digit_value(digits[i + 1]);
        if (high > 15 || low > 15) return std::unexpected{HexError::bad_digit};
        out[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return {};
}

}  // namespace

std::string_view to_string(HexError error) noexcept {
    switch (error) {
        case HexError::missing_prefix: return "no 0x in front";
        case HexError::odd_length: return "an odd number of digits";
        case HexError::bad_digit: return "not a hexadecimal digit";
        case HexError::wrong_length: return "the wrong number of digits";
    }
    return {};
}

std::string to_hex(ByteView bytes) {
    std::string result{prefix};
    result.reserve(prefix.size() + 2 * bytes.size());
    append_digits(result, bytes);
    return result;
}

std::string to_hex_digits(ByteView bytes) {
    std::string result;
    result.reserve(2 * bytes.size());
    append_digits(result, bytes);
    return result;
}

std::expected<Bytes, HexError> decode_hex(std::string_view text) {
    if (!text.starts_with(prefix)) return std::unexpected{HexError::missing_prefix};
    return decode_hex_digits(text.substr(prefix.size()));
}

std::expected<Bytes, HexError> decode_hex_digits(std::string_view digits) {
    if (digits.size() % 2 != 0) return std::unexpected{HexError::odd_length};
    Bytes result(digits.size() / 2);
    if (const auto decoded = decode_digits(digits, result.data()); !decoded)
        return std::unexpected{decoded.error()};
    return result;
}

std::expected<void, HexError> decode_hex_into(std::string_view text, std::span<std::uint8_t> out) {
    if (!text.starts_with(prefix)) return std::unexpected{HexError::missing_prefix};
    text.remove_prefix(prefix.size());
    if (text.size() != 2 * out.size()) return std::unexpected{HexError::wrong_length};
    return decode_digits(text, out.data());
}

}  // namespace meta138
