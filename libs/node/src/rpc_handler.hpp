// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "request_threads.hpp"

#include "meta138/http/handler.hpp"
#include "meta138/rpc/server.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace meta138::node {

/// What /readiness asks of the node. Any thread.
struct Readiness {
    std::optional<std::size_t> peers;  ///< Absent: there is no peer-to-peer network.
    std::uint64_t blocks_behind = 0;
};

/// What an endpoint's operator sets for its answers.
struct AnswerOptions {
    std::chrono::milliseconds timeout{30'000};  ///< Of one request, or of a whole batch.
    bool pretty_print = false;                  ///< HTTP: answers to single requests are indented.
};

/// Answers an endpoint's JSON-RPC, /liveness and /readiness: cheap requests on the io thread that
/// read them, others on the threads for requests, or for traces: these may wait for who reads them,
/// so only their answers leave in pieces.
class RpcHandler final : public http::Handler {
public:
    /// All outlive the handler.
    RpcHandler(rpc::Server& server, RequestThreads& threads, rpc::ApiSelection apis,
               const AnswerOptions& options, std::function<Readiness()> readiness,
               telemetry::Metrics& metrics);

    void on_request(const http::Request& request, http::Responder responder) override;
    void on_open(const std::shared_ptr<http::Session>& session) override;
    void on_message(const std::shared_ptr<http::Session>& session, const http::Request& message,
                    http::Responder responder) override;
    void on_close(const std::shared_ptr<http::Session>& session) override;

private:
    void answer(const http::Request& request, rpc::Caller caller, http::Responder responder);
    void handle(const http::Request& request, rpc::Caller& caller, http::Responder& responder);
    void handle_trace(const http::Request& request, rpc::Caller& caller,
                      http::Responder& responder);
    [[nodiscard]] http::Response in_shape(const rpc::Caller& caller, http::Response response) const;
    [[nodiscard]] http::Response readiness_of(const http::Request& request) const;

    rpc::Server& server_;
    RequestThreads& threads_;
    const rpc::ApiSelection apis_;
    const AnswerOptions options_;
    const std::function<Readiness()> readiness_;
    telemetry::Counter& refused_;
};

/// Serves /metrics.
class MetricsHandler final : public http::Handler {
public:
    MetricsHandler(const telemetry::Metrics& metrics, http::WorkerThreads& threads)
        : metrics_{metrics}, threads_{threads} {}

    void on_request(const http::Request& request, http::Responder responder) override;

private:
    const telemetry::Metrics& metrics_;
    http::WorkerThreads& threads_;
};

}  // namespace meta138::node
