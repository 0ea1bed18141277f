// SPDX-License-Identifier: Apache-2.0
#include "endpoints.hpp"

#include "data_directory.hpp"

#include "meta138/http/authentication.hpp"
#include "meta138/rpc/api_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::node {
namespace {

rpc::ApiSelection selection_of(const std::vector<std::string>& apis, bool dev) {
    auto selection = rpc::ApiSelection::none();
    for (const auto& api : apis) {
        if (const auto group = rpc::find_group(api))
            selection.enable(*group);
        else
            selection.enable_method(api);
    }
    if (dev) selection.enable(rpc::Group::dev);
    return selection;
}

/// Besu's words for everybody and nobody.
std::vector<std::string> patterns_of(const std::vector<std::string>& values) {
    if (std::ranges::any_of(values, [](const auto& v) { return v == "all" || v == "*"; }))
        return {"*"};
    if (values.size() == 1 && values.front() == "none") return {};
    return values;
}

std::shared_ptr<http::Authenticator> authenticator_of(const AuthenticationOptions& options,
                                                      std::string_view endpoint) {
    if (!options.enabled) return nullptr;
    return std::make_shared<http::Authenticator>(
        http::AuthenticationOptions{
            .credentials_file = options.credentials_file.string(),
            .jwt_public_key_file = options.jwt_public_key_file.string(),
            .jwt_algorithm = http::parse_jwt_algorithm(options.jwt_algorithm)
                                 .value_or(http::JwtAlgorithm::RS256),
            .open_methods = options.methods_without,
            .basic = !options.credentials_file.empty(),
            .api_keys_file = options.api_keys_file.string(),
        },
        endpoint);
}

std::optional<http::TlsOptions> tls_of(const TlsOptions& options) {
    if (!options.enabled) return std::nullopt;
    return http::TlsOptions{
        .keystore_file = options.keystore_file.string(),
        .keystore_password_file = options.keystore_password_file.string(),
        .keystore_password = options.keystore_password,
        .certificate_file = options.cert_file.string(),
        .key_file = options.key_file.string(),
        .client_authentication = options.client_auth,
        .known_clients_file = options.known_clients_file.string(),
        .ca_clients = options.ca_clients,
        .truststore_file = options.truststore_file.string(),
        .truststore_password_file = options.truststore_password_file.string(),
        .truststore_password = options.truststore_password,
        .trusted_certificates_file = options.trustcert_file.string(),
        .protocols = options.protocols,
        .ciphers = options.cipher_suites,
    };
}

http::EndpointOptions endpoint_of(const EndpointOptions& options, const Options& all,
                                  std::string_view word) {
    http::EndpointOptions endpoint;
    endpoint.name = word == "HTTP" ? "http" : "ws";
    endpoint.host = options.host;
    endpoint.port = options.port;
    endpoint.host_allowlist = patterns_of(all.host_allowlist);
    endpoint.tls = tls_of(options.tls);
    endpoint.authenticator = authenticator_of(options.authentication, word);
    endpoint.limits.connections = options.max_connections;
    endpoint.limits.request_timeout = options.timeout;
    endpoint.limits.frame_bytes = all.websocket.max_frame_bytes;
    endpoint.limits.message_bytes = 4 * all.websocket.max_frame_bytes;
    return endpoint;
}

/// One port for both, at the same address.
bool shares_http_port(const Options& options) {
    return options.http.enabled && options.websocket.port == options.http.port &&
           options.websocket.port != 0 && options.websocket.host == options.http.host;
}

}  // namespace

Endpoints::Endpoints(const Options& options, rpc::Server& server, RequestThreads& threads,
                     std::function<Readiness()> readiness, telemetry::Metrics& metrics,
                     const telemetry::Logger& log)
    : server_{server},
      threads_{threads},
      readiness_{std::move(readiness)},
      metrics_{metrics},
      metrics_handler_{metrics, threads.requests},
      http_{{}, log.named("http.Server"), metrics} {
    if (options.http.enabled) listen_http(options);
    if (options.websocket.enabled && !shares_http_port(options)) listen_websocket(options);
    if (options.engine.enabled) listen_engine(options);
    if (options.ipc.enabled) listen_ipc(options);
    if (options.metrics.enabled) listen_metrics(options);
}

std::uint16_t Endpoints::listen(http::EndpointOptions options, http::Handler& handler) {
    const auto port = options.port;
    try {
        return http_.listen(std::move(options), handler);
    } catch (const http::ConfigurationError& error) {
        if (std::string_view{error.what()}.find("already in use") == std::string_view::npos) throw;
        throw http::ConfigurationError{fmt::format(
            "Port(s) '[{}]' already in use. Check for other processes using the port(s).", port)};
    }
}

RpcHandler& Endpoints::add_handler(const std::vector<std::string>& apis, bool dev,
                                   const AnswerOptions& answers) {
    handlers_.push_back(std::make_unique<RpcHandler>(server_, threads_, selection_of(apis, dev),
                                                     answers, readiness_, metrics_));
    return *handlers_.back();
}

void Endpoints::listen_http(const Options& options) {
    auto endpoint = endpoint_of(options.http, options, "HTTP");
    endpoint.cors_origins = patterns_of(options.http.cors_origins);
    endpoint.limits.body_bytes = options.http.max_request_bytes;
    // Tools for development expect one port to speak both.
    endpoint.websocket =
        options.websocket.enabled && (options.dev.enabled || shares_http_port(options));
    ports_.http = listen(
        std::move(endpoint),
        add_handler(options.http.apis, options.dev.enabled,
                    {.timeout = options.http.timeout, .pretty_print = options.http.pretty_print}));
    if (shares_http_port(options)) ports_.websocket = ports_.http;
    services_.push_back({"jsonrpc", options.http.host, ports_.http});
}

void Endpoints::listen_websocket(const Options& options) {
    auto endpoint = endpoint_of(options.websocket, options, "WS");
    endpoint.http = false;
    endpoint.websocket = true;
    ports_.websocket =
        listen(std::move(endpoint), add_handler(options.websocket.apis, options.dev.enabled,
                                                {.timeout = options.websocket.timeout}));
    services_.push_back({"ws", options.websocket.host, ports_.websocket});
}

void Endpoints::listen_engine(const Options& options) {
    auto endpoint = endpoint_of(options.engine, options, "HTTP");
    endpoint.name = "engine";
    endpoint.websocket = true;
    endpoint.host_allowlist = patterns_of(options.engine.host_allowlist);
    endpoint.limits.body_bytes = options.http.max_request_bytes;
    if (options.engine.asks_for_token)
        endpoint.authenticator = std::make_shared<http::Authenticator>(
            http::AuthenticationOptions{.engine_secret =
                                            load_engine_secret(options.engine.secret_file,
                                                               options.engine.may_create_secret)},
            "engine");
    ports_.engine = listen(std::move(endpoint), add_handler(options.engine.apis, false,
                                                            {.timeout = options.engine.timeout}));
    services_.push_back({"engine-jsonrpc", options.engine.host, ports_.engine});
}

void Endpoints::listen_ipc(const Options& options) {
    http::EndpointOptions endpoint;
    endpoint.name = "ipc";
    endpoint.ipc_path = options.ipc.path.string();
    http_.listen(std::move(endpoint), add_handler(options.ipc.apis, options.dev.enabled,
                                                  {.timeout = options.http.timeout}));
}

void Endpoints::listen_metrics(const Options& options) {
    http::EndpointOptions endpoint;
    endpoint.name = "metrics";
    endpoint.host = options.metrics.host;
    endpoint.port = options.metrics.port;
    endpoint.host_allowlist = patterns_of(options.host_allowlist);
    endpoint.probe = false;
    ports_.metrics = listen(std::move(endpoint), metrics_handler_);
    services_.push_back({"metrics", options.metrics.host, ports_.metrics});
}

rpc::Settings rpc_settings_of(const Options& options) {
    rpc::Settings settings;
    settings.max_batch_size = options.http.max_batch_size;
    settings.max_logs_range = options.limits.max_logs_range;
    settings.max_trace_filter_range = options.limits.max_trace_filter_range;
    settings.gas_cap = options.limits.gas_cap;
    settings.tx_feecap = options.limits.transaction_fee_cap;
    settings.gas_price_blocks = options.limits.gas_price_blocks;
    settings.gas_price_percentile = options.limits.gas_price_percentile;
    settings.gas_price_max = uint256{options.limits.gas_price_max};
    settings.estimate_gas_tolerance_ratio = options.limits.estimate_gas_tolerance;
    settings.timeout = options.http.timeout;
    settings.limit_gas_and_priority_fee = options.limits.limit_fees;
    settings.gas_and_priority_fee_lower_bound = options.limits.fee_lower_bound;
    settings.gas_and_priority_fee_upper_bound = options.limits.fee_upper_bound;
    settings.record_revert_reasons = options.storage.revert_reasons;
    return settings;
}

}  // namespace meta138::node
