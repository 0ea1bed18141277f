// SPDX-License-Identifier: Apache-2.0
#include "jwt.hpp"

#include <array>
#include <cstdint>

namespace meta138::http {
namespace {

constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::int8_t value_of(char c, char sixty_two, char sixty_three) {
    if (c >= 'A' && c <= 'Z') return static_cast<std::int8_t>(c - 'A');
    if (c >= 'a' && c <= 'z') return static_cast<std::int8_t>(c - 'a' + 26);
    if (c >= '0' && c <= '9') return static_cast<std::int8_t>(c - '0' + 52);
    if (c == sixty_two) return 62;
    if (c == sixty_three) return 63;
    return -1;
}

std::optional<std::string> decode(std::string_view text, char sixty_two, char sixty_three) {
    std::string result;
    result.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const auto c : text) {
        const auto value = value_of(c, sixty_two, sixty_three);
        if (value < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        result += static_cast<char>(bits >> count & 0xff);
        bits &= (1u << count) - 1;
    }
    if (count == 6 || bits != 0) return std::nullopt;
    return result;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
    return decode(text, '-', '_');
}

std::optional<std::string> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return decode(text, '+', '/');
}

std::string encode_base64url(std::string_view bytes) {
    std::string result;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const auto c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        count += 8;
        while (count >= 6) {
            count -= 6;
            result += url_alphabet[bits >> count & 63];
        }
        bits &= (1u << count) - 1;
    }
    if (count) result += url_alphabet[bits << (6 - count) & 63];
    return result;
}

}  // namespace meta138::http
