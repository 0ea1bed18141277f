// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace meta138::oracle {

/// A TOML document as a tree that remembers its lines.
struct Tree {
    struct Float {};  ///< Whose value nobody asks for: prices and shares are texts.
    struct Member;
    using Table = std::vector<Member>;  ///< In the order of their names.
    using Array = std::vector<Tree>;
    std::variant<Table, Array, std::string, std::int64_t, bool, Float> value;
    int line = 0;
};

struct Tree::Member {
    std::string name;
    Tree value;
};

struct TreeError {
    int line = 0;
    std::string reason;
};

[[nodiscard]] std::expected<Tree, TreeError> parse_toml(std::string_view text);

}  // namespace meta138::oracle
