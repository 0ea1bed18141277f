// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meta138 {

class JsonValue;

/// A number as it was written: 58750000000000000000000 must not become a floating-point number.
struct JsonNumber {
    std::string text;
};

using JsonArray = std::vector<JsonValue>;
/// Members in the order in which they were written.
using JsonObject = std::vector<std::pair<std::string, JsonValue>>;

/// A JSON text as a tree.
class JsonValue {
public:
    JsonValue() = default;
    explicit JsonValue(bool value) : value_{value} {}
    explicit JsonValue(JsonNumber value) : value_{std::move(value)} {}
    explicit JsonValue(std::string value) : value_{std::move(value)} {}
    explicit JsonValue(JsonArray value) : value_{std::move(value)} {}
    explicit JsonValue(JsonObject value) : value_{std::move(value)} {}

    [[nodiscard]] bool is_null() const noexcept {
        return std::holds_alternative<std::monostate>(value_);
    }
    // Null unless the value is of that kind.
    [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&value_); }
    [[nodiscard]] const JsonNumber* number() const noexcept {
        return std::get_if<JsonNumber>(&value_);
    }
    [[nodiscard]] const std::string* string() const noexcept {
        return std::get_if<std::string>(&value_);
    }
    [[nodiscard]] const JsonArray* array() const noexcept {
        return std::get_if<JsonArray>(&value_);
    }
    [[nodiscard]] const JsonObject* object() const noexcept {
        return std::get_if<JsonObject>(&value_);
    }
    [[nodiscard]] JsonArray* array() noexcept { return std::get_if<JsonArray>(&value_); }
    [[nodiscard]] JsonObject* object() noexcept { return std::get_if<JsonObject>(&value_); }

    /// The member of an object with exactly that name; null when there is none.
    [[nodiscard]] const JsonValue* find(std::string_view name) const noexcept;

    /// Compact JSON text.
    [[nodiscard]] std::string dump() const;

private:
    std::variant<std::monostate, bool, JsonNumber, std::string, JsonArray, JsonObject> value_;
};

struct JsonSyntaxError {
    std::size_t line = 0;    ///< From 1.
    std::size_t column = 0;  ///< In bytes, from 1.
    std::string reason;
};

/// Nesting that no file of ours needs.
inline constexpr std::size_t max_json_depth = 64;

/// Parses a whole text; comments in the manner of C++ are skipped. Refuses deeper nesting than
/// max_json_depth.
std::expected<JsonValue, JsonSyntaxError> parse_json(std::string_view text);

}  // namespace meta138
