// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138::oracle {

/// Where a value stands in a JSON document: names of members and indexes of elements.
///
/// `data.0.price`, `$.data[0].price` and `data[0]["price"]` are the same; `$` is the document. In a
/// name without quotes stand letters, digits, `_`, `-` and `:`; in quotes (`"` or `'`) anything but
/// that quote. A step of digits alone means an element of an array, or a member of that name of an
/// object. At most 16 steps and 256 bytes.
struct JsonPath {
    struct Step {
        std::string name;
        std::optional<std::size_t> index;  ///< If the step may mean an element.
        bool is_member = true;             ///< False: `[0]`, an element only.
    };
    std::vector<Step> steps;
};

inline constexpr std::size_t max_path_steps = 16;
inline constexpr std::size_t max_path_size = 256;

/// The error says what is wrong, for a person.
[[nodiscard]] std::expected<JsonPath, std::string> parse_json_path(std::string_view text);

}  // namespace meta138::oracle
