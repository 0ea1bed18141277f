// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/options/option_table.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meta138::options {

/// Where an option's value comes from. The lower one decides.
enum class Source : std::uint8_t { command_line, environment, file, profile };

struct Setting {
    std::vector<std::string> values;
    Source source = Source::command_line;
    std::string where = {};  ///< Of a file: its name and line, for error messages.
};

/// Finds a variable of the environment, by its whole name.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The options that were given, by name, with text as the operator wrote it.
class Settings {
public:
    /// `catalogue` outlives this object.
    explicit Settings(const Catalogue& catalogue) : catalogue_{&catalogue} {}

    [[nodiscard]] const Catalogue& catalogue() const noexcept { return *catalogue_; }

    /// Splits lists at commas and checks the text. What was given by a lower source stays. `where`:
    /// a file and its line. Throws OptionError, in picocli's words.
    void give(const OptionRow& row, std::vector<std::string> values, Source source,
              std::string_view where = {});

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

    /// An error about the value of an option, which names it and the file's line if it came from
    /// there: "Invalid value for option '--NAME': WHAT (signer.yaml, line 7)".
    [[nodiscard]] OptionError invalid(std::string_view name, std::string_view what) const;

private:
    [[nodiscard]] const OptionRow& row_of(std::string_view name) const;

    const Catalogue* catalogue_;
    std::map<std::string_view, Setting> given_;
};

/// What stands on a command line.
struct Arguments {
    const CommandRow* command = nullptr;
    std::vector<std::string> positional;
    std::map<std::string, std::string, std::less<>> command_options;
    bool help = false;
    bool hidden_help = false;
    bool version = false;
};

/// Reads one command line as picocli does for Besu: `--name=value` or `--name value`, a flag alone
/// is true, a list may repeat, and options stand before or after the subcommand's words. Throws
/// OptionError.
Arguments read_arguments(std::span<const char* const> arguments, Settings& settings);

/// The variable of the environment that gives an option, if one is set. `section` as OptionGroup's.
[[nodiscard]] std::optional<std::string> find_variable(const Catalogue& catalogue,
                                                       const Environment& environment,
                                                       const OptionRow& row,
                                                       std::string_view section = {});

/// Throws OptionError.
void read_environment(const Environment& environment, Settings& settings);

/// A file of options, of at most max_config_file_size bytes. Table headings mean nothing to Besu:
/// what is under them counts as if they were not there, unless it is `[SECTION]` with an option of
/// that section. Throws OptionError.
void read_toml_file(const std::filesystem::path& file, Source source, Settings& settings);

/// Web3Signer's form: one map, of `NAME: value` and `SECTION.NAME: value`; lists may be YAML lists,
/// lists of `k=v` YAML maps from k to v or to several. Throws OptionError.
void read_yaml_file(const std::filesystem::path& file, Source source, Settings& settings);

inline constexpr std::size_t max_config_file_size = std::size_t{1} << 20;

}  // namespace meta138::options
