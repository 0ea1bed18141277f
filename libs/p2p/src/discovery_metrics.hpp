// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/discovery.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <array>

namespace meta138::p2p {

/// Discovery's counts as Besu names them, and what Besu does not count: why packets were dropped.
class DiscoveryMetrics {
public:
    explicit DiscoveryMetrics(telemetry::Metrics& metrics);

    void update(const Discovery& discovery);

private:
    struct Kind {
        telemetry::Counter* inbound = nullptr;
        telemetry::Counter* outbound = nullptr;
        telemetry::Counter* interactions = nullptr;
        telemetry::Counter* retries = nullptr;
    };
    struct Drop {
        std::uint64_t DiscoveryCounts::* count;
        telemetry::Counter* counter;
    };

    std::array<Kind, DiscoveryCounts::kinds> kinds_;
    std::array<Drop, 6> drops_;
    telemetry::Gauge* in_flight_;
    telemetry::Gauge* table_size_;
    DiscoveryCounts seen_;
};

}  // namespace meta138::p2p
