// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "json_path.hpp"
#include "json_text.hpp"

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/price_board.hpp"

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::oracle {

/// A wall time as sources write it: `2017-09-02T17:05:49.25Z`, or a number since the Unix epoch,
/// with or without a fraction. Automatic: which of the five it is follows from its size.
[[nodiscard]] std::optional<milliseconds> parse_time(std::string_view text, TimeForm form);

/// Where a price and its time stand in an answer.
struct PricePlace {
    JsonPath price{};
    std::optional<JsonPath> time{};
    TimeForm time_form = TimeForm::automatic;
};

/// Takes a price out of an answer or a message. The error is for people.
[[nodiscard]] std::expected<Observation, std::string> read_price(const JsonValue& from,
                                                                 const PricePlace& place,
                                                                 const Instant& now);

/// The same of a text that is nothing but a price.
[[nodiscard]] std::expected<Observation, std::string> read_plain_price(std::string_view text,
                                                                       const Instant& now);

/// A new price for a ticker. One that says that it is older than what is known is left out, unless
/// that was of a time that has not come.
void tell_price(TickerState& ticker, const Observation& observation);
/// An answer without a price.
void tell_failure(TickerState& ticker, std::string error, SourceHealth health);

}  // namespace meta138::oracle
