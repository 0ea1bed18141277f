// SPDX-License-Identifier: Apache-2.0
#include "simulator/exchange.hpp"

#include "json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::oracle {

namespace {

constexpr std::size_t max_subscriptions = 256;

/// `2026-03-29T03:57:50.123000Z`
std::string iso8601(milliseconds at) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(at);
    const auto days = std::chrono::floor<std::chrono::days>(whole);
    const std::chrono::year_month_day date{std::chrono::sys_days{days}};
    const std::chrono::hh_mm_ss time{whole - days};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}000Z",
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), (at - whole).count());
}

std::string with_separator(std::string_view symbol, char separator) {
    std::string result{symbol};
    std::ranges::replace(result, '/', separator);
    return result;
}

std::string lower(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

/// A price that is a JSON number, if it is a number at all.
std::string as_json(const std::string& price) {
    return parse_decimal(price) ? price : '"' + price + '"';
}

void add_symbols(const JsonValue& list, StreamRequest& request) {
    for (const auto& element : list.elements()) {
        if (request.symbols.size() >= max_subscriptions) return;
        auto text = element.text().value_or("");
        if (const auto at = text.find('@'); at != std::string::npos) text.resize(at);
        request.symbols.push_back(plain_symbol(text));
    }
}

}  // namespace

std::string_view to_string(Exchange exchange) noexcept {
    switch (exchange) {
        case Exchange::coinbase: return "coinbase";
        case Exchange::kraken: return "kraken";
        case Exchange::binance: return "binance";
        case Exchange::bitstamp: return "bitstamp";
        case Exchange::plain: return "plain";
    }
    return "unknown";
}

std::optional<Exchange> find_exchange(std::string_view name) noexcept {
    const auto found =
        std::ranges::find(all_exchanges, name, [](Exchange e) { return to_string(e); });
    if (found == all_exchanges.end()) return std::nullopt;
    return *found;
}

std::string plain_symbol(std::string_view symbol) {
    std::string result;
    for (const char c : symbol) {
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')) result += c;
        if (c >= 'a' && c <= 'z') result += static_cast<char>(c - 'a' + 'A');
    }
    return result;
}

std::string http_ticker(Exchange exchange, const Quote& quote) {
    const auto plain = plain_symbol(quote.symbol);
    switch (exchange) {
        case Exchange::coinbase:
            return fmt::format(R"({{"price":"{}","time":"{}","simulated":true}})", quote.price,
                               iso8601(quote.at));
        case Exchange::kraken:
            return fmt::format(
                R"({{"error":[],"result":{{"{}":{{"c":["{}","1"]}}}},"simulated":true}})", plain,
                quote.price);
        case Exchange::binance:
            return fmt::format(R"({{"symbol":"{}","price":"{}","simulated":true}})", plain,
                               quote.price);
        case Exchange::bitstamp:
            return fmt::format(R"({{"last":"{}","timestamp":"{}","simulated":true}})", quote.price,
                               quote.at.count() / 1000);
        case Exchange::plain: break;
    }
    return fmt::format(R"({{"symbol":"{}","price":"{}","time":{},"simulated":true}})", quote.symbol,
                       quote.price, quote.at.count());
}

std::string stream_ticker(Exchange exchange, const Quote& quote) {
    const auto plain = plain_symbol(quote.symbol);
    switch (exchange) {
        case Exchange::coinbase:
            return fmt::format(
                R"({{"type":"ticker","product_id":"{}","price":"{}","time":"{}","simulated":true}})",
                with_separator(quote.symbol, '-'), quote.price, iso8601(quote.at));
        case Exchange::kraken:
            return fmt::format(
                R"({{"channel":"ticker","type":"update","data":[{{"symbol":"{}","last":{}}}],)"
                R"("simulated":true}})",
                quote.symbol, as_json(quote.price));
        case Exchange::binance:
            return fmt::format(R"({{"e":"24hrTicker","E":{},"s":"{}","c":"{}","simulated":true}})",
                               quote.at.count(), plain, quote.price);
        case Exchange::bitstamp:
            return fmt::format(
                R"({{"event":"trade","channel":"live_trades_{}","data":{{"price":{},"price_str":"{}",)"
                R"("timestamp":"{}","microtimestamp":"{}"}},"simulated":true}})",
                lower(plain), as_json(quote.price), quote.price, quote.at.count() / 1000,
                quote.at.count() * 1000);
        case Exchange::plain: break;
    }
    return {};
}

std::string stream_heartbeat(Exchange exchange, milliseconds now) {
    switch (exchange) {
        case Exchange::coinbase:
            return fmt::format(R"({{"type":"heartbeat","time":"{}"}})", iso8601(now));
        case Exchange::kraken: return R"({"channel":"heartbeat"})";
        case Exchange::binance:
        case Exchange::bitstamp:
        case Exchange::plain: break;
    }
    return {};
}

std::optional<StreamRequest> read_stream_request(Exchange exchange, std::string_view message) {
    const auto document = JsonText::parse(message);
    if (!document || document->root().type() != JsonValue::Type::object) return std::nullopt;
    const auto root = document->root();
    const auto text = [&root](std::string_view name) {
        return root.member(name).text().value_or("");
    };
    StreamRequest request;
    switch (exchange) {
        case Exchange::coinbase:
            if (text("type") != "subscribe") return std::nullopt;
            add_symbols(root.member("product_ids"), request);
            request.answer = R"({"type":"subscriptions","simulated":true})";
            return request;
        case Exchange::kraken:
            if (text("method") == "ping") {
                request.answer = R"({"method":"pong"})";
                return request;
            }
            if (text("method") != "subscribe") return std::nullopt;
            add_symbols(root.member("params").member("symbol"), request);
            request.answer = R"({"method":"subscribe","success":true,"simulated":true})";
            return request;
        case Exchange::binance:
            if (text("method") != "SUBSCRIBE") return std::nullopt;
            add_symbols(root.member("params"), request);
            request.answer = R"({"result":null,"id":1})";
            return request;
        case Exchange::bitstamp: {
            if (text("event") == "bts:heartbeat") {
                request.answer = R"({"event":"bts:heartbeat","data":{"status":"success"}})";
                return request;
            }
            const auto channel = root.member("data").member("channel").text().value_or("");
            constexpr std::string_view trades = "live_trades_";
            if (text("event") != "bts:subscribe" || !channel.starts_with(trades))
                return std::nullopt;
            request.symbols.push_back(plain_symbol(channel.substr(trades.size())));
            request.answer = fmt::format(
                R"({{"event":"bts:subscription_succeeded","channel":"live_trades_{}","data":{{}}}})",
                lower(request.symbols.front()));
            return request;
        }
        case Exchange::plain: break;
    }
    return std::nullopt;
}

}  // namespace meta138::oracle
