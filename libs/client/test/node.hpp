// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/server.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace meta138::client::test {

/// A JSON-RPC server whose answers a test writes.
class Node : private http::Handler {
public:
    /// From the request's body to the answer's; empty: no answer.
    using Script = std::function<std::string(std::string_view body)>;

    explicit Node(Script script);
    ~Node() override;

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(port_) + "/";
    }
    [[nodiscard]] std::string websocket_url() const {
        return "ws://127.0.0.1:" + std::to_string(port_) + "/";
    }
    [[nodiscard]] unsigned requests() const noexcept { return requests_; }

private:
    void on_request(const http::Request& request, http::Responder responder) override;
    void on_message(const std::shared_ptr<http::Session>& session, const http::Request& message,
                    http::Responder responder) override;

    Script script_;
    std::atomic<unsigned> requests_{0};
    std::shared_ptr<telemetry::Log> log_;
    telemetry::Metrics metrics_;
    http::Server server_;
    std::uint16_t port_;
};

/// `{"jsonrpc":"2.0","id":1,"result":...}` for any request.
[[nodiscard]] std::string result(std::string_view json);

}  // namespace meta138::client::test
