// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::options {

/// A command line, an environment or a file that a program cannot start with: one line for the
/// operator.
struct OptionError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// With which a program ends when its options are at fault.
inline constexpr int invalid_options_exit_code = 2;

/// What the text of an option's value must look like.
enum class ValueKind : std::uint8_t {
    flag,  ///< true or false; true when nothing follows.
    text,
    path,
    port,     ///< 0 to 65535.
    integer,  ///< May be negative.
    count,    ///< May not.
    number,   ///< With a fraction.
    wei,      ///< Up to 2^256 - 1.
    choice,   ///< One of `values`, in any letter case.
    list,     ///< Several, with commas or by repetition.
};

/// What giving the option does.
enum class Effect : std::uint8_t {
    yes,
    not_yet,     ///< Belongs to a part that does not exist yet: a warning.
    not_needed,  ///< Tunes something that this program does not have: a warning.
    removed,     ///< Besu had it once: a warning that names `values` as its successor.
};

/// One option: its name on the command line, in the environment and in TOML files is this name.
struct OptionRow {
    std::string_view name;
    ValueKind kind = ValueKind::text;
    std::string_view fallback;  ///< As the operator would write it; empty: none.
    std::string_view help;
    Effect effect = Effect::yes;
    std::string_view values = {};    ///< Of a choice: "FULL|SNAP". Otherwise the word in --help.
    std::string_view aliases = {};   ///< With commas between.
    bool command_line_only = false;  ///< No TOML key.

    /// Besu's mark for experimental options; --help leaves them to --Xhelp.
    [[nodiscard]] bool is_hidden() const noexcept { return name.starts_with('X'); }
    [[nodiscard]] std::vector<std::string_view> names() const;
};

/// A heading of --help.
struct OptionGroup {
    std::string_view title;
    /// The option without which the rest of the group does nothing; empty: there is none.
    std::string_view main;
    std::span<const OptionRow> rows;
    /// The subcommand whose options they are (`eth1`): in a file they are `eth1.NAME`, in the
    /// environment PREFIX_ETH1_NAME. Empty: the program's own.
    std::string_view section = {};
};

/// A word or two after the program's name.
struct CommandRow {
    std::string_view words;
    std::string_view other_words;  ///< Besu's spelling, or ours.
    std::string_view arguments;    ///< For --help.
    std::string_view help;
    std::span<const OptionRow> rows;
};

/// Everything that a program lets its operator decide. Refers to tables that live as long as the
/// program.
struct Catalogue {
    std::string_view program;  ///< `meta138-node`
    std::string_view usage;    ///< The beginning of --help.
    /// The end of a subcommand's --help.
    std::string_view command_note;
    std::span<const OptionGroup> groups;
    std::span<const CommandRow> commands;
    /// Of variables of the environment, with the underscore; of several the first that is set.
    std::span<const std::string_view> prefixes;
    /// Whether errors about unknown keys of a file say the line, which Besu's do not.
    bool tells_lines = true;

    /// The row with that name or alias, null when there is none.
    [[nodiscard]] const OptionRow* find_option(std::string_view name) const;
    /// The row that a file's key means: `NAME`, or `SECTION.NAME` of an option that has a section.
    [[nodiscard]] const OptionRow* find_key(std::string_view key) const;
    [[nodiscard]] const CommandRow* find_command(std::string_view words) const;

    /// "Did you mean": options whose names are nearest, for an error message; may be empty.
    [[nodiscard]] std::string similar_options(std::string_view name) const;

    /// --help, of a command or of the program (null); hidden: that of experimental options.
    [[nodiscard]] std::string help_text(const CommandRow* command, bool hidden) const;
};

}  // namespace meta138::options
