// SPDX-License-Identifier: Apache-2.0
#include "check_chain.hpp"
#include "check_report.hpp"
#include "command_line.hpp"
#include "config/section.hpp"

#include "meta138/base/process.hpp"
#include "meta138/http/server.hpp"
#include "meta138/oracle/commands.hpp"
#include "meta138/oracle/sources.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <exception>
#include <mutex>

namespace meta138::oracle {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view help =
    R"(meta138-oracle check validates a configuration and asks every source once.

Usage: meta138-oracle check [OPTIONS]

  -c, --config=FILE  The configuration, TOML. Default oracle.toml.
      --wait=TIME    How long to wait for the first prices at most. Default 10s.
      --chain        Asks the chain's endpoints, the signer and the feeds' contracts too.
      --offline      Validates the configuration only.
      --json         One JSON object in place of tables.

Exit codes: 0 every source told a price and every feed has one (and, with --chain, nothing keeps it
from being published); 1 not so; 2 wrong options or configuration (each error with its line).
)";

struct CheckOptions {
    std::string config = "oracle.toml";
    milliseconds wait{10'000};
    bool is_offline = false;
    bool asks_chain = false;
    bool is_json = false;
    bool wants_help = false;
};

CheckOptions parse(std::span<const char* const> words) {
    CheckOptions options;
    CommandLine line{words};
    while (!line.empty()) {
        const auto word = line.next();
        if (auto config = line.value(word, "--config", "-c")) {
            options.config = *std::move(config);
        } else if (const auto wait = line.value(word, "--wait")) {
            const auto time = parse_duration(*wait);
            if (!time || *time > 1h) throw UsageError{"--wait: a time such as 10s, at most 1h"};
            options.wait = *time;
        } else if (word == "--offline") {
            options.is_offline = true;
        } else if (word == "--chain") {
            options.asks_chain = true;
        } else if (word == "--json") {
            options.is_json = true;
        } else if (word == "--help" || word == "-h") {
            options.wants_help = true;
        } else {
            throw UsageError{fmt::format("{} is not known", word)};
        }
    }
    return options;
}

/// Every ticker has told a price, or a polled one has failed at all of its servers. Streams are
/// waited for longer: their first message may be another one.
bool is_complete(const Config& config, const PriceBoard& board) {
    for (std::size_t i = 0; i < board.size(); ++i) {
        const auto& source = config.sources[config.tickers[i].source];
        const auto* const chain = std::get_if<ChainSource>(&source.kind);
        const bool is_stream = std::holds_alternative<StreamSource>(source.kind);
        const std::size_t servers = chain != nullptr ? chain->endpoints.size() : 1;
        if (board[i].good == 0 && (is_stream || board[i].bad < servers)) return false;
    }
    return true;
}

CheckReport ask_sources(const Config& config, milliseconds wait) {
    telemetry::Metrics metrics;
    Sources sources{config, telemetry::Logger{}, metrics};
    std::mutex mutex;
    std::condition_variable changed;
    sources.start([&mutex, &changed] {
        const std::lock_guard lock{mutex};
        changed.notify_one();
    });
    {
        std::unique_lock lock{mutex};
        changed.wait_for(lock, wait, [&] { return is_complete(config, *sources.board()); });
    }
    auto report = make_report(config, *sources.board(), read_clocks());
    sources.stop();
    return report;
}

int check(const CheckOptions& options) {
    const auto config = load_config(options.config, environment_variable);
    if (!config) {
        for (const auto& error : config.error()) fmt::print(stderr, "{}\n", to_string(error));
        return 2;
    }
    if (options.is_offline) {
        fmt::print("{}", options.is_json
                             ? std::string{"{\"ok\":true}\n"}
                             : fmt::format("{}: {} feeds, {} sources, no error\n", options.config,
                                           config->feeds.size(), config->sources.size()));
        return 0;
    }
    (void)std::signal(SIGPIPE, SIG_IGN);
    const auto report = ask_sources(*config, options.wait);
    std::optional<ChainReport> chain;
    if (options.asks_chain) chain = ask_chain(*config);
    if (options.is_json) {
        fmt::print("{}", to_json(report, chain ? &*chain : nullptr));
    } else {
        fmt::print("{}", to_text(report, may_colour(STDOUT_FILENO)));
        if (chain) fmt::print("\n{}", to_text(*chain, may_colour(STDOUT_FILENO)));
    }
    return report.is_good() && (!chain || chain->is_good()) ? 0 : 1;
}

}  // namespace

int check_command(std::span<const char* const> words) {
    try {
        const auto options = parse(words);
        if (options.wants_help) {
            fmt::print("{}", help);
            return 0;
        }
        return check(options);
    } catch (const UsageError& error) {
        fmt::print(stderr, "{}\n(meta138-oracle check --help)\n", error.what());
        return 2;
    } catch (const http::ConfigurationError& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}

}  // namespace meta138::oracle
