// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/abi.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace meta138 {
namespace {

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_head_size = 1 << 20;

using Kind = AbiType::Kind;

// The digits at the front of `text`, which is moved behind them; absent when there are none.
std::optional<std::size_t> take_number(std::string_view& text) {
    std::size_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    // "08" is no size.
    if (error != std::errc{} || (text[0] == '0' && rest != text.data() + 1)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return number;
}

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

std::optional<AbiType> take_integer(std::string_view& text, Kind kind) {
    const auto bits = text.empty() || text[0] < '0' || text[0] > '9' ? 256 : take_number(text);
    if (!bits || *bits == 0 || *bits > 256 || *bits % 8 != 0) return std::nullopt;
    return AbiType{.kind = kind, .size = *bits, .length = {}, .components = {}};
}

std::optional<AbiType> take_bytes(std::string_view& text) {
    if (text.empty() || text[0] < '0' || text[0] > '9')
        return AbiType{.kind = Kind::bytes, .size = 0, .length = {}, .components = {}};
    const auto size = take_number(text);
    if (!size || *size == 0 || *size > 32) return std::nullopt;
    return AbiType{.kind = Kind::fixed_bytes, .size = *size, .length = {}, .components = {}};
}

std::optional<AbiType> take_type(std::string_view& text, std::size_t depth);

std::optional<AbiType> take_tuple(std::string_view& text, std::size_t depth) {
    AbiType tuple{.kind = Kind::tuple, .size = 0, .length = {}, .components = {}};
    while (true) {
        auto component = take_type(text, depth + 1);
        if (!component) return std::nullopt;
        tuple.components.push_back(*std::move(component));
        if (take(text, ")")) return tuple;
        if (!take(text, ",")) return std::nullopt;
    }
}

std::optional<AbiType> take_elementary(std::string_view& text) {
    if (take(text, "uint")) return take_integer(text, Kind::uint);
    if (take(text, "int")) return take_integer(text, Kind::integer);
    if (take(text, "bytes")) return take_bytes(text);
    if (take(text, "address")) return AbiType{Kind::address, 0, {}, {}};
    if (take(text, "bool")) return AbiType{Kind::boolean, 0, {}, {}};
    if (take(text, "string")) return AbiType{Kind::string, 0, {}, {}};
    if (take(text, "function")) return AbiType{Kind::fixed_bytes, 24, {}, {}};
    return std::nullopt;
}

std::optional<AbiType> take_type(std::string_view& text, std::size_t depth) {
    if (depth > max_depth) return std::nullopt;
    auto type = take(text, "(") ? take_tuple(text, depth) : take_elementary(text);
    for (auto levels = depth; type && take(text, "["); ++levels) {
        AbiType array{.kind = Kind::array, .size = 0, .length = {}, .components = {}};
        if (!take(text, "]")) {
            array.length = take_number(text);
            if (!array.length || !take(text, "]")) return std::nullopt;
        }
        // Before the product can overflow, or the recursion become deep.
        const auto length = array.length.value_or(1);
        if (levels == max_depth || length == 0 || length > max_head_size / type->head_size())
            return std::nullopt;
        array.components.push_back(*std::move(type));
        type = std::move(array);
    }
    if (type && type->head_size() > max_head_size) return std::nullopt;
    return type;
}

}  // namespace

bool AbiType::is_dynamic() const noexcept {
    switch (kind) {
        case Kind::bytes:
        case Kind::string: return true;
        case Kind::array: return !length || components[0].is_dynamic();
        case Kind::tuple: return std::ranges::any_of(components, &AbiType::is_dynamic);
        case Kind::uint:
        case Kind::integer:
        case Kind::address:
        case Kind::boolean:
        case Kind::fixed_bytes: return false;
    }
    return false;
}

std::size_t AbiType::head_size() const noexcept {
    if (is_dynamic()) return 32;
    if (kind == Kind::array) return *length * components[0].head_size();
    if (kind != Kind::tuple) return 32;
    std::size_t total = 0;
    for (const auto& member : components) total += member.head_size();
    return total;
}

std::optional<AbiType> parse_abi_type(std::string_view name) {
    auto rest = name;
    auto type = take_type(rest, 0);
    if (!rest.empty()) return std::nullopt;
    return type;
}

}  // namespace meta138
