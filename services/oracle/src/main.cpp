// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/main.hpp"

#include "status_server.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/base/process.hpp"
#include "meta138/http/server.hpp"
#include "meta138/oracle/commands.hpp"
#include "meta138/oracle/config.hpp"
#include "meta138/oracle/publisher.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace meta138::oracle {
namespace {

constexpr std::string_view version = "0.1.0";
constexpr int failed = 1;
constexpr int wrong_options = 2;

constexpr std::string_view help =
    R"(meta138-oracle publishes prices to the feeds of a chain.

Usage: meta138-oracle [COMMAND] [OPTIONS]

Commands:
  run               Publish until SIGINT or SIGTERM. The default.
  check             Validate the configuration and ask every source once.
  simulate-prices   Serve made-up prices for a local network.
  help, version

Options of run:
  -c, --config=FILE      The configuration, TOML (oracle.toml). Documented in docs/oracle.md.
      --dry-run          Decide and log, send nothing. Also publisher.dry_run.
      --log-level=LEVEL  ERROR, WARN, INFO, DEBUG or TRACE, in place of log.level.
      --log-json         One JSON object a line. Also log.json.

`meta138-oracle COMMAND --help` has those of the other commands.

While it runs it serves (http.host, http.port): /status, /health, /livez, /metrics.
Exit codes: 0 done, 1 failed, 2 wrong options or configuration.
)";

/// Shown with exit code 2.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Arguments {
    std::string command = "run";
    std::string config = "oracle.toml";
    bool is_dry_run = false;
    std::optional<std::string> log_level;
    bool is_json = false;
    bool wants_help = false;
};

class ArgumentReader {
public:
    explicit ArgumentReader(std::span<const char* const> arguments) : left_{arguments} {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }
    std::string_view next() {
        const std::string_view result = left_.front();
        left_ = left_.subspan(1);
        return result;
    }
    /// The value of `--name=VALUE`, `--name VALUE` or `-n VALUE`, if `argument` is that option.
    std::optional<std::string> value(std::string_view argument, std::string_view name,
                                     std::string_view letter = {}) {
        if (argument.starts_with(name) && argument.substr(name.size()).starts_with('='))
            return std::string{argument.substr(name.size() + 1)};
        if (argument != name && (letter.empty() || argument != letter)) return std::nullopt;
        if (empty()) throw UsageError{fmt::format("{} needs a value", argument)};
        return std::string{next()};
    }

private:
    std::span<const char* const> left_;
};

Arguments parse(std::span<const char* const> words) {
    Arguments result;
    ArgumentReader reader{words};
    bool has_command = false;
    while (!reader.empty()) {
        const auto word = reader.next();
        if (auto file = reader.value(word, "--config", "-c")) {
            result.config = *std::move(file);
        } else if (auto level = reader.value(word, "--log-level")) {
            result.log_level = *std::move(level);
        } else if (word == "--dry-run") {
            result.is_dry_run = true;
        } else if (word == "--log-json") {
            result.is_json = true;
        } else if (word == "--help" || word == "-h") {
            result.wants_help = true;
        } else if (word == "--version") {
            result.command = "version";
            has_command = true;
        } else if (!word.starts_with('-') && !has_command) {
            result.command = word;
            has_command = true;
        } else {
            throw UsageError{fmt::format("{} is not known", word)};
        }
    }
    return result;
}

Config load(const Arguments& arguments) {
    auto config = load_config(arguments.config, environment_variable);
    if (!config) {
        std::string text;
        for (const auto& each : config.error()) {
            if (!text.empty()) text += '\n';
            text += to_string(each);
        }
        throw UsageError{text};
    }
    if (arguments.is_dry_run) config->publisher.dry_run = true;
    if (arguments.log_level) config->log.level = *arguments.log_level;
    if (arguments.is_json) config->log.json = true;
    return *std::move(config);
}

std::shared_ptr<telemetry::Log> open_log(const Config& config) {
    const auto level = telemetry::parse_level(config.log.level);
    if (!level) throw UsageError{fmt::format("log level {} is not known", config.log.level)};
    return telemetry::Log::open(
        {.level = *level,
         .format = config.log.json ? telemetry::LogFormat::json : telemetry::LogFormat::human,
         .fields = {{"oracle", config.name}}});
}

/// Ends the publisher when a signal comes; a second one ends its grace.
class SignalWatch {
public:
    /// Blocks SIGINT and SIGTERM, in this thread and in those that it starts later.
    SignalWatch() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        (void)std::signal(SIGPIPE, SIG_IGN);
    }
    ~SignalWatch() {
        if (!thread_.joinable()) return;
        pthread_kill(thread_.native_handle(), SIGUSR1);
        thread_.join();
    }
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    void start(Publisher& publisher, telemetry::Logger log) {
        thread_ = std::thread{[this, &publisher, log] {
            for (;;) {
                int signal = 0;
                sigwait(&signals_, &signal);
                if (signal == SIGUSR1) return;
                log.info("Stopping");
                publisher.stop();
            }
        }};
    }

private:
    sigset_t signals_{};
    std::thread thread_;
};

http::EndpointOptions endpoint_options(const HttpConfig& config) {
    http::EndpointOptions options;
    options.name = "oracle";
    options.host = config.host;
    options.port = config.port;
    options.probe = false;
    options.host_allowlist = config.host_allowlist;
    options.limits.body_bytes = 4096;
    return options;
}

int run(const Arguments& arguments) {
    const auto config = load(arguments);
    SignalWatch signals;
    const auto log = open_log(config);
    const auto logger = log->logger("oracle.Publisher");
    telemetry::Metrics metrics;
    const auto process = telemetry::register_process_metrics(metrics, version);

    Publisher publisher{config, std::string{version}, logger, metrics};
    StatusHandler handler{publisher, metrics};
    http::Server server{{.io_threads = 1}, log->logger("oracle.StatusServer"), metrics};
    std::string served = "no status is served";
    if (config.http.enabled) {
        const auto port = server.listen(endpoint_options(config.http), handler);
        server.start();
        served = fmt::format("status at http://{}:{}/status", config.http.host, port);
    }
    logger.info("{} publishes {} feeds on chain {} as {} with {}{}; {}", config.name,
                config.feeds.size(), config.chain.id, to_hex(publisher.status()->account.bytes),
                publisher.status()->signer, config.publisher.dry_run ? " (dry run)" : "", served);
    signals.start(publisher, logger);
    publisher.run();
    server.stop(std::chrono::milliseconds{200});
    logger.info("Stopped");
    log->flush();
    return 0;
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

int dispatch(std::span<const char* const> words) {
    if (!words.empty() && words.front() == std::string_view{"check"})
        return check_command(words.subspan(1));
    if (!words.empty() && words.front() == std::string_view{"simulate-prices"})
        return simulate_command(words.subspan(1));
    const auto arguments = parse(words);
    if (arguments.command == "help" || (arguments.wants_help && arguments.command == "run")) {
        print(help);
        return 0;
    }
    if (arguments.command == "version") {
        print(fmt::format("meta138-oracle {}\n", version));
        return 0;
    }
    if (arguments.command == "run") return run(arguments);
    throw UsageError{fmt::format("there is no command {}", arguments.command)};
}

}  // namespace

int run_main(int argc, const char* const* argv) {
    try {
        return dispatch({argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0)});
    } catch (const UsageError& error) {
        fmt::print(stderr, "{}\n(meta138-oracle --help)\n", error.what());
        return wrong_options;
    } catch (const http::ConfigurationError& error) {
        fmt::print(stderr, "{}\n", error.what());
        return wrong_options;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return failed;
    }
}

}  // namespace meta138::oracle
