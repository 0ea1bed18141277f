// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/options/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::node {

/// One line for the operator: `main` prints it and exits with invalid_options_exit_code.
using options::Environment;
using options::invalid_options_exit_code;
using options::OptionError;

/// How the callers of one endpoint show who they are.
struct AuthenticationOptions {
    bool enabled = false;
    std::filesystem::path credentials_file;     ///< Empty: no passwords.
    std::filesystem::path jwt_public_key_file;  ///< Empty: only tokens of our own.
    std::string jwt_algorithm = "RS256";
    std::filesystem::path api_keys_file;       ///< Empty: no keys in the path of the URL.
    std::vector<std::string> methods_without;  ///< Callable without a token.
};

/// TLS of one endpoint. A certificate comes from a PKCS#12 key store or from two PEM files.
struct TlsOptions {
    bool enabled = false;
    std::filesystem::path keystore_file;
    std::filesystem::path keystore_password_file;
    std::string keystore_password;
    std::filesystem::path key_file;
    std::filesystem::path cert_file;
    bool client_auth = false;
    std::filesystem::path known_clients_file;
    bool ca_clients = false;
    std::filesystem::path truststore_file;
    std::filesystem::path truststore_password_file;
    std::string truststore_password;
    std::filesystem::path trustcert_file;
    std::vector<std::string> protocols;
    std::vector<std::string> cipher_suites;  ///< Empty: the library's choice.
};

/// One JSON-RPC endpoint on a socket.
struct EndpointOptions {
    bool enabled = false;
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;         ///< 0: any free one.
    std::vector<std::string> apis;  ///< Groups ("ETH") and single methods ("trace_block").
    std::uint32_t max_connections = 80;
    std::chrono::seconds timeout{30};  ///< Of one request.
    AuthenticationOptions authentication;
    TlsOptions tls;
};

struct RpcHttpOptions : EndpointOptions {
    std::vector<std::string> cors_origins;
    std::size_t max_batch_size = 1024;  ///< 0: no limit.
    std::size_t max_request_bytes = std::size_t{128} << 20;
    bool pretty_print = false;
};

struct RpcWebSocketOptions : EndpointOptions {
    std::size_t max_frame_bytes = std::size_t{1} << 20;
};

/// The Engine API, for chains that have a terminal total difficulty.
struct EngineOptions : EndpointOptions {
    std::vector<std::string> host_allowlist;
    bool asks_for_token = true;
    std::filesystem::path secret_file;
    bool may_create_secret = true;  ///< No file was named.
};

struct RpcIpcOptions {
    bool enabled = false;
    std::filesystem::path path;
    std::vector<std::string> apis;
};

/// Bounds of what one request may cost, whichever way it came.
struct RpcLimits {
    std::uint64_t max_logs_range = 5000;          ///< Blocks; 0: no limit.
    std::uint64_t max_trace_filter_range = 1000;  ///< Blocks; 0: no limit.
    std::uint64_t gas_cap = 100'000'000;          ///< Of simulated calls; 0: no limit.
    uint256 transaction_fee_cap;                  ///< Wei for one gas; 0: no limit.
    std::uint64_t gas_price_blocks = 100;
    double gas_price_percentile = 50;
    std::uint64_t gas_price_max = 500'000'000'000;  ///< Wei.
    double estimate_gas_tolerance = 0.015;
    bool limit_fees = false;            ///< Suggested ones, by those of the last block:
    std::uint64_t fee_lower_bound = 0;  ///< in percent of them.
    std::uint64_t fee_upper_bound = UINT64_MAX;
    std::uint32_t threads = 0;  ///< For heavy requests; 0: as the machine has processors.
};

/// To a Prometheus push gateway, in place of an endpoint to be scraped.
struct MetricsPushOptions {
    bool enabled = false;
    std::string host = "127.0.0.1";
    std::uint16_t port = 9001;
    std::chrono::seconds interval{15};
    std::string job = "besu-client";
};

struct MetricsOptions {
    bool enabled = false;
    std::string host = "127.0.0.1";
    std::uint16_t port = 9545;
    std::vector<std::string> categories;
    MetricsPushOptions push;
};

struct BlockProductionOptions {
    uint256 min_gas_price = 1000;  ///< Wei.
    uint256 min_priority_fee;      ///< Wei.
    std::optional<std::uint64_t> target_gas_limit;
    std::optional<Bytes> extra_data;
    std::uint32_t selection_max_percent = 75;            ///< Of the block period.
    std::chrono::milliseconds selection_max_time{5000};  ///< Where there is no block period.
};

struct PoolOptions {
    std::size_t max_bytes = 100'000'000;
    std::size_t max_transactions = 100'000;
    std::size_t max_transaction_bytes = std::size_t{4} << 20;
    std::size_t max_future_by_sender = 200;
    double limit_by_account = 1;   ///< A fraction of `max_transactions`.
    double price_bump = 10;        ///< Percent.
    double blob_price_bump = 100;  ///< Percent.
    std::chrono::hours retention{13};
    uint256 min_gas_price = 1000;  ///< Wei.
    std::vector<Address> priority_senders;
    std::filesystem::path save_file;
    std::int8_t min_score = -128;
    bool sequenced = false;
    bool local_priority = true;
    bool price_bump_is_set = false;
    bool strict_replay_protection = false;
    bool save_restore = false;
};

struct StorageOptions {
    bool in_memory = false;
    enum class Keep : std::uint8_t { archive, window, minimal } keep = Keep::archive;
    std::optional<std::uint64_t> keep_blocks;
    std::optional<std::chrono::seconds> keep_age;
    std::size_t cache_bytes = 0;
    bool sync_every_block = true;
    bool revert_reasons = false;
};

struct DevOptions {
    bool enabled = false;
    std::chrono::milliseconds period{0};  ///< 0: a block as soon as a transaction comes.
    std::uint32_t accounts = 10;
    uint256 balance;  ///< Wei, of each account.
};

struct PermissionOptions {
    bool nodes = false;
    std::filesystem::path nodes_file;
    bool accounts = false;
    std::filesystem::path accounts_file;
};

/// A block that the operator knows to be on the network's chain.
struct RequiredBlock {
    std::uint64_t number = 0;
    Hash32 hash;

    friend bool operator==(const RequiredBlock&, const RequiredBlock&) = default;
};

/// Who to talk to, and how to be reached.
struct PeerOptions {
    bool enabled = false;
    std::string interface = "0.0.0.0";
    std::uint16_t port = 30303;  ///< TCP and UDP; 0: any free one.
    std::string host = "127.0.0.1";
    std::optional<std::string> interface_ipv6;
    std::optional<std::string> host_ipv6;
    std::uint16_t port_ipv6 = 30404;
    bool discovery = true;
    /// Absent: those of the genesis file.
    std::optional<std::vector<std::string>> bootnodes;
    std::filesystem::path static_nodes_file;
    bool static_nodes_file_must_exist = false;
    std::size_t max_peers = 25;
    std::optional<double> max_inbound_share = 0.6;  ///< Of max_peers; absent: no bound.
    bool random_priority = false;
    std::vector<std::string> banned;  ///< Node ids.
    bool retry_bootnodes = true;
    std::vector<std::string> net_restrict;  ///< CIDR.
    std::vector<RequiredBlock> required_blocks;
    std::string dns_tree;       ///< An enrtree:// URL; empty: the genesis file's.
    bool learn_address = true;  ///< Others tell our address if `host` is loopback.
    bool dns = true;
    bool filter_on_fork_id = true;
    bool serves_states = false;  ///< snap/1, for those who do not execute all blocks.
    std::chrono::seconds check_maintained{60};
    std::chrono::seconds initiate{30};
};

/// What a validator of a QBFT network may decide for itself, and what a sentry does for others.
struct QbftOptions {
    bool early_round_change = true;
    std::optional<bool> legacy_encoding;  ///< Absent: as the other validators do.
    std::chrono::milliseconds max_round_timeout{60'000};
    bool relay = false;
    /// Added to the machine's wall clock: for tests of networks whose clocks differ.
    std::chrono::milliseconds clock_offset{0};
};

enum class LogFormat : std::uint8_t { text, json };

struct LogOptions {
    std::string level = "INFO";
    LogFormat format = LogFormat::text;
    std::optional<bool> color;  ///< Absent: when it is a terminal.
};

/// Everything an operator may decide, with Besu's names in the option table and ours here.
struct Options {
    std::filesystem::path data_path;
    std::filesystem::path genesis_file;          ///< Empty: a development chain.
    std::vector<std::string> genesis_overrides;  ///< "name=value", of genesis `config`.
    std::string identity;
    std::optional<std::uint64_t> network_id;
    std::filesystem::path node_key_file;
    std::filesystem::path pid_file;
    std::string config_file;  ///< As given; empty: none.
    std::string profile;      ///< As given; empty: none.
    bool version_protection = true;
    std::uint64_t reorg_logging_threshold = 6;
    std::vector<std::string> host_allowlist;
    LogOptions log;
    StorageOptions storage;
    RpcHttpOptions http;
    RpcWebSocketOptions websocket;
    EngineOptions engine;
    RpcIpcOptions ipc;
    RpcLimits limits;
    MetricsOptions metrics;
    PermissionOptions permissions;
    BlockProductionOptions production;
    PoolOptions pool;
    DevOptions dev;
    PeerOptions peers;
    QbftOptions qbft;
    std::vector<std::string> warnings;  ///< Said once, when logging works.
};

/// What a command line asks for.
struct CommandLine {
    /// Words of the subcommand ("storage usage"), empty: run the node.
    std::string command;
    std::vector<std::string> arguments;  ///< What is no option, after the subcommand.
    Options options;
    /// Options of the subcommand itself that were given, by name.
    std::map<std::string, std::string, std::less<>> command_options;
    /// Text to print on standard output instead of doing anything: help or version.
    std::optional<std::string> print_and_exit;
};

/// Command line, then environment (META138_, BESU_, PANTHEON_), then the TOML file, then the
/// profile, then the defaults: the first that names an option decides. Throws OptionError.
[[nodiscard]] CommandLine parse_command_line(std::span<const char* const> arguments,
                                             const Environment& environment);

/// Checks a TOML file's syntax and its keys. Throws OptionError.
void validate_config_file(const std::filesystem::path& file);

/// "meta138/v0.1.0/linux-x86_64/clang-19", with the identity after the name when there is one:
/// --version and web3_clientVersion.
[[nodiscard]] std::string client_version(std::string_view identity);

}  // namespace meta138::node
