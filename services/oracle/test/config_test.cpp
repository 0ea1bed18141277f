// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

namespace meta138::oracle {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> environment(const std::string& name) {
    static const std::map<std::string, std::string> variables{{"API_KEY", "s3cret"}};
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
}

auto parse(const std::string& text) {
    return parse_config(text, "oracle.toml", environment);
}

/// All errors, a line each.
std::string errors(const std::string& text) {
    const auto config = parse(text);
    if (config) return "none";
    std::string result;
    for (const auto& error : config.error()) result += to_string(error) + '\n';
    return result;
}

const std::string small = R"([chain]
endpoints = ["http://127.0.0.1:8545"]
[signer]
url = "http://127.0.0.1:9000"
account = "0x627306090abab3a6e1400e9345bc60c78a8bef57"
[[source]]
name = "web"
kind = "http"
url = "https://prices.example/{symbol:lower}?key=${env:API_KEY}"
price = "data[0].price"
[[source]]
name = "coinbase"
kind = "websocket"
preset = "coinbase"
url = "wss://ws-feed.exchange.coinbase.com"
weight = 3
max_age = "30s"
[[feed]]
name = "ETH/USD"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
heartbeat = "1h"
deviation = "0.5%"
min_sources = 2
[[feed.source]]
source = "web"
symbol = "ETHUSD"
[[feed.source]]
source = "coinbase"
symbol = "ETH-USD"
)";

/// A second feed that asks the first source for another symbol.
const std::string second_feed = R"([[feed]]
name = "BTC/USD"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa5"
source = [{ source = "web", symbol = "BTCUSD" }]
)";

TEST(Config, reads_a_small_one) {
    const auto config = parse(small);
    ASSERT_TRUE(config) << errors(small);
    EXPECT_EQ(config->chain.id, 138U);
    ASSERT_EQ(config->feeds.size(), 1U);
    const auto& feed = config->feeds[0];
    EXPECT_EQ(feed.heartbeat, 3600s);
    EXPECT_EQ(feed.deviation_threshold, Ratio{5'000'000});
    ASSERT_EQ(feed.sources.size(), 2U);
    EXPECT_EQ(feed.sources[0].weight, 1U);
    EXPECT_EQ(feed.sources[0].max_age, 60s);
    EXPECT_EQ(feed.sources[1].name, "coinbase");
    EXPECT_EQ(feed.sources[1].weight, 3U);
    EXPECT_EQ(feed.sources[1].max_age, 30s);
    ASSERT_EQ(config->tickers.size(), 2U);
    EXPECT_EQ(config->tickers[1].symbol, "ETH-USD");
}

TEST(Config, secrets_are_expanded_and_not_shown) {
    const auto config = parse(small);
    ASSERT_TRUE(config);
    const auto& web = std::get<HttpSource>(config->sources[0].kind);
    EXPECT_EQ(web.url.reveal(), "https://prices.example/{symbol:lower}?key=s3cret");
    EXPECT_EQ(web.url.shown(), "https://prices.example/{symbol:lower}?key=${env:API_KEY}");
}

TEST(Config, an_absent_secret_is_an_error_that_names_the_variable) {
    auto text = small;
    text.replace(text.find("API_KEY"), 7, "APIKEY");
    EXPECT_EQ(errors(text),
              "oracle.toml:9: source.url: the environment variable APIKEY is not set\n");
}

TEST(Config, a_secret_may_stand_in_a_file) {
    const auto folder = std::filesystem::path{testing::TempDir()} / "oracle-config-test";
    std::filesystem::create_directories(folder);
    std::ofstream{folder / "key"} << "from-a-file\n";
    auto text = small;
    text.replace(text.find("env:API_KEY"), 11, "file:key");
    std::ofstream{folder / "oracle.toml"} << text;
    const auto config = load_config(folder / "oracle.toml", environment);
    ASSERT_TRUE(config) << to_string(config.error().front());
    EXPECT_TRUE(
        std::get<HttpSource>(config->sources[0].kind).url.reveal().ends_with("?key=from-a-file"));
    std::filesystem::remove_all(folder);
}

TEST(Config, feeds_that_use_the_same_share_a_ticker) {
    const auto config = parse(small + R"([[feed]]
name = "ETH/EUR"
address = "0x5FbDB2315678afecb367f032d93F642f64180aa4"
[[feed.source]]
source = "coinbase"
symbol = "ETH-USD"
scale = "0.01"
times = { source = "coinbase", symbol = "EUR-USD", invert = true }
)");
    ASSERT_TRUE(config);
    ASSERT_EQ(config->tickers.size(), 3U);
    const auto& source = config->feeds[1].sources[0];
    EXPECT_EQ(source.name, "coinbase*coinbase");
    ASSERT_EQ(source.legs.size(), 2U);
    EXPECT_EQ(source.legs[0].ticker, 1U);
    EXPECT_EQ(source.legs[1].ticker, 2U);
    EXPECT_TRUE(source.legs[1].invert);
    EXPECT_EQ(to_string(source.scale), "0.01");
}

TEST(Config, tells_all_errors_at_once_with_their_lines) {
    EXPECT_EQ(errors(R"(
[chain]
endpoint = ["http://127.0.0.1:8545"]
id = 0
[signer]
url = "ftp://x"
[[source]]
name = "a"
kind = "websockt"
[[feed]]
name = "ETH/USD"
adress = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
heartbeat = 3600
deviation = "0.5"
[[feed.source]]
source = "b"
)"),
              R"(oracle.toml:2: chain.endpoints: is missing
oracle.toml:3: chain.endpoint: is unknown; did you mean endpoints?
oracle.toml:4: chain.id: must be from 1 to 9007199254740992
oracle.toml:5: signer.account: is missing: which of the signer's keys to use
oracle.toml:6: signer.url: the URL is not http://, https://, ws:// or wss://
oracle.toml:7: source.url: is missing
oracle.toml:9: source.kind: "websockt" is unknown; did you mean "websocket"?
oracle.toml:10: feed: needs either address or base and quote
oracle.toml:12: feed.adress: is unknown; did you mean address?
oracle.toml:13: feed.heartbeat: must be a time in quotes, such as "10s"
oracle.toml:14: feed.deviation: "0.5" is no share: write 0.5% (at most 7 digits behind the point)
oracle.toml:16: feed.source.source: there is no source "b"; did you mean "a"?
)");
}

TEST(Config, what_is_no_toml_is_refused_with_its_line) {
    const auto config = parse("[chain]\nid = = 3\n");
    ASSERT_FALSE(config);
    ASSERT_EQ(config.error().size(), 1U);
    EXPECT_EQ(config.error()[0].line, 2);
}

TEST(Config, an_empty_one_says_what_it_needs) {
    EXPECT_EQ(errors(""), R"(oracle.toml:1: chain: is missing: [chain] with endpoints
oracle.toml:1: feed: is missing: at least one [[feed]]
oracle.toml:1: signer: is missing: [signer] with url and account, or publisher.dry_run
oracle.toml:1: source: is missing: at least one [[source]]
)");
}

/// What replaces a line of the small configuration, and the error that it leads to.
struct BadLine {
    const char* name;
    const char* line;
    const char* replacement;
    const char* error;
};

class BadConfig : public testing::TestWithParam<BadLine> {};

TEST_P(BadConfig, is_refused_with_the_line_and_the_reason) {
    const auto& row = GetParam();
    auto text = small + second_feed;
    const auto at = text.find(row.line);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, std::string_view{row.line}.size(), row.replacement);
    EXPECT_EQ(errors(text), row.error + std::string{"\n"});
}

INSTANTIATE_TEST_SUITE_P(
    Config, BadConfig,
    testing::Values(
        BadLine{"path", "data[0].price", "data[0.price",
                R"(oracle.toml:10: source.price: "data[0.price" is no path: ']' is missing)"},
        BadLine{"stream_path", "preset = \"coinbase\"",
                "match = { \"{symbol}\" = \"x\" }\nprice = \"p\"\nsymbol = \"s\"",
                "oracle.toml:14: source.match: \"{symbol}\" is no path: a name is missing; names "
                "with other characters stand in brackets and quotes: [\"a.b\"]"},
        BadLine{"preset", "preset = \"coinbase\"", "preset = \"coinbas\"",
                "oracle.toml:14: source.preset: \"coinbas\" is none of: coinbase, "
                "kraken, binance, bitstamp; did you mean coinbase?"},
        BadLine{"websocket_url", "wss://", "https://",
                "oracle.toml:15: source.url: must begin with ws:// or wss://"},
        BadLine{"weight", "weight = 3", "weight = 0",
                "oracle.toml:16: source.weight: must be from 1 to 1000000"},
        BadLine{
            "max_age", "\"30s\"", "\"30\"",
            "oracle.toml:17: source.max_age: \"30\" is no time: write 500ms, 10s, 5m, 1h or 1d"},
        BadLine{"address", "0x5FbDB2315678afecb367f032d93F642f64180aa3", "0x5F",
                "oracle.toml:20: feed.address: \"0x5F\" is no address: 0x and 40 hexadecimal "
                "digits"},
        BadLine{"pair_without_registry", "address = \"0x5FbDB2315678afecb367f032d93F642f64180aa3\"",
                "base = \"ETH\"\nquote = \"USD\"",
                "oracle.toml:20: feed.base: and quote are looked up in chain.registry, which is "
                "missing"},
        BadLine{"deviation", "0.5%", "101%",
                "oracle.toml:22: feed.deviation: must be at most 100%"},
        BadLine{"min_sources", "min_sources = 2", "min_sources = 3",
                "oracle.toml:23: feed.min_sources: is 3, but the feed has 2 sources"},
        BadLine{"symbol", "\"ETHUSD\"", "\"ETH\\\"USD\"",
                "oracle.toml:26: feed.source.symbol: must be 1 to 64 letters, digits, spaces and "
                "_ . / : - @"},
        BadLine{"duplicate_source", "name = \"coinbase\"", "name = \"web\"",
                "oracle.toml:12: source.name: there are two sources \"web\"\noracle.toml:28: "
                "feed.source.source: there is no source \"coinbase\""},
        BadLine{"one_symbol",
                "name = \"web\"\nkind = \"http\"\nurl = "
                "\"https://prices.example/{symbol:lower}?key=${env:API_KEY}\"",
                "name = \"web\"\nkind = \"websocket\"\nurl = \"ws://x\"",
                "oracle.toml:33: feed.source.symbol: the source web has no path of a symbol, so it "
                "can tell the price of one only"},
        BadLine{"both_keys", "account =", "key_file = \"key\"\naccount =",
                "oracle.toml:3: signer: needs either url (and account) or key_file"},
        BadLine{"reference", "${env:API_KEY}", "${API_KEY}",
                "oracle.toml:9: source.url: a reference is ${env:NAME} or ${file:PATH}"}),
    [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace meta138::oracle
