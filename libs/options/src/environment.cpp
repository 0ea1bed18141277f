// SPDX-License-Identifier: Apache-2.0
#include "meta138/options/settings.hpp"

#include <cctype>
#include <utility>

namespace meta138::options {
namespace {

void append_variable_name(std::string& name, std::string_view option) {
    for (const auto letter : option)
        name += letter == '-' ? '_'
                              : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
}

}  // namespace

std::optional<std::string> find_variable(const Catalogue& catalogue, const Environment& environment,
                                         const OptionRow& row, std::string_view section) {
    for (const auto name : row.names()) {
        if (name.size() == 1) continue;  // "-l" has no variable
        for (const auto prefix : catalogue.prefixes) {
            std::string variable{prefix};
            append_variable_name(variable, section);
            if (!section.empty()) variable += '_';
            append_variable_name(variable, name);
            if (auto value = environment(variable)) return value;
        }
    }
    return std::nullopt;
}

void read_environment(const Environment& environment, Settings& settings) {
    const auto& catalogue = settings.catalogue();
    for (const auto& group : catalogue.groups)
        for (const auto& row : group.rows)
            if (auto value = find_variable(catalogue, environment, row, group.section))
                settings.give(row, {*std::move(value)}, Source::environment);
}

}  // namespace meta138::options
