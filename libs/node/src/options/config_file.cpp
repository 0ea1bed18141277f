// SPDX-License-Identifier: Apache-2.0
#include "options/settings.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <iterator>
#include <set>

namespace meta138::node {
namespace {

constexpr std::size_t max_config_file_size = std::size_t{1} << 20;

std::string read_text(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::file_size(file, error) > max_config_file_size && !error)
        throw OptionError{fmt::format("TOML configuration file is too large: {}", file.string())};
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in)
        throw OptionError{
            fmt::format("Unable to read TOML configuration, file not found or not readable: {}",
                        file.string())};
    if (text.find_first_not_of(" \t\r\n") == text.npos)
        throw OptionError{"Unable to read from empty TOML configuration file."};
    return text;
}

std::string scalar_text(const toml::node& node) {
    if (const auto* value = node.as_string()) return value->get();
    if (const auto* value = node.as_boolean()) return value->get() ? "true" : "false";
    if (const auto* value = node.as_integer()) return std::to_string(value->get());
    if (const auto* value = node.as_floating_point()) return fmt::format("{}", value->get());
    throw OptionError{fmt::format("Invalid TOML configuration: {} at line {} has no simple value",
                                  "an option", node.source().begin.line)};
}

using Entries = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// Table headings mean nothing to Besu: what is under them counts as if they were not there.
void collect(const toml::table& table, Entries& entries) {
    for (const auto& [key, node] : table) {
        if (const auto* inner = node.as_table()) {
            collect(*inner, entries);
        } else if (const auto* array = node.as_array()) {
            std::vector<std::string> values;
            for (const auto& each : *array) values.push_back(scalar_text(each));
            entries.emplace_back(std::string{key.str()}, std::move(values));
        } else {
            entries.emplace_back(std::string{key.str()}, std::vector{scalar_text(node)});
        }
    }
}

void require_known(const Entries& entries) {
    std::set<std::string> unknown;
    for (const auto& [key, values] : entries) {
        const auto* row = find_option(key);
        if (row == nullptr || row->command_line_only) unknown.insert(key);
    }
    if (unknown.empty()) return;
    throw OptionError{fmt::format("Unknown option{} in TOML configuration file: {}{}",
                                  unknown.size() > 1 ? "s" : "", fmt::join(unknown, ", "),
                                  unknown.size() == 1 ? similar_options(*unknown.begin()) : "")};
}

}  // namespace

void read_config_file(const std::filesystem::path& file, Source source, Settings& settings) {
    Entries entries;
    try {
        collect(toml::parse(read_text(file), file.string()), entries);
    } catch (const toml::parse_error& error) {
        throw OptionError{fmt::format("Invalid TOML configuration: {} (line {}, column {})",
                                      error.description(), error.source().begin.line,
                                      error.source().begin.column)};
    }
    require_known(entries);
    for (auto& [key, values] : entries) {
        const auto& row = *find_option(key);
        if (row.kind != ValueKind::list) values = {fmt::format("{}", fmt::join(values, ","))};
        settings.give(row, std::move(values), source);
    }
}

void validate_config_file(const std::filesystem::path& file) {
    Settings settings;
    read_config_file(file, Source::file, settings);
}

}  // namespace meta138::node
