// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meta138 {

enum class HexError : std::uint8_t {
    missing_prefix,  ///< No leading "0x".
    odd_length,      ///< Half a byte at the end.
    bad_digit,       ///< Something that is not 0-9, a-f, A-F.
    wrong_length,    ///< A fixed size was asked for, and this is not it.
};

std::string_view to_string(HexError error) noexcept;

/// Lower-case digits with the prefix "0x"; "0x" for no bytes.
std::string to_hex(ByteView bytes);
/// Lower-case digits alone.
std::string to_hex_digits(ByteView bytes);

/// Decodes "0x" and an even number of digits of either case.
std::expected<Bytes, HexError> decode_hex(std::string_view text);
/// Decodes an even number of digits of either case, with no prefix.
std::expected<Bytes, HexError> decode_hex_digits(std::string_view digits);

/// Decodes "0x" and digits into `out`, all of which they must fill.
std::expected<void, HexError> decode_hex_into(std::string_view text, std::span<std::uint8_t> out);

/// Decodes "0x" and exactly 2N digits: `decode_fixed_hex<Address>("0x…")`.
template <typename Fixed>
std::expected<Fixed, HexError> decode_fixed_hex(std::string_view text) {
    Fixed result;
    if (const auto decoded = decode_hex_into(text, result.bytes); !decoded)
        return std::unexpected{decoded.error()};
    return result;
}

/// The value of one digit; above 15 when it is none.
constexpr std::uint8_t hex_digit_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F') return static_cast<std::uint8_t>(digit - 'A' + 10);
    return 0xff;
}

namespace literals {

template <std::size_t N>
consteval FixedBytes<N> fixed_from_literal(const char* text, std::size_t size) {
    if (size != 2 * N + 2 || text[0] != '0' || text[1] != 'x') throw "0x and twice as many digits";
    FixedBytes<N> result;
    for (std::size_t i = 0; i < N; ++i) {
        const auto high = hex_digit_value(text[2 + 2 * i]);
        const auto low = hex_digit_value(text[3 + 2 * i]);
        if (high > 15 || low > 15) throw "a hexadecimal digit";
        result[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return result;
}

/// "0x…"_address: 20 bytes, checked by the compiler.
consteval Address operator""_address(const char* text, std::size_t size) {
    return fixed_from_literal<20>(text, size);
}
/// "0x…"_hash32: 32 bytes, checked by the compiler.
consteval Hash32 operator""_hash32(const char* text, std::size_t size) {
    return fixed_from_literal<32>(text, size);
}

}  // namespace literals
}  // namespace meta138
