// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rpc_handler.hpp"

#include "meta138/http/server.hpp"
#include "meta138/node/node.hpp"
#include "meta138/node/options.hpp"
#include "meta138/rpc/backend.hpp"
#include "meta138/rpc/settings.hpp"

#include <memory>
#include <vector>

namespace meta138::node {

/// Where the node answers: JSON-RPC over HTTP, WebSocket and IPC, and metrics.
class Endpoints {
public:
    /// Binds everything, so that what is wrong with an address is known before anything starts.
    /// All given outlive the endpoints. Throws http::ConfigurationError.
    Endpoints(const Options& options, rpc::Server& server, RequestThreads& threads,
              std::function<Readiness()> readiness, telemetry::Metrics& metrics,
              const telemetry::Logger& log);

    void start() { http_.start(); }
    /// Lets running requests finish.
    void stop() { http_.stop(grace); }

    [[nodiscard]] const ListeningPorts& ports() const noexcept { return ports_; }
    [[nodiscard]] const std::vector<rpc::ListeningService>& services() const noexcept {
        return services_;
    }

private:
    static constexpr std::chrono::seconds grace{5};

    std::uint16_t listen(http::EndpointOptions options, http::Handler& handler);
    RpcHandler& add_handler(const std::vector<std::string>& apis, bool dev,
                            const AnswerOptions& answers);
    void listen_http(const Options& options);
    void listen_websocket(const Options& options);
    void listen_engine(const Options& options);
    void listen_ipc(const Options& options);
    void listen_metrics(const Options& options);

    rpc::Server& server_;
    RequestThreads& threads_;
    std::function<Readiness()> readiness_;
    telemetry::Metrics& metrics_;
    MetricsHandler metrics_handler_;
    std::vector<std::unique_ptr<RpcHandler>> handlers_;
    ListeningPorts ports_;
    std::vector<rpc::ListeningService> services_;
    http::Server http_;  // last: stops before its handlers go
};

/// What the operator set for all transports.
rpc::Settings rpc_settings_of(const Options& options);

}  // namespace meta138::node
