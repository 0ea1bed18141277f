// SPDX-License-Identifier: Apache-2.0
#include "config/presets.hpp"
#include "config/read_config.hpp"
#include "json_path.hpp"
#include "template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace meta138::oracle {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t max_sources = 256;
constexpr std::uint64_t max_weight = 1'000'000;
constexpr std::uint64_t max_answer_bytes = 64 << 20;
/// Paths and URLs are tried with this symbol; each feed's own symbols are tried with the feed.
constexpr std::string_view some_symbol = "X";

enum class Kind : std::uint8_t { http, websocket, chain, file };
constexpr std::pair<std::string_view, Kind> kinds[] = {
    {"http", Kind::http},
    {"websocket", Kind::websocket},
    {"chain", Kind::chain},
    {"file", Kind::file},
};
constexpr std::pair<std::string_view, TimeForm> time_forms[] = {
    {"automatic", TimeForm::automatic},
    {"iso8601", TimeForm::iso8601},
    {"seconds", TimeForm::unix_seconds},
    {"milliseconds", TimeForm::unix_milliseconds},
    {"microseconds", TimeForm::unix_microseconds},
    {"nanoseconds", TimeForm::unix_nanoseconds},
};

void check_path(const Section& section, std::string_view key, const std::string& path) {
    if (const auto parsed = parse_json_path(path); !parsed)
        section.fail(key, fmt::format("\"{}\" is no path: {}", path, parsed.error()));
}

/// A path that may depend on the symbol.
void read_template_path(Section& section, std::string_view key, std::string& path) {
    section.text(key, path);
    if (!path.empty()) check_path(section, key, render(path, some_symbol));
}

void read_path(Section& section, std::string_view key, std::string& path) {
    section.text(key, path);
    if (!path.empty()) check_path(section, key, path);
}

void read_matches(Section& section, std::string_view key, std::vector<MessageMatch>& matches) {
    section.matches(key, matches);
    for (const auto& match : matches) check_path(section, key, match.path);
}

HttpSource read_http_source(Section& section) {
    HttpSource source;
    if (section.require("url")) {
        section.secret("url", source.url);
        if (!source.url.empty())
            require_url(section, "url", render(source.url.reveal(), some_symbol), false);
    }
    section.secret("body", source.body);
    section.secret_pairs("headers", source.headers);
    read_template_path(section, "price", source.price_path);
    read_template_path(section, "time", source.time_path);
    section.word("time_form", source.time_form, time_forms);
    section.integer("max_bytes", source.max_bytes, 64, max_answer_bytes);
    return source;
}

void read_dialect(Section& section, StreamDialect& dialect) {
    section.text("subscribe", dialect.subscribe);
    section.text("subscribe_symbol", dialect.subscribe_symbol);
    read_matches(section, "match", dialect.match);
    read_path(section, "items", dialect.items);
    read_path(section, "symbol", dialect.symbol_path);
    section.text("symbol_form", dialect.symbol_form);
    read_path(section, "price", dialect.price_path);
    read_path(section, "time", dialect.time_path);
    section.word("time_form", dialect.time_form, time_forms);
    read_matches(section, "errors", dialect.errors);
    read_path(section, "error_text", dialect.error_text_path);
    read_matches(section, "reconnect_on", dialect.reconnects);
    section.text("ping", dialect.ping);
    section.duration("ping_interval", dialect.ping_interval, 100ms, 1h);
    section.duration("silence", dialect.silence, 100ms, 24h);
}

StreamSource read_stream_source(Section& section) {
    StreamSource source;
    if (section.require("url")) {
        section.secret("url", source.url);
        if (!source.url.empty()) require_url(section, "url", source.url.reveal(), true);
    }
    section.text("preset", source.preset);
    if (!source.preset.empty()) {
        if (auto preset = find_preset(source.preset)) {
            source.dialect = std::move(*preset);
        } else {
            const auto similar = find_similar(source.preset, preset_names());
            section.fail("preset",
                         fmt::format("\"{}\" is none of: {}{}", source.preset,
                                     fmt::join(preset_names(), ", "),
                                     similar ? fmt::format("; did you mean {}?", *similar) : ""));
        }
    }
    read_dialect(section, source.dialect);
    if (source.dialect.price_path.empty() && source.preset.empty())
        section.fail("price", "is missing: the path of the price in a message, or a preset");
    section.duration("reconnect", source.reconnect, 10ms, 1h);
    section.duration("max_reconnect", source.max_reconnect, source.reconnect, 24h);
    section.integer("max_message_bytes", source.max_message_bytes, 64, max_answer_bytes);
    return source;
}

ChainSource read_chain_source(Section& section) {
    ChainSource source;
    if (section.require("endpoints")) section.secrets("endpoints", source.endpoints);
    for (const auto& endpoint : source.endpoints)
        require_url(section, "endpoints", endpoint.reveal(), false);
    if (section.has("endpoints") && source.endpoints.empty())
        section.fail("endpoints", "needs at least one URL");
    return source;
}

FileSource read_file_source(Section& section) {
    FileSource source;
    if (section.require("path")) section.path("path", source.path);
    read_template_path(section, "price", source.price_path);
    read_template_path(section, "time", source.time_path);
    section.word("time_form", source.time_form, time_forms);
    if (source.price_path.empty() && !source.time_path.empty())
        section.fail("time", "needs price too: without, the file is the price");
    return source;
}

void read_breaker(Section section, BreakerConfig& breaker) {
    section.integer("failures", breaker.failures, 1, 1'000'000);
    section.duration("cool_down", breaker.cool_down, 10ms, 24h);
    section.duration("max_cool_down", breaker.max_cool_down, 10ms, 24h);
    if (breaker.max_cool_down < breaker.cool_down) {
        if (section.has("max_cool_down")) section.fail("max_cool_down", "is below cool_down");
        breaker.max_cool_down = breaker.cool_down;
    }
    section.finish();
}

SourceConfig read_source(Section& section) {
    SourceConfig source{.line = section.line()};
    if (section.require("name")) section.text("name", source.name);
    if (section.has("name") && !is_symbol(source.name))
        section.fail("name", "must be 1 to 64 letters, digits and _ . / : - @");
    auto kind = Kind::http;
    if (section.require("kind")) section.word("kind", kind, kinds);
    switch (kind) {
        case Kind::http: source.kind = read_http_source(section); break;
        case Kind::websocket: source.kind = read_stream_source(section); break;
        case Kind::chain: source.kind = read_chain_source(section); break;
        case Kind::file: source.kind = read_file_source(section); break;
    }
    if (kind != Kind::file) {
        read_tls(section, source.tls);
        section.duration("timeout", source.timeout, 10ms, 10min);
    }
    if (kind != Kind::websocket) section.duration("poll_interval", source.poll_interval, 10ms, 24h);
    section.integer("weight", source.weight, 1, max_weight);
    section.duration("max_age", source.max_age, 10ms, 30 * 24h);
    if (auto breaker = section.section("breaker")) read_breaker(*breaker, source.breaker);
    section.finish();
    return source;
}

}  // namespace

void read_sources(Section& root, Config& config) {
    std::set<std::string> names;
    for (auto& section : root.sections("source")) {
        auto source = read_source(section);
        if (!source.name.empty() && !names.insert(source.name).second)
            section.fail("name", fmt::format("there are two sources \"{}\"", source.name));
        config.sources.push_back(std::move(source));
    }
    if (config.sources.empty() && !root.has("source"))
        root.fail("source", "is missing: at least one [[source]]");
    if (config.sources.size() > max_sources)
        root.fail("source", fmt::format("more than {} sources", max_sources));
}

}  // namespace meta138::oracle
