// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/service.hpp"

#include "chain/transaction_sender.hpp"
#include "data_folder.hpp"
#include "server/methods.hpp"
#include "server/reloader.hpp"
#include "server/request_handler.hpp"
#include "server/rest.hpp"
#include "signer_metrics.hpp"
#include "signing_gate.hpp"

#include "meta138/http/server.hpp"
#include "meta138/http/worker_threads.hpp"
#include "meta138/signer/nonce_journal.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace meta138::signer {
namespace {

constexpr std::string_view program_version = "0.1.0";
constexpr std::size_t max_waiting_requests = 100'000;
constexpr std::size_t connections_per_node = 32;

/// Web3Signer's words for everybody and nobody.
std::vector<std::string> patterns_of(const std::vector<std::string>& values) {
    if (std::ranges::any_of(values, [](const auto& v) { return v == "all" || v == "*"; }))
        return {"*"};
    if (values.size() == 1 && values.front() == "none") return {};
    return values;
}

http::ClientOptions client_options_of(const DownstreamOptions& options) {
    http::ClientOptions client;
    client.tls = options.tls;
    client.proxy = options.proxy;
    client.limits.connections_per_host = connections_per_node;
    client.limits.waiting = max_waiting_requests;
    client.limits.timeout = options.timeout;
    client.limits.connect_timeout = std::min(options.timeout, client.limits.connect_timeout);
    client.user_agent = fmt::format("meta138-signer/{}", program_version);
    return client;
}

Policy load_policy_or_throw(const std::filesystem::path& file) {
    auto policy = load_policy(file);
    if (!policy) throw OptionError{std::move(policy).error()};
    return *std::move(policy);
}

std::size_t worker_count(unsigned wanted) {
    if (wanted != 0) return wanted;
    return std::max(2U, std::thread::hardware_concurrency());
}

/// Prometheus' text, of both kinds of metrics.
class MetricsHandler final : public http::Handler {
public:
    explicit MetricsHandler(const SignerMetrics& metrics) : metrics_{metrics} {}

    void on_request(const http::Request& request, http::Responder responder) override {
        if (request.path() != "/metrics")
            return responder.respond({.status = 404,
                                      .content_type = "text/plain; charset=utf-8",
                                      .body = "See /metrics",
                                      .headers = {}});
        responder.respond({.status = 200,
                           .content_type = telemetry::Metrics::text_content_type,
                           .body = metrics_.expose(),
                           .headers = {}});
    }

private:
    const SignerMetrics& metrics_;
};

}  // namespace

/// In the order of their making; stop() takes them apart.
struct Service::Parts {
    Parts(const Options& wanted, telemetry::Logger logger)
        : options{wanted}, log{std::move(logger)}, folder{options.data_path} {}

    Options options;
    telemetry::Logger log;
    DataFolder folder;
    telemetry::Metrics registry;
    SignerMetrics metrics{registry};
    std::vector<telemetry::Metrics::Registration> registrations;
    std::unique_ptr<KeyStore> keys;
    std::vector<std::unique_ptr<ChainService>> chains;
    std::unique_ptr<http::WorkerThreads> workers;
    std::unique_ptr<SigningGate> gate;
    std::unique_ptr<TransactionSender> sender;
    // These two call what stands above them from threads of their own.
    std::unique_ptr<NonceJournal> journal;
    std::unique_ptr<AuditLog> audit;
    std::unique_ptr<http::Client> client;
    std::unique_ptr<Reloader> reloader;
    std::unique_ptr<Methods> methods;
    std::unique_ptr<Rest> rest;
    std::unique_ptr<RequestHandler> handler;
    std::unique_ptr<MetricsHandler> metrics_handler;
    std::unique_ptr<http::Server> server;
    std::uint16_t http_port = 0;
    std::uint16_t metrics_port = 0;
    bool is_stopped = false;

    void open_logs();
    void open_chains();
    void make_server();
    void listen();
    void stop(std::chrono::milliseconds grace);
};

void Service::Parts::open_logs() {
    auto policy = load_policy_or_throw(options.policy_file);
    if (policy.allows_everything())
        log.warn("Without --policy-file everybody who reaches the port may use every key");
    audit = std::make_unique<AuditLog>(options.audit);
    gate = std::make_unique<SigningGate>(
        std::move(policy),
        SigningGate::Parts{.audit = *audit, .metrics = metrics, .log = log.named("signer.Policy")});
    gate->recall(options.audit.file);
    journal = std::make_unique<NonceJournal>(
        JournalOptions{.file = options.data_path / "nonces.journal", .sync = options.audit.sync});
    if (journal->damaged_bytes() != 0)
        log.error(
            "The nonce journal had {} damaged bytes: transactions that they held are not "
            "sent again. The file as it was is nonces.journal.damaged",
            journal->damaged_bytes());
}

void Service::Parts::open_chains() {
    client = std::make_unique<http::Client>(client_options_of(options.downstream));
    chains.reserve(options.downstream.chains.size());
    for (const auto& chain : options.downstream.chains) {
        auto service = std::make_unique<ChainService>();
        service->id = chain.id;
        service->downstream = std::make_unique<Downstream>(
            chain, options.downstream,
            Downstream::Context{
                .client = *client, .log = log.named("signer.Downstream"), .metrics = registry});
        service->fees = std::make_unique<FeeSource>(*service->downstream);
        chains.push_back(std::move(service));
    }
    for (const auto& chain : chains)
        for (const auto& report : chain->downstream->check_chain_ids()) {
            if (!report.id) {
                log.warn("Node {} does not tell its chain id: it is asked again before it is used",
                         report.url);
            } else if (*report.id != chain->id &&
                       options.downstream.chain_id_check == ChainIdCheck::refuse) {
                throw OptionError{fmt::format(
                    "The node {} has chain id {}, and {} is configured: what is signed for the "
                    "wrong chain is lost or worse (--downstream-chain-id-check=warn starts all the "
                    "same)",
                    report.url, *report.id, chain->id)};
            }
        }
}

void Service::Parts::make_server() {
    workers = std::make_unique<http::WorkerThreads>("sign", worker_count(options.workers),
                                                    max_waiting_requests);
    std::map<std::uint64_t, SenderChain> sender_chains;
    std::map<std::uint64_t, ChainService*> by_id;
    for (const auto& chain : chains) {
        sender_chains[chain->id] = {.downstream = chain->downstream.get(),
                                    .fees = chain->fees.get()};
        by_id[chain->id] = chain.get();
        registrations.push_back(registry.gauge(
            telemetry::Category::meta138, "signer_downstream_up",
            "Whether a node of the chain answers",
            [&downstream = *chain->downstream] { return downstream.is_reachable() ? 1.0 : 0.0; },
            {{"chain", std::to_string(chain->id)}}));
    }
    sender = std::make_unique<TransactionSender>(
        TransactionSender::Parts{.options = options.nonces,
                                 .journal = *journal,
                                 .gate = *gate,
                                 .keys = *keys,
                                 .workers = *workers,
                                 .chains = std::move(sender_chains),
                                 .metrics = registry,
                                 .log = log.named("signer.Nonces")});
    registrations.push_back(registry.gauge(
        telemetry::Category::meta138, "signer_unanswered", "Transactions whose sender waits",
        [this] { return static_cast<double>(sender->unanswered()); }));
    reloader = std::make_unique<Reloader>(Reloader::Parts{.keys = *keys,
                                                          .gate = *gate,
                                                          .metrics = metrics,
                                                          .policy_file = options.policy_file,
                                                          .timeout = options.reload_timeout,
                                                          .log = log.named("signer.Keys")});
    methods = std::make_unique<Methods>(Methods::Parts{.keys = *keys,
                                                       .gate = *gate,
                                                       .sender = *sender,
                                                       .metrics = metrics,
                                                       .workers = *workers,
                                                       .filling = options.downstream.filling});
    rest = std::make_unique<Rest>(
        Rest::Parts{.keys = *keys,
                    .gate = *gate,
                    .reloader = *reloader,
                    .metrics = metrics,
                    .has_bulk_keys = !options.keys.keystore_directories.empty()});
    handler = std::make_unique<RequestHandler>(
        RequestHandler::Parts{.methods = *methods,
                              .rest = *rest,
                              .workers = *workers,
                              .metrics = metrics,
                              .default_chain = chains.front().get(),
                              .chains = std::move(by_id),
                              .max_batch_size = options.listen.max_batch_size,
                              .logs_access = options.listen.access_log,
                              .log = log.named("signer.Access")});
    metrics_handler = std::make_unique<MetricsHandler>(metrics);
}

void Service::Parts::listen() {
    const auto& wanted = options.listen;
    server =
        std::make_unique<http::Server>(http::ServerOptions{}, log.named("http.Server"), registry);
    http::EndpointOptions endpoint;
    endpoint.name = "http";
    endpoint.host = wanted.host;
    endpoint.port = wanted.port;
    endpoint.probe = false;
    endpoint.host_allowlist = patterns_of(wanted.host_allowlist);
    endpoint.cors_origins = patterns_of(wanted.cors_origins);
    endpoint.tls = wanted.tls;
    endpoint.limits.connections = wanted.max_connections;
    endpoint.limits.body_bytes = wanted.max_request_bytes;
    endpoint.limits.idle_timeout = wanted.idle_timeout;
    // Longer than anything that is waited for here.
    endpoint.limits.request_timeout =
        options.nonces.patience + 4 * options.downstream.timeout + std::chrono::seconds{10};
    http_port = server->listen(std::move(endpoint), *handler);
    if (options.metrics.enabled) {
        http::EndpointOptions metrics_endpoint;
        metrics_endpoint.name = "metrics";
        metrics_endpoint.host = options.metrics.host;
        metrics_endpoint.port = options.metrics.port;
        metrics_endpoint.probe = false;
        metrics_endpoint.host_allowlist = patterns_of(options.metrics.host_allowlist);
        metrics_port = server->listen(std::move(metrics_endpoint), *metrics_handler);
    }
    server->start();
    folder.write_ports(http_port, metrics_port);
}

void Service::Parts::stop(std::chrono::milliseconds grace) {
    if (is_stopped) return;
    is_stopped = true;
    if (server) server->stop(grace);
    if (reloader) reloader->stop();
    if (sender) sender->stop();
    for (const auto& chain : chains) chain->downstream->stop();
    client.reset();
    if (workers) workers->stop();
    // Writes what waits and tells what stands above, which ignores it by now.
    audit.reset();
    journal.reset();
    sender.reset();
}

Service::Service(const Options& options, const telemetry::Logger& log)
    : parts_{std::make_unique<Parts>(options, log)} {
    auto& parts = *parts_;
    try {
        parts.registrations = telemetry::register_process_metrics(parts.registry, program_version);
        parts.open_logs();
        parts.keys = std::make_unique<KeyStore>(options.keys, options.key_loading);
        parts.open_chains();
        parts.make_server();
        parts.listen();
    } catch (...) {
        parts.stop({});
        throw;
    }
    for (const auto& warning : options.warnings) log.warn("{}", warning);
    if (!parts.keys->is_memory_locked())
        log.warn(
            "The memory of keys may be swapped out: raise the limit of locked memory "
            "(ulimit -l)");
    log.info("Serving chain {} at {}://{}:{}{}", options.downstream.chains.front().id,
             options.listen.tls ? "https" : "http", options.listen.host, parts.http_port,
             parts.chains.size() > 1
                 ? fmt::format(" and {} more at /chains/<id>", parts.chains.size() - 1)
                 : "");
    parts.reloader->start(true);
}

Service::~Service() {
    parts_->stop({});
}

void Service::stop() {
    parts_->stop(parts_->options.drain_timeout);
}

std::uint16_t Service::http_port() const noexcept {
    return parts_->http_port;
}

std::uint16_t Service::metrics_port() const noexcept {
    return parts_->metrics_port;
}

}  // namespace meta138::signer
