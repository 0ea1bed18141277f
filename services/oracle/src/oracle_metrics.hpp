// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/oracle/config.hpp"
#include "meta138/oracle/status.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <memory>

namespace meta138::oracle {

/// What a status says, as metrics: `meta138_oracle_...`. One thread.
class OracleMetrics {
public:
    /// `metrics` outlives this object.
    OracleMetrics(const Config& config, telemetry::Metrics& metrics);
    ~OracleMetrics();
    OracleMetrics(const OracleMetrics&) = delete;
    OracleMetrics& operator=(const OracleMetrics&) = delete;

    void update(const PublisherStatus& status);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace meta138::oracle
