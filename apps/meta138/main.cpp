// SPDX-License-Identifier: Apache-2.0
#include "load_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    CLI::App program{"The operator's tool of Meta138: measures what a node can serve."};
    program.name("meta138");
    program.require_subcommand(1);
    program.get_formatter()->column_width(36);
    meta138::app::add_load_command(program);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return program.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "meta138: {}\n", error.what());
        return 1;
    }
    return 0;
}
