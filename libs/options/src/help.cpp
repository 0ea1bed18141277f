// SPDX-License-Identifier: Apache-2.0
#include "meta138/options/option_table.hpp"

#include <fmt/format.h>

namespace meta138::options {
namespace {

constexpr std::size_t indent = 6;
constexpr std::size_t width = 96;

std::string_view word_of(const OptionRow& row) {
    if (!row.values.empty()) return row.values;
    switch (row.kind) {
        case ValueKind::flag: return "true|false";
        case ValueKind::text: return "TEXT";
        case ValueKind::path: return "PATH";
        case ValueKind::port: return "PORT";
        case ValueKind::integer:
        case ValueKind::count:
        case ValueKind::number: return "NUMBER";
        case ValueKind::wei: return "WEI";
        case ValueKind::choice: return "NAME";
        case ValueKind::list: return "NAME";
    }
    return "";
}

std::string wrapped(std::string_view text) {
    std::string out;
    std::string line(indent, ' ');
    while (!text.empty()) {
        const auto space = text.find(' ');
        const auto word = text.substr(0, space);
        text = space == text.npos ? std::string_view{} : text.substr(space + 1);
        if (line.size() + word.size() > width) {
            out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
            line.assign(indent, ' ');
        }
        line.append(word).append(" ");
    }
    return out + line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
}

std::string row_text(const OptionRow& row) {
    const auto head = row.kind == ValueKind::flag
                          ? fmt::format("  --{}[=true|false]", row.name)
                          : fmt::format("  --{}={}{}", row.name, word_of(row),
                                        row.kind == ValueKind::list ? "[,...]" : "");
    std::string text{row.help};
    if (!row.fallback.empty()) text += fmt::format(" (default: {})", row.fallback);
    if (row.effect == Effect::not_yet) text += " [no effect yet]";
    if (row.effect == Effect::not_needed) text += " [no effect]";
    return head + '\n' + wrapped(text);
}

std::string groups_text(const Catalogue& catalogue, bool hidden) {
    std::string text;
    for (const auto& group : catalogue.groups) {
        std::string rows;
        for (const auto& row : group.rows)
            if (row.effect != Effect::removed && row.is_hidden() == hidden) rows += row_text(row);
        if (!rows.empty()) text += fmt::format("\n{}\n{}", group.title, rows);
    }
    return text;
}

std::string commands_text(const Catalogue& catalogue) {
    std::string text = "\nCommands\n";
    for (const auto& row : catalogue.commands)
        text += fmt::format(
            "  {:<28}{}{}\n", fmt::format("{} {}", row.words, row.arguments), row.help,
            row.other_words.empty() ? std::string{} : fmt::format(" (also: {})", row.other_words));
    return text;
}

}  // namespace

std::string Catalogue::help_text(const CommandRow* command, bool hidden) const {
    if (command != nullptr && command->words != "help") {
        auto text = fmt::format("Usage: {} [OPTIONS] {} {}\n\n{}.\n", program, command->words,
                                command->arguments, command->help);
        if (!command->rows.empty()) text += '\n';
        for (const auto& row : command->rows) text += row_text(row);
        for (const auto& group : groups)
            if (group.section == command->words) {
                text += fmt::format("\n{}\n", group.title);
                for (const auto& row : group.rows) text += row_text(row);
            }
        return text + fmt::format("\n{}\n", command_note);
    }
    if (hidden)
        return "Experimental options: they may change without notice.\n" + groups_text(*this, true);
    return std::string{usage} + commands_text(*this) + groups_text(*this, false) +
           "\n  -h, --help     This text\n  -V, --version  The version\n";
}

}  // namespace meta138::options
