// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/methods.hpp"
#include "server/rest.hpp"

#include "meta138/http/handler.hpp"
#include "meta138/http/worker_threads.hpp"
#include "meta138/telemetry/logging.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace meta138::signer {

/// What comes over HTTP: REST, JSON-RPC that is answered here, and JSON-RPC for the node.
class RequestHandler final : public http::Handler {
public:
    struct Parts {
        Methods& methods;
        Rest& rest;
        http::WorkerThreads& workers;
        SignerMetrics& metrics;
        ChainService* default_chain = nullptr;
        std::map<std::uint64_t, ChainService*> chains;
        std::size_t max_batch_size = 1024;
        bool logs_access = false;
        telemetry::Logger log;
    };
    explicit RequestHandler(Parts parts) : parts_{std::move(parts)} {}

    void on_request(const http::Request& request, http::Responder responder) override;

private:
    struct Exchange;
    /// Where a path leads: a chain, and the path at its nodes.
    struct Target {
        ChainService* chain = nullptr;
        std::string path;
    };

    [[nodiscard]] Target target_of(std::string_view path) const;
    void answer(const http::Request& request, http::Responder responder);
    void answer_rpc(const http::Request& request, const Target& target, http::Responder responder);
    void answer_mixed(const std::shared_ptr<Exchange>& exchange, const RpcBody& body,
                      const MethodContext& context, const std::string& path);
    void pass_on(const http::Request& request, const RpcBody& body, const Target& target,
                 http::Responder responder);

    Parts parts_;
};

}  // namespace meta138::signer
