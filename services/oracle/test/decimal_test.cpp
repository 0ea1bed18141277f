// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/decimal.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace meta138::oracle {
namespace {

using namespace meta138::literals;

Decimal decimal(std::string_view text) {
    const auto result = parse_decimal(text);
    EXPECT_TRUE(result.has_value()) << text << ": " << to_string(result.error());
    return result.value_or(Decimal{});
}

TEST(Decimal, reads_what_exchanges_write) {
    EXPECT_EQ(to_string(decimal("63012.34")), "63012.34");
    EXPECT_EQ(to_string(decimal("63012.3400")), "63012.34");
    EXPECT_EQ(to_string(decimal("0.00001234")), "0.00001234");
    EXPECT_EQ(to_string(decimal(".5")), "0.5");
    EXPECT_EQ(to_string(decimal("5.")), "5");
    EXPECT_EQ(to_string(decimal("007")), "7");
    EXPECT_EQ(to_string(decimal("1.5e-7")), "0.00000015");
    EXPECT_EQ(to_string(decimal("1.5E+3")), "1500");
    EXPECT_EQ(to_string(decimal("0")), "0");
    EXPECT_EQ(to_string(decimal("0.000e9999999999")), "0");
    EXPECT_EQ(to_string(decimal("12345678901234567890.123456789012345678")),
              "12345678901234567890.123456789012345678");
}

TEST(Decimal, equal_numbers_are_equal_however_they_were_written) {
    EXPECT_EQ(decimal("1500"), decimal("1.5e3"));
    EXPECT_EQ(decimal("0"), decimal("0.00"));
}

TEST(Decimal, refuses_what_is_no_price) {
    const auto error = [](std::string_view text) { return parse_decimal(text).error(); };
    EXPECT_EQ(error(""), DecimalError::empty);
    EXPECT_EQ(error("-1"), DecimalError::negative);
    for (const auto* const text : {"+1", " 1", "1 ", "1,5", "1.2.3", "NaN", "inf", "0x10", "1e",
                                   "1e+", "e5", ".", "1e5.5", "1_000"})
        EXPECT_EQ(error(text), DecimalError::bad_digit) << text;
    EXPECT_EQ(error("1.00000000000000000000000000000000000001"), DecimalError::too_many_digits);
    EXPECT_EQ(error("1e101"), DecimalError::out_of_range);
    EXPECT_EQ(error("1e-101"), DecimalError::out_of_range);
    EXPECT_EQ(error("1e99999999999999999999"), DecimalError::out_of_range);
}

TEST(Decimal, is_ordered_by_value) {
    EXPECT_LT(decimal("9.99"), decimal("10"));
    EXPECT_LT(decimal("0"), decimal("1e-100"));
    EXPECT_GT(decimal("1e100"), decimal("99999999999999999999999999999999999999"));
    EXPECT_LT(decimal("99999999999999999999999999999999999999"), decimal("1e38"));
    EXPECT_LT(decimal("1e-50"), decimal("1e50"));
}

TEST(Decimal, multiplies_and_divides_to_38_digits) {
    EXPECT_EQ(multiply(decimal("63012.34"), decimal("0.92")), decimal("57971.3528"));
    EXPECT_EQ(divide(decimal("1"), decimal("8")), decimal("0.125"));
    EXPECT_EQ(to_string(*divide(decimal("1"), decimal("3"))),
              "0.33333333333333333333333333333333333333");
    EXPECT_EQ(to_string(*divide(decimal("2"), decimal("3"))),
              "0.66666666666666666666666666666666666667");
    EXPECT_EQ(divide(decimal("0"), decimal("3")), Decimal{});
    EXPECT_EQ(multiply(decimal("1e100"), decimal("10")).error(), DecimalError::out_of_range);
    const auto largest = decimal("99999999999999999999999999999999999999");
    EXPECT_EQ(multiply(largest, largest), decimal("9.9999999999999999999999999999999999998e75"));
}

TEST(Decimal, the_midpoint_is_half_way) {
    EXPECT_EQ(midpoint(decimal("100"), decimal("101")), decimal("100.5"));
    EXPECT_EQ(midpoint(decimal("0"), decimal("3")), decimal("1.5"));
    EXPECT_EQ(midpoint(decimal("1e90"), decimal("1e-90")), decimal("5e89"));
    EXPECT_EQ(midpoint(decimal("1e60"), decimal("1e1")), decimal("5e59"));
}

TEST(Decimal, the_midpoint_of_random_numbers_lies_between_them) {
    std::mt19937_64 random{7};
    for (int i = 0; i < 20'000; ++i) {
        const auto x = Decimal::from(random(), static_cast<int>(random() % 161) - 80);
        const auto y =
            Decimal::from(random() >> random() % 60, static_cast<int>(random() % 161) - 80);
        const auto middle = midpoint(x, y);
        ASSERT_TRUE(middle);
        EXPECT_LE(std::min(x, y), *middle) << to_string(x) << ' ' << to_string(y);
        EXPECT_GE(std::max(x, y), *middle) << to_string(x) << ' ' << to_string(y);
    }
}

TEST(Decimal, text_of_random_numbers_reads_back) {
    std::mt19937_64 random{11};
    for (int i = 0; i < 20'000; ++i) {
        const auto x = *multiply(Decimal::from(random(), static_cast<int>(random() % 41) - 20),
                                 Decimal::from(random(), static_cast<int>(random() % 101) - 50));
        EXPECT_EQ(decimal(to_string(x)), x);
    }
}

TEST(Deviation, is_a_share_of_the_reference) {
    EXPECT_EQ(deviation(decimal("100.5"), decimal("100")).ppb, 5'000'000);
    EXPECT_EQ(deviation(decimal("99.5"), decimal("100")).ppb, 5'000'000);
    EXPECT_EQ(deviation(decimal("1"), decimal("3")).ppb, 666'666'666);
    EXPECT_EQ(deviation(decimal("0"), decimal("3")).ppb, Ratio::one);
    EXPECT_EQ(deviation(decimal("3"), decimal("0")).ppb, ~std::uint64_t{0});
    EXPECT_EQ(deviation(decimal("0"), decimal("0")).ppb, 0);
    EXPECT_EQ(deviation(decimal("1e90"), decimal("1e-90")).ppb, ~std::uint64_t{0});
    EXPECT_EQ(deviation(decimal("1e-90"), decimal("1e90")).ppb, Ratio::one);
    EXPECT_EQ(to_string(Ratio{5'000'000}), "0.5%");
}

TEST(Answer, has_the_feeds_decimals) {
    EXPECT_EQ(to_answer(decimal("63012.34"), 8), 6301234000000_u256);
    EXPECT_EQ(to_answer(decimal("0.000000005"), 8), 1_u256);  // half up
    EXPECT_EQ(to_answer(decimal("0.0000000049"), 8), std::nullopt);
    EXPECT_EQ(to_answer(decimal("0"), 8), std::nullopt);
    EXPECT_EQ(to_answer(decimal("1e100"), 8), std::nullopt);
    EXPECT_EQ(to_answer(decimal("1e-100"), 36), std::nullopt);
    EXPECT_EQ(to_answer(decimal("99999999999999999999"), 36),
              99999999999999999999_u256 * exp(10, 36));
    EXPECT_EQ(from_answer(6301234000000_u256, 8), decimal("63012.34"));
    EXPECT_EQ(from_answer(-uint256{1}, 8), std::nullopt);
    EXPECT_EQ(from_answer(0, 8), std::nullopt);
}

}  // namespace
}  // namespace meta138::oracle
