// SPDX-License-Identifier: Apache-2.0
#include "meta138/node/main.hpp"

#include "commands/commands.hpp"

#include "meta138/http/server.hpp"
#include "meta138/node/node.hpp"
#include "meta138/node/options.hpp"
#include "meta138/storage/database.hpp"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <utility>

namespace meta138::node {
namespace {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): one thread yet
    if (value == nullptr) return std::nullopt;
    return std::string{value};
}

/// Signals that end the node, blocked in every thread so that only wait_for_signal() sees them.
sigset_t block_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    return set;
}

std::shared_ptr<telemetry::Log> open_log(const LogOptions& options) {
    telemetry::LogOptions result;
    result.level = telemetry::parse_level(options.level).value_or(telemetry::Level::info);
    result.format = options.format == LogFormat::json ? telemetry::LogFormat::json
                                                      : telemetry::LogFormat::human;
    if (options.color)
        result.colour = *options.color ? telemetry::Colour::always : telemetry::Colour::never;
    return telemetry::Log::open(std::move(result));
}

/// Every connection is an open file, and so is every table of the database.
void allow_open_files() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run_node(const CommandLine& line) {
    const auto signals = block_signals();
    allow_open_files();
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
        int signal = 0;
        sigwait(&signals, &signal);
    } catch (const std::exception& error) {
        logger.error("Failed to start Meta138: {}", error.what());
        log->flush();
        throw;
    }
    log->flush();
    return has_fault ? 1 : 0;
}

int run(const CommandLine& line) {
    if (line.print_and_exit) {
        std::fputs(line.print_and_exit->c_str(), stdout);
        return 0;
    }
    using Command = int (*)(const CommandLine&);
    constexpr std::array<std::pair<std::string_view, Command>, 11> commands{{
        {"import", run_import},
        {"export", run_export},
        {"storage usage", run_storage_usage},
        {"storage verify", run_storage_verify},
        {"storage prune", run_storage_prune},
        {"validate-config", run_validate_config},
        {"public-key export", run_public_key_export},
        {"public-key export-address", run_public_key_export},
        {"operator generate-blockchain-config", run_generate_blockchain_config},
        {"rlp encode", run_rlp_encode},
        {"rlp decode", run_rlp_decode},
    }};
    for (const auto& [words, command] : commands)
        if (line.command == words) return command(line);
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
