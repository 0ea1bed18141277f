// SPDX-License-Identifier: Apache-2.0
#include "deploy_command.hpp"
#include "doctor_command.hpp"
#include "load_command.hpp"
#include "network_command.hpp"
#include "watch_command.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    CLI::App program{"The operator's tool of Meta138: makes, runs, watches and measures networks."};
    program.name("meta138");
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
        return program.exit(error) == 0 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "meta138: {}\n", error.what());
        return 1;
    }
    return 0;
}
