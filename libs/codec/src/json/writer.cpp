// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/json/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#if defined(__SSSE3__)
#include <tmmintrin.h>
#endif

namespace meta138::json {

namespace {

constexpr auto digit_pairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {digits[byte >> 4], digits[byte & 15]};
    return pairs;
}();

char* write_digits(char* out, ByteView bytes) {
    std::size_t at = 0;
#if defined(__SSSE3__)
    const auto digits = _mm_setr_epi8('0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b',
                                      'c', 'd', 'e', 'f');
    const auto low_nibbles = _mm_set1_epi8(15);
    for (; at + 16 <= bytes.size(); at += 16) {
        const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
        const auto high =
            _mm_shuffle_epi8(digits, _mm_and_si128(_mm_srli_epi16(block, 4), low_nibbles));
        const auto low = _mm_shuffle_epi8(digits, _mm_and_si128(block, low_nibbles));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm_unpacklo_epi8(high, low));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 16), _mm_unpackhi_epi8(high, low));
        out += 32;
    }
#endif
    for (; at < bytes.size(); ++at) {
        std::memcpy(out, digit_pairs[bytes[at]].data(), 2);
        out += 2;
    }
    return out;
}

/// Lets `write` fill up to `size` characters at the end of the text; it returns where it stopped.
template <typename Write>
void append(std::string& text, std::size_t size, const Write& write) {
    const auto at = text.size();
    if (text.capacity() - at < size) text.reserve(std::max(2 * text.capacity(), at + size));
    text.resize_and_overwrite(at + size, [&](char* data, std::size_t) {
        return static_cast<std::size_t>(write(data + at) - data);
    });
}

/// How many bytes the UTF-8 sequence at the beginning of `text` has; 0 if there is none (RFC 3629).
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto first = byte(0);
    const std::size_t length = first < 0x80                     ? 1
                               : first >= 0xc2 && first <= 0xdf ? 2
                               : first >= 0xe0 && first <= 0xef ? 3
                               : first >= 0xf0 && first <= 0xf4 ? 4
                                                                : 0;
    if (length == 0 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return 0;
    }
    const bool is_overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool is_surrogate = first == 0xed && byte(1) > 0x9f;
    const bool is_too_large = first == 0xf4 && byte(1) > 0x8f;
    return is_overlong || is_surrogate || is_too_large ? 0 : length;
}

bool is_plain(char character) {
    const auto byte = static_cast<std::uint8_t>(character);
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

template <typename Integer>
void append_decimal(std::string& text, Integer value) {
    append(text, 20, [value](char* out) { return std::to_chars(out, out + 20, value).ptr; });
}

}  // namespace

void Writer::null() {
    raw("null");
}

void Writer::boolean(bool value) {
    raw(value ? "true" : "false");
}

void Writer::unsigned_number(std::uint64_t value) {
    separate();
    append_decimal(text_, value);
}

void Writer::signed_number(std::int64_t value) {
    separate();
    append_decimal(text_, value);
}

void Writer::number(double value) {
    if (!std::isfinite(value)) return null();
    std::array<char, 32> digits;
    const auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    const std::string_view written{digits.data(), end};
    raw(written);
    if (written.find_first_of(".e") == std::string_view::npos) text_ += ".0";
}

void Writer::string(std::string_view value) {
    separate();
    text_ += '"';
    while (!value.empty()) {
        const auto plain =
            static_cast<std::size_t>(std::ranges::find_if_not(value, is_plain) - value.begin());
        text_ += value.substr(0, plain);
        value.remove_prefix(plain);
        if (value.empty()) break;
        const auto length = utf8_length(value);
        const char first = value[0];
        if (length == 0) {
            text_ += "\\ufffd";
        } else if (first == '"' || first == '\\') {
            text_ += '\\';
            text_ += first;
        } else if (static_cast<std::uint8_t>(first) < 0x20) {
            text_ += "\\u00";
            const auto& pair = digit_pairs[static_cast<std::uint8_t>(first)];
            text_.append(pair.data(), pair.size());
        } else {
            text_ += value.substr(0, length);
        }
        value.remove_prefix(std::max<std::size_t>(length, 1));
    }
    text_ += '"';
}

void Writer::quantity(std::uint64_t value) {
    separate();
    append(text_, 20, [value](char* out) {
        std::memcpy(out, "\"0x", 3);
        auto* const end = std::to_chars(out + 3, out + 19, value, 16).ptr;
        *end = '"';
        return end + 1;
    });
}

void Writer::quantity(const uint256& value) {
    if (value.fits_uint64()) return quantity(value.low64());
    separate();
    const auto digits = (value.bit_length() + 3) / 4;
    append(text_, 68, [&](char* out) {
        std::array<char, 64> all;
        write_digits(all.data(), to_hash32(value));
        std::memcpy(out, "\"0x", 3);
        std::memcpy(out + 3, all.data() + 64 - digits, digits);
        out[3 + digits] = '"';
        return out + 4 + digits;
    });
}

void Writer::hex(ByteView bytes) {
    separate();
    append(text_, 2 * bytes.size() + 4, [bytes](char* out) {
        std::memcpy(out, "\"0x", 3);
        auto* const end = write_digits(out + 3, bytes);
        *end = '"';
        return end + 1;
    });
}

void Writer::hex_digits(ByteView bytes) {
    separate();
    append(text_, 2 * bytes.size() + 2, [bytes](char* out) {
        *out = '"';
        auto* const end = write_digits(out + 1, bytes);
        *end = '"';
        return end + 1;
    });
}

}  // namespace meta138::json
