// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gate.hpp"
#include "tls.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/http/authentication.hpp"
#include "meta138/http/server.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace meta138::http {

class Worker;

enum class Refusal : std::uint8_t {
    connections,
    header_timeout,
    body_timeout,
    request_timeout,
    write_timeout,
    idle_timeout,
    malformed,
    header_too_large,
    body_too_large,
    memory,
    host,
    origin,
    tls,
    slow_consumer,
    websocket,
};
inline constexpr std::size_t refusal_count = 15;
[[nodiscard]] std::string_view to_string(Refusal refusal) noexcept;

/// What all connections of one listening address share. Any thread.
class Endpoint {
public:
    /// @throws ConfigurationError
    Endpoint(EndpointOptions given, Handler& answering, std::shared_ptr<Worker> slow_work,
             const telemetry::Logger& logger, telemetry::Metrics& metrics);

    const EndpointOptions options;
    Handler& handler;
    const HostGate hosts;
    const OriginGate origins;
    const std::unique_ptr<const TlsContext> tls;
    const std::shared_ptr<Worker> worker;
    const telemetry::Logger log;

    telemetry::Counter& requests;
    telemetry::Counter& messages;

    [[nodiscard]] bool is_ipc() const noexcept { return !options.ipc_path.empty(); }

    void count(Refusal refusal) noexcept {
        refusals_[static_cast<std::size_t>(refusal)]->increment();
    }

    /// Counts a connection in, or refuses it.
    [[nodiscard]] bool admit(std::string_view remote_address);
    void leave() noexcept;
    /// A connection has become a session.
    void session_opened() noexcept { sessions_.fetch_add(1, std::memory_order_relaxed); }
    void session_closed() noexcept { sessions_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] std::size_t connections() const noexcept {
        return connections_.load(std::memory_order_relaxed);
    }

    /// Charges buffers to the endpoint's budget: false if it is exhausted (they are charged
    /// anyway).
    [[nodiscard]] bool charge(std::size_t bytes) noexcept;
    void discharge(std::size_t bytes) noexcept {
        buffered_.fetch_sub(bytes, std::memory_order_relaxed);
    }

private:
    std::array<telemetry::Counter*, refusal_count> refusals_{};
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> sessions_{0};
    std::atomic<std::size_t> buffered_{0};
    std::atomic<std::int64_t> last_warning_{0};  // seconds of the steady clock
    std::vector<telemetry::Metrics::Registration> registrations_;
};

}  // namespace meta138::http
