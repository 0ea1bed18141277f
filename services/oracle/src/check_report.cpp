// SPDX-License-Identifier: Apache-2.0
#include "check_report.hpp"

#include "check_chain.hpp"
#include "text_table.hpp"

#include "meta138/codec/json/writer.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace meta138::oracle {

namespace {

std::string in_seconds(milliseconds time) {
    return fmt::format("{}.{} s", time.count() / 1000, std::abs(time.count() % 1000) / 100);
}

milliseconds age_of(const Observation& seen, const Instant& now) {
    return std::max(now.steady - seen.received.steady, now.wall - seen.told.value_or(now.wall));
}

}  // namespace

bool CheckReport::is_good() const {
    return std::ranges::all_of(sources, &Source::is_good) &&
           std::ranges::none_of(feeds, [](const Feed& feed) { return feed.price.empty(); });
}

CheckReport make_report(const Config& config, const PriceBoard& board, const Instant& now) {
    CheckReport report;
    for (std::size_t i = 0; i < config.tickers.size(); ++i) {
        const auto& ticker = config.tickers[i];
        const auto& source = config.sources[ticker.source];
        const auto& state = board[i];
        CheckReport::Source row{.name = source.name,
                                .symbol = ticker.symbol,
                                .is_good = state.last && state.error.empty(),
                                .latency = state.latency,
                                .reason = state.error};
        if (state.last) {
            const auto age = age_of(*state.last, now);
            row.price = to_string(state.last->price);
            row.age = in_seconds(age);
            if (row.is_good && age > source.max_age) {
                row.is_good = false;
                row.reason =
                    fmt::format("stale: at most {} are allowed", in_seconds(source.max_age));
            }
        } else if (row.reason.empty()) {
            row.reason = "no price in time";
        }
        report.sources.push_back(std::move(row));
    }
    for (const auto& feed : config.feeds) {
        const auto result = aggregate(feed, board, now);
        CheckReport::Feed row{.name = feed.name,
                              .spread = to_string(result.spread),
                              .used = result.used,
                              .sources = feed.sources.size()};
        if (result.price) {
            // As the feed would have it.
            const auto answer = to_answer(*result.price, feed.decimals);
            const auto price = answer ? from_answer(*answer, feed.decimals) : std::nullopt;
            row.price = to_string(price.value_or(*result.price));
        } else {
            row.reason = fmt::format("{} (needs {})", to_string(*result.missing), feed.min_sources);
        }
        for (const auto& source : result.sources) {
            if (source.verdict == Verdict::used) continue;
            if (!row.reason.empty()) row.reason += "; ";
            row.reason += fmt::format("{}: {}", source.name, to_string(source.verdict));
        }
        report.feeds.push_back(std::move(row));
    }
    return report;
}

std::string to_text(const CheckReport& report, bool colour) {
    std::vector<std::vector<std::string>> sources{
        {"SOURCE", "SYMBOL", "STATUS", "PRICE", "AGE", "LATENCY", "REASON"}};
    for (const auto& row : report.sources)
        sources.push_back({row.name, row.symbol, row.is_good ? "ok" : "failed", row.price, row.age,
                           fmt::format("{} ms", row.latency.count()), row.reason});
    std::vector<std::vector<std::string>> feeds{
        {"FEED", "STATUS", "PRICE", "SPREAD", "USED", "REASON"}};
    for (const auto& row : report.feeds)
        feeds.push_back({row.name, row.price.empty() ? "no price" : "ok", row.price, row.spread,
                         fmt::format("{} of {}", row.used, row.sources), row.reason});
    return text_table(sources, 2, colour) + '\n' + text_table(feeds, 1, colour);
}

std::string to_json(const CheckReport& report, const ChainReport* chain) {
    std::string text;
    json::Writer out{text};
    const auto member = [&out](std::string_view name, const std::string& value) {
        out.key(name);
        value.empty() ? out.null() : out.string(value);
    };
    out.open_object().key("ok");
    out.boolean(report.is_good() && (chain == nullptr || chain->is_good()));
    out.key("sources").open_array();
    for (const auto& row : report.sources) {
        out.open_object();
        member("source", row.name);
        member("symbol", row.symbol);
        out.key("ok");
        out.boolean(row.is_good);
        member("price", row.price);
        member("age", row.age);
        out.key("latencyMs");
        out.number(row.latency.count());
        member("reason", row.reason);
        out.close_object();
    }
    out.close_array().key("feeds").open_array();
    for (const auto& row : report.feeds) {
        out.open_object();
        member("feed", row.name);
        member("price", row.price);
        member("spread", row.spread);
        out.key("used");
        out.number(row.used);
        out.key("sources");
        out.number(row.sources);
        member("reason", row.reason);
        out.close_object();
    }
    out.close_array();
    if (chain != nullptr) out.raw(to_json_members(*chain));
    out.close_object();
    return text + '\n';
}

}  // namespace meta138::oracle
