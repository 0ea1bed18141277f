// SPDX-License-Identifier: Apache-2.0
#include "base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace meta138::p2p {
namespace {

constexpr std::string_view base64url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

constexpr std::uint8_t no_digit = 0xff;

constexpr std::array<std::uint8_t, 256> digits_of(std::string_view alphabet) {
    std::array<std::uint8_t, 256> result{};
    result.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        result[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return result;
}

template <unsigned bits_of_digit>
std::optional<Bytes> decode(std::string_view text, const std::array<std::uint8_t, 256>& digits) {
    Bytes result;
    result.reserve(text.size() * bits_of_digit / 8);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const auto c : text) {
        const auto digit = digits[static_cast<std::uint8_t>(c)];
        if (digit == no_digit) return std::nullopt;
        bits = bits << bits_of_digit | digit;
        count += bits_of_digit;
        if (count < 8) continue;
        count -= 8;
        result.push_back(static_cast<std::uint8_t>(bits >> count));
        bits &= (1u << count) - 1;
    }
    // A whole digit left over encodes nothing.
    if (count >= bits_of_digit || bits != 0) return std::nullopt;
    return result;
}

template <unsigned bits_of_digit>
std::string encode(ByteView bytes, std::string_view alphabet) {
    std::string result;
    result.reserve((bytes.size() * 8 + bits_of_digit - 1) / bits_of_digit);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const auto byte : bytes) {
        bits = bits << 8 | byte;
        count += 8;
        while (count >= bits_of_digit) {
            count -= bits_of_digit;
            result += alphabet[bits >> count];
            bits &= (1u << count) - 1;
        }
    }
    if (count != 0) result += alphabet[bits << (bits_of_digit - count)];
    return result;
}

}  // namespace

std::optional<Bytes> decode_base64url(std::string_view text) {
    static constexpr auto digits = digits_of(base64url);
    return decode<6>(text, digits);
}

std::string encode_base64url(ByteView bytes) {
    return encode<6>(bytes, base64url);
}

std::optional<Bytes> decode_base32(std::string_view text) {
    static constexpr auto digits = digits_of(base32);
    return decode<5>(text, digits);
}

std::string encode_base32(ByteView bytes) {
    return encode<5>(bytes, base32);
}

}  // namespace meta138::p2p
