// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_path.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

class JsonText;

/// A value of a JsonText. Reading from an absent value, or one of another type, gives an absent
/// one.
class JsonValue {
public:
    enum class Type : std::uint8_t { absent, null, boolean, number, string, array, object };

    JsonValue() = default;

    [[nodiscard]] Type type() const noexcept;
    [[nodiscard]] JsonValue at(const JsonPath& path) const;
    [[nodiscard]] JsonValue member(std::string_view name) const;
    [[nodiscard]] JsonValue element(std::size_t index) const;
    /// Of an array; otherwise none.
    [[nodiscard]] std::vector<JsonValue> elements() const;
    /// A string without its escapes, a number as it is written, `true`, `false` or `null`. Absent
    /// for arrays and objects.
    [[nodiscard]] std::optional<std::string> text() const;
    /// As it stands in the document.
    [[nodiscard]] std::string_view raw() const noexcept;

private:
    friend class JsonText;
    JsonValue(const JsonText* document, std::size_t node) noexcept
        : document_{document}, node_{node} {}

    const JsonText* document_ = nullptr;
    std::size_t node_ = 0;
};

enum class JsonError : std::uint8_t {
    malformed,  ///< Not JSON (RFC 8259).
    too_deep,   ///< Deeper than max_json_depth.
    too_many,   ///< More than max_json_values values.
};
[[nodiscard]] std::string_view to_string(JsonError error) noexcept;

inline constexpr std::size_t max_json_depth = 64;
inline constexpr std::size_t max_json_values = 200'000;

/// A JSON document whose numbers stay text: a price is taken digit by digit, never through floating
/// point. `text` outlives this object, which outlives its values.
class JsonText {
public:
    [[nodiscard]] static std::expected<JsonText, JsonError> parse(std::string_view text);

    /// Values refer to this object: it stays where it is while they are used.
    [[nodiscard]] JsonValue root() const noexcept { return {this, 0}; }

private:
    friend class JsonValue;
    friend class JsonScanner;

    /// A value or a member's name, in the order of the text.
    struct Node {
        JsonValue::Type type{};
        std::size_t begin = 0;  // in the text
        std::size_t end = 0;
        std::size_t next = 0;  // the node behind it and all that is in it
    };
    std::string_view text_;
    std::vector<Node> nodes_;
};

}  // namespace meta138::oracle
