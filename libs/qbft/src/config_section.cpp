// SPDX-License-Identifier: Apache-2.0
#include "config_section.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::qbft {
namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_in_any_case(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trim(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

}  // namespace

ConfigSection::ConfigSection(const nlohmann::json& json, std::string path,
                             std::optional<GenesisError>& error)
    : json_{&json}, path_{std::move(path)}, error_{error} {
    if (!json.is_object() && !json.is_null() && !error_)
        error_ = GenesisError{path_, "not an object"};
}

const nlohmann::json* ConfigSection::find(std::string_view key) const {
    if (!json_->is_object()) return nullptr;
    for (const auto& [name, value] : json_->items()) {
        if (equals_in_any_case(name, key)) return value.is_null() ? nullptr : &value;
    }
    return nullptr;
}

std::optional<std::uint64_t> ConfigSection::integer(std::string_view key, std::uint64_t low,
                                                    std::uint64_t high) const {
    const auto value = quantity(key);
    if (!value) return std::nullopt;
    if (*value < uint256{low} || *value > uint256{high}) {
        fail(key, fmt::format("must be from {} to {}", low, high));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*value);
}

std::optional<uint256> ConfigSection::quantity(std::string_view key) const {
    const auto* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_number_unsigned()) return uint256{value->get<std::uint64_t>()};
    if (value->is_number_integer()) {
        fail(key, "must not be negative");
        return std::nullopt;
    }
    if (value->is_number()) {
        fail(key, "not a whole number below 2^64; write larger ones in quotation marks");
        return std::nullopt;
    }
    if (!value->is_string()) {
        fail(key, "not a number");
        return std::nullopt;
    }
    const auto number = parse_uint256(trim(value->get_ref<const std::string&>()));
    if (!number) {
        fail(key, fmt::format("not a number: {}", to_string(number.error())));
        return std::nullopt;
    }
    return *number;
}

std::optional<std::string> ConfigSection::text(std::string_view key) const {
    const auto* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) {
        fail(key, "not a string");
        return std::nullopt;
    }
    return std::string{trim(value->get_ref<const std::string&>())};
}

std::optional<Address> ConfigSection::address(std::string_view key) const {
    const auto* value = find(key);
    if (value == nullptr) return std::nullopt;
    return to_address(key, *value);
}

std::optional<Address> ConfigSection::to_address(std::string_view key,
                                                 const nlohmann::json& value) const {
    if (value.is_string()) {
        auto digits = trim(value.get_ref<const std::string&>());
        if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
        const auto bytes = decode_hex_digits(digits);
        if (bytes && bytes->size() == Address::size())
            return Address::from(ByteView{*bytes}.first<Address::size()>());
    }
    fail(key, "not an address: 0x and 40 hexadecimal digits");
    return std::nullopt;
}

std::string ConfigSection::path_of(std::string_view key) const {
    return path_ + "." + std::string{key};
}

void ConfigSection::fail(std::string_view key, std::string reason) const {
    if (!error_) error_ = GenesisError{path_of(key), std::move(reason)};
}

}  // namespace meta138::qbft
