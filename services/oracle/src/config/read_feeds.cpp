// SPDX-License-Identifier: Apache-2.0
#include "config/read_config.hpp"
#include "json_path.hpp"
#include "template.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace meta138::oracle {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t max_feeds = 1024;
constexpr std::size_t max_feed_sources = 64;
constexpr std::uint64_t max_decimals = 36;
constexpr std::uint64_t max_weight = 1'000'000;

/// Reads the feeds of one configuration, whose sources are complete.
class FeedReader {
public:
    explicit FeedReader(Config& config) : config_{config} {}

    FeedConfig read(Section& section) {
        FeedConfig feed{.line = section.line()};
        if (section.require("name")) section.text("name", feed.name);
        if (section.has("name") && !is_symbol(feed.name))
            section.fail("name", "must be 1 to 64 letters, digits, spaces and _ . / : - @");
        read_contract(section, feed);
        read_rules(section, feed);
        auto max_age = milliseconds{0};
        section.duration("max_age", max_age, 10ms, 30 * 24h);
        auto sources = section.sections("source");
        for (auto& source : sources)
            if (auto read = read_feed_source(source, feed, max_age))
                feed.sources.push_back(std::move(*read));
        check_sources(section, feed, sources.size());
        section.finish();
        return feed;
    }

private:
    void read_contract(Section& section, FeedConfig& feed) const {
        section.address("address", feed.address);
        section.text("base", feed.base);
        section.text("quote", feed.quote);
        const bool is_pair = section.has("base") || section.has("quote");
        if (section.has("address") == is_pair) {
            section.fail("", "needs either address or base and quote");
        } else if (is_pair && (feed.base.empty() || feed.quote.empty())) {
            section.fail("base", "and quote go together");
        } else if (is_pair && !config_.chain.registry) {
            section.fail("base", "and quote are looked up in chain.registry, which is missing");
        }
    }

    static void read_rules(Section& section, FeedConfig& feed) {
        section.integer("decimals", feed.decimals, 0, max_decimals);
        milliseconds heartbeat = feed.heartbeat;
        section.duration("heartbeat", heartbeat, 1s, 365 * 24h);
        if (heartbeat % 1s != 0s) section.fail("heartbeat", "must be whole seconds");
        feed.heartbeat = std::chrono::duration_cast<seconds>(heartbeat);
        section.ratio("deviation", feed.deviation_threshold, Ratio{Ratio::one});
        section.integer("min_sources", feed.min_sources, 1, max_feed_sources);
        section.duration("poll_interval", feed.poll_interval, 10ms, 1h);
        if (auto outliers = section.section("outliers")) read_outliers(*outliers, feed.outliers);
    }

    static void read_outliers(Section section, OutlierRule& rule) {
        static constexpr std::pair<std::string_view, OutlierRule::Kind> rules[] = {
            {"none", OutlierRule::Kind::none},
            {"percent", OutlierRule::Kind::percent},
            {"mad", OutlierRule::Kind::mad},
        };
        section.word("rule", rule.kind, rules);
        section.ratio("limit", rule.limit, Ratio{Ratio::one});
        section.ratio("floor", rule.floor, Ratio{Ratio::one});
        section.integer("factor", rule.factor, 1, 1000);
        if (rule.floor > rule.limit) {
            if (section.has("floor")) section.fail("floor", "is above limit");
            rule.floor = rule.limit;
        }
        section.finish();
    }

    std::optional<FeedSource> read_feed_source(Section& section, const FeedConfig& feed,
                                               milliseconds feed_max_age) {
        FeedSource result;
        std::optional<Section> second = section.section("times");
        auto first_leg = read_leg(section, feed);
        std::optional<Leg> second_leg;
        if (second) {
            second_leg = read_leg(*second, feed);
            second->finish();
        }
        section.decimal("scale", result.scale);
        std::uint32_t weight = 0;
        section.integer("weight", weight, 1, max_weight);
        milliseconds max_age{0};
        section.duration("max_age", max_age, 10ms, 30 * 24h);
        section.finish();
        if (!first_leg || (second && !second_leg)) return std::nullopt;

        const auto& source = source_of(*first_leg);
        result.legs.push_back(*first_leg);
        result.name = source.name;
        auto default_age = source.max_age;
        if (second_leg) {
            const auto& other = source_of(*second_leg);
            result.legs.push_back(*second_leg);
            result.name += '*' + other.name;
            default_age = std::min(default_age, other.max_age);
        }
        if (feed_max_age != 0ms) default_age = feed_max_age;
        result.weight = weight != 0 ? weight : source.weight;
        result.max_age = max_age != 0ms ? max_age : default_age;
        return result;
    }

    [[nodiscard]] const SourceConfig& source_of(const Leg& leg) const {
        return config_.sources[config_.tickers[leg.ticker].source];
    }

    std::optional<Leg> read_leg(Section& section, const FeedConfig& feed) {
        TickerConfig ticker;
        std::string name;
        if (section.require("source")) section.text("source", name);
        Leg leg;
        section.flag("invert", leg.invert);
        ticker.symbol = feed.name;
        section.text("symbol", ticker.symbol);
        section.text("price", ticker.price_path);
        section.text("time", ticker.time_path);
        if (name.empty()) return std::nullopt;
        const auto found = std::ranges::find(config_.sources, name, &SourceConfig::name);
        if (found == config_.sources.end()) {
            std::vector<std::string_view> names;
            names.reserve(config_.sources.size());
            for (const auto& source : config_.sources) names.push_back(source.name);
            const auto similar = find_similar(name, names);
            section.fail("source",
                         similar ? fmt::format(R"(there is no source "{}"; did you mean "{}"?)",
                                               name, *similar)
                                 : fmt::format("there is no source \"{}\"", name));
            return std::nullopt;
        }
        ticker.source = static_cast<std::size_t>(found - config_.sources.begin());
        check_ticker(section, *found, ticker);
        check_stream(section, *found, ticker);
        leg.ticker = ticker_index(std::move(ticker));
        return leg;
    }

    static void check_ticker(Section& section, const SourceConfig& source,
                             const TickerConfig& ticker) {
        if (!is_symbol(ticker.symbol))
            return section.fail("symbol",
                                "must be 1 to 64 letters, digits, spaces and _ . / : - @");
        // A path of the source has been checked there, unless it depends on the symbol.
        const auto check_path = [&](std::string_view key, const std::string& path) {
            if (path.empty() || (!section.has(key) && render(path, "a") == render(path, "b")))
                return;
            const auto parsed = parse_json_path(render(path, ticker.symbol));
            if (!parsed)
                section.fail(key, fmt::format("\"{}\" is no path: {}", render(path, ticker.symbol),
                                              parsed.error()));
        };
        const bool has_paths = section.has("price") || section.has("time");
        if (const auto* const web = std::get_if<HttpSource>(&source.kind)) {
            const auto& path = ticker.price_path.empty() ? web->price_path : ticker.price_path;
            if (path.empty()) section.fail("price", "is missing: the path of the price");
            check_path("price", path);
            check_path("time", ticker.time_path.empty() ? web->time_path : ticker.time_path);
            if (!web->url.empty())
                require_url(section, "symbol", render(web->url.reveal(), ticker.symbol), false);
        } else if (const auto* const file = std::get_if<FileSource>(&source.kind)) {
            check_path("price", ticker.price_path.empty() ? file->price_path : ticker.price_path);
            check_path("time", ticker.time_path.empty() ? file->time_path : ticker.time_path);
        } else if (has_paths) {
            section.fail(section.has("price") ? "price" : "time",
                         "is only for sources of the kinds http and file");
        }
        if (std::holds_alternative<ChainSource>(source.kind) &&
            !decode_fixed_hex<Address>(ticker.symbol))
            section.fail("symbol", "must be the address of an AggregatorV3 contract");
    }

    /// Without a path of the symbol the messages of two could not be told apart.
    void check_stream(Section& section, const SourceConfig& source,
                      const TickerConfig& ticker) const {
        const auto* const stream = std::get_if<StreamSource>(&source.kind);
        if (stream == nullptr || !stream->dialect.symbol_path.empty()) return;
        if (std::ranges::any_of(config_.tickers, [&ticker](const TickerConfig& other) {
                return other.source == ticker.source && other.symbol != ticker.symbol;
            }))
            section.fail("symbol", fmt::format("the source {} has no path of a symbol, so it can "
                                               "tell the price of one only",
                                               source.name));
    }

    std::size_t ticker_index(TickerConfig ticker) {
        auto& tickers = config_.tickers;
        const auto found = std::ranges::find(tickers, ticker);
        if (found != tickers.end()) return static_cast<std::size_t>(found - tickers.begin());
        tickers.push_back(std::move(ticker));
        return tickers.size() - 1;
    }

    /// `count`: those with errors included.
    static void check_sources(const Section& section, const FeedConfig& feed, std::size_t count) {
        if (!section.has("source"))
            return section.fail("source", "is missing: at least one [[feed.source]]");
        if (count > max_feed_sources)
            section.fail("source", fmt::format("more than {} sources", max_feed_sources));
        if (count < feed.min_sources)
            section.fail("min_sources",
                         fmt::format("is {}, but the feed has {} source{}", feed.min_sources, count,
                                     count == 1 ? "" : "s"));
    }

    Config& config_;
};

}  // namespace

void read_feeds(Section& root, Config& config) {
    FeedReader reader{config};
    std::set<std::string> names;
    for (auto& section : root.sections("feed")) {
        auto feed = reader.read(section);
        if (!feed.name.empty() && !names.insert(feed.name).second)
            section.fail("name", fmt::format("there are two feeds \"{}\"", feed.name));
        config.feeds.push_back(std::move(feed));
    }
    if (config.feeds.empty() && !root.has("feed"))
        root.fail("feed", "is missing: at least one [[feed]]");
    if (config.feeds.size() > max_feeds)
        root.fail("feed", fmt::format("more than {} feeds", max_feeds));
}

}  // namespace meta138::oracle
