// SPDX-License-Identifier: Apache-2.0
#include "json_writer.hpp"

#include <array>
#include <charconv>

namespace meta138::tracing {

namespace {

constexpr std::string_view hex_digits_of_nibbles = "0123456789abcdef";

void append_digits(std::string& text, ByteView bytes) {
    const auto at = text.size();
    text.resize(at + 2 * bytes.size());
    char* out = text.data() + at;
    for (const auto byte : bytes) {
        *out++ = hex_digits_of_nibbles[byte >> 4];
        *out++ = hex_digits_of_nibbles[byte & 15];
    }
}

void append_integer(std::string& text, std::uint64_t value, int base) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
    text.append(digits.data(), end);
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

}  // namespace

void JsonWriter::separate() {
    if (needs_comma_) text_ += ',';
    needs_comma_ = true;
}

JsonWriter& JsonWriter::open_object() {
    separate();
    text_ += '{';
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close_object() {
    text_ += '}';
    needs_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::open_array() {
    separate();
    text_ += '[';
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close_array() {
    text_ += ']';
    needs_comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    text_ += '"';
    text_ += name;
    text_ += "\":";
    needs_comma_ = false;
    return *this;
}

void JsonWriter::null() {
    separate();
    text_ += "null";
}

void JsonWriter::boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
}

void JsonWriter::number(std::uint64_t value) {
    separate();
    append_integer(text_, value, 10);
}

void JsonWriter::string(std::string_view value) {
    separate();
    text_ += '"';
    while (!value.empty()) {
        const auto length = utf8_length(value);
        const char first = value[0];
        if (length == 0) {
            text_ += "\\ufffd";
        } else if (first == '"' || first == '\\') {
            text_ += '\\';
            text_ += first;
        } else if (static_cast<std::uint8_t>(first) < 0x20) {
            const std::array<std::uint8_t, 1> code{static_cast<std::uint8_t>(first)};
            text_ += "\\u00";
            append_digits(text_, code);
        } else {
            text_ += value.substr(0, length);
        }
        value.remove_prefix(std::max<std::size_t>(length, 1));
    }
    text_ += '"';
}

void JsonWriter::quantity(std::uint64_t value) {
    separate();
    text_ += "\"0x";
    append_integer(text_, value, 16);
    text_ += '"';
}

void JsonWriter::quantity(const uint256& value) {
    if (value.fits_uint64()) return quantity(value.low64());
    separate();
    text_ += '"';
    text_ += to_quantity(value);
    text_ += '"';
}

void JsonWriter::hex(ByteView bytes) {
    separate();
    text_ += "\"0x";
    append_digits(text_, bytes);
    text_ += '"';
}

void JsonWriter::hex_digits(ByteView bytes) {
    separate();
    text_ += '"';
    append_digits(text_, bytes);
    text_ += '"';
}

}  // namespace meta138::tracing
