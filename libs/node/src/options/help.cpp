// SPDX-License-Identifier: Apache-2.0
#include "options/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::node {
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

std::string groups_text(bool hidden) {
    std::string text;
    for (const auto& group : option_groups()) {
        std::string rows;
        for (const auto& row : group.rows)
            if (row.effect != Effect::removed && row.is_hidden() == hidden) rows += row_text(row);
        if (!rows.empty()) text += fmt::format("\n{}\n{}", group.title, rows);
    }
    return text;
}

std::string commands_text() {
    std::string text = "\nCommands\n";
    for (const auto& row : commands())
        text += fmt::format(
            "  {:<28}{}{}\n", fmt::format("{} {}", row.words, row.arguments), row.help,
            row.other_words.empty() ? std::string{} : fmt::format(" (also: {})", row.other_words));
    return text;
}

constexpr std::string_view usage = R"(Usage: meta138-node [OPTIONS] [COMMAND]

Runs a node of an EVM network, with Besu's options and files.

  meta138-node --dev
      A development chain at http and ws://127.0.0.1:8545, with funded accounts
  meta138-node --genesis-file=genesis.json --data-path=data --rpc-http-enabled
      A node of the network of that genesis file

An option counts from the first of: the command line; the environment (--rpc-http-port is
META138_RPC_HTTP_PORT or BESU_RPC_HTTP_PORT); the TOML file of --config-file (rpc-http-port=8545);
the profile; its default. --Xhelp lists the experimental ones.
)";

}  // namespace

std::string help_text(const CommandRow* command, bool hidden) {
    if (command != nullptr && command->words != "help") {
        auto text = fmt::format("Usage: meta138-node [OPTIONS] {} {}\n\n{}.\n", command->words,
                                command->arguments, command->help);
        if (!command->rows.empty()) text += '\n';
        for (const auto& row : command->rows) text += row_text(row);
        return text + "\nThe node's own options (--data-path, --genesis-file, ...) hold as well.\n";
    }
    if (hidden)
        return "Experimental options: they may change without notice.\n" + groups_text(true);
    return std::string{usage} + commands_text() + groups_text(false) +
           "\n  -h, --help     This text\n  -V, --version  The version\n";
}

}  // namespace meta138::node
