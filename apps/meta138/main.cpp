// SPDX-License-Identifier: Apache-2.0
#include "deploy_command.hpp"
#include "doctor_command.hpp"
#include "load_command.hpp"
#include "network_command.hpp"
#include "watch_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>

namespace {

/// The word in the place of a command that is none; null: it is not that.
const char* find_unknown_command(const CLI::App& program, int argc, char** argv) {
    const auto* at = &program;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word{argv[i]};
        const auto all = at->get_subcommands([](const CLI::App*) { return true; });
        if (all.empty() || word.starts_with('-')) return nullptr;
        const auto found =
            std::ranges::find(all, word, [](const CLI::App* each) { return each->get_name(); });
        if (found == all.end()) return argv[i];
        at = *found;
    }
    return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App program{"The operator's tool of Meta138: makes, runs, watches and measures networks."};
    program.name("meta138");
    program.set_version_flag("--version", "meta138 " META138_VERSION);
    program.require_subcommand(1);
    program.get_formatter()->column_width(36);
    meta138::app::add_deploy_command(program);
    meta138::app::add_load_command(program);
    meta138::app::add_network_command(program);
    meta138::app::add_watch_commands(program);
    meta138::app::add_doctor_command(program);
    try {
        program.parse(argc, argv);
    } catch (const CLI::RuntimeError& error) {
        return error.get_exit_code();
    } catch (const CLI::ParseError& error) {
        if (const auto* word = find_unknown_command(program, argc, argv)) {
            fmt::print(stderr, "{} is no command\nRun with --help for more information.\n", word);
            return 2;
        }
        return program.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "meta138: {}\n", error.what());
        return 1;
    }
    return 0;
}
