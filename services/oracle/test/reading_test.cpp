// SPDX-License-Identifier: Apache-2.0
#include "sources/reading.hpp"

#include "meta138/oracle/aggregate.hpp"

#include <gtest/gtest.h>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds september = 1'504'371'949'250ms;  // 2017-09-02T17:05:49.25Z

TEST(ParseTime, reads_what_exchanges_write) {
    for (const auto* const text :
         {"2017-09-02T17:05:49.250000Z", "2017-09-02T17:05:49.25Z", "2017-09-02 17:05:49.250",
          "2017-09-02T19:05:49.25+02:00", "2017-09-02T12:35:49.25-0430", "1504371949.25",
          "1504371949250", "1504371949250000", "1504371949250000000"})
        EXPECT_EQ(parse_time(text, TimeForm::automatic), september) << text;
    EXPECT_EQ(parse_time("1504371949", TimeForm::unix_seconds), september - 250ms);
    EXPECT_EQ(parse_time("1504371949250", TimeForm::unix_milliseconds), september);
    EXPECT_EQ(parse_time("0", TimeForm::unix_seconds), 0ms);
}

TEST(ParseTime, refuses_what_is_no_time) {
    for (const auto* const text :
         {"", "now", "2017-09-02", "2017-13-02T17:05:49Z", "2017-02-30T17:05:49Z",
          "2017-09-02T24:05:49Z", "2017-09-02T17:05:49.Z", "2017-09-02T17:05:49X",
          "2017-09-02T17:05:49+1", "-5", "1e40"})
        EXPECT_EQ(parse_time(text, TimeForm::automatic), std::nullopt) << text;
    EXPECT_EQ(parse_time("1504371949", TimeForm::iso8601), std::nullopt);
    EXPECT_EQ(parse_time("2017-09-02T17:05:49Z", TimeForm::unix_seconds), std::nullopt);
}

std::string read(std::string_view text) {
    const auto document = JsonText::parse(text);
    const PricePlace place{.price = *parse_json_path("p"), .time = parse_json_path("t").value()};
    const auto result = read_price(document.value().root(), place, {.wall = 1s, .steady = 2s});
    if (!result) return result.error();
    return to_string(result->price) + " at " + std::to_string(result->told->count());
}

TEST(ReadPrice, takes_texts_and_numbers) {
    EXPECT_EQ(read(R"({"p":"63012.34","t":1504371949})"), "63012.34 at 1504371949000");
    EXPECT_EQ(read(R"({"p":63012.34,"t":"2017-09-02T17:05:49Z"})"), "63012.34 at 1504371949000");
}

TEST(ReadPrice, says_what_is_wrong) {
    EXPECT_EQ(read(R"({"p":"12.3.4","t":1})"), "the price \"12.3.4\" is not a decimal number");
    EXPECT_EQ(read(R"({"p":-1,"t":1})"), "the price \"-1\" is negative");
    EXPECT_EQ(read(R"({"p":0,"t":1})"), "the price is zero");
    EXPECT_EQ(read(R"({"p":true,"t":1})"), "no price where one was expected");
    EXPECT_EQ(read(R"({"p":null,"t":1})"), "no price where one was expected");
    EXPECT_EQ(read(R"({"t":1})"), "no price where one was expected");
    EXPECT_EQ(read(R"({"p":1})"), "no time where one was expected");
    EXPECT_EQ(read(R"({"p":1,"t":"now"})"), "\"now\" is no time");
}

TEST(ReadPrice, quotes_little_and_nothing_that_a_terminal_obeys) {
    const auto result =
        read_plain_price("\x1b[2Jaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", {});
    EXPECT_EQ(result.error(),
              "the price \"?[2Jaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is not a "
              "decimal number");
}

TEST(TellPrice, an_older_price_does_not_replace_a_newer_one) {
    TickerState ticker;
    const Instant now{.wall = 1'000s, .steady = 1'000s};
    tell_price(ticker, {.price = Decimal::from(2), .told = 999s, .received = now});
    tell_price(ticker, {.price = Decimal::from(1), .told = 998s, .received = now});
    EXPECT_EQ(ticker.last->price, Decimal::from(2));
    EXPECT_EQ(ticker.good, 2U);
    tell_price(ticker, {.price = Decimal::from(3), .told = 999s, .received = now});
    EXPECT_EQ(ticker.last->price, Decimal::from(3));
}

TEST(TellPrice, a_price_of_the_future_is_replaced_by_any) {
    TickerState ticker;
    const Instant now{.wall = 1'000s, .steady = 1'000s};
    tell_price(ticker, {.price = Decimal::from(2), .told = 9'999s, .received = now});
    tell_price(ticker, {.price = Decimal::from(1), .told = 999s, .received = now});
    EXPECT_EQ(ticker.last->price, Decimal::from(1));
}

}  // namespace
}  // namespace meta138::oracle
