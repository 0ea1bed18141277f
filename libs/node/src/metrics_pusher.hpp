// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/http/client.hpp"
#include "meta138/node/options.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <stop_token>
#include <string>
#include <thread>

namespace meta138::node {

/// Sends the metrics to a Prometheus push gateway at intervals, as Besu does: each push replaces
/// the metrics of its names, and at the end what was pushed is deleted. A gateway that does not
/// answer costs a warning when it stops to answer, and nothing else.
class MetricsPusher {
public:
    /// Begins at once. `metrics` outlives it.
    MetricsPusher(const MetricsPushOptions& options, const telemetry::Metrics& metrics,
                  telemetry::Logger log);
    /// Deletes what was pushed, waiting for the gateway for a few seconds at most.
    ~MetricsPusher();
    MetricsPusher(const MetricsPusher&) = delete;
    MetricsPusher& operator=(const MetricsPusher&) = delete;

private:
    void work(const std::stop_token& stop);
    void push(const std::stop_token& stop);
    void note(const http::ClientResult& result);

    const MetricsPushOptions options_;
    const telemetry::Metrics& metrics_;
    const telemetry::Logger log_;
    const std::string url_;
    http::Client client_;
    bool is_answered_ = true;  // the thread's
    std::jthread thread_;
};

}  // namespace meta138::node
