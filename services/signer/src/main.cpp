// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/main.hpp"

#include "commands/commands.hpp"

#include "meta138/base/process.hpp"
#include "meta138/http/server.hpp"
#include "meta138/signer/durable_log.hpp"
#include "meta138/signer/options.hpp"
#include "meta138/signer/service.hpp"
#include "meta138/signer/signer.hpp"
#include "meta138/telemetry/logging.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <utility>

namespace meta138::signer {
namespace {

std::shared_ptr<telemetry::Log> open_log(const LogOptions& options) {
    telemetry::LogOptions result;
    result.level = telemetry::parse_level(options.level).value_or(telemetry::Level::info);
    result.format = options.json ? telemetry::LogFormat::json : telemetry::LogFormat::human;
    return telemetry::Log::open(std::move(result));
}

int serve(const CommandLine& line) {
    const StopSignals signals;
    raise_open_file_limit();
    const auto log = open_log(line.options.log);
    const auto logger = log->logger("signer.Main");
    if (!disable_core_dumps())
        logger.warn("The system does not let this program forbid core dumps, which hold its keys");
    try {
        Service service{line.options, logger};
        signals.wait();
        logger.info("Ending: finishing what has begun");
        service.stop();
        logger.info("Ended");
    } catch (const std::exception& error) {
        logger.error("Failed to start: {}", error.what());
        log->flush();
        throw;
    }
    log->flush();
    return 0;
}

int run(const CommandLine& line) {
    if (line.print_and_exit) {
        std::fputs(line.print_and_exit->c_str(), stdout);
        return 0;
    }
    using Command = int (*)(const CommandLine&);
    constexpr std::array<std::pair<std::string_view, Command>, 4> commands{{
        {"keys list", run_keys_list},
        {"new-account", run_new_account},
        {"convert-ethsigner-keys", run_convert_ethsigner_keys},
        {"audit verify", run_audit_verify},
    }};
    for (const auto& [words, command] : commands)
        if (line.command == words) return command(line);
    return serve(line);
}

int fail(int code, const char* what, bool show_help) {
    fmt::print(stderr, "{}\n", what);
    if (show_help) fmt::print(stderr, "\nTo display full help:\nmeta138-signer [COMMAND] --help\n");
    return code;
}

}  // namespace

std::string required_option(const CommandLine& line, std::string_view name) {
    const auto found = line.command_options.find(name);
    if (found == line.command_options.end() || found->second.empty())
        throw OptionError{fmt::format("Missing required option: '--{}'", name)};
    return found->second;
}

bool has_flag(const CommandLine& line, std::string_view name) {
    const auto found = line.command_options.find(name);
    return found != line.command_options.end() && found->second == "true";
}

int run_main(int argc, const char* const* argv) {
    const std::span arguments{argv, static_cast<std::size_t>(argc)};
    try {
        return run(
            parse_command_line(arguments.subspan(arguments.empty() ? 0 : 1), environment_variable));
    } catch (const OptionError& error) {
        return fail(options::invalid_options_exit_code, error.what(), true);
    } catch (const http::ConfigurationError& error) {
        return fail(options::invalid_options_exit_code, error.what(), false);
    } catch (const LogError& error) {
        return fail(options::invalid_options_exit_code, error.what(), false);
    } catch (const std::exception& error) {
        return fail(1, error.what(), false);
    }
}

}  // namespace meta138::signer
