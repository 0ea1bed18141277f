// SPDX-License-Identifier: Apache-2.0
#include "permissions_file.hpp"

#include "meta138/node/options.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <fstream>
#include <system_error>
#include <utility>

namespace meta138::node {
namespace {

toml::table read_table(const std::filesystem::path& file) {
    try {
        return toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        throw OptionError{fmt::format("Unable to read permissioning TOML config file : {} {}",
                                      file.string(), error.description())};
    }
}

}  // namespace

std::vector<std::string> read_permissions(const std::filesystem::path& file, std::string_view key) {
    const auto table = read_table(file);
    const auto* list = table[key].as_array();
    if (list == nullptr)
        throw OptionError{
            fmt::format("{} config option missing in TOML config file {}", key, file.string())};
    std::vector<std::string> entries;
    for (const auto& entry : *list) entries.push_back(entry.value_or(std::string{}));
    return entries;
}

bool write_permissions(const std::filesystem::path& file, std::string_view key,
                       const std::vector<std::string>& entries) {
    toml::array list;
    for (const auto& entry : entries) list.push_back(entry);
    const auto temporary = file.string() + ".new";
    try {
        auto table = read_table(file);
        table.insert_or_assign(key, std::move(list));
        std::ofstream out{temporary, std::ios::trunc};
        out << table << '\n';
        out.close();
        if (!out) return false;
    } catch (const OptionError&) {
        return false;
    }
    std::error_code error;
    std::filesystem::rename(temporary, file, error);
    return !error;
}

}  // namespace meta138::node
