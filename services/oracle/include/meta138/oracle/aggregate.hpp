// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/decimal.hpp"
#include "meta138/oracle/instant.hpp"
#include "meta138/oracle/price_board.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::oracle {

/// What became of a feed's source in one aggregation.
enum class Verdict : std::uint8_t {
    used,
    outlier,      ///< Too far from the median.
    stale,        ///< Its price is older than its max_age.
    from_future,  ///< Its price says that it is of a time that has not come.
    failing,      ///< No price, or the source's circuit breaker is open.
    unusable,     ///< Zero, or a cross rate out of range.
};
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

struct SourceReport {
    std::string name;
    Verdict verdict = Verdict::failing;
    std::uint32_t weight = 1;
    std::optional<Decimal> price{};     ///< After scale and inversion.
    std::optional<milliseconds> age{};  ///< Of its oldest leg.
    std::string reason{};               ///< For people, unless used.
};

/// Why there is no price.
enum class NoPrice : std::uint8_t {
    too_few_sources,  ///< Fewer than min_sources are alive and agree.
    disagreement,     ///< Those that agree are not more than half of those that live, by weight.
};
[[nodiscard]] std::string_view to_string(NoPrice why) noexcept;

struct Aggregate {
    std::optional<Decimal> price{};
    std::optional<NoPrice> missing{};  ///< Set exactly when there is no price.
    Ratio spread{};                    ///< Of the prices used: (highest - lowest) / median.
    std::uint32_t alive = 0;           ///< Sources with a fresh price, outliers included.
    std::uint32_t used = 0;
    std::vector<SourceReport> sources{};  ///< In the order of FeedConfig::sources.
};

/// Timestamps may be ahead of our clock by this.
inline constexpr milliseconds max_clock_skew{10'000};

/// The price of a feed, of what its sources last told.
///
/// It is the weighted median of all fresh prices: the price at which the weights below and above
/// are equal, or the middle of the two prices between which they are. So while fewer than half of
/// the sources (by weight) are wrong, it is never outside of what the right ones say. Outliers, by
/// the feed's rule, do not move it (leaving them out could let a minority decide which of the right
/// ones stay), but they count neither for min_sources nor for the spread; and unless more than half
/// of the fresh weight agrees, there is no price.
[[nodiscard]] Aggregate aggregate(const FeedConfig& feed, const PriceBoard& board,
                                  const Instant& now);

}  // namespace meta138::oracle
