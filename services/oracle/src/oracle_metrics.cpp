// SPDX-License-Identifier: Apache-2.0
#include "oracle_metrics.hpp"

#include "meta138/oracle/submitter.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace meta138::oracle {
namespace {

using telemetry::Category;
using telemetry::Counter;
using telemetry::Gauge;
using telemetry::Labels;
using telemetry::Metrics;

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

double to_double(const Decimal& value) {
    return static_cast<double>(value.mantissa()) * std::pow(10.0, value.exponent());
}
double to_double(const uint256& value) {
    double result = 0;
    for (std::size_t i = value.limbs.size(); i-- > 0;)
        result = result * 0x1p64 + static_cast<double>(value.limbs[i]);
    return result;
}
double to_double(Ratio ratio) {
    return static_cast<double>(ratio.ppb) / static_cast<double>(Ratio::one);
}

// A status has totals, a counter takes steps.
void raise_to(Counter& counter, std::uint64_t total) {
    const auto now = counter.value();
    if (total > now) counter.increment(total - now);
}

struct SourceMetrics {
    SourceMetrics(Metrics& metrics, const std::string& feed, const std::string& source)
        : used{metrics.gauge(Category::meta138, "oracle_source_used",
                             "Whether the source's price is part of the feed's",
                             {{"feed", feed}, {"source", source}})},
          age{metrics.gauge(Category::meta138, "oracle_source_age_seconds",
                            "Age of the source's price", {{"feed", feed}, {"source", source}})},
          price{metrics.gauge(Category::meta138, "oracle_source_price", "The source's price",
                              {{"feed", feed}, {"source", source}})} {}

    void update(const SourceReport& report) const {
        used.set(report.verdict == Verdict::used ? 1 : 0);
        age.set(report.age ? static_cast<double>(report.age->count()) / 1e3 : nothing);
        price.set(report.price ? to_double(*report.price) : nothing);
    }

    Gauge& used;
    Gauge& age;
    Gauge& price;
};

class FeedMetrics {
public:
    FeedMetrics(Metrics& metrics, const FeedConfig& feed) : metrics_{metrics}, name_{feed.name} {
        for (const auto& each : feed.sources) sources_.emplace_back(metrics, name_, each.name);
    }

    void update(const FeedStatus& feed) {
        price_.set(feed.aggregate.price ? to_double(*feed.aggregate.price) : nothing);
        spread_.set(to_double(feed.aggregate.spread));
        alive_.set(feed.aggregate.alive);
        answer_.set(feed.answer ? to_double(*feed.answer) : nothing);
        age_.set(feed.age ? static_cast<double>(feed.age->count()) : nothing);
        round_.set(static_cast<double>(feed.round));
        deviation_.set(feed.deviation ? to_double(*feed.deviation) : nothing);
        healthy_.set(feed.problems.empty() ? 1 : 0);
        raise_to(sent_, feed.sent);
        raise_to(confirmed_, feed.confirmed);
        raise_to(lost_, feed.lost_races);
        for (const auto& [reason, count] : feed.failed) {
            raise_to(metrics_.counter(Category::meta138, "oracle_updates_failed",
                                      "Updates that ended without a round",
                                      {{"feed", name_}, {"reason", reason}}),
                     count);
        }
        for (std::size_t i = 0; i < std::min(sources_.size(), feed.aggregate.sources.size()); ++i)
            sources_[i].update(feed.aggregate.sources[i]);
    }

private:
    Gauge& gauge(std::string_view name, std::string_view help) {
        return metrics_.gauge(Category::meta138, name, help, {{"feed", name_}});
    }
    Counter& counter(std::string_view name, std::string_view help) {
        return metrics_.counter(Category::meta138, name, help, {{"feed", name_}});
    }

    Metrics& metrics_;
    std::string name_;
    std::vector<SourceMetrics> sources_;
    Gauge& price_ = gauge("oracle_price", "The price that the sources agree on");
    Gauge& spread_ = gauge("oracle_spread_ratio", "Highest less lowest price used, by the median");
    Gauge& alive_ = gauge("oracle_sources_alive", "Sources with a fresh price");
    Gauge& answer_ = gauge("oracle_answer", "The answer on the chain");
    Gauge& age_ = gauge("oracle_answer_age_seconds", "Age of the answer on the chain");
    Gauge& round_ = gauge("oracle_round", "The last round on the chain");
    Gauge& deviation_ =
        gauge("oracle_deviation_ratio", "Deviation of the price from the answer on the chain");
    Gauge& healthy_ = gauge("oracle_feed_healthy", "1 unless the feed has a problem");
    Counter& sent_ =
        counter("oracle_updates_sent", "Transactions that a node took, replacements included");
    Counter& confirmed_ = counter("oracle_updates_confirmed", "Rounds that this publisher wrote");
    Counter& lost_ = counter("oracle_lost_races", "Rounds that another publisher wrote first");
};

}  // namespace

struct OracleMetrics::State {
    State(const Config& config, Metrics& metrics_of_process) : metrics{metrics_of_process} {
        for (const auto& each : config.feeds) feeds.emplace_back(metrics, each);
    }

    Gauge& gauge(std::string_view name, std::string_view help) {
        return metrics.gauge(Category::meta138, name, help);
    }
    Counter& counter(std::string_view name, std::string_view help) {
        return metrics.counter(Category::meta138, name, help);
    }

    Metrics& metrics;
    std::vector<FeedMetrics> feeds;
    std::map<std::string, Gauge*> endpoints;
    Gauge& healthy = gauge("oracle_healthy", "1 unless /health has a problem");
    Gauge& balance = gauge("oracle_balance_wei", "Balance of the publisher's account");
    Gauge& in_flight = gauge("oracle_transactions_in_flight", "Transactions not final yet");
    Gauge& head = gauge("oracle_head", "The chain's head");
    Gauge& head_age = gauge("oracle_head_age_seconds", "Our clock less the head's timestamp");
    Gauge& base_fee = gauge("oracle_base_fee_wei", "Base fee of the head");
    Gauge& signer = gauge("oracle_signer_up", "1 if the signer has the account");
    Gauge& gas_spent = gauge("oracle_gas_spent_wei", "Paid for gas since the start");
    Counter& replaced =
        counter("oracle_transactions_replaced", "Transactions signed again with higher fees");
    Counter& reorganised =
        counter("oracle_transactions_reorganised", "Transactions that left the chain again");
};

OracleMetrics::OracleMetrics(const Config& config, telemetry::Metrics& metrics)
    : state_{std::make_unique<State>(config, metrics)} {}

OracleMetrics::~OracleMetrics() = default;

void OracleMetrics::update(const PublisherStatus& status) {
    auto& state = *state_;
    state.healthy.set(status.is_healthy() ? 1 : 0);
    state.balance.set(status.balance ? to_double(*status.balance) : nothing);
    state.in_flight.set(static_cast<double>(status.in_flight));
    state.head.set(status.head ? static_cast<double>(*status.head) : nothing);
    state.head_age.set(status.head_age ? static_cast<double>(status.head_age->count()) : nothing);
    state.base_fee.set(to_double(status.base_fee));
    state.signer.set(status.signer_error.empty() ? 1 : 0);
    state.gas_spent.set(to_double(status.gas_spent));
    raise_to(state.replaced, status.replaced);
    raise_to(state.reorganised, status.reorganised);
    for (const auto& each : status.endpoints) {
        auto& gauge = state.endpoints[each.name];
        if (gauge == nullptr)
            gauge =
                &state.metrics.gauge(Category::meta138, "oracle_endpoint_in_use",
                                     "1 for the endpoint that is asked", {{"endpoint", each.name}});
        gauge->set(each.name == status.endpoint ? 1 : 0);
    }
    for (std::size_t i = 0; i < state.feeds.size(); ++i) state.feeds[i].update(status.feeds[i]);
}

}  // namespace meta138::oracle
