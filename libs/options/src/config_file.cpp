// SPDX-License-Identifier: Apache-2.0
#include "config_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <map>

namespace meta138::options {
namespace {

void require_known(std::string_view kind, const std::vector<Entry>& entries,
                   const Catalogue& catalogue) {
    std::map<std::string, std::size_t> unknown;
    for (const auto& entry : entries)
        if (catalogue.find_key(entry.key) == nullptr) unknown.emplace(entry.key, entry.line);
    if (unknown.empty()) return;
    std::vector<std::string> names;
    names.reserve(unknown.size());
    for (const auto& [key, line] : unknown)
        names.push_back(catalogue.tells_lines ? fmt::format("{} (line {})", key, line) : key);
    const auto& first = unknown.begin()->first;
    throw OptionError{fmt::format(
        "Unknown option{} in {} configuration file: {}{}", unknown.size() > 1 ? "s" : "", kind,
        fmt::join(names, ", "),
        unknown.size() == 1 ? catalogue.similar_options(first.substr(first.rfind('.') + 1)) : "")};
}

}  // namespace

std::string read_config_text(const std::filesystem::path& file, std::string_view kind) {
    std::error_code error;
    if (std::filesystem::file_size(file, error) > max_config_file_size && !error)
        throw OptionError{
            fmt::format("{} configuration file is too large: {}", kind, file.string())};
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in)
        throw OptionError{
            fmt::format("Unable to read {} configuration, file not found or not readable: {}", kind,
                        file.string())};
    if (text.find_first_not_of(" \t\r\n") == text.npos)
        throw OptionError{fmt::format("Unable to read from empty {} configuration file.", kind)};
    return text;
}

void give_entries(const std::filesystem::path& file, std::string_view kind,
                  std::vector<Entry> entries, Source source, Settings& settings) {
    const auto& catalogue = settings.catalogue();
    require_known(kind, entries, catalogue);
    for (auto& [key, values, line] : entries) {
        const auto& row = *catalogue.find_key(key);
        if (row.kind != ValueKind::list) values = {fmt::format("{}", fmt::join(values, ","))};
        settings.give(row, std::move(values), source,
                      fmt::format("{}, line {}", file.string(), line));
    }
}

}  // namespace meta138::options
