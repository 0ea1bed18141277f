// SPDX-License-Identifier: Apache-2.0
#include "options/decode.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace meta138::node {
namespace {

AuthenticationOptions decode_authentication(const Settings& settings, const std::string& prefix,
                                            std::string_view endpoint, const std::string& no_auth) {
    AuthenticationOptions options{
        .enabled = settings.flag(prefix + "-authentication-enabled"),
        .credentials_file = settings.text(prefix + "-authentication-credentials-file"),
        .jwt_public_key_file = settings.text(prefix + "-authentication-jwt-public-key-file"),
        .jwt_algorithm = settings.text(prefix + "-authentication-jwt-algorithm"),
        .api_keys_file = settings.text(prefix + "-authentication-api-keys-file"),
        .methods_without = settings.list(no_auth),
    };
    if (options.enabled && options.credentials_file.empty() &&
        options.jwt_public_key_file.empty() && options.api_keys_file.empty())
        throw OptionError{
            fmt::format("Unable to authenticate JSON-RPC {} endpoint without a supplied "
                        "credentials file or authentication public key file",
                        endpoint)};
    return options;
}

constexpr std::array metric_categories{"BLOCKCHAIN",
                                       "ETHEREUM",
                                       "EXECUTORS",
                                       "JVM",
                                       "NETWORK",
                                       "PEERS",
                                       "PERMISSIONING",
                                       "PROCESS",
                                       "PRUNER",
                                       "RPC",
                                       "STRATUM",
                                       "SYNCHRONIZER",
                                       "BONSAI_CACHE",
                                       "BAL",
                                       "TRANSACTION_POOL",
                                       "STORAGE",
                                       "BLOCK_PROCESSING",
                                       "KVSTORE_ROCKSDB",
                                       "KVSTORE_ROCKSDB_STATS",
                                       "KVSTORE_PRIVATE_ROCKSDB",
                                       "KVSTORE_PRIVATE_ROCKSDB_STATS"};

}  // namespace

/// Besu takes group names in upper case only. We take single methods as well.
std::vector<std::string> decode_apis(const Settings& settings, std::string_view name) {
    constexpr std::array groups{"ADMIN",   "DEBUG",   "ENGINE", "ETH",  "IBFT",
                                "MINER",   "NET",     "OTS",    "PERM", "QBFT",
                                "PLUGINS", "TESTING", "TRACE",  "WEB3", "TXPOOL"};
    auto apis = settings.list(name);
    std::vector<std::string> invalid;
    for (const auto& api : apis)
        if (std::ranges::find(groups, api) == groups.end() && api.find('_') == api.npos)
            invalid.push_back(api);
    if (!invalid.empty())
        throw OptionError{fmt::format("Invalid value for option '--{}': invalid entries found [{}]",
                                      name, fmt::join(invalid, ", "))};
    return apis;
}

RpcHttpOptions decode_http(const Settings& settings) {
    RpcHttpOptions options;
    options.enabled = settings.flag("rpc-http-enabled");
    options.host = settings.text("rpc-http-host");
    options.port = static_cast<std::uint16_t>(settings.count("rpc-http-port"));
    options.apis = decode_apis(settings, "rpc-http-api");
    options.max_connections =
        static_cast<std::uint32_t>(settings.count("rpc-http-max-active-connections"));
    options.timeout = std::chrono::seconds{settings.count("Xhttp-timeout-seconds")};
    options.authentication =
        decode_authentication(settings, "rpc-http", "HTTP", "rpc-http-api-method-no-auth");
    options.tls = {
        .enabled = settings.flag("rpc-http-tls-enabled"),
        .keystore_file = settings.text("rpc-http-tls-keystore-file"),
        .keystore_password_file = settings.text("rpc-http-tls-keystore-password-file"),
        .keystore_password = {},
        .key_file = {},
        .cert_file = {},
        .client_auth = settings.flag("rpc-http-tls-client-auth-enabled"),
        .known_clients_file = settings.text("rpc-http-tls-known-clients-file"),
        .ca_clients = settings.flag("rpc-http-tls-ca-clients-enabled"),
        .truststore_file = settings.text("rpc-http-tls-truststore-file"),
        .truststore_password_file = settings.text("rpc-http-tls-truststore-password-file"),
        .truststore_password = {},
        .trustcert_file = {},
        .protocols = settings.list("rpc-http-tls-protocol"),
        .cipher_suites = settings.list("rpc-http-tls-cipher-suite"),
    };
    if (options.enabled && options.tls.enabled && options.tls.keystore_file.empty())
        throw OptionError{
            "Keystore file is required when TLS is enabled for JSON-RPC HTTP "
            "endpoint: name it with --rpc-http-tls-keystore-file"};
    options.cors_origins = settings.list("rpc-http-cors-origins");
    const auto batch = settings.integer("rpc-http-max-batch-size");
    options.max_batch_size = batch <= 0 ? 0 : static_cast<std::size_t>(batch);
    options.max_request_bytes = settings.count("rpc-http-max-request-content-length");
    options.pretty_print = settings.flag("json-pretty-print-enabled");
    return options;
}

EngineOptions decode_engine(const Settings& settings, const std::filesystem::path& data_path) {
    EngineOptions options;
    options.enabled = settings.flag("engine-rpc-enabled");
    options.host = settings.text("rpc-http-host");
    options.port = static_cast<std::uint16_t>(settings.count("engine-rpc-port"));
    options.apis = {"ENGINE", "ETH"};
    options.host_allowlist = settings.list("engine-host-allowlist");
    options.asks_for_token = !settings.flag("engine-jwt-disabled");
    options.may_create_secret = !settings.has("engine-jwt-secret");
    options.secret_file = options.may_create_secret
                              ? data_path / "jwt.hex"
                              : std::filesystem::path{settings.text("engine-jwt-secret")};
    return options;
}

RpcWebSocketOptions decode_websocket(const Settings& settings) {
    RpcWebSocketOptions options;
    options.enabled = settings.flag("rpc-ws-enabled");
    options.host =
        settings.has("rpc-ws-host") ? settings.text("rpc-ws-host") : settings.text("p2p-host");
    options.port = static_cast<std::uint16_t>(settings.count("rpc-ws-port"));
    options.apis = decode_apis(settings, "rpc-ws-api");
    options.max_connections =
        static_cast<std::uint32_t>(settings.count("rpc-ws-max-active-connections"));
    options.timeout = std::chrono::seconds{settings.count("Xws-timeout-seconds")};
    options.authentication =
        decode_authentication(settings, "rpc-ws", "WebSocket", "rpc-ws-api-methods-no-auth");
    options.tls = {
        .enabled = settings.flag("rpc-ws-ssl-enabled"),
        .keystore_file = settings.text("rpc-ws-ssl-keystore-file"),
        .keystore_password_file = settings.text("rpc-ws-ssl-keystore-password-file"),
        .keystore_password = settings.text("rpc-ws-ssl-keystore-password"),
        .key_file = settings.text("rpc-ws-ssl-key-file"),
        .cert_file = settings.text("rpc-ws-ssl-cert-file"),
        .client_auth = settings.flag("rpc-ws-ssl-client-auth-enabled"),
        .known_clients_file = {},
        .ca_clients = false,
        .truststore_file = settings.text("rpc-ws-ssl-truststore-file"),
        .truststore_password_file = settings.text("rpc-ws-ssl-truststore-password-file"),
        .truststore_password = settings.text("rpc-ws-ssl-truststore-password"),
        .trustcert_file = settings.text("rpc-ws-ssl-trustcert-file"),
        .protocols = {"TLSv1.3", "TLSv1.2"},
        .cipher_suites = {},
    };
    options.max_frame_bytes = settings.count("rpc-ws-max-frame-size");
    return options;
}

RpcLimits decode_limits(const Settings& settings) {
    return {
        .max_logs_range = settings.count("rpc-max-logs-range"),
        .max_trace_filter_range = settings.count("rpc-max-trace-filter-range"),
        .gas_cap = settings.count("rpc-gas-cap"),
        .transaction_fee_cap = settings.wei("rpc-tx-feecap"),
        .gas_price_blocks = settings.count("api-gas-price-blocks"),
        .gas_price_percentile = settings.number("api-gas-price-percentile"),
        .gas_price_max = settings.count("api-gas-price-max"),
        .estimate_gas_tolerance = settings.number("estimate-gas-tolerance-ratio"),
        .limit_fees = settings.flag("api-gas-and-priority-fee-limiting-enabled"),
        .fee_lower_bound = settings.count("api-gas-and-priority-fee-lower-bound-coefficient"),
        .fee_upper_bound = settings.count("api-gas-and-priority-fee-upper-bound-coefficient"),
        .threads = static_cast<std::uint32_t>(settings.count("rpc-threads")),
    };
}

namespace {

MetricsPushOptions decode_metrics_push(const Settings& settings) {
    constexpr std::uint64_t longest_interval = 86'400;
    MetricsPushOptions options{
        .enabled = settings.flag("metrics-push-enabled"),
        .host = settings.text("metrics-push-host"),
        .port = static_cast<std::uint16_t>(settings.count("metrics-push-port")),
        .interval = std::chrono::seconds{settings.count("metrics-push-interval")},
        .job = settings.text("metrics-push-prometheus-job"),
    };
    if (options.interval.count() == 0 || settings.count("metrics-push-interval") > longest_interval)
        throw settings.invalid("metrics-push-interval", "from a second to a day");
    if (options.job.empty()) throw settings.invalid("metrics-push-prometheus-job", "it is empty");
    return options;
}

/// Besu's other protocols: metrics pushed by OpenTelemetry's, and none at all.
void apply_metrics_protocol(const Settings& settings, MetricsOptions& options) {
    const auto protocol = settings.text("metrics-protocol");
    if (protocol == "PROMETHEUS" || !(options.enabled || options.push.enabled)) return;
    if (protocol == "OPENTELEMETRY")
        throw settings.invalid(
            "metrics-protocol",
            "this node does not send OpenTelemetry. Leave the option out and have the collector's "
            "Prometheus receiver scrape --metrics-port");
    options.enabled = false;
    options.push.enabled = false;
}

}  // namespace

MetricsOptions decode_metrics(const Settings& settings) {
    MetricsOptions options{
        .enabled = settings.flag("metrics-enabled"),
        .host = settings.text("metrics-host"),
        .port = static_cast<std::uint16_t>(settings.count("metrics-port")),
        .categories = settings.list("metrics-category"),
        .push = decode_metrics_push(settings),
    };
    std::vector<std::string> unknown;
    for (const auto& category : options.categories)
        if (std::ranges::find(metric_categories, category) == metric_categories.end())
            unknown.push_back(category);
    if (!unknown.empty())
        throw OptionError{fmt::format("--metrics-categories contains unknown categories: [{}]",
                                      fmt::join(unknown, ", "))};
    if (options.enabled && options.push.enabled)
        throw OptionError{
            "--metrics-enabled option and --metrics-push-enabled option can't be used at the same "
            "time.  Please refer to CLI reference for more details about this constraint."};
    apply_metrics_protocol(settings, options);
    return options;
}

}  // namespace meta138::node
