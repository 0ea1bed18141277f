// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/price_board.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <functional>
#include <memory>

namespace meta138::oracle {

/// Asks every source of a configuration and keeps what it told: one request for all feeds that use
/// the same, one WebSocket connection for all symbols of a source. Owns its thread.
class Sources {
public:
    /// `config` and `metrics` outlive this object. Nothing is asked before start().
    /// @throws http::ConfigurationError for a certificate that cannot be used
    Sources(const Config& config, telemetry::Logger log, telemetry::Metrics& metrics);
    /// Stops.
    ~Sources();
    Sources(const Sources&) = delete;
    Sources& operator=(const Sources&) = delete;

    /// `on_change` is called, on this object's thread, after prices have changed; it must not
    /// block.
    void start(std::function<void()> on_change = {});
    /// Returns when all connections are closed and the thread has ended.
    void stop();

    /// The newest prices of all tickers. Any thread; never null.
    [[nodiscard]] std::shared_ptr<const PriceBoard> board() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace meta138::oracle
