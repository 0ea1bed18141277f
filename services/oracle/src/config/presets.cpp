// SPDX-License-Identifier: Apache-2.0
#include "config/presets.hpp"

#include <array>

namespace meta138::oracle {

namespace {

using namespace std::chrono_literals;

/// Coinbase Exchange, channel `ticker`; `heartbeat` says each second that a quiet market is alive.
StreamDialect coinbase() {
    return {
        .subscribe =
            R"({"type":"subscribe","product_ids":[{symbols}],"channels":["ticker","heartbeat"]})",
        .match = {{.path = "type", .value = "ticker"}},
        .symbol_path = "product_id",
        .price_path = "price",
        .time_path = "time",
        .time_form = TimeForm::iso8601,
        .errors = {{.path = "type", .value = "error"}},
        .error_text_path = "message",
    };
}

/// Kraken WebSocket API v2, channel `ticker`; heartbeats come unasked. Its prices are JSON numbers.
StreamDialect kraken() {
    return {
        .subscribe = R"({"method":"subscribe","params":{"channel":"ticker","symbol":[{symbols}]}})",
        .match = {{.path = "channel", .value = "ticker"}},
        .items = "data",
        .symbol_path = "symbol",
        .price_path = "last",
        .errors = {{.path = "success", .value = "false"}},
        .error_text_path = "error",
        .ping = R"({"method":"ping"})",
        .ping_interval = 30s,
    };
}

/// Binance Spot, stream `<symbol>@ticker`: one message a second.
StreamDialect binance() {
    return {
        .subscribe = R"({"method":"SUBSCRIBE","params":[{symbols}],"id":1})",
        .subscribe_symbol = "{symbol:lower}@ticker",
        .match = {{.path = "e", .value = "24hrTicker"}},
        .symbol_path = "s",
        .symbol_form = "{symbol:upper}",
        .price_path = "c",
        .time_path = "E",
        .time_form = TimeForm::unix_milliseconds,
        .errors = {{.path = "error", .value = ""}},
        .error_text_path = "error.msg",
    };
}

/// Bitstamp WebSocket API v2, channel `live_trades_<symbol>`.
StreamDialect bitstamp() {
    return {
        .subscribe = R"({"event":"bts:subscribe","data":{"channel":"live_trades_{symbol:lower}"}})",
        .match = {{.path = "event", .value = "trade"}},
        .symbol_path = "channel",
        .symbol_form = "live_trades_{symbol:lower}",
        .price_path = "data.price_str",
        .time_path = "data.microtimestamp",
        .time_form = TimeForm::unix_microseconds,
        .errors = {{.path = "event", .value = "bts:error"}},
        .error_text_path = "data.message",
        .reconnects = {{.path = "event", .value = "bts:request_reconnect"}},
        .ping = R"({"event":"bts:heartbeat"})",
        .ping_interval = 15s,
    };
}

constexpr std::array<std::string_view, 4> names{"coinbase", "kraken", "binance", "bitstamp"};

}  // namespace

std::span<const std::string_view> preset_names() noexcept {
    return names;
}

std::optional<StreamDialect> find_preset(std::string_view name) {
    if (name == "coinbase") return coinbase();
    if (name == "kraken") return kraken();
    if (name == "binance") return binance();
    if (name == "bitstamp") return bitstamp();
    return std::nullopt;
}

}  // namespace meta138::oracle
