// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/watch/snapshot.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace meta138::op {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json process_json(const std::string& name, const std::string& tier, const std::string& state,
                  int pid, unsigned restarts, std::uint64_t resident_bytes) {
    Json json;
    json["name"] = name;
    json["tier"] = or_null(tier);
    json["state"] = or_null(state);
    json["pid"] = pid == 0 ? Json(nullptr) : Json(pid);
    json["restarts"] = restarts;
    json["residentBytes"] = resident_bytes == 0 ? Json(nullptr) : Json(resident_bytes);
    return json;
}

Json node_json(const Snapshot& snapshot, const NodeSight& node) {
    auto json = process_json(node.name, node.tier, node.state, node.pid, node.restarts,
                             node.resident_bytes);
    json["height"] = or_null(node.height);
    json["lag"] = or_null(snapshot.lag(node));
    json["headHash"] = node.head_hash ? Json(to_hex(*node.head_hash)) : Json(nullptr);
    json["headTimestamp"] = or_null(node.head_timestamp);
    json["peers"] = or_null(node.peers);
    json["latencyMicroseconds"] = node.latency ? Json(node.latency->count()) : Json(nullptr);
    json["pooledTransactions"] = or_null(node.pooled);
    json["syncing"] = node.is_syncing;
    json["client"] = or_null(node.client);
    json["problem"] = or_null(node.problem);
    if (node.round) {
        json["deciding"] = or_null(node.deciding);
        json["round"] = *node.round;
        json["explanation"] = node.explanation;
    }
    return json;
}

Json block_json(const BlockSight& block) {
    return {{"number", block.number},
            {"timestamp", block.timestamp},
            {"transactions", block.transactions},
            {"gasUsed", block.gas_used},
            {"gasLimit", block.gas_limit},
            {"round", or_null(block.round)},
            {"proposer", to_hex(block.proposer)}};
}

Json feed_json(const FeedSight& feed) {
    return {{"name", feed.name},
            {"address", to_hex(feed.address)},
            {"price", or_null(feed.price)},
            {"round", feed.round},
            {"updatedAt", feed.updated_at},
            {"heartbeat", feed.heartbeat},
            {"problem", or_null(feed.problem)}};
}

}  // namespace

std::optional<std::uint64_t> Snapshot::height() const noexcept {
    std::optional<std::uint64_t> highest;
    for (const auto& node : nodes)
        if (node.height) highest = std::max(highest.value_or(0), *node.height);
    return highest;
}

std::optional<std::uint64_t> Snapshot::lag(const NodeSight& node) const noexcept {
    if (!node.height) return std::nullopt;
    return *height() - *node.height;
}

ChainRates rates_of(std::span<const BlockSight> blocks) noexcept {
    ChainRates rates;
    if (blocks.size() < 2) return rates;
    double transactions = 0;
    double gas = 0;
    double gas_limit = 0;
    // The first block's content came before the time that is looked at.
    for (const auto& block : blocks.subspan(1)) {
        transactions += static_cast<double>(block.transactions);
        gas += static_cast<double>(block.gas_used);
        gas_limit += static_cast<double>(block.gas_limit);
        if (block.round.value_or(0) > 0) ++rates.blocks_after_round0;
    }
    rates.gas_used_share = gas_limit > 0 ? gas / gas_limit : 0;
    const auto seconds = static_cast<double>(blocks.back().timestamp) -
                         static_cast<double>(blocks.front().timestamp);
    if (seconds <= 0) return rates;
    rates.block_seconds = seconds / static_cast<double>(blocks.size() - 1);
    rates.transactions_per_second = transactions / seconds;
    rates.gas_per_second = gas / seconds;
    return rates;
}

std::string decimal_text(const uint256& answer, unsigned decimals) {
    const bool is_negative = (answer >> 255) != 0;
    auto digits = to_string(is_negative ? uint256{0} - answer : answer);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    if (decimals != 0) digits.insert(digits.size() - decimals, 1, '.');
    return is_negative ? "-" + digits : digits;
}

Freshness freshness_of(const FeedSight& feed, std::uint64_t now,
                       std::uint64_t grace_seconds) noexcept {
    if (feed.price.empty() || feed.round == 0) return Freshness::empty;
    return now > feed.updated_at + feed.heartbeat + grace_seconds ? Freshness::stale
                                                                  : Freshness::fresh;
}

std::string to_json(const Snapshot& snapshot) {
    const auto rates = rates_of(snapshot.blocks);
    Json json;
    json["time"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(snapshot.time.time_since_epoch())
            .count();
    json["where"] = snapshot.where;
    json["chainId"] = or_null(snapshot.chain_id);
    json["blockPeriodMilliseconds"] =
        snapshot.block_period ? Json(snapshot.block_period->count()) : Json(nullptr);
    json["supervised"] = snapshot.is_supervised;
    json["height"] = or_null(snapshot.height());
    json["rates"] = {{"blockSeconds", rates.block_seconds},
                     {"transactionsPerSecond", rates.transactions_per_second},
                     {"gasPerSecond", rates.gas_per_second},
                     {"gasUsedShare", rates.gas_used_share},
                     {"blocksAfterRound0", rates.blocks_after_round0}};
    json["nodes"] = Json::array();
    for (const auto& node : snapshot.nodes) json["nodes"].push_back(node_json(snapshot, node));
    json["services"] = Json::array();
    for (const auto& service : snapshot.services) {
        auto one = process_json(service.name, service.tier, service.state, service.pid,
                                service.restarts, service.resident_bytes);
        one["healthy"] = or_null(service.is_healthy);
        one["problem"] = or_null(service.problem);
        json["services"].push_back(std::move(one));
    }
    json["feeds"] = Json::array();
    for (const auto& feed : snapshot.feeds) json["feeds"].push_back(feed_json(feed));
    json["blocks"] = Json::array();
    for (const auto& block : snapshot.blocks) json["blocks"].push_back(block_json(block));
    return json.dump(2) + "\n";
}

}  // namespace meta138::op
