// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/watch/screen.hpp"

#include "watch/lines.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <ranges>

namespace meta138::op {
namespace {

constexpr std::string_view page_titles[page_count] = {"overview", "nodes", "blocks", "feeds"};
constexpr std::string_view keys =
    "q quit   1-4 or tab: page   arrows or j k: scroll   space: look now   ?: keys";
/// Blocks behind the highest head that are no cause for alarm: they are on their way.
constexpr std::uint64_t usual_lag = 1;

std::uint64_t seconds_of(const Snapshot& snapshot) {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(snapshot.time).time_since_epoch().count());
}

Piece number(const std::optional<std::uint64_t>& value) {
    return {value ? with_commas(*value) : "-"};
}

Piece state_of(const std::string& state, bool answers) {
    if (state.empty()) return {answers ? "up" : "down", answers ? Style::good : Style::bad};
    return {state, state == "running" ? Style::good : Style::bad};
}

Piece memory_of(std::uint64_t bytes) {
    return {bytes == 0 ? "-" : with_commas(bytes >> 20)};
}

Piece latency_of(const NodeSight& node) {
    if (!node.latency) return {"-"};
    return {fmt::format("{:.1f} ms", static_cast<double>(node.latency->count()) / 1000)};
}

Piece lag_of(const Snapshot& snapshot, const NodeSight& node) {
    const auto lag = snapshot.lag(node);
    auto piece = number(lag);
    if (lag.value_or(0) > usual_lag) piece.style = Style::warning;
    return piece;
}

Piece remark_of(const NodeSight& node) {
    if (!node.problem.empty()) return {node.problem, Style::bad};
    if (node.is_syncing) return {"synchronising", Style::warning};
    if (node.round.value_or(0) > 0)
        return {fmt::format("round {}: {}", *node.round, node.explanation), Style::warning};
    return {""};
}

std::vector<Line> nodes_table(const Snapshot& snapshot) {
    Table table{{{"node"},
                 {"state"},
                 {"height", true},
                 {"lag", true},
                 {"peers", true},
                 {"pool", true},
                 {"rpc", true},
                 {"MiB", true},
                 {"restarts", true},
                 {""}}};
    for (const auto& node : snapshot.nodes)
        table.add(
            {{node.name},
             state_of(node.state, node.height.has_value()),
             number(node.height),
             lag_of(snapshot, node),
             number(node.peers),
             number(node.pooled),
             latency_of(node),
             memory_of(node.resident_bytes),
             {std::to_string(node.restarts), node.restarts > 0 ? Style::warning : Style::plain},
             remark_of(node)});
    return table.lines();
}

std::vector<Line> services_table(const Snapshot& snapshot) {
    Table table{{{"service"}, {"state"}, {"health"}, {"MiB", true}, {"restarts", true}, {""}}};
    for (const auto& service : snapshot.services) {
        const auto healthy = service.is_healthy;
        table.add({{service.name},
                   state_of(service.state, service.is_healthy.value_or(false)),
                   {!healthy   ? "-"
                    : *healthy ? "ok"
                               : "not ok",
                    !healthy   ? Style::plain
                    : *healthy ? Style::good
                               : Style::bad},
                   memory_of(service.resident_bytes),
                   {std::to_string(service.restarts)},
                   {service.problem, Style::bad}});
    }
    return table.lines();
}

Piece age_of(const FeedSight& feed, std::uint64_t now) {
    if (feed.updated_at == 0) return {"-"};
    return {age_text(now > feed.updated_at ? now - feed.updated_at : 0)};
}

Piece freshness_text(const Snapshot& snapshot, const FeedSight& feed) {
    const auto grace = std::chrono::ceil<std::chrono::seconds>(
        2 * snapshot.block_period.value_or(std::chrono::seconds{2}));
    switch (freshness_of(feed, seconds_of(snapshot), static_cast<std::uint64_t>(grace.count()))) {
        case Freshness::fresh: return {"fresh", Style::good};
        case Freshness::stale: return {"stale", Style::bad};
        case Freshness::empty: break;
    }
    return {feed.problem.empty() ? "no answer yet" : feed.problem, Style::warning};
}

std::vector<Line> feeds_table(const Snapshot& snapshot, bool with_addresses) {
    std::vector<Table::Column> columns{
        {"feed"}, {"price", true}, {"age", true}, {"heartbeat", true}, {"round", true}, {""}};
    if (with_addresses) columns.insert(columns.end() - 1, {"address"});
    Table table{columns};
    for (const auto& feed : snapshot.feeds) {
        std::vector<Piece> cells{{feed.name},
                                 {feed.price.empty() ? "-" : feed.price, Style::bold},
                                 age_of(feed, seconds_of(snapshot)),
                                 {age_text(feed.heartbeat)},
                                 {with_commas(feed.round)}};
        if (with_addresses) cells.push_back({to_hex(feed.address)});
        cells.push_back(freshness_text(snapshot, feed));
        table.add(std::move(cells));
    }
    return table.lines();
}

std::vector<Line> blocks_table(const Snapshot& snapshot) {
    Table table{{{"block", true},
                 {"age", true},
                 {"transactions", true},
                 {"gas used", true},
                 {"of limit", true},
                 {"round", true},
                 {"proposer"}}};
    const auto now = seconds_of(snapshot);
    for (const auto& block : std::ranges::reverse_view{snapshot.blocks}) {
        const auto share = block.gas_limit == 0 ? 0.0
                                                : 100 * static_cast<double>(block.gas_used) /
                                                      static_cast<double>(block.gas_limit);
        table.add({{with_commas(block.number)},
                   {age_text(now > block.timestamp ? now - block.timestamp : 0)},
                   {with_commas(block.transactions)},
                   {with_commas(block.gas_used)},
                   {fmt::format("{:.1f} %", share)},
                   {block.round ? std::to_string(*block.round) : "-",
                    block.round.value_or(0) > 0 ? Style::warning : Style::plain},
                   {to_hex(block.proposer)}});
    }
    return table.lines();
}

Line title_line(const Snapshot& snapshot, const ScreenOptions& options) {
    Line line{{"Meta138", Style::bold}, {"  " + snapshot.where}};
    if (snapshot.chain_id) line.push_back({fmt::format("  chain {}", *snapshot.chain_id)});
    line.push_back({fmt::format("  {:%Y-%m-%d %H:%M:%S} UTC",
                                fmt::gmtime(std::chrono::system_clock::to_time_t(snapshot.time)))});
    line.push_back(
        {fmt::format("  [{}]", page_titles[static_cast<std::size_t>(options.page)]), Style::dim});
    return line;
}

Line chain_line(const Snapshot& snapshot) {
    const auto height = snapshot.height();
    if (!height) return {{"no node answers", Style::bad}};
    const auto rates = rates_of(snapshot.blocks);
    const auto now = seconds_of(snapshot);
    Line line{{"height "}, {with_commas(*height), Style::bold}};
    if (!snapshot.blocks.empty()) {
        const auto& newest = snapshot.blocks.back();
        const auto age = now > newest.timestamp ? now - newest.timestamp : 0;
        const auto period = snapshot.block_period.value_or(std::chrono::seconds{2});
        const bool is_late = std::chrono::seconds{age} > 5 * period + std::chrono::seconds{2};
        line.push_back(
            {fmt::format(", {} ago", age_text(age)), is_late ? Style::bad : Style::plain});
        line.push_back({fmt::format(
            "   round {}", newest.round ? std::to_string(*newest.round) : std::string{"-"})});
    }
    line.push_back(
        {fmt::format("   block time {:.2f} s   {} tx/s   {} gas/s   blocks {:.0f} % full",
                     rates.block_seconds, with_prefix(rates.transactions_per_second),
                     with_prefix(rates.gas_per_second), 100 * rates.gas_used_share)});
    if (rates.blocks_after_round0 != 0)
        line.push_back({fmt::format("   {} of {} blocks came after round 0",
                                    rates.blocks_after_round0, snapshot.blocks.size() - 1),
                        Style::warning});
    return line;
}

Line bars_line(const Snapshot& snapshot, std::size_t columns) {
    std::vector<double> values;
    for (const auto& block : snapshot.blocks)
        values.push_back(static_cast<double>(block.transactions));
    constexpr std::size_t label = 24;
    if (columns > label && values.size() > columns - label)
        values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(columns - label));
    return {{"transactions a block ", Style::dim}, {"[" + bars(values) + "]"}};
}

void append(std::vector<Line>& lines, std::vector<Line> more) {
    lines.push_back({});
    std::ranges::move(more, std::back_inserter(lines));
}

std::vector<Line> body(const Snapshot& snapshot, const ScreenOptions& options) {
    std::vector<Line> lines;
    switch (options.page) {
        case Page::overview:
            append(lines, nodes_table(snapshot));
            if (!snapshot.feeds.empty()) append(lines, feeds_table(snapshot, false));
            if (!snapshot.services.empty()) append(lines, services_table(snapshot));
            break;
        case Page::nodes: {
            append(lines, nodes_table(snapshot));
            Table words{{{"node"}, {"client"}, {"what it is doing"}}};
            for (const auto& node : snapshot.nodes)
                words.add({{node.name}, {node.client}, {node.explanation}});
            append(lines, words.lines());
            break;
        }
        case Page::blocks: append(lines, blocks_table(snapshot)); break;
        case Page::feeds: append(lines, feeds_table(snapshot, true)); break;
    }
    return lines;
}

}  // namespace

std::string draw(const Snapshot& snapshot, const ScreenOptions& options) {
    std::vector<Line> lines{title_line(snapshot, options), chain_line(snapshot),
                            bars_line(snapshot, options.columns)};
    auto rest = body(snapshot, options);
    rest.erase(rest.begin(),
               rest.begin() + static_cast<std::ptrdiff_t>(std::min(options.scroll, rest.size())));
    std::ranges::move(rest, std::back_inserter(lines));
    if (options.rows != 0) {
        const std::size_t footer = options.shows_keys ? 1 : 0;
        lines.resize(std::max(options.rows, footer + 1) - footer);
        if (options.shows_keys) lines.push_back({{std::string{keys}, Style::dim}});
    }
    std::string text;
    for (const auto& line : lines) text += print(line, options.columns, options.colour);
    return text;
}

}  // namespace meta138::op
