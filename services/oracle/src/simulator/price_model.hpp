// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/decimal.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// A made-up price, or the replay of a series; the same for the same seed. A fixed-point number of
/// 8 decimals inside.
class PriceModel {
public:
    /// A random walk that is drawn back to where it began. `volatility` bounds one step.
    PriceModel(const Decimal& start, Ratio volatility, std::uint64_t seed);
    /// At least one price; after the last comes the first.
    explicit PriceModel(std::vector<Decimal> series);

    /// To the next moment.
    void step();
    [[nodiscard]] Decimal price() const;
    /// Goes on from here; a series stops here. Absent prices are refused: above 10^10.
    [[nodiscard]] bool set(const Decimal& price);
    /// No step changes the price.
    void hold(bool held) noexcept { held_ = held; }

private:
    std::vector<Decimal> series_;
    std::size_t at_ = 0;
    std::int64_t start_ = 0;  // in units of 10^-8, as the next
    std::int64_t price_ = 0;
    std::uint64_t volatility_ = 0;  // ppb
    std::mt19937_64 random_;
    bool held_ = false;
};

/// The prices of a column of a CSV file (by its name; the last one, if none is given), or of a JSON
/// array of numbers or of objects with that member. The error is for people.
[[nodiscard]] std::expected<std::vector<Decimal>, std::string> parse_series(
    std::string_view text, std::string_view column);

}  // namespace meta138::oracle
