// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/main.hpp"

#include "commands/commands.hpp"
#include "options/option_table.hpp"

#include "meta138/base/process.hpp"
#include "meta138/http/server.hpp"
#include "meta138/node/node.hpp"
#include "meta138/node/options.hpp"
#include "meta138/storage/database.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <span>
#include <utility>

namespace meta138::node {
namespace {

std::shared_ptr<telemetry::Log> open_log(const LogOptions& options) {
    telemetry::LogOptions result;
    result.level = telemetry::parse_level(options.level).value_or(telemetry::Level::info);
    result.format = options.format == LogFormat::json ? telemetry::LogFormat::json
                                                      : telemetry::LogFormat::human;
    if (options.color)
        result.colour = *options.color ? telemetry::Colour::always : telemetry::Colour::never;
    return telemetry::Log::open(std::move(result));
}

int run_node(const CommandLine& line) {
    const StopSignals signals;
    raise_open_file_limit();
    const auto log = open_log(line.options.log);
    const auto logger = log->logger("node.Main");
    std::atomic<bool> has_fault{false};
    try {
        const auto set_level = [&log](std::string_view name, std::span<const std::string> loggers) {
            const auto level = telemetry::parse_level(name);
            if (!level) return false;
            if (loggers.empty()) log->set_level(*level);
            for (const auto& each : loggers) log->set_level(each, *level);
            return true;
        };
        Node node{line.options, logger, set_level, [&](const std::string&) {
                      has_fault = true;
                      ::kill(::getpid(), SIGTERM);
                  }};
        signals.wait();
    } catch (const std::exception& error) {
        logger.error("Failed to start Meta138: {}", error.what());
        log->flush();
        throw;
    }
    log->flush();
    return has_fault ? 1 : 0;
}

/// Besu's commands that have none here say so in their help.
std::string without_counterpart(std::string_view command) {
    const auto* row = catalogue().find_command(command);
    return fmt::format("meta138-node has no '{}'. It is {}", command,
                       row == nullptr ? std::string_view{} : row->help);
}

/// `blocks import --run`.
bool runs_afterwards(const CommandLine& line) {
    const auto found = line.command_options.find("run");
    return found != line.command_options.end() && found->second == "true";
}

int run(const CommandLine& line) {
    if (line.print_and_exit) {
        std::fputs(line.print_and_exit->c_str(), stdout);
        return 0;
    }
    using Command = int (*)(const CommandLine&);
    constexpr std::array<std::pair<std::string_view, Command>, 14> commands{{
        {"import", run_import},
        {"export", run_export},
        {"genesis check", run_genesis_check},
        {"storage usage", run_storage_usage},
        {"storage verify", run_storage_verify},
        {"storage repair", run_storage_repair},
        {"storage prune", run_storage_prune},
        {"validate-config", run_validate_config},
        {"public-key export", run_public_key_export},
        {"public-key export-address", run_public_key_export},
        {"password hash", run_password_hash},
        {"operator generate-blockchain-config", run_generate_blockchain_config},
        {"rlp encode", run_rlp_encode},
        {"rlp decode", run_rlp_decode},
    }};
    for (const auto& [words, command] : commands)
        if (line.command == words) {
            const auto code = command(line);
            return code == 0 && runs_afterwards(line) ? run_node(line) : code;
        }
    if (!line.command.empty()) throw OptionError{without_counterpart(line.command)};
    return run_node(line);
}

int fail(int code, const char* what, bool show_help) {
    fmt::print(stderr, "{}\n", what);
    if (show_help) fmt::print(stderr, "\nTo display full help:\nmeta138-node [COMMAND] --help\n");
    return code;
}

}  // namespace

int run_main(int argc, const char* const* argv) {
    const std::span arguments{argv, static_cast<std::size_t>(argc)};
    try {
        return run(
            parse_command_line(arguments.subspan(arguments.empty() ? 0 : 1), environment_variable));
    } catch (const OptionError& error) {
        return fail(invalid_options_exit_code, error.what(), true);
    } catch (const storage::OpenError& error) {
        return fail(invalid_options_exit_code, error.what(), false);
    } catch (const http::ConfigurationError& error) {
        return fail(invalid_options_exit_code, error.what(), false);
    } catch (const std::exception& error) {
        return fail(1, error.what(), false);
    }
}

}  // namespace meta138::node
