// SPDX-License-Identifier: Apache-2.0
#include "sync_metrics.hpp"

namespace meta138::sync {

using telemetry::Category;

namespace {

telemetry::Counter& pipeline(telemetry::Metrics& metrics, std::string_view step) {
    return metrics.counter(Category::synchronizer, "chain_download_pipeline_processed",
                           "Headers, bodies and blocks that went through a step of the download",
                           {{"step", step}, {"action", "processed"}});
}

}  // namespace

SyncMetrics::SyncMetrics(telemetry::Metrics& metrics)
    : new_blocks_imported{metrics.counter(Category::meta138, "announced_blocks_imported",
                                          "Blocks that came as announcements and were imported")},
      new_blocks_ignored{metrics.counter(Category::meta138, "announced_blocks_ignored",
                                         "Announced blocks that were known, or of no use")},
      bad_blocks{metrics.counter(Category::meta138, "bad_blocks",
                                 "Blocks of peers that turned out invalid")},
      requests_served{metrics.counter(Category::meta138, "peer_requests_served",
                                      "Requests of peers that were answered")},
      requests_refused{metrics.counter(Category::meta138, "peer_requests_refused",
                                       "Requests of peers beyond what one may have waiting")},
      transactions_received{metrics.counter(Category::meta138, "transactions_received",
                                            "Transactions that peers sent")},
      transaction_messages_dropped{
          metrics.counter(Category::meta138, "transaction_messages_dropped",
                          "Messages with transactions beyond what is worked off")},
      reminders{metrics.counter(Category::meta138, "transactions_announced_again",
                                "Transactions that waited too long and were announced once more")},
      stray_answers{metrics.counter(Category::meta138, "stray_answers",
                                    "Answers of peers to nothing that was asked, or too late")},
      status_mismatches{metrics.counter(Category::meta138, "status_mismatches",
                                        "Peers of another network or chain")},
      in_sync_{metrics.gauge(Category::synchronizer, "in_sync", "1 when the node is in sync")},
      highest_{metrics.gauge(Category::synchronizer, "highest_block",
                             "Highest block of a peer on this chain")},
      headers_ahead_{metrics.gauge(Category::synchronizer, "headers_ahead",
                                   "Headers downloaded beyond the head")},
      bodies_ahead_{metrics.gauge(Category::synchronizer, "bodies_ahead",
                                  "Blocks downloaded beyond the head")},
      pending_requests_{metrics.gauge(Category::peers, "pending_peer_requests_current",
                                      "Requests to peers that wait for an answer")},
      headers_{pipeline(metrics, "downloadHeaders")},
      bodies_{pipeline(metrics, "downloadBodies")},
      imported_{pipeline(metrics, "importBlock")},
      restarts_{metrics.counter(Category::synchronizer, "chain_download_pipeline_restarts",
                                "Times that a download began anew after a fault")},
      timeouts_{metrics.counter(Category::peers, "timeout",
                                "Requests to peers without an answer in time",
                                {{"taskName", "GetBlocks"}})} {
    in_sync_.set(1);
}

void SyncMetrics::update(const SyncStatus& status, const Downloader::Counters& counters,
                         std::size_t pending_requests) {
    in_sync_.set(status.is_syncing ? 0 : 1);
    highest_.set(static_cast<double>(status.highest_block));
    headers_ahead_.set(static_cast<double>(status.headers_ahead));
    bodies_ahead_.set(static_cast<double>(status.bodies_ahead));
    pending_requests_.set(static_cast<double>(pending_requests));
    headers_.increment(counters.headers - last_.headers);
    bodies_.increment(counters.bodies - last_.bodies);
    imported_.increment(counters.imported - last_.imported);
    restarts_.increment(counters.restarts - last_.restarts);
    timeouts_.increment(counters.timeouts - last_.timeouts);
    last_ = counters;
}

}  // namespace meta138::sync
