// SPDX-License-Identifier: Apache-2.0
#include "config/tree.hpp"

#include <toml++/toml.h>

namespace meta138::oracle {

namespace {

Tree convert(const toml::node& node) {
    Tree tree{.value = Tree::Float{}, .line = static_cast<int>(node.source().begin.line)};
    if (const auto* const table = node.as_table()) {
        Tree::Table members;
        for (const auto& [key, member] : *table)
            members.push_back({.name = std::string{key.str()}, .value = convert(member)});
        // A table that is only named by its members stands where the first of them does.
        if (tree.line == 0 && !members.empty()) tree.line = members.front().value.line;
        tree.value = std::move(members);
    } else if (const auto* const array = node.as_array()) {
        Tree::Array elements;
        for (const auto& element : *array) elements.push_back(convert(element));
        if (tree.line == 0 && !elements.empty()) tree.line = elements.front().line;
        tree.value = std::move(elements);
    } else if (const auto* const text = node.as_string()) {
        tree.value = text->get();
    } else if (const auto* const number = node.as_integer()) {
        tree.value = number->get();
    } else if (const auto* const flag = node.as_boolean()) {
        tree.value = flag->get();
    }
    return tree;
}

}  // namespace

std::expected<Tree, TreeError> parse_toml(std::string_view text) {
    try {
        return convert(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return std::unexpected{TreeError{.line = static_cast<int>(error.source().begin.line),
                                         .reason = std::string{error.description()}}};
    }
}

}  // namespace meta138::oracle
