// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/oracle/decimal.hpp"
#include "meta138/oracle/instant.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meta138::oracle {

using std::chrono::seconds;

/// A text that may hold secrets: `${env:NAME}` and `${file:PATH}` in the configuration. What is
/// printed is what the file says; only who sends it asks for the value.
class SecretText {
public:
    SecretText() = default;
    SecretText(std::string shown, std::string value)
        : shown_{std::move(shown)}, value_{std::move(value)} {}

    /// As the configuration has it, with the references unexpanded: for logs and tables.
    [[nodiscard]] const std::string& shown() const noexcept { return shown_; }
    /// Never for a log, an error or a table.
    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

private:
    std::string shown_;
    std::string value_;
};

/// Certificates for `https` and `wss`; by default what the system trusts.
struct TlsConfig {
    std::filesystem::path ca_file{};  ///< PEM; in place of the system's.
    std::filesystem::path certificate_file{};
    std::filesystem::path key_file{};
};

/// `[chain]`
struct ChainConfig {
    std::uint64_t id = 138;
    std::vector<SecretText> endpoints{};  ///< The first that works is used; at least one.
    TlsConfig tls{};
    std::optional<Address> registry{};  ///< Where feeds named by base and quote are found.
    milliseconds request_timeout{5'000};
    milliseconds poll_interval{1'000};  ///< How often the feeds and the head are read.
    milliseconds block_period{2'000};
    std::uint64_t confirmations = 1;  ///< Blocks that an update needs, its own included.
    /// An endpoint whose head is older than this is lagging: another is asked.
    milliseconds max_head_age{30'000};
};

/// `[signer]`: a remote signer (url and account), or a key file, for small setups.
struct SignerConfig {
    SecretText url{};
    TlsConfig tls{};
    std::optional<Address> account{};  ///< With a key file: what it must be, if given.
    std::filesystem::path key_file{};  ///< 32 bytes in hexadecimal, mode 0600.
    milliseconds timeout{5'000};
};

/// `[publisher]`: this process among those that publish the same feeds.
struct PublisherConfig {
    std::uint32_t rank = 0;  ///< Below `publishers`; each process has its own.
    std::uint32_t publishers = 1;
    /// How long a publisher waits for the one whose turn it is, before it takes over.
    milliseconds turn{10'000};
    bool dry_run = false;              ///< Decides and logs, sends nothing.
    std::filesystem::path data_dir{};  ///< Where the transactions in flight are remembered.
};

/// `[transactions]`: EIP-1559 fees and what to do with a transaction that does not get in.
struct TransactionConfig {
    uint256 max_fee_per_gas = 500'000'000'000;         ///< Wei. Never more, replacements included.
    uint256 max_priority_fee_per_gas = 1'000'000'000;  ///< Wei; what is offered first.
    std::uint64_t gas_limit = 0;                       ///< 0: estimated, and a quarter more.
    milliseconds replace_after{15'000};                ///< Not mined for so long: fees are bumped.
    std::uint32_t replace_bump_percent = 15;
    std::uint32_t max_replacements = 10;
    milliseconds backoff{1'000};  ///< After the first failure; doubles up to:
    milliseconds max_backoff{60'000};
};

/// `[http]`: metrics, health and the state of the feeds.
struct HttpConfig {
    bool enabled = true;
    std::string host = "127.0.0.1";
    std::uint16_t port = 9138;  ///< 0: any
    std::vector<std::string> host_allowlist = {"localhost", "127.0.0.1"};
};

/// `[log]`
struct LogConfig {
    std::string level = "INFO";
    bool json = false;
};

/// After `failures` in a row a source is left alone for `cool_down`, which doubles with each probe
/// that fails, up to `max_cool_down`.
struct BreakerConfig {
    std::uint32_t failures = 5;
    milliseconds cool_down{30'000};
    milliseconds max_cool_down{600'000};
};

/// How a time in a message is written.
enum class TimeForm : std::uint8_t {
    automatic,
    iso8601,
    unix_seconds,
    unix_milliseconds,
    unix_microseconds,
    unix_nanoseconds
};

/// A message is meant only if this place in it has this value.
struct MessageMatch {
    std::string path{};
    std::string value{};
};

/// How a stream is spoken: what presets fill in and a configuration may override. In templates
/// `{symbol}`, `{symbol:lower}` and `{symbol:upper}` stand for a symbol, `{symbols}` for all of
/// them as JSON strings with commas between.
struct StreamDialect {
    std::string subscribe{};  ///< Sent for each symbol; once if it has `{symbols}`.
    std::string subscribe_symbol = "{symbol}";  ///< One of `{symbols}`.
    std::vector<MessageMatch> match{};          ///< All must hold for a price message.
    std::string items{};        ///< Path of an array of prices in it, if there is one.
    std::string symbol_path{};  ///< In an item; and what stands there:
    std::string symbol_form = "{symbol}";
    std::string price_path{};
    std::string time_path{};  ///< Empty: the time of arrival counts.
    TimeForm time_form = TimeForm::automatic;
    std::vector<MessageMatch>
        errors{};  ///< Any of them makes it an error message (value empty: any).
    std::string error_text_path{};
    std::vector<MessageMatch> reconnects{};  ///< Any of them asks us to connect anew.
    std::string ping{};                      ///< A message sent each `ping_interval`; empty: none.
    milliseconds ping_interval{15'000};
    milliseconds silence{30'000};  ///< No message at all for so long: connect anew.
};

/// An answer is asked for by HTTP: GET, or POST if there is a body.
struct HttpSource {
    SecretText url{};   ///< Template.
    SecretText body{};  ///< Template.
    std::vector<std::pair<std::string, SecretText>> headers{};
    std::string price_path{};  ///< Template; a feed's source may override it.
    std::string time_path{};   ///< Template; empty: the time of arrival counts.
    TimeForm time_form = TimeForm::automatic;
    std::size_t max_bytes = 1 << 20;
};
/// A WebSocket stream.
struct StreamSource {
    SecretText url{};
    std::string preset{};  ///< `coinbase`, `kraken`, `binance`, `bitstamp` or empty.
    StreamDialect dialect{};
    milliseconds reconnect{1'000};  ///< After a first failure; doubles, with jitter, up to:
    milliseconds max_reconnect{60'000};
    std::size_t max_message_bytes = 1 << 20;
};
/// An AggregatorV3 of another chain: a symbol is the contract's address.
struct ChainSource {
    std::vector<SecretText> endpoints{};  ///< Asked in turn: after a failure the next.
};
/// A file: JSON with paths, or the price alone.
struct FileSource {
    std::filesystem::path path{};  ///< Template.
    std::string price_path{};      ///< Template; empty: the file is the price.
    std::string time_path{};       ///< Template; empty: when the file was changed.
    TimeForm time_form = TimeForm::automatic;
};

/// `[[source]]`: somebody who knows prices.
struct SourceConfig {
    std::string name{};
    std::variant<HttpSource, StreamSource, ChainSource, FileSource> kind{};
    TlsConfig tls{};
    std::uint32_t weight = 1;
    milliseconds timeout{5'000};        ///< Of one request, or of a connection's handshake.
    milliseconds max_age{60'000};       ///< Older prices are stale.
    milliseconds poll_interval{5'000};  ///< Not of streams.
    BreakerConfig breaker{};
    int line = 0;
};

/// One thing that is asked of one source: feeds that use the same share it.
struct TickerConfig {
    std::size_t source = 0;  ///< Into Config::sources.
    std::string symbol{};
    std::string price_path{};  ///< Overrides the source's, if not empty.
    std::string time_path{};

    friend bool operator==(const TickerConfig&, const TickerConfig&) = default;
};

/// A ticker's price as it is used: possibly turned over.
struct Leg {
    std::size_t ticker = 0;  ///< Into Config::tickers.
    bool invert = false;     ///< 1 / price
};

/// `[[feed.source]]`: a price is the product of the legs (a cross rate has two) and the scale.
struct FeedSource {
    std::string name{};  ///< For people: the source's name, and `*` and the second's.
    std::vector<Leg> legs{};
    Decimal scale = Decimal::from(1);
    std::uint32_t weight = 1;
    milliseconds max_age{60'000};
};

/// Which prices are too far from the median; see aggregate.hpp.
struct OutlierRule {
    enum class Kind : std::uint8_t {
        none,     ///< None is.
        percent,  ///< What is further away than `limit`.
        mad,      ///< What is further away than `factor` times the median of all distances, but
                  ///< never for less than `floor` and always for more than `limit`.
    };
    Kind kind = Kind::mad;
    Ratio limit{50'000'000};  ///< 5 %
    Ratio floor{5'000'000};   ///< 0.5 %
    std::uint32_t factor = 4;
};

/// `[[feed]]`
struct FeedConfig {
    std::string name{};                ///< `ETH/USD`
    std::optional<Address> address{};  ///< Or, by the registry:
    std::string base{};
    std::string quote{};
    unsigned decimals = 8;                 ///< Must be what the contract says.
    seconds heartbeat{3600};               ///< No older answer than this.
    Ratio deviation_threshold{5'000'000};  ///< A change by this share is published at once.
    std::uint32_t min_sources = 1;
    OutlierRule outliers{};
    milliseconds poll_interval{1'000};  ///< How often it is aggregated and decided on.
    std::vector<FeedSource> sources{};
    int line = 0;
};

/// A whole configuration, checked: every index is valid, every path and template parses, names are
/// unique, and each feed has at least min_sources sources.
struct Config {
    std::string name = "oracle";
    std::filesystem::path file{};
    ChainConfig chain{};
    SignerConfig signer{};
    PublisherConfig publisher{};
    TransactionConfig transactions{};
    HttpConfig http{};
    LogConfig log{};
    std::vector<SourceConfig> sources{};
    std::vector<TickerConfig> tickers{};
    std::vector<FeedConfig> feeds{};
};

/// What is wrong, where.
struct ConfigError {
    std::filesystem::path file{};
    int line = 0;       ///< From 1; 0: of the whole file.
    std::string key{};  ///< `feed.deviation`
    std::string reason{};
};

/// `oracle.toml:12: feed.deviation: "0.5" is no share: write 0.5%`
[[nodiscard]] std::string to_string(const ConfigError& error);

/// The value of an environment variable: base's environment_variable, but in tests.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Reads a file, at most 1 MiB. All that is wrong is told at once. Relative paths in it are
/// relative to its folder.
[[nodiscard]] std::expected<Config, std::vector<ConfigError>> load_config(
    const std::filesystem::path& file, const Environment& environment);
/// The same of a text; `file` is for messages and relative paths.
[[nodiscard]] std::expected<Config, std::vector<ConfigError>> parse_config(
    std::string_view text, const std::filesystem::path& file, const Environment& environment);

}  // namespace meta138::oracle
