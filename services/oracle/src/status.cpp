// SPDX-License-Identifier: Apache-2.0
#include "meta138/oracle/status.hpp"

#include "meta138/codec/json/writer.hpp"

#include <span>

namespace meta138::oracle {
namespace {

void strings(json::Writer& out, std::span<const std::string> list) {
    out.open_array();
    for (const auto& each : list) out.string(each);
    out.close_array();
}

// Prices are texts: a JSON number would round them.
void price(json::Writer& out, std::string_view key, const std::optional<Decimal>& value) {
    out.key(key);
    value ? out.string(to_string(*value)) : out.null();
}

double percent(Ratio ratio) {
    return static_cast<double>(ratio.ppb) / 1e7;
}

double in_seconds(milliseconds duration) {
    return static_cast<double>(duration.count()) / 1e3;
}

void write_source(json::Writer& out, const SourceReport& source) {
    out.open_object();
    out.key("name").string(source.name);
    out.key("verdict").string(to_string(source.verdict));
    out.key("weight").number(source.weight);
    price(out, "price", source.price);
    out.key("ageSeconds");
    source.age ? out.number(in_seconds(*source.age)) : out.null();
    out.key("reason").string(source.reason);
    out.close_object();
}

void write_counts(json::Writer& out, const FeedStatus& feed) {
    out.key("sent").number(feed.sent);
    out.key("confirmed").number(feed.confirmed);
    out.key("lostRaces").number(feed.lost_races);
    out.key("failed").open_object();
    for (const auto& [reason, count] : feed.failed) out.key(reason).number(count);
    out.close_object();
    out.key("lastUpdate");
    if (!feed.last_update) return out.null();
    out.open_object();
    out.key("round").number(feed.last_update->round);
    out.key("transaction").hex(feed.last_update->transaction.bytes);
    out.key("block").number(feed.last_update->block);
    out.key("gasUsed").number(feed.last_update->gas_used);
    out.close_object();
}

void write_feed(json::Writer& out, const FeedStatus& feed) {
    out.open_object();
    out.key("name").string(feed.name);
    out.key("address");
    feed.address ? out.hex(feed.address->bytes) : out.null();
    out.key("decimals").number(feed.decimals);
    price(out, "price", feed.aggregate.price);
    out.key("noPrice");
    feed.aggregate.missing ? out.string(to_string(*feed.aggregate.missing)) : out.null();
    out.key("spreadPercent").number(percent(feed.aggregate.spread));
    out.key("sourcesAlive").number(feed.aggregate.alive);
    out.key("sourcesUsed").number(feed.aggregate.used);
    price(out, "answer", feed.answer);
    out.key("round").number(feed.round);
    out.key("updatedAt").number(feed.updated_at.count());
    out.key("ageSeconds");
    feed.age ? out.number(feed.age->count()) : out.null();
    out.key("heartbeatSeconds").number(feed.heartbeat.count());
    out.key("deviationPercent");
    feed.deviation ? out.number(percent(*feed.deviation)) : out.null();
    out.key("thresholdPercent").number(percent(feed.threshold));
    out.key("decision").string(feed.decision);
    out.key("inFlight").boolean(feed.is_busy);
    out.key("paused").boolean(feed.is_paused);
    write_counts(out, feed);
    out.key("problems");
    strings(out, feed.problems);
    out.key("sources").open_array();
    for (const auto& each : feed.aggregate.sources) write_source(out, each);
    out.close_array();
    out.close_object();
}

void write_endpoint(json::Writer& out, const EndpointState& endpoint) {
    out.open_object();
    out.key("name").string(endpoint.name);
    out.key("health").string(endpoint.health);
    out.key("head");
    endpoint.head ? out.number(*endpoint.head) : out.null();
    out.key("failures").number(endpoint.failures);
    out.key("lastError").string(endpoint.last_error);
    out.close_object();
}

void write_health(json::Writer& out, const PublisherStatus& status) {
    out.key("status").string(status.is_healthy() ? "UP" : "DOWN");
    out.key("problems");
    strings(out, status.problems);
    out.key("warnings");
    strings(out, status.warnings);
}

}  // namespace

std::string health_json(const PublisherStatus& status) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    write_health(out, status);
    out.close_object();
    return text;
}

std::string status_json(const PublisherStatus& status) {
    std::string text;
    json::Writer out{text};
    out.open_object();
    out.key("name").string(status.name);
    out.key("version").string(status.version);
    out.key("time").number(in_seconds(status.now.wall));
    write_health(out, status);
    out.key("chainId").number(status.chain_id);
    out.key("account").hex(status.account.bytes);
    out.key("rank").number(status.rank);
    out.key("publishers").number(status.publishers);
    out.key("dryRun").boolean(status.is_dry_run);
    out.key("head");
    status.head ? out.number(*status.head) : out.null();
    out.key("headAgeSeconds");
    status.head_age ? out.number(status.head_age->count()) : out.null();
    out.key("endpoint").string(status.endpoint);
    out.key("endpoints").open_array();
    for (const auto& each : status.endpoints) write_endpoint(out, each);
    out.close_array();
    out.key("signer").open_object();
    out.key("description").string(status.signer);
    out.key("error").string(status.signer_error);
    out.close_object();
    out.key("balance");
    status.balance ? out.string(to_string(*status.balance)) : out.null();
    out.key("baseFeePerGas").string(to_string(status.base_fee));
    out.key("gasSpent").string(to_string(status.gas_spent));
    out.key("inFlight").number(status.in_flight);
    out.key("waiting").number(status.waiting);
    out.key("replaced").number(status.replaced);
    out.key("reorganised").number(status.reorganised);
    out.key("feeds").open_array();
    for (const auto& each : status.feeds) write_feed(out, each);
    out.close_array();
    out.close_object();
    return text;
}

}  // namespace meta138::oracle
