// SPDX-License-Identifier: Apache-2.0
#include "header_fields.hpp"

#include "text.hpp"

#include <array>
#include <charconv>

namespace meta138::http {
namespace {

constexpr std::string_view token_symbols = "!#$%&'*+-.^_`|~";

constexpr auto token_characters = [] {
    std::array<bool, 256> result{};
    for (unsigned c = 0; c < 256; ++c)
        result[c] = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    token_symbols.contains(static_cast<char>(c));
    result[0] = false;
    return result;
}();

}  // namespace

bool is_token(std::string_view text) noexcept {
    for (const auto c : text)
        if (!token_characters[static_cast<unsigned char>(c)]) return false;
    return !text.empty();
}

bool is_field_value(std::string_view text) noexcept {
    for (const auto c : text)
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
    return true;
}

std::optional<HeaderView> parse_header(std::string_view line) noexcept {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const HeaderView result{.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))};
    if (!is_token(result.name) || !is_field_value(result.value)) return std::nullopt;
    return result;
}

bool parse_length(std::string_view text, std::optional<std::uint64_t>& out) noexcept {
    std::uint64_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end || out) return false;
    out = value;
    return true;
}

std::size_t find_end_of_head(std::string_view bytes, std::size_t searched) noexcept {
    const auto end = bytes.find("\r\n\r\n", searched < 3 ? 0 : searched - 3);
    return end == std::string_view::npos ? 0 : end + 4;
}

}  // namespace meta138::http
