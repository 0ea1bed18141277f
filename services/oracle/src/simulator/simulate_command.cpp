// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"
#include "config/section.hpp"
#include "simulator/exchange.hpp"
#include "simulator/price_model.hpp"
#include "simulator/simulator.hpp"
#include "template.hpp"

#include "meta138/base/process.hpp"
#include "meta138/http/server.hpp"
#include "meta138/oracle/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>

namespace meta138::oracle {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view help =
    R"(meta138-oracle simulate-prices serves MADE-UP prices, for local networks and tests.

Usage: meta138-oracle simulate-prices [OPTIONS]

      --host=ADDRESS         Default 127.0.0.1.
      --port=PORT            Default 9139; 0: any, which is printed.
      --pair=SYMBOL=PRICE    A pair whose price is a random walk that begins here. Again for
                             each. Default: BTC/USD=60000, ETH/USD=3000, EUR/USD=1.08.
      --series=SYMBOL=FILE[#COLUMN]
                             A pair whose price is replayed from a CSV file (a column by its
                             name; the last one by default) or from a JSON array (of numbers, or
                             of objects with a member COLUMN), again and again.
      --interval=TIME        Between two prices. Default 1s.
      --volatility=SHARE     What a random walk moves at most between two. Default 0.05%.
      --noise=SHARE          By how much exchanges differ from the price. Default 0.01%.
      --seed=NUMBER          The same seed makes the same prices. Default 138.

Serves them in the forms of coinbase, kraken, binance and bitstamp (WebSocket at /EXCHANGE, HTTP at
/EXCHANGE/SYMBOL) and as plain JSON (/plain/SYMBOL). Faults are switched over HTTP: GET / says how.
)";

constexpr std::uint16_t default_port = 9139;
constexpr std::uintmax_t max_series_size = 64 << 20;

struct SimulateOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = default_port;
    SimulatorSettings settings{};
    bool wants_help = false;
};

template <class Integer>
Integer parse_number(std::string_view name, std::string_view text) {
    Integer number{};
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end)
        throw UsageError{fmt::format("{}: \"{}\" is no number in range", name, text)};
    return number;
}

Ratio parse_share(std::string_view name, std::string_view text) {
    const auto percent =
        text.ends_with('%')
            ? parse_decimal(text.substr(0, text.size() - 1))
            : std::expected<Decimal, DecimalError>{std::unexpected{DecimalError::bad_digit}};
    if (percent && percent->is_zero()) return Ratio{0};
    const auto ppb = percent ? to_answer(*percent, 7) : std::nullopt;
    if (!ppb || *ppb > uint256{Ratio::one / 2})
        throw UsageError{fmt::format("{}: write 0.05%, at most 50%", name)};
    return Ratio{ppb->low64()};
}

/// `SYMBOL=REST`
std::pair<std::string, std::string> split_pair(std::string_view name, const std::string& text) {
    const auto at = text.find('=');
    if (at == std::string::npos || !is_symbol(text.substr(0, at)) ||
        plain_symbol(text.substr(0, at)).empty())
        throw UsageError{fmt::format("{}: write it as ETH/USD=...", name)};
    return {text.substr(0, at), text.substr(at + 1)};
}

SimulatedPair read_pair(const std::string& text) {
    auto [symbol, price] = split_pair("--pair", text);
    const auto start = parse_decimal(price);
    if (!start || start->is_zero() || *start > Decimal::from(1, 10))
        throw UsageError{fmt::format("--pair: \"{}\" is no price up to 10000000000", price)};
    return {.symbol = std::move(symbol), .start = *start};
}

SimulatedPair read_series(const std::string& text) {
    auto [symbol, where] = split_pair("--series", text);
    const auto hash = where.find('#');
    const auto file = where.substr(0, hash);
    const auto column = hash == std::string::npos ? "" : where.substr(hash + 1);
    std::error_code error;
    if (const auto size = std::filesystem::file_size(file, error); error || size > max_series_size)
        throw UsageError{
            fmt::format("--series: cannot read {}, or it is larger than 64 MiB", file)};
    std::ifstream in{file, std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{in}, {}};
    auto series = parse_series(content, column);
    if (!series) throw UsageError{fmt::format("--series: {}: {}", file, series.error())};
    return {.symbol = std::move(symbol), .series = *std::move(series)};
}

SimulateOptions parse(std::span<const char* const> words) {
    SimulateOptions options;
    CommandLine line{words};
    while (!line.empty()) {
        const auto word = line.next();
        if (auto host = line.value(word, "--host")) {
            options.host = *std::move(host);
        } else if (const auto port = line.value(word, "--port")) {
            options.port = parse_number<std::uint16_t>("--port", *port);
        } else if (const auto pair = line.value(word, "--pair")) {
            options.settings.pairs.push_back(read_pair(*pair));
        } else if (const auto series = line.value(word, "--series")) {
            options.settings.pairs.push_back(read_series(*series));
        } else if (const auto interval = line.value(word, "--interval")) {
            const auto time = parse_duration(*interval);
            if (!time || *time < 10ms)
                throw UsageError{"--interval: a time such as 1s or 250ms, at least 10ms"};
            options.settings.interval = *time;
        } else if (const auto volatility = line.value(word, "--volatility")) {
            options.settings.volatility = parse_share("--volatility", *volatility);
        } else if (const auto noise = line.value(word, "--noise")) {
            options.settings.noise = parse_share("--noise", *noise);
        } else if (const auto seed = line.value(word, "--seed")) {
            options.settings.seed = parse_number<std::uint64_t>("--seed", *seed);
        } else if (word == "--help" || word == "-h") {
            options.wants_help = true;
        } else {
            throw UsageError{fmt::format("{} is not known", word)};
        }
    }
    auto& pairs = options.settings.pairs;
    if (pairs.empty())
        pairs = {{.symbol = "BTC/USD", .start = Decimal::from(60'000)},
                 {.symbol = "ETH/USD", .start = Decimal::from(3'000)},
                 {.symbol = "EUR/USD", .start = Decimal::from(108, -2)}};
    for (auto pair = pairs.begin(); pair != pairs.end(); ++pair)
        if (std::any_of(pairs.begin(), pair, [&pair](const SimulatedPair& other) {
                return plain_symbol(other.symbol) == plain_symbol(pair->symbol);
            }))
            throw UsageError{fmt::format("{} is given twice", pair->symbol)};
    return options;
}

void serve(SimulateOptions options) {
    const StopSignals signals;

    http::EndpointOptions endpoint;
    endpoint.name = "simulator";
    endpoint.host = options.host;
    endpoint.port = options.port;
    endpoint.websocket = true;
    endpoint.probe = false;
    endpoint.limits.connections = 1024;
    endpoint.limits.body_bytes = 4096;
    // A silent exchange keeps its requests for as long.
    endpoint.limits.request_timeout = 90s;
    if (options.host != "127.0.0.1") endpoint.host_allowlist = {"*"};

    std::string symbols;
    for (const auto& pair : options.settings.pairs)
        symbols += (symbols.empty() ? "" : ", ") + pair.symbol;
    telemetry::Metrics metrics;
    Simulator simulator{std::move(options.settings)};
    http::Server server{{.io_threads = 1}, telemetry::Logger{}, metrics};
    const auto port = server.listen(std::move(endpoint), simulator);
    server.start();
    simulator.start();
    fmt::print("SIMULATED prices (made up, worth nothing) of {} at http://{}:{}\n", symbols,
               options.host, port);
    std::fflush(stdout);
    signals.wait();
    simulator.stop();
    server.stop(500ms);
}

}  // namespace

int simulate_command(std::span<const char* const> words) {
    try {
        auto options = parse(words);
        if (options.wants_help) {
            fmt::print("{}", help);
            return 0;
        }
        serve(std::move(options));
        return 0;
    } catch (const UsageError& error) {
        fmt::print(stderr, "{}\n(meta138-oracle simulate-prices --help)\n", error.what());
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
