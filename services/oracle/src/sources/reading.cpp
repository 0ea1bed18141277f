// SPDX-License-Identifier: Apache-2.0
#include "sources/reading.hpp"

#include "meta138/oracle/aggregate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace meta138::oracle {

namespace {

/// Error texts quote at most this much of what came.
constexpr std::size_t max_quote = 40;

std::string quote(std::string_view text) {
    std::string shown;
    for (const char c : text.substr(0, max_quote))
        shown += c >= ' ' && c != 0x7f ? c : '?';  // nothing that moves a terminal's cursor
    if (text.size() > max_quote) shown += "...";
    return shown;
}

/// Exactly `digits` digits, removed from the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view characters) {
    if (text.empty() || characters.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// `Z`, `+01:00`, `-0530` or nothing, to be subtracted.
std::optional<std::chrono::minutes> take_zone(std::string_view text) {
    if (text.empty() || text == "Z" || text == "z") return std::chrono::minutes{0};
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take(text, "+-")) return std::nullopt;
    const auto hours = take_number(text, 2);
    take(text, ":");
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || !text.empty()) return std::nullopt;
    return sign * (std::chrono::hours{*hours} + std::chrono::minutes{*minutes});
}

/// RFC 3339; a space may stand for the T.
std::optional<milliseconds> parse_iso8601(std::string_view text) {
    const auto year = take_number(text, 4);
    if (!take(text, "-")) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!take(text, "-")) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!take(text, "Tt ")) return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!take(text, ":")) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!take(text, ":")) return std::nullopt;
    const auto second = take_number(text, 2);
    if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
    int fraction = 0;
    if (take(text, ".")) {
        int scale = 100;
        bool any = false;
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; any = true) {
            fraction += (text.front() - '0') * scale;
            scale /= 10;
            text.remove_prefix(1);
        }
        if (!any) return std::nullopt;
    }
    const auto zone = take_zone(text);
    const std::chrono::year_month_day date{std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!zone || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::sys_days{date}.time_since_epoch()) +
           std::chrono::hours{*hour} + std::chrono::minutes{*minute} +
           std::chrono::seconds{*second} + milliseconds{fraction} - *zone;
}

/// Milliseconds, of a number of units each of which is 10^exponent of them.
std::optional<milliseconds> parse_epoch(const Decimal& number, int exponent) {
    const auto product = multiply(number, Decimal::from(1, exponent));
    if (!product) return std::nullopt;
    if (product->is_zero()) return milliseconds{0};
    constexpr std::uint64_t most = std::uint64_t{1} << 53;
    const auto whole = to_answer(*product, 0);
    if (!whole || !whole->fits_uint64() || whole->low64() > most) return std::nullopt;
    return milliseconds{static_cast<std::int64_t>(whole->low64())};
}

TimeForm guess_form(const Decimal& number) {
    // Until the year 5138 each range belongs to one unit.
    if (number < Decimal::from(1, 11)) return TimeForm::unix_seconds;
    if (number < Decimal::from(1, 14)) return TimeForm::unix_milliseconds;
    if (number < Decimal::from(1, 17)) return TimeForm::unix_microseconds;
    return TimeForm::unix_nanoseconds;
}

}  // namespace

std::optional<milliseconds> parse_time(std::string_view text, TimeForm form) {
    const auto number = parse_decimal(text);
    if (form == TimeForm::automatic) form = number ? guess_form(*number) : TimeForm::iso8601;
    if (form != TimeForm::iso8601 && !number) return std::nullopt;
    switch (form) {
        case TimeForm::automatic:
        case TimeForm::iso8601: return parse_iso8601(text);
        case TimeForm::unix_seconds: return parse_epoch(*number, 3);
        case TimeForm::unix_milliseconds: return parse_epoch(*number, 0);
        case TimeForm::unix_microseconds: return parse_epoch(*number, -3);
        case TimeForm::unix_nanoseconds: return parse_epoch(*number, -6);
    }
    return std::nullopt;
}

std::expected<Observation, std::string> read_plain_price(std::string_view text,
                                                         const Instant& now) {
    const auto price = parse_decimal(text);
    if (!price)
        return std::unexpected{
            fmt::format("the price \"{}\" is {}", quote(text), to_string(price.error()))};
    if (price->is_zero()) return std::unexpected{"the price is zero"};
    return Observation{.price = *price, .received = now};
}

std::expected<Observation, std::string> read_price(const JsonValue& from, const PricePlace& place,
                                                   const Instant& now) {
    const auto value = from.at(place.price);
    const auto text = value.text();
    if (!text ||
        (value.type() != JsonValue::Type::string && value.type() != JsonValue::Type::number))
        return std::unexpected{"no price where one was expected"};
    auto observation = read_plain_price(*text, now);
    if (!observation || !place.time) return observation;
    const auto time = from.at(*place.time).text();
    if (!time) return std::unexpected{"no time where one was expected"};
    observation->told = parse_time(*time, place.time_form);
    if (!observation->told) return std::unexpected{fmt::format("\"{}\" is no time", quote(*time))};
    return observation;
}

void tell_price(TickerState& ticker, const Observation& observation) {
    ++ticker.good;
    ticker.health = SourceHealth::alive;
    ticker.error.clear();
    const bool is_older = ticker.last && ticker.last->told && observation.told &&
                          *observation.told < *ticker.last->told &&
                          *ticker.last->told <= observation.received.wall + max_clock_skew;
    if (!is_older) ticker.last = observation;
}

void tell_failure(TickerState& ticker, std::string error, SourceHealth health) {
    ++ticker.bad;
    ticker.health = health;
    ticker.error = std::move(error);
}

}  // namespace meta138::oracle
