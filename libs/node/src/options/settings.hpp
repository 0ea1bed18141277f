// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "options/option_table.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/node/options.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::node {

/// Where an option's value comes from. The lower one decides.
enum class Source : std::uint8_t { command_line, environment, file, profile };

struct Setting {
    std::vector<std::string> values;
    Source source = Source::command_line;
};

/// The options that were given, by name, with text as the operator wrote it.
class Settings {
public:
    /// Splits lists at commas and checks the text. What was given by a lower source stays.
    /// Throws OptionError, in picocli's words.
    void give(const OptionRow& row, std::vector<std::string> values, Source source);

    [[nodiscard]] const Setting* find(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
    [[nodiscard]] const std::map<std::string_view, Setting>& all() const noexcept { return given_; }

    // The value that was given, or else the table's; empty or zero when there is neither.
    [[nodiscard]] std::string text(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name) const;
    [[nodiscard]] std::uint64_t count(std::string_view name) const;
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] double number(std::string_view name) const;
    [[nodiscard]] uint256 wei(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> list(std::string_view name) const;
    template <typename Unsigned = std::uint64_t>
    [[nodiscard]] std::optional<Unsigned> optional_count(std::string_view name) const {
        if (!has(name)) return std::nullopt;
        return static_cast<Unsigned>(count(name));
    }

private:
    std::map<std::string_view, Setting> given_;
};

/// Whether --network asks for the development chain; in any letter case, as Besu's networks.
bool names_dev(std::string_view network);

/// What stands on a command line.
struct Arguments {
    const CommandRow* command = nullptr;
    std::vector<std::string> positional;
    std::map<std::string, std::string, std::less<>> command_options;
    bool help = false;
    bool hidden_help = false;
    bool version = false;
};

/// Throws OptionError.
Arguments read_arguments(std::span<const char* const> arguments, Settings& settings);
void read_environment(const Environment& environment, Settings& settings);
void read_config_file(const std::filesystem::path& file, Source source, Settings& settings);
void read_profile(const std::string& name, const Environment& environment, Settings& settings);

std::string help_text(const CommandRow* command, bool hidden);

/// "Did you mean": options whose names are nearest, for an error message; may be empty.
std::string similar_options(std::string_view name);

}  // namespace meta138::node
