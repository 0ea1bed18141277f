// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/block_builder.hpp"
#include "meta138/telemetry/metrics.hpp"

namespace meta138::node {

/// Counts, by why, the transactions that were offered to blocks of ours and did not get in: "why
/// are my blocks empty?" as a metric. One thread.
class SelectionMetrics {
public:
    /// `metrics` outlives it.
    explicit SelectionMetrics(telemetry::Metrics& metrics);

    void count(const blockchain::BuildReport& report);

private:
    void add(std::string_view reason, std::uint64_t transactions);

    telemetry::Metrics& metrics_;
    telemetry::Counter& out_of_time_;
};

}  // namespace meta138::node
