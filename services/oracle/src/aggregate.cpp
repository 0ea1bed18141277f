// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/aggregate.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::oracle {

namespace {

/// A fresh price in the vote.
struct Vote {
    Decimal price;
    std::uint64_t weight = 0;
    SourceReport* report = nullptr;
};

milliseconds age_of(const Observation& seen, const Instant& now) {
    const auto since_received = now.steady - seen.received.steady;
    if (!seen.told) return since_received;
    return std::max(since_received, now.wall - *seen.told);
}

std::string in_seconds(milliseconds time) {
    return fmt::format("{}.{} s", time.count() / 1000, time.count() % 1000 / 100);
}

/// The product of a source's legs, or in `report` why there is none.
std::optional<Decimal> price_of(const FeedSource& source, const PriceBoard& board,
                                const Instant& now, SourceReport& report) {
    std::expected<Decimal, DecimalError> price = source.scale;
    for (const auto& leg : source.legs) {
        META138_ASSERT(leg.ticker < board.size());
        const auto& ticker = board[leg.ticker];
        if (!ticker.last || ticker.health == SourceHealth::open) {
            report.verdict = Verdict::failing;
            report.reason = ticker.error.empty() ? "no price yet" : ticker.error;
            return std::nullopt;
        }
        const auto age = age_of(*ticker.last, now);
        report.age = std::max(age, report.age.value_or(milliseconds{0}));
        if (ticker.last->told && *ticker.last->told > now.wall + max_clock_skew) {
            report.verdict = Verdict::from_future;
            report.reason = fmt::format("its time is {} ahead of ours",
                                        in_seconds(*ticker.last->told - now.wall));
            return std::nullopt;
        }
        if (price && leg.invert && ticker.last->price.is_zero())
            price = std::unexpected{DecimalError::out_of_range};
        if (price)
            price = leg.invert ? divide(*price, ticker.last->price)
                               : multiply(*price, ticker.last->price);
    }
    if (!price || price->is_zero()) {
        report.verdict = Verdict::unusable;
        report.reason = price ? "zero" : to_string(price.error());
        return std::nullopt;
    }
    report.price = *price;
    if (*report.age > source.max_age) {
        report.verdict = Verdict::stale;
        report.reason = fmt::format("{} old, at most {} are allowed", in_seconds(*report.age),
                                    in_seconds(source.max_age));
        return std::nullopt;
    }
    return *price;
}

std::uint64_t weight_of(const std::vector<Vote>& votes) {
    std::uint64_t sum = 0;
    for (const auto& vote : votes) sum += vote.weight;
    return sum;
}

/// Of votes in the order of their prices; at least one.
Decimal weighted_median(const std::vector<Vote>& votes) {
    const std::uint64_t total = weight_of(votes);
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < votes.size(); ++i) {
        below += votes[i].weight;
        if (2 * below > total) return votes[i].price;
        if (2 * below == total)
            return midpoint(votes[i].price, votes[i + 1].price).value_or(votes[i].price);
    }
    META138_ASSERT(false);
    return {};
}

/// From which distance on (a share of the median) a price is an outlier.
Ratio outlier_limit(const OutlierRule& rule, const std::vector<Vote>& votes,
                    const Decimal& median) {
    switch (rule.kind) {
        case OutlierRule::Kind::none: return Ratio{~std::uint64_t{0}};
        case OutlierRule::Kind::percent: return rule.limit;
        case OutlierRule::Kind::mad: break;
    }
    // The weighted median of the distances; of two the larger, which is the milder one.
    std::vector<std::pair<Ratio, std::uint64_t>> distances;
    distances.reserve(votes.size());
    for (const auto& vote : votes)
        distances.emplace_back(deviation(vote.price, median), vote.weight);
    std::ranges::sort(distances);
    const std::uint64_t total = weight_of(votes);
    Ratio mad;
    for (std::uint64_t below = 0; const auto& [distance, weight] : distances) {
        mad = distance;
        below += weight;
        if (2 * below > total) break;
    }
    const auto scaled = mad.ppb > rule.limit.ppb ? rule.limit.ppb : mad.ppb * rule.factor;
    return Ratio{std::clamp(scaled, std::min(rule.floor.ppb, rule.limit.ppb), rule.limit.ppb)};
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::used: return "used";
        case Verdict::outlier: return "outlier";
        case Verdict::stale: return "stale";
        case Verdict::from_future: return "from the future";
        case Verdict::failing: return "failing";
        case Verdict::unusable: return "unusable";
    }
    return "unknown";
}

std::string_view to_string(NoPrice why) noexcept {
    switch (why) {
        case NoPrice::too_few_sources: return "too few sources";
        case NoPrice::disagreement: return "sources disagree";
    }
    return "unknown";
}

std::string_view to_string(SourceHealth health) noexcept {
    switch (health) {
        case SourceHealth::starting: return "starting";
        case SourceHealth::alive: return "alive";
        case SourceHealth::failing: return "failing";
        case SourceHealth::open: return "left alone";
    }
    return "unknown";
}

Aggregate aggregate(const FeedConfig& feed, const PriceBoard& board, const Instant& now) {
    Aggregate result;
    result.sources.reserve(feed.sources.size());  // votes point into it
    std::vector<Vote> votes;
    for (const auto& source : feed.sources) {
        auto& report =
            result.sources.emplace_back(SourceReport{.name = source.name, .weight = source.weight});
        if (const auto price = price_of(source, board, now, report))
            votes.push_back({.price = *price, .weight = source.weight, .report = &report});
    }
    result.alive = static_cast<std::uint32_t>(votes.size());
    const auto refuse = [&result](NoPrice why) {
        result.missing = why;
        return std::move(result);
    };
    for (const auto& vote : votes) vote.report->verdict = Verdict::used;
    if (votes.empty()) return refuse(NoPrice::too_few_sources);

    std::ranges::sort(votes, {}, &Vote::price);
    const auto median = weighted_median(votes);
    const auto limit = outlier_limit(feed.outliers, votes, median);
    std::uint64_t agreeing = 0;
    std::optional<Decimal> lowest;
    Decimal highest;
    for (const auto& vote : votes) {
        const auto distance = deviation(vote.price, median);
        if (distance > limit) {
            vote.report->verdict = Verdict::outlier;
            vote.report->reason = fmt::format("{} from the median, at most {} are allowed",
                                              to_string(distance), to_string(limit));
            continue;
        }
        ++result.used;
        agreeing += vote.weight;
        if (!lowest) lowest = vote.price;
        highest = vote.price;
    }
    if (lowest) {
        const auto above = deviation(highest, median).ppb;
        const auto below = deviation(*lowest, median).ppb;
        result.spread = {above + below};
    }
    if (2 * agreeing <= weight_of(votes)) return refuse(NoPrice::disagreement);
    if (result.used < feed.min_sources) return refuse(NoPrice::too_few_sources);
    result.price = median;
    return result;
}

}  // namespace meta138::oracle
