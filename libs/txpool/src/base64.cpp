// SPDX-License-Identifier: Apache-2.0
#include "base64.hpp"

#include <array>
#include <cstdint>

namespace meta138::txpool {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i != alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

}  // namespace

void append_base64(std::string& out, ByteView bytes) {
    out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto group = bytes.subspan(at, std::min<std::size_t>(3, bytes.size() - at));
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i != 3; ++i) bits = bits << 8 | (i < group.size() ? group[i] : 0U);
        for (std::size_t i = 0; i != 4; ++i) {
            const auto digit = bits >> (18 - 6 * i) & 0x3f;
            out.push_back(i <= group.size() ? alphabet[digit] : '=');
        }
    }
}

std::optional<Bytes> decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && !text.empty() && text.back() == '=') {
        text.remove_suffix(1);
        ++padding;
    }
    Bytes bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char character : text) {
        const auto digit = digit_values[static_cast<unsigned char>(character)];
        if (digit == no_digit) return std::nullopt;
        bits = bits << 6 | digit;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<std::uint8_t>(bits >> count));
        bits &= (1U << count) - 1;
    }
    if (bits != 0) return std::nullopt;
    return bytes;
}

}  // namespace meta138::txpool
