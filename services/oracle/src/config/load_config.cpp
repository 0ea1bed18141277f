// SPDX-License-Identifier: Apache-2.0
#include "config/read_config.hpp"
#include "config/tree.hpp"

#include "meta138/http/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <tuple>

namespace meta138::oracle {

using namespace std::chrono_literals;

namespace {

constexpr std::uintmax_t max_config_size = 1 << 20;
constexpr std::uint64_t max_publishers = 16;

void read_chain(Section section, ChainConfig& chain) {
    section.integer("id", chain.id, 1, std::uint64_t{1} << 53);
    if (section.require("endpoints")) section.secrets("endpoints", chain.endpoints);
    for (const auto& endpoint : chain.endpoints)
        require_url(section, "endpoints", endpoint.reveal(), false);
    if (chain.endpoints.empty() && section.has("endpoints"))
        section.fail("endpoints", "needs at least one URL");
    read_tls(section, chain.tls);
    section.address("registry", chain.registry);
    section.duration("request_timeout", chain.request_timeout, 10ms, 10min);
    section.duration("poll_interval", chain.poll_interval, 10ms, 1h);
    section.duration("block_period", chain.block_period, 1ms, 1h);
    section.integer("confirmations", chain.confirmations, 1, 10'000);
    section.duration("max_head_age", chain.max_head_age, 1s, 24h);
    section.finish();
}

void read_signer(Section section, SignerConfig& signer) {
    section.secret("url", signer.url);
    if (!signer.url.empty()) require_url(section, "url", signer.url.reveal(), false);
    read_tls(section, signer.tls);
    section.address("account", signer.account);
    section.path("key_file", signer.key_file);
    section.duration("timeout", signer.timeout, 10ms, 10min);
    if (section.has("url") == section.has("key_file"))
        section.fail("", "needs either url (and account) or key_file");
    if (section.has("url") && !section.has("account"))
        section.fail("account", "is missing: which of the signer's keys to use");
    section.finish();
}

void read_publisher(Section section, PublisherConfig& publisher) {
    section.integer("rank", publisher.rank, 0, max_publishers - 1);
    section.integer("publishers", publisher.publishers, 1, max_publishers);
    section.duration("turn", publisher.turn, 0ms, 1h);
    section.flag("dry_run", publisher.dry_run);
    section.path("data_dir", publisher.data_dir);
    if (publisher.rank >= publisher.publishers) {
        section.fail("rank", fmt::format("must be below publishers ({}): 0 is the first",
                                         publisher.publishers));
        publisher.rank = 0;
    }
    section.finish();
}

void read_transactions(Section section, TransactionConfig& transactions) {
    section.wei("max_fee_per_gas", transactions.max_fee_per_gas);
    section.wei("max_priority_fee_per_gas", transactions.max_priority_fee_per_gas);
    if (transactions.max_priority_fee_per_gas > transactions.max_fee_per_gas)
        section.fail("max_priority_fee_per_gas", "must not exceed max_fee_per_gas");
    section.integer("gas_limit", transactions.gas_limit, 0, 100'000'000);
    section.duration("replace_after", transactions.replace_after, 100ms, 24h);
    section.integer("replace_bump_percent", transactions.replace_bump_percent, 10, 1000);
    section.integer("max_replacements", transactions.max_replacements, 0, 100);
    section.duration("backoff", transactions.backoff, 1ms, 1h);
    section.duration("max_backoff", transactions.max_backoff, 1ms, 24h);
    section.finish();
}

void read_http(Section section, HttpConfig& http) {
    section.flag("enabled", http.enabled);
    section.text("host", http.host);
    section.integer("port", http.port, 0, 65'535);
    section.texts("host_allowlist", http.host_allowlist);
    section.finish();
}

void read_log(Section section, LogConfig& log) {
    section.text("level", log.level);
    std::ranges::transform(log.level, log.level.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    static constexpr std::string_view levels[] = {"OFF",  "FATAL", "ERROR", "WARN",
                                                  "INFO", "DEBUG", "TRACE", "ALL"};
    if (std::ranges::find(levels, log.level) == std::end(levels))
        section.fail("level",
                     fmt::format("\"{}\" is none of: {}", log.level, fmt::join(levels, ", ")));
    static constexpr std::pair<std::string_view, bool> formats[] = {{"human", false},
                                                                    {"json", true}};
    section.word("format", log.json, formats);
    section.finish();
}

Config read_config(Section root, const std::filesystem::path& file) {
    Config config;
    config.file = file;
    root.text("name", config.name);
    if (auto section = root.section("chain")) {
        read_chain(*section, config.chain);
    } else if (!root.has("chain")) {
        root.fail("chain", "is missing: [chain] with endpoints");
    }
    if (auto section = root.section("publisher")) read_publisher(*section, config.publisher);
    if (auto section = root.section("signer")) {
        read_signer(*section, config.signer);
    } else if (!root.has("signer") && !config.publisher.dry_run) {
        root.fail("signer", "is missing: [signer] with url and account, or publisher.dry_run");
    }
    if (auto section = root.section("transactions"))
        read_transactions(*section, config.transactions);
    if (auto section = root.section("http")) read_http(*section, config.http);
    if (auto section = root.section("log")) read_log(*section, config.log);
    read_sources(root, config);
    read_feeds(root, config);
    root.finish();
    return config;
}

}  // namespace

void read_tls(Section& section, TlsConfig& tls) {
    section.path("ca_file", tls.ca_file);
    section.path("certificate_file", tls.certificate_file);
    section.path("client_key_file", tls.key_file);
    if (tls.certificate_file.empty() != tls.key_file.empty())
        section.fail("certificate_file", "and client_key_file go together");
}

void require_url(const Section& section, std::string_view key, const std::string& url,
                 bool websocket) {
    const auto parsed = http::parse_url(url);
    if (!parsed) return section.fail(key, fmt::format("the URL {}", to_string(parsed.error())));
    const bool is_websocket =
        parsed->scheme == http::Scheme::ws || parsed->scheme == http::Scheme::wss;
    if (is_websocket != websocket)
        section.fail(key, websocket ? "must begin with ws:// or wss://"
                                    : "must begin with http:// or https://");
}

std::string to_string(const ConfigError& error) {
    auto text = error.file.string();
    if (error.line > 0) text += fmt::format(":{}", error.line);
    if (!error.key.empty()) text += ": " + error.key;
    return text + ": " + error.reason;
}

std::expected<Config, std::vector<ConfigError>> parse_config(std::string_view text,
                                                             const std::filesystem::path& file,
                                                             const Environment& environment) {
    const auto tree = parse_toml(text);
    if (!tree)
        return std::unexpected{std::vector{ConfigError{
            .file = file, .line = tree.error().line, .key = {}, .reason = tree.error().reason}}};
    ConfigReading reading{.file = file, .environment = environment};
    auto config = read_config(Section{reading, *tree, ""}, file);
    if (reading.errors.empty()) return config;
    std::ranges::sort(reading.errors, {}, [](const ConfigError& error) {
        return std::tie(error.line, error.key, error.reason);
    });
    return std::unexpected{std::move(reading.errors)};
}

std::expected<Config, std::vector<ConfigError>> load_config(const std::filesystem::path& file,
                                                            const Environment& environment) {
    const auto refuse = [&file](std::string reason) {
        return std::unexpected{std::vector{
            ConfigError{.file = file, .line = 0, .key = {}, .reason = std::move(reason)}}};
    };
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) return refuse("is a folder");
    if (const auto size = std::filesystem::file_size(file, error); !error && size > max_config_size)
        return refuse("is larger than 1 MiB");
    std::ifstream in{file, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (!in) return refuse("cannot be read");
    return parse_config(text, file, environment);
}

}  // namespace meta138::oracle
