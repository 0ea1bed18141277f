// SPDX-License-Identifier: Apache-2.0
#include "discovery_metrics.hpp"

namespace meta138::p2p {
namespace {

using telemetry::Category;

constexpr std::array<std::string_view, DiscoveryCounts::kinds> names{
    "PING", "PONG", "FIND_NEIGHBORS", "NEIGHBORS", "ENR_REQUEST", "ENR_RESPONSE"};

telemetry::Counter& dropped(telemetry::Metrics& metrics, std::string_view reason) {
    return metrics.counter(Category::meta138, "discovery_dropped",
                           "Discovery packets that were not answered or used, by reason",
                           {{"reason", reason}});
}

void advance(telemetry::Counter& counter, std::uint64_t& seen, std::uint64_t now) {
    counter.increment(now - seen);
    seen = now;
}

}  // namespace

DiscoveryMetrics::DiscoveryMetrics(telemetry::Metrics& metrics)
    : drops_{{{&DiscoveryCounts::malformed, &dropped(metrics, "malformed")},
              {&DiscoveryCounts::expired, &dropped(metrics, "expired")},
              {&DiscoveryCounts::over_rate, &dropped(metrics, "rate")},
              {&DiscoveryCounts::unproven, &dropped(metrics, "unproven")},
              {&DiscoveryCounts::unsolicited, &dropped(metrics, "unsolicited")},
              {&DiscoveryCounts::over_range, &dropped(metrics, "range")}}},
      in_flight_{&metrics.gauge(Category::network, "discovery_inflight_interactions_current",
                                "Discovery requests that wait for an answer")},
      table_size_{&metrics.gauge(Category::meta138, "discovery_table_nodes",
                                 "Nodes that discovery knows")} {
    for (std::size_t i = 0; i < names.size(); ++i) {
        const telemetry::Labels name{{"name", names[i]}};
        kinds_[i].inbound = &metrics.counter(Category::network, "discovery_messages_inbound",
                                             "Discovery packets received, by kind", name);
        kinds_[i].outbound = &metrics.counter(Category::network, "discovery_messages_outbound",
                                              "Discovery packets sent, by kind", name);
        const telemetry::Labels type{{"type", names[i]}};
        kinds_[i].interactions = &metrics.counter(Category::network, "discovery_interaction_count",
                                                  "Discovery requests made, by kind", type);
        kinds_[i].retries = &metrics.counter(Category::network, "discovery_interaction_retry_count",
                                             "Discovery requests sent again, by kind", type);
    }
}

void DiscoveryMetrics::update(const Discovery& discovery) {
    const auto& counts = discovery.counts();
    for (std::size_t i = 0; i < names.size(); ++i) {
        advance(*kinds_[i].inbound, seen_.received[i], counts.received[i]);
        advance(*kinds_[i].outbound, seen_.sent[i], counts.sent[i]);
        advance(*kinds_[i].interactions, seen_.requests[i], counts.requests[i]);
        advance(*kinds_[i].retries, seen_.retries[i], counts.retries[i]);
    }
    for (const auto& [count, counter] : drops_) advance(*counter, seen_.*count, counts.*count);
    in_flight_->set(static_cast<double>(discovery.requests_in_flight()));
    table_size_->set(static_cast<double>(discovery.table_size()));
}

}  // namespace meta138::p2p
