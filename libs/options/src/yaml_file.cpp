// SPDX-License-Identifier: Apache-2.0
#include "config_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <set>

namespace meta138::options {
namespace {

std::size_t line_of(const YAML::Node& node) {
    return static_cast<std::size_t>(node.Mark().line + 1);
}

std::string scalar_text(const YAML::Node& node, std::string_view key) {
    if (node.IsScalar()) return node.Scalar();
    if (node.IsNull()) return {};
    throw OptionError{fmt::format("Invalid YAML configuration: {} at line {} has no simple value",
                                  key, line_of(node))};
}

std::vector<std::string> texts_of(const YAML::Node& node, std::string_view key) {
    std::vector<std::string> values;
    if (node.IsSequence()) {
        values.reserve(node.size());
        for (const auto& each : node) values.push_back(scalar_text(each, key));
    } else if (node.IsMap()) {
        for (const auto& each : node) {
            const auto name = scalar_text(each.first, key);
            for (const auto& value : each.second.IsMap()
                                         ? std::vector{scalar_text(each.second, key)}
                                         : texts_of(each.second, key))
                values.push_back(fmt::format("{}={}", name, value));
        }
    } else {
        values.push_back(scalar_text(node, key));
    }
    return values;
}

std::vector<Entry> collect(const YAML::Node& root, const Catalogue& catalogue) {
    if (!root.IsMap())
        throw OptionError{"Invalid YAML configuration: lines of the form 'option: value' expected"};
    std::vector<Entry> entries;
    std::set<std::string> seen;
    const auto add = [&](const std::string& key, const YAML::Node& at, const YAML::Node& value) {
        if (!seen.insert(key).second)
            throw OptionError{fmt::format("Invalid YAML configuration: {} is given twice (line {})",
                                          key, line_of(at))};
        entries.push_back({key, texts_of(value, key), line_of(at)});
    };
    for (const auto& each : root) {
        const auto key = scalar_text(each.first, "a key");
        // `eth1:` with the options below it means the same as `eth1.NAME`.
        const bool is_section = each.second.IsMap() && catalogue.find_command(key) != nullptr;
        if (!is_section) {
            add(key, each.first, each.second);
            continue;
        }
        for (const auto& inner : each.second)
            add(fmt::format("{}.{}", key, scalar_text(inner.first, key)), inner.first,
                inner.second);
    }
    return entries;
}

}  // namespace

void read_yaml_file(const std::filesystem::path& file, Source source, Settings& settings) {
    std::vector<Entry> entries;
    try {
        entries = collect(YAML::Load(read_config_text(file, "YAML")), settings.catalogue());
    } catch (const YAML::Exception& error) {
        throw OptionError{fmt::format("Invalid YAML configuration: {} (line {}, column {})",
                                      error.msg, error.mark.line + 1, error.mark.column + 1)};
    }
    give_entries(file, "YAML", std::move(entries), source, settings);
}

}  // namespace meta138::options
