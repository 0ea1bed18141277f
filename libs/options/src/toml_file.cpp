// SPDX-License-Identifier: Apache-2.0
#include "config_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

namespace meta138::options {
namespace {

std::string scalar_text(const toml::node& node) {
    if (const auto* value = node.as_string()) return value->get();
    if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
    if (const auto* value = node.as_integer()) return std::to_string(value->get());
    if (const auto* value = node.as_floating_point()) return fmt::format("{}", value->get());
    throw OptionError{fmt::format("Invalid TOML configuration: {} at line {} has no simple value",
                                  "an option", node.source().begin.line)};
}

/// `headings`: of the tables within which `table` is, each with a point.
void collect(const toml::table& table, const std::string& headings, const Catalogue& catalogue,
             std::vector<Entry>& entries) {
    for (const auto& [name, node] : table) {
        auto key = headings + std::string{name.str()};
        if (const auto* inner = node.as_table()) {
            collect(*inner, key + '.', catalogue, entries);
            continue;
        }
        if (catalogue.find_key(key) == nullptr) key = name.str();
        std::vector<std::string> values;
        if (const auto* array = node.as_array()) {
            values.reserve(array->size());
            for (const auto& each : *array) values.push_back(scalar_text(each));
        } else {
            values.push_back(scalar_text(node));
        }
        entries.push_back({std::move(key), std::move(values), node.source().begin.line});
    }
}

}  // namespace

void read_toml_file(const std::filesystem::path& file, Source source, Settings& settings) {
    std::vector<Entry> entries;
    try {
        collect(toml::parse(read_config_text(file, "TOML"), file.string()), "",
                settings.catalogue(), entries);
    } catch (const toml::parse_error& error) {
        throw OptionError{fmt::format("Invalid TOML configuration: {} (line {}, column {})",
                                      error.description(), error.source().begin.line,
                                      error.source().begin.column)};
    }
    give_entries(file, "TOML", std::move(entries), source, settings);
}

}  // namespace meta138::options
