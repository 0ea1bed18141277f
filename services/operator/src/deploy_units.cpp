// SPDX-License-Identifier: Apache-2.0
#include "deploy_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace meta138::op {

namespace {

constexpr std::size_t max_digits = 78;  // of 2^256 - 1

constexpr std::array<std::pair<char, std::int64_t>, 4> units{
    {{'d', 86'400}, {'h', 3'600}, {'m', 60}, {'s', 1}}};

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<uint256> scale_decimal(std::string_view text, unsigned decimals) {
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction =
        point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    if (!is_digits(whole) || (point != std::string_view::npos && !is_digits(fraction)))
        return std::nullopt;
    if (fraction.size() > decimals || whole.size() > max_digits) return std::nullopt;
    const auto value =
        parse_uint256(fmt::format("{}{}{:0>{}}", whole, fraction, "", decimals - fraction.size()));
    return value ? std::optional{*value} : std::nullopt;
}

std::string format_decimal(const uint256& value, unsigned decimals) {
    auto digits = to_string(value);
    if (decimals == 0) return digits;
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, ".");
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.ends_with('.')) digits.pop_back();
    return digits;
}

std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const auto* unit = std::ranges::find(units, text.back(), &std::pair<char, std::int64_t>::first);
    text.remove_suffix(1);
    std::uint32_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (unit == units.end() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return std::chrono::seconds{count * unit->second};
}

std::string format_duration(std::chrono::seconds duration) {
    for (const auto& [letter, size] : units) {
        if (duration.count() % size == 0 && duration.count() != 0)
            return fmt::format("{}{}", duration.count() / size, letter);
    }
    return "0s";
}

}  // namespace meta138::op
