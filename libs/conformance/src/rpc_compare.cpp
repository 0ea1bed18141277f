// SPDX-License-Identifier: Apache-2.0
#include "rpc_compare.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace meta138::conformance {

namespace {

using nlohmann::json;

constexpr std::size_t max_shown = 200;

std::string show(const json& value) {
    auto text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() <= max_shown) return text;
    return fmt::format("{}… ({} characters)", text.substr(0, max_shown), text.size());
}

// Calls `visit` with each object of the value, outer ones first.
template <typename Visit>
void for_each_object(json& value, const Visit& visit) {
    if (value.is_object()) visit(value);
    if (value.is_structured())
        for (auto& child : value) for_each_object(child, visit);
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

bool is_hex(std::string_view text) {
    return text.starts_with("0x") && std::ranges::all_of(text.substr(2), [](unsigned char c) {
               return std::isxdigit(c) != 0;
           });
}

// The same members of both objects, and then the members themselves.
template <typename Compare>
std::optional<std::string> compare_members(const json& got, const json& expected,
                                           const std::string& place, const Compare& compare) {
    for (const auto& [name, value] : expected.items())
        if (!got.contains(name))
            return fmt::format("{}.{}: missing, expected {}", place, name, show(value));
    for (const auto& [name, value] : got.items())
        if (!expected.contains(name))
            return fmt::format("{}.{}: got {}, expected no such member", place, name, show(value));
    for (const auto& [name, value] : expected.items())
        if (auto difference = compare(got.at(name), value, fmt::format("{}.{}", place, name)))
            return difference;
    return std::nullopt;
}

std::optional<std::string> difference_at(const json& got, const json& expected,
                                         const std::string& place) {
    if (got == expected) return std::nullopt;
    if (got.is_object() && expected.is_object())
        return compare_members(got, expected, place, difference_at);
    if (got.is_array() && expected.is_array()) {
        if (got.size() != expected.size())
            return fmt::format("{}: got {} elements, expected {}: got {}, expected {}", place,
                               got.size(), expected.size(), show(got), show(expected));
        for (std::size_t i = 0; i < got.size(); ++i)
            if (auto difference =
                    difference_at(got[i], expected[i], fmt::format("{}[{}]", place, i)))
                return difference;
        return std::nullopt;
    }
    return fmt::format("{}: got {}, expected {}", place, show(got), show(expected));
}

std::optional<std::string> structure_at(const json& got, const json& expected,
                                        const std::string& place) {
    if (got.is_object() && expected.is_object())
        return compare_members(got, expected, place, structure_at);
    const bool same_kind =
        got.type() == expected.type() || (got.is_number() && expected.is_number());
    if (!same_kind)
        return fmt::format("{}: got {}, expected something like {}", place, show(got),
                           show(expected));
    if (got.is_array() && !got.empty() && !expected.empty())
        return structure_at(got[0], expected[0], fmt::format("{}[0]", place));
    if (got.is_string() &&
        is_hex(got.get_ref<const std::string&>()) != is_hex(expected.get_ref<const std::string&>()))
        return fmt::format("{}: got {}, expected something like {}", place, show(got),
                           show(expected));
    return std::nullopt;
}

// What clients call it, in part and in lower case, and what it is called here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> trace_errors{{
    {"input length", "invalid input length"},
    {"precompile", "precompile failed"},
    {"built-in failed", "precompile failed"},
    {"out of gas", "out of gas"},
    {"insufficient gas", "out of gas"},
    {"gas uint64 overflow", "out of gas"},
    {"max code size exceeded", "out of gas"},
    {"stack underflow", "stack underflow"},
    {"stack limit reached", "stack limit reached"},
    {"stack overflow", "stack limit reached"},
    {"out of stack", "stack limit reached"},
    {"invalid opcode", "invalid opcode"},
    {"bad instruction", "invalid opcode"},
    {"write protection", "write protection"},
    {"illegal state change", "write protection"},
    {"jump destination", "invalid jump destination"},
}};

}  // namespace

std::optional<std::string> find_difference(const json& got, const json& expected) {
    return difference_at(got, expected, "$");
}

std::optional<std::string> find_structural_difference(const json& got, const json& expected) {
    return structure_at(got, expected, "$");
}

void drop_error_messages(json& got, json& expected) {
    if (got.is_object() && expected.is_object()) {
        for (auto& [name, value] : got.items()) {
            const auto other = expected.find(name);
            if (other == expected.end()) continue;
            if (name == "error" && value.is_object() && other->is_object()) {
                value.erase("message");
                other->erase("message");
            }
            drop_error_messages(value, *other);
        }
    } else if (got.is_array() && expected.is_array()) {
        for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i)
            drop_error_messages(got[i], expected[i]);
    }
}

void normalize_trace_errors(json& response) {
    for_each_object(response, [](json& object) {
        const auto error = object.find("error");
        if (error == object.end() || !error->is_string()) return;
        const auto text = lower(error->get_ref<const std::string&>());
        const auto* row = std::ranges::find_if(
            trace_errors, [&](const auto& r) { return text.find(r.first) != std::string::npos; });
        if (row != trace_errors.end()) *error = row->second;
    });
}

void strip_error_space(json& response) {
    for_each_object(response, [](json& object) {
        for (const auto* name : {"error", "message", "data"}) {
            const auto member = object.find(name);
            if (member == object.end() || !member->is_string()) continue;
            auto text = member->get<std::string>();
            std::erase_if(text, [](unsigned char c) { return std::isspace(c) != 0; });
            *member = std::move(text);
        }
    });
}

void drop_members(json& value, const std::string& name) {
    for_each_object(value, [&](json& object) { object.erase(name); });
}

void drop_call_many_gas(json& response) {
    for_each_object(response, [](json& object) {
        for (const auto* name : {"gasUsed", "cost", "used"}) object.erase(name);
        const auto diff = object.find("stateDiff");
        if (diff != object.end() && diff->is_object())
            for (auto& account : *diff)
                if (account.is_object()) account.erase("balance");
    });
}

}  // namespace meta138::conformance
