// SPDX-License-Identifier: Apache-2.0
#include "meta138/options/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string>

namespace meta138::options {
namespace {

bool same_letters(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    while (true) {
        const auto found = text.find(at);
        auto part = text.substr(0, found);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
        if (found == std::string_view::npos) return parts;
        text.remove_prefix(found + 1);
    }
}

std::string place(std::string_view where) {
    return where.empty() ? std::string{} : fmt::format(" ({})", where);
}

std::string checked_choice(const OptionRow& row, const std::string& value, std::string_view where) {
    const auto choices = split(row.values, '|');
    const auto found =
        std::ranges::find_if(choices, [&](const auto& each) { return same_letters(each, value); });
    if (found != choices.end()) return *found;
    throw OptionError{fmt::format(
        "Invalid value for option '--{}': expected one of [{}] (case-insensitive) but was '{}'{}",
        row.name, fmt::join(choices, ", "), value, place(where))};
}

std::string checked(const OptionRow& row, std::string value, std::string_view where) {
    const auto refuse = [&](std::string_view what) {
        throw OptionError{fmt::format("Invalid value for option '--{}': '{}' is not {}{}", row.name,
                                      value, what, place(where))};
    };
    switch (row.kind) {
        case ValueKind::flag:
            if (same_letters(value, "true")) return "true";
            if (same_letters(value, "false")) return "false";
            refuse("'true' or 'false'");
            return value;
        case ValueKind::port:
            if (!parse_number<std::uint16_t>(value)) refuse("a port (0 to 65535)");
            return value;
        case ValueKind::integer:
            if (!parse_number<std::int64_t>(value)) refuse("an int");
            return value;
        case ValueKind::count:
            if (!parse_number<std::uint64_t>(value)) refuse("a number of 0 or more");
            return value;
        case ValueKind::number:
            if (const auto number = parse_number<double>(value); !number || *number < 0)
                refuse("a number of 0 or more");
            return value;
        case ValueKind::wei:
            if (!parse_uint256(value)) refuse("a number of wei");
            return value;
        case ValueKind::choice: return checked_choice(row, value, where);
        case ValueKind::text:
        case ValueKind::path:
        case ValueKind::list: return value;
    }
    return value;
}

}  // namespace

const OptionRow& Settings::row_of(std::string_view name) const {
    const auto* row = catalogue_->find_option(name);
    if (row == nullptr) throw std::logic_error{"no such option: " + std::string{name}};
    return *row;
}

OptionError Settings::invalid(std::string_view name, std::string_view what) const {
    const auto* setting = find(name);
    const bool has_place = setting != nullptr && !setting->where.empty();
    return OptionError{fmt::format("Invalid value for option '--{}': {}{}", name, what,
                                   has_place ? fmt::format(" ({})", setting->where) : "")};
}

void Settings::give(const OptionRow& row, std::vector<std::string> values, Source source,
                    std::string_view where) {
    if (given_.contains(row.name)) return;
    if (row.kind == ValueKind::list) {
        std::vector<std::string> parts;
        for (const auto& value : values)
            for (auto& part : split(value, ',')) parts.push_back(std::move(part));
        values = std::move(parts);
    } else {
        if (values.size() != 1)
            throw OptionError{fmt::format("Option '--{}' should be specified only once", row.name)};
        values.front() = checked(row, std::move(values.front()), where);
    }
    given_.emplace(row.name, Setting{std::move(values), source, std::string{where}});
}

const Setting* Settings::find(std::string_view name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? nullptr : &found->second;
}

std::string Settings::text(std::string_view name) const {
    const auto& row = row_of(name);
    const auto* setting = find(row.name);
    return setting == nullptr ? std::string{row.fallback} : setting->values.front();
}

bool Settings::flag(std::string_view name) const {
    return text(name) == "true";
}

std::uint64_t Settings::count(std::string_view name) const {
    return parse_number<std::uint64_t>(text(name)).value_or(0);
}

std::int64_t Settings::integer(std::string_view name) const {
    return parse_number<std::int64_t>(text(name)).value_or(0);
}

double Settings::number(std::string_view name) const {
    return parse_number<double>(text(name)).value_or(0);
}

uint256 Settings::wei(std::string_view name) const {
    return parse_uint256(text(name)).value_or(uint256{});
}

std::vector<std::string> Settings::list(std::string_view name) const {
    const auto& row = row_of(name);
    const auto* setting = find(row.name);
    return setting == nullptr ? split(row.fallback, ',') : setting->values;
}

}  // namespace meta138::options
