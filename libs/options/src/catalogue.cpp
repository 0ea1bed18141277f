// SPDX-License-Identifier: Apache-2.0
#include "meta138/options/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::options {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const auto above = row[j];
            row[j] =
                std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

}  // namespace

std::vector<std::string_view> OptionRow::names() const {
    std::vector<std::string_view> result{name};
    for (auto rest = aliases; !rest.empty();) {
        const auto comma = rest.find(',');
        result.push_back(rest.substr(0, comma));
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
    return result;
}

const OptionRow* Catalogue::find_option(std::string_view name) const {
    for (const auto& group : groups)
        for (const auto& row : group.rows)
            if (row.name == name ||
                (!row.aliases.empty() && std::ranges::count(row.names(), name) != 0))
                return &row;
    return nullptr;
}

const OptionRow* Catalogue::find_key(std::string_view key) const {
    for (const auto& group : groups) {
        auto name = key;
        if (!group.section.empty()) {
            if (!key.starts_with(group.section)) continue;
            name.remove_prefix(group.section.size());
            if (!name.starts_with('.')) continue;
            name.remove_prefix(1);
        }
        for (const auto& row : group.rows)
            if (!row.command_line_only && std::ranges::count(row.names(), name) != 0) return &row;
    }
    return nullptr;
}

const CommandRow* Catalogue::find_command(std::string_view words) const {
    if (words.empty()) return nullptr;
    const auto found = std::ranges::find_if(commands, [&](const CommandRow& row) {
        return row.words == words || row.other_words == words;
    });
    return found == commands.end() ? nullptr : &*found;
}

std::string Catalogue::similar_options(std::string_view name) const {
    constexpr std::size_t max_shown = 3;
    const std::string_view looked_for = name.substr(0, 80);
    std::vector<std::pair<std::size_t, std::string_view>> near;
    for (const auto& group : groups)
        for (const auto& row : group.rows)
            if (const auto distance = edit_distance(looked_for, row.name);
                row.effect != Effect::removed && distance <= 2 + row.name.size() / 8)
                near.emplace_back(distance, row.name);
    if (near.empty()) return {};
    std::ranges::sort(near);
    if (near.size() > max_shown) near.resize(max_shown);
    std::vector<std::string> names;
    names.reserve(near.size());
    for (const auto& [distance, each] : near) names.push_back(fmt::format("--{}", each));
    return fmt::format(". Did you mean {}?", fmt::join(names, ", "));
}

}  // namespace meta138::options
