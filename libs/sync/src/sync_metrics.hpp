// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "downloader.hpp"

#include "meta138/sync/sync_status.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <array>
#include <cstdint>

namespace meta138::sync {

/// What the eth protocol counts, under Besu's names where Besu has one.
class SyncMetrics {
public:
    explicit SyncMetrics(telemetry::Metrics& metrics);

    /// The counters of the core, of which only the growth is added.
    void update(const SyncStatus& status, const Downloader::Counters& counters,
                std::size_t pending_requests);

    telemetry::Counter& new_blocks_imported;
    telemetry::Counter& new_blocks_ignored;
    telemetry::Counter& bad_blocks;
    telemetry::Counter& requests_served;
    telemetry::Counter& requests_refused;
    telemetry::Counter& transactions_received;
    telemetry::Counter& transaction_messages_dropped;
    telemetry::Counter& reminders;
    telemetry::Counter& stray_answers;
    telemetry::Counter& status_mismatches;

private:
    telemetry::Gauge& in_sync_;
    telemetry::Gauge& highest_;
    telemetry::Gauge& headers_ahead_;
    telemetry::Gauge& bodies_ahead_;
    telemetry::Gauge& pending_requests_;
    telemetry::Counter& headers_;
    telemetry::Counter& bodies_;
    telemetry::Counter& imported_;
    telemetry::Counter& restarts_;
    telemetry::Counter& timeouts_;
    Downloader::Counters last_;
};

}  // namespace meta138::sync
