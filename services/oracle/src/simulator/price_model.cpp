// SPDX-License-Identifier: Apache-2.0
#include "simulator/price_model.hpp"

#include "json_text.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::oracle {

namespace {

__extension__ using int128 = __int128;

constexpr unsigned model_decimals = 8;
constexpr std::int64_t largest = 1'000'000'000'000'000'000;  // 10^10 with 8 decimals
/// A walk is drawn back by its distance from the start, divided by this, each step.
constexpr std::int64_t draw = 2'000;

std::optional<std::int64_t> to_units(const Decimal& price) {
    const auto answer = to_answer(price, model_decimals);
    if (!answer || *answer > uint256{static_cast<std::uint64_t>(largest)}) return std::nullopt;
    return static_cast<std::int64_t>(answer->low64());
}

/// The fields of a line, without quotes and spaces around them. No field has a comma.
std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    while (true) {
        const auto comma = line.find(',');
        auto field = line.substr(0, comma);
        const auto is_around = [](char c) {
            return c == ' ' || c == '\t' || c == '\r' || c == '"';
        };
        while (!field.empty() && is_around(field.front())) field.remove_prefix(1);
        while (!field.empty() && is_around(field.back())) field.remove_suffix(1);
        fields.push_back(field);
        if (comma == std::string_view::npos) return fields;
        line.remove_prefix(comma + 1);
    }
}

using Series = std::expected<std::vector<Decimal>, std::string>;

Series parse_csv(std::string_view text, std::string_view column) {
    std::vector<Decimal> series;
    std::size_t wanted = 0;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const auto fields = fields_of(line);
        if (number == 1) {
            wanted = fields.size() - 1;
            if (column.empty() && parse_decimal(fields[wanted])) {
                series.push_back(*parse_decimal(fields[wanted]));  // there is no heading
            } else if (!column.empty()) {
                const auto found = std::ranges::find(fields, column);
                if (found == fields.end())
                    return std::unexpected{fmt::format("there is no column {}", column)};
                wanted = static_cast<std::size_t>(found - fields.begin());
            }
            continue;
        }
        if (fields.size() <= wanted || fields[wanted].empty()) continue;
        const auto price = parse_decimal(fields[wanted]);
        if (!price)
            return std::unexpected{fmt::format("line {}: {}", number, to_string(price.error()))};
        series.push_back(*price);
    }
    return series;
}

Series parse_json_series(const JsonText& document, std::string_view column) {
    std::vector<Decimal> series;
    for (const auto& element : document.root().elements()) {
        const auto value = column.empty() ? element : element.member(column);
        const auto text = value.text();
        if (!text || value.type() == JsonValue::Type::null) continue;
        const auto price = parse_decimal(*text);
        if (!price)
            return std::unexpected{
                fmt::format("element {}: {}", series.size(), to_string(price.error()))};
        series.push_back(*price);
    }
    return series;
}

}  // namespace

PriceModel::PriceModel(const Decimal& start, Ratio volatility, std::uint64_t seed)
    : start_{to_units(start).value_or(1)},
      price_{start_},
      volatility_{std::min(volatility.ppb, Ratio::one / 2)},
      random_{seed} {}

PriceModel::PriceModel(std::vector<Decimal> series) : series_{std::move(series)} {
    META138_ASSERT(!series_.empty());
}

void PriceModel::step() {
    if (held_) return;
    if (!series_.empty()) {
        at_ = (at_ + 1) % series_.size();
        return;
    }
    if (volatility_ == 0) return;
    const auto range = 2 * volatility_ + 1;
    const auto share =
        static_cast<std::int64_t>(random_() % range) - static_cast<std::int64_t>(volatility_);
    const auto change =
        static_cast<std::int64_t>(int128{price_} * share / static_cast<std::int64_t>(Ratio::one));
    price_ = std::clamp(price_ + change + (start_ - price_) / draw, std::int64_t{1}, largest);
}

Decimal PriceModel::price() const {
    if (!series_.empty()) return series_[at_];
    return Decimal::from(static_cast<std::uint64_t>(price_), -static_cast<int>(model_decimals));
}

bool PriceModel::set(const Decimal& price) {
    const auto units = to_units(price);
    if (!units) return false;
    series_.clear();
    start_ = *units;
    price_ = *units;
    return true;
}

std::expected<std::vector<Decimal>, std::string> parse_series(std::string_view text,
                                                              std::string_view column) {
    const auto first = text.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string_view::npos && text[first] == '[';
    Series series;
    if (is_json) {
        const auto document = JsonText::parse(text);
        if (!document) return std::unexpected{std::string{to_string(document.error())}};
        series = parse_json_series(*document, column);
    } else {
        series = parse_csv(text, column);
    }
    if (series && series->empty()) return std::unexpected{"there are no prices in it"};
    if (series && std::ranges::any_of(*series, &Decimal::is_zero))
        return std::unexpected{"there is a price of zero in it"};
    return series;
}

}  // namespace meta138::oracle
