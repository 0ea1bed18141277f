// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/options/settings.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::options {

/// What a file gives to one option.
struct Entry {
    std::string key;  ///< With its headings: `rpc.http-port`.
    std::vector<std::string> values;
    std::size_t line = 0;  ///< From 1.
};

/// The text of a file that is there, not empty and not too large. `kind`: TOML or YAML. Throws
/// OptionError.
std::string read_config_text(const std::filesystem::path& file, std::string_view kind);

/// Gives what all entries say, or refuses the whole file for keys that are no options. Throws
/// OptionError.
void give_entries(const std::filesystem::path& file, std::string_view kind,
                  std::vector<Entry> entries, Source source, Settings& settings);

}  // namespace meta138::options
