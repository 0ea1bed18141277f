// SPDX-License-Identifier: Apache-2.0
#include "sources/stream.hpp"

#include "template.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::oracle {

namespace {

/// Of one message; the rest is not looked at.
constexpr std::size_t max_items = 1024;
/// Of a server's complaint.
constexpr std::size_t max_error_size = 120;

/// What the configuration has checked. Absent if it is empty.
std::optional<JsonPath> checked_path(const std::string& pattern) {
    if (pattern.empty()) return std::nullopt;
    auto path = parse_json_path(pattern);
    META138_ASSERT(path.has_value());
    return *std::move(path);
}

}  // namespace

StreamReader::StreamReader(const StreamDialect& dialect, const Config& config,
                           const std::vector<std::size_t>& tickers)
    : match_{parse_matches(dialect.match)},
      errors_{parse_matches(dialect.errors)},
      reconnects_{parse_matches(dialect.reconnects)},
      items_{checked_path(dialect.items)},
      symbol_{checked_path(dialect.symbol_path)},
      error_text_{checked_path(dialect.error_text_path)},
      place_{.price = checked_path(dialect.price_path).value_or(JsonPath{}),
             .time = checked_path(dialect.time_path),
             .time_form = dialect.time_form} {
    for (const auto ticker : tickers)
        tickers_.emplace(symbol_ ? render(dialect.symbol_form, config.tickers[ticker].symbol) : "",
                         ticker);
}

std::vector<StreamReader::Match> StreamReader::parse_matches(
    const std::vector<MessageMatch>& matches) {
    std::vector<Match> result;
    result.reserve(matches.size());
    for (const auto& match : matches)
        result.push_back(
            {.path = checked_path(match.path).value_or(JsonPath{}), .value = match.value});
    return result;
}

bool StreamReader::holds(const Match& match, const JsonValue& message) {
    const auto value = message.at(match.path);
    if (match.value.empty())
        return value.type() != JsonValue::Type::absent && value.type() != JsonValue::Type::null;
    return value.text() == match.value;
}

void StreamReader::read_item(const JsonValue& item, const Instant& now,
                             StreamMessage& result) const {
    std::string symbol;
    if (symbol_) {
        const auto text = item.at(*symbol_).text();
        if (!text) {
            result.error = "a price message without a symbol";
            return;
        }
        symbol = *text;
    }
    const auto [begin, end] = tickers_.equal_range(symbol);
    if (begin == end) return;
    const auto observation = read_price(item, place_, now);
    if (!observation) {
        result.error = observation.error();
        return;
    }
    for (auto ticker = begin; ticker != end; ++ticker)
        result.prices.push_back({.ticker = ticker->second, .observation = *observation});
}

StreamMessage StreamReader::read(std::string_view message, const Instant& now) const {
    StreamMessage result;
    const auto document = JsonText::parse(message);
    if (!document) {
        result.error = to_string(document.error());
        return result;
    }
    const auto root = document->root();
    const auto applies = [&root](const Match& match) { return holds(match, root); };
    if (std::ranges::any_of(reconnects_, applies)) {
        result.asks_to_reconnect = true;
    } else if (std::ranges::any_of(errors_, applies)) {
        const auto text = error_text_ ? root.at(*error_text_).text() : std::nullopt;
        result.is_complaint = true;
        result.error =
            fmt::format("the server says: {}", text.value_or("an error").substr(0, max_error_size));
    } else if (std::ranges::all_of(match_, applies)) {
        if (!items_) {
            read_item(root, now, result);
            return result;
        }
        const auto items = root.at(*items_);
        if (items.type() != JsonValue::Type::array) {
            result.error = "a price message without prices";
            return result;
        }
        for (const auto& item : items.elements()) {
            if (result.prices.size() >= max_items) break;
            read_item(item, now, result);
        }
    }
    return result;
}

std::vector<Stream> Stream::all(const Config& config, std::uint64_t seed) {
    std::vector<Stream> streams;
    for (std::size_t source = 0; source < config.sources.size(); ++source) {
        if (!std::holds_alternative<StreamSource>(config.sources[source].kind)) continue;
        std::vector<std::size_t> tickers;
        for (std::size_t i = 0; i < config.tickers.size(); ++i)
            if (config.tickers[i].source == source) tickers.push_back(i);
        if (!tickers.empty())
            streams.push_back(Stream{config, source, std::move(tickers), seed + source});
    }
    return streams;
}

Stream::Stream(const Config& config, std::size_t source, std::vector<std::size_t> tickers,
               std::uint64_t seed)
    : source_{source},
      tickers_{std::move(tickers)},
      reader_{std::get<StreamSource>(config.sources[source].kind).dialect, config, tickers_},
      settings_{std::get<StreamSource>(config.sources[source].kind)},
      open_timeout_{config.sources[source].timeout},
      breaker_{config.sources[source].breaker},
      random_{seed},
      pause_{settings_.reconnect} {
    std::vector<std::string> symbols;
    symbols.reserve(tickers_.size());
    for (const auto ticker : tickers_) symbols.push_back(config.tickers[ticker].symbol);
    subscriptions_ = render_subscriptions(settings_.dialect, symbols);
}

StreamActions Stream::on_time(const Instant& now, PriceBoard& board) {
    switch (phase_) {
        case Phase::waiting:
            if (now.steady < retry_at_) return {};
            phase_ = Phase::opening;
            since_ = now.steady;
            return {StreamConnect{}};
        case Phase::opening:
            if (now.steady < due()) return {};
            return drop("not opened in time", now, board);
        case Phase::open:
            if (now.steady - heard_ >= settings_.dialect.silence)
                return drop("silent for too long", now, board);
            if (settings_.dialect.ping.empty() || now.steady < ping_at_) return {};
            ping_at_ = now.steady + settings_.dialect.ping_interval;
            return {StreamSend{settings_.dialect.ping}};
    }
    return {};
}

milliseconds Stream::due() const noexcept {
    switch (phase_) {
        case Phase::waiting: return retry_at_;
        case Phase::opening: return since_ + open_timeout_;
        case Phase::open: break;
    }
    const auto silent_at = heard_ + settings_.dialect.silence;
    return settings_.dialect.ping.empty() ? silent_at : std::min(silent_at, ping_at_);
}

StreamActions Stream::on_open(const Instant& now, PriceBoard& board) {
    phase_ = Phase::open;
    has_told_ = false;
    heard_ = now.steady;
    ping_at_ = now.steady + settings_.dialect.ping_interval;
    for (const auto ticker : tickers_) board[ticker].latency = now.steady - since_;
    StreamActions actions;
    for (const auto& message : subscriptions_) actions.emplace_back(StreamSend{message});
    return actions;
}

StreamActions Stream::on_message(std::string_view text, const Instant& now, PriceBoard& board) {
    if (phase_ != Phase::open) return {};
    heard_ = now.steady;
    auto message = reader_.read(text, now);
    for (const auto& [ticker, observation] : message.prices) tell_price(board[ticker], observation);
    if (message.asks_to_reconnect) return drop("the server asked to connect anew", now, board);
    if (!message.prices.empty()) {
        // Only prices show that a connection is any good.
        has_told_ = true;
        breaker_.on_success();
        pause_ = settings_.reconnect;
    }
    if (!message.error) return {};
    if (message.is_complaint && has_told_) {
        // It is about a symbol that the server does not know; the others are fine.
        for (const auto ticker : tickers_)
            if (!board[ticker].last)
                tell_failure(board[ticker], *message.error, SourceHealth::failing);
        return {};
    }
    breaker_.on_failure(now.steady);
    if (breaker_.is_open()) return drop(std::move(*message.error), now, board);
    for (const auto ticker : tickers_)
        tell_failure(board[ticker], *message.error, SourceHealth::failing);
    return {};
}

void Stream::on_closed(std::string reason, const Instant& now, PriceBoard& board) {
    if (phase_ == Phase::waiting) return;
    if (!breaker_.is_open() || phase_ == Phase::opening) breaker_.on_failure(now.steady);
    phase_ = Phase::waiting;
    // Half of the pause and up to as much again: a crowd of clients does not come back at once.
    const auto half = std::max<std::int64_t>(pause_.count() / 2, 1);
    const auto jitter = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(half));
    retry_at_ = std::max(now.steady + milliseconds{half + jitter}, breaker_.retry_at());
    pause_ = std::min(2 * pause_, settings_.max_reconnect);
    const auto health = breaker_.is_open() ? SourceHealth::open : SourceHealth::failing;
    for (const auto ticker : tickers_) tell_failure(board[ticker], reason, health);
}

StreamActions Stream::drop(std::string reason, const Instant& now, PriceBoard& board) {
    on_closed(std::move(reason), now, board);
    return {StreamDrop{}};
}

}  // namespace meta138::oracle
