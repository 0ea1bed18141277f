// SPDX-License-Identifier: Apache-2.0
#include "endpoint.hpp"

#include <array>

namespace meta138::http {
namespace {

std::unique_ptr<const TlsContext> make_tls(const EndpointOptions& options) {
    return options.tls ? std::make_unique<const TlsContext>(*options.tls) : nullptr;
}

}  // namespace

std::string_view to_string(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::connections: return "connections";
        case Refusal::header_timeout: return "header_timeout";
        case Refusal::body_timeout: return "body_timeout";
        case Refusal::request_timeout: return "request_timeout";
        case Refusal::write_timeout: return "write_timeout";
        case Refusal::idle_timeout: return "idle_timeout";
        case Refusal::malformed: return "malformed";
        case Refusal::header_too_large: return "header_too_large";
        case Refusal::body_too_large: return "body_too_large";
        case Refusal::memory: return "memory";
        case Refusal::host: return "host";
        case Refusal::origin: return "origin";
        case Refusal::tls: return "tls";
        case Refusal::slow_consumer: return "slow_consumer";
        case Refusal::websocket: return "websocket";
    }
    return {};
}

Endpoint::Endpoint(EndpointOptions given, Handler& answering, std::shared_ptr<Worker> slow_work,
                   const telemetry::Logger& logger, telemetry::Metrics& metrics)
    : options{std::move(given)},
      handler{answering},
      hosts{options.host_allowlist},
      origins{options.cors_origins},
      tls{make_tls(options)},
      worker{std::move(slow_work)},
      log{logger},
      requests{metrics.counter(telemetry::Category::meta138, "http_requests",
                               "HTTP requests answered", {{"endpoint", options.name}})},
      messages{metrics.counter(telemetry::Category::meta138, "http_messages",
                               "WebSocket and IPC messages received",
                               {{"endpoint", options.name}})} {
    for (std::size_t i = 0; i < refusal_count; ++i)
        refusals_[i] = &metrics.counter(
            telemetry::Category::meta138, "http_refusals", "What limits and checks have refused",
            {{"endpoint", options.name}, {"reason", to_string(static_cast<Refusal>(i))}});
    const auto add_gauge = [&](telemetry::Category category, std::string_view name,
                               std::string_view help, auto read, telemetry::Labels labels = {}) {
        registrations_.push_back(metrics.gauge(
            category, name, help, [read] { return static_cast<double>(read()); }, labels));
    };
    const auto all = [this] { return connections_.load(std::memory_order_relaxed); };
    const auto upgraded = [this] { return sessions_.load(std::memory_order_relaxed); };
    add_gauge(telemetry::Category::meta138, "http_connections", "Open connections", all,
              {{"endpoint", options.name}});
    // Besu's names, for the endpoints that Besu has.
    if (options.name == "http")
        add_gauge(telemetry::Category::rpc, "active_http_connection_count",
                  "Active HTTP connections", [this] {
                      const auto sessions = sessions_.load(std::memory_order_relaxed);
                      return std::max(connections_.load(std::memory_order_relaxed), sessions) -
                             sessions;
                  });
    if (options.name == "ws")
        add_gauge(telemetry::Category::rpc, "active_ws_connection_count",
                  "Active WebSocket connections", upgraded);
}

bool Endpoint::admit(std::string_view remote_address) {
    const auto limit = options.limits.connections;
    if (connections_.fetch_add(1, std::memory_order_relaxed) < limit) return true;
    connections_.fetch_sub(1, std::memory_order_relaxed);
    count(Refusal::connections);
    // A flood of connections must not become a flood of lines: one a second tells.
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::steady_clock::now().time_since_epoch())
                         .count();
    if (last_warning_.exchange(now, std::memory_order_relaxed) != now)
        log.warn("Rejecting new connection from {}. Max {} active connections limit reached.",
                 remote_address, limit);
    return false;
}

void Endpoint::leave() noexcept {
    connections_.fetch_sub(1, std::memory_order_relaxed);
}

bool Endpoint::charge(std::size_t bytes) noexcept {
    return buffered_.fetch_add(bytes, std::memory_order_relaxed) + bytes <=
           options.limits.buffered_bytes;
}

}  // namespace meta138::http
