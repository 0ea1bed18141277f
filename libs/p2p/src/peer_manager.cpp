// SPDX-License-Identifier: Apache-2.0
#include "peer_manager.hpp"

#include "meta138/base/assert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;

// Two connections of one node within that time came from dialling each other: it covers the time
// that a dial and a handshake may take. A later one means that the node lost the first.
constexpr auto simultaneous = 20s;

constexpr double min_score = -100;
constexpr double max_score = 100;
constexpr std::chrono::duration<double> score_half_life = 10min;

bool earns_a_ban(DisconnectReason reason, bool by_remote) {
    if (reason == DisconnectReason::incompatible_version) return true;
    return !by_remote && (reason == DisconnectReason::breach_of_protocol ||
                          reason == DisconnectReason::subprotocol_error ||
                          reason == DisconnectReason::null_identity ||
                          reason == DisconnectReason::unexpected_identity ||
                          reason == DisconnectReason::same_identity);
}

}  // namespace

PeerManager::PeerManager(Options options) : options_{std::move(options)}, gate_{options_.limits} {}

std::expected<PeerId, Refusal> PeerManager::accept(const IpAddress& from, Time now) {
    if (!accepts(from)) return std::unexpected{Refusal::net_restrict};
    const auto id = PeerId{last_id_ + 1};
    const auto entered = gate_.enter(id, from, now);
    if (!entered) return std::unexpected{entered.error()};
    ++last_id_;
    connections_.emplace(id, Connection{.stage = Stage::accepted,
                                        .is_inbound = true,
                                        .ip = from,
                                        .since = now,
                                        .priority = options_.random()});
    if (*entered) drop(**entered, DisconnectReason::timeout, "too many handshakes at once");
    return id;
}

std::expected<void, RefusedPeer> PeerManager::established(PeerId id, const Remote& remote,
                                                          Time now) {
    gate_.leave(id);
    auto& connection = connections_.at(id);
    connection.ip = remote.ip;
    if (connection.is_inbound)
        connection.node = {.id = remote.key,
                           .host = to_string(remote.ip),
                           .tcp_port = remote.listen_port,
                           .udp_port = {}};
    connection.address = crypto::address_of(remote.key);
    auto refused = find_refusal(connection.node, now);
    if (!refused) refused = settle_duplicate(id, connection, now);
    if (!refused) refused = find_place(id, connection, now);
    if (refused) {
        connection.is_dropped = true;
        return std::unexpected{*std::move(refused)};
    }
    connection.stage = Stage::established;
    connection.since = now;
    connection.scored = now;
    if (const auto found = static_nodes_.find(remote.key); found != static_nodes_.end()) {
        if (std::exchange(found->second.warned, false))
            actions_.emplace_back(Reached{found->second.node});
        found->second.next_warning.reset();
    }
    if (const auto found = candidates_.find(remote.key); found != candidates_.end())
        found->second.failures = 0;
    pass(now);
    return {};
}

void PeerManager::closed(PeerId id, DisconnectReason reason, bool by_remote,
                         const std::optional<crypto::PublicKey>& key, const std::string& why,
                         Time now) {
    gate_.leave(id);
    const auto found = connections_.find(id);
    META138_ASSERT(found != connections_.end());
    const auto connection = std::move(found->second);
    connections_.erase(found);
    std::erase_if(duels_, [&](const Duel& duel) { return duel.loser == id || duel.winner == id; });

    const auto was_established = connection.stage == Stage::established;
    const auto known =
        !connection.is_inbound || was_established ? std::optional{connection.node.id} : key;
    if (known && is_static(*known)) {
        if (!is_engaged(*known)) {  // else another connection with it goes on
            auto& node = static_nodes_.at(*known);
            if (was_established)
                static_lost(node, connection.since, connection.is_ready, now);
            else if (!connection.is_inbound)
                static_failed(node, why, now);
        }
    } else if (known) {
        if (earns_a_ban(reason, by_remote)) denylist_.ban(*known, now + options_.limits.ban);
        if (!connection.is_inbound) candidate_failed(*known, reason, now);
    }
    pass(now);
}

void PeerManager::mark_ready(PeerId id) {
    if (const auto found = connections_.find(id); found != connections_.end())
        found->second.is_ready = true;
}

void PeerManager::score(PeerId id, int points, Time now) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.stage != Stage::established) return;
    auto& connection = found->second;
    connection.score = std::clamp(score_at(connection, now) + points, min_score, max_score);
    connection.scored = now;
    if (connection.score > min_score || is_static(connection.node.id)) return;
    denylist_.ban(connection.node.id, now + options_.limits.ban);
    drop(id, DisconnectReason::useless_peer, "its score is too low");
}

void PeerManager::recheck(Time now) {
    for (const auto& [id, connection] : connections_) {
        if (connection.stage == Stage::accepted || connection.is_dropped) continue;
        if (const auto refused = find_refusal(connection.node, now))
            drop(id, DisconnectReason::requested, refused->detail);
    }
    pass(now);
}

bool PeerManager::accepts(const IpAddress& ip) const {
    return options_.net_restrict.empty() ||
           std::ranges::any_of(options_.net_restrict,
                               [&](const Subnet& subnet) { return subnet.contains(ip); });
}

std::optional<RefusedPeer> PeerManager::find_refusal(const Enode& node, Time now) const {
    if (node.id == options_.id)
        return RefusedPeer{Refusal::same_identity, DisconnectReason::same_identity,
                           "it is this node"};
    if (std::ranges::find(options_.banned, node.id) != options_.banned.end())
        return RefusedPeer{Refusal::banned_id, DisconnectReason::unknown,
                           "its id is among --banned-node-ids"};
    if (!is_static(node.id) && denylist_.contains(node.id, now))
        return RefusedPeer{Refusal::denylist, DisconnectReason::unknown,
                           "it is banned for a while for what it did"};
    if (const auto ip = IpAddress::parse(node.host); ip && !accepts(*ip))
        return RefusedPeer{Refusal::net_restrict, DisconnectReason::unknown,
                           fmt::format("{} is outside of --net-restrict", node.host)};
    if (options_.find_refusal)
        if (auto rule = options_.find_refusal(node))
            return RefusedPeer{Refusal::permissions, DisconnectReason::unknown, *std::move(rule)};
    return std::nullopt;
}

/// Decides between a connection that is about to be established and one of the same node that is.
std::optional<RefusedPeer> PeerManager::settle_duplicate(PeerId id, const Connection& connection,
                                                         Time now) {
    const auto found = std::ranges::find_if(connections_, [&](const auto& entry) {
        return entry.first != id && entry.second.stage == Stage::established &&
               !entry.second.is_dropped && entry.second.node.id == connection.node.id;
    });
    if (found == connections_.end()) return std::nullopt;
    const auto& [other_id, other] = *found;
    if (now - other.since >= simultaneous) {
        drop(other_id, DisconnectReason::already_connected, "it connected anew");
        return std::nullopt;
    }
    const auto dueling = std::ranges::any_of(duels_, [&](const Duel& duel) {
        return duel.winner == other_id || duel.loser == other_id;
    });
    if (dueling || other.is_inbound == connection.is_inbound)
        return RefusedPeer{Refusal::duplicate, DisconnectReason::already_connected,
                           "it is connected already"};
    const auto keep_inbound = connection.node.id < options_.id;
    const auto wins = connection.is_inbound == keep_inbound;
    duels_.push_back({.loser = wins ? other_id : id,
                      .winner = wins ? id : other_id,
                      .at = now + options_.limits.duplicates});
    return std::nullopt;
}

/// Whether there is room; may drop another connection for it.
std::optional<RefusedPeer> PeerManager::find_place(PeerId id, const Connection& connection,
                                                   Time now) {
    const auto& key = connection.node.id;
    const auto is_second = std::ranges::any_of(connections_, [&](const auto& entry) {
        return entry.second.stage == Stage::established && entry.second.node.id == key;
    });
    if (is_second) return std::nullopt;
    const auto present = census(id);
    const auto is_full = present.all >= options_.max_peers;
    const auto replace = [&] {
        const auto least = find_least(id, now);
        if (least) drop(*least, DisconnectReason::too_many_peers, "its place is needed");
        return least.has_value();
    };
    if (is_static(key)) {
        if (is_full) replace();
        return std::nullopt;
    }
    const RefusedPeer too_many{Refusal::too_many_peers, DisconnectReason::too_many_peers,
                               fmt::format("there are {} peers already", present.all)};
    if (is_validator(connection)) {
        if (is_full && !replace()) return too_many;
        return std::nullopt;
    }
    if (connection.is_inbound && options_.max_inbound_share) {
        const auto share = std::clamp(*options_.max_inbound_share, 0.0, 1.0);
        const auto most = static_cast<std::size_t>(static_cast<double>(options_.max_peers) * share);
        if (present.others_inbound >= most)
            return RefusedPeer{Refusal::too_many_inbound, DisconnectReason::too_many_peers,
                               fmt::format("{} peers have dialled us already", most)};
    }
    if (const auto most = options_.limits.inbound_per_range;
        connection.is_inbound && most != 0 && is_public(connection.ip)) {
        const auto range = range_of(connection.ip);
        const auto there = std::ranges::count_if(connections_, [&](const auto& entry) {
            const auto& other = entry.second;
            return other.stage == Stage::established && other.is_inbound && !other.is_dropped &&
                   range_of(other.ip) == range && !is_static(other.node.id);
        });
        if (std::cmp_greater_equal(there, most))
            return RefusedPeer{Refusal::too_many_of_range, DisconnectReason::too_many_peers,
                               fmt::format("{} peers of its range have dialled us", there)};
    }
    if (places_for_others(present) > 0) return std::nullopt;
    if (options_.random_priority) {
        const auto least = find_least(id, now);
        if (least && connections_.at(*least).priority < connection.priority) {
            drop(*least, DisconnectReason::too_many_peers, "a newcomer was drawn for its place");
            return std::nullopt;
        }
    }
    return too_many;
}

/// Who is missed least, of those that are neither static nor validators.
std::optional<PeerId> PeerManager::find_least(PeerId except, Time now) const {
    std::optional<PeerId> least;
    const auto rank = [&](PeerId id) {
        const auto& connection = connections_.at(id);
        const auto standing = options_.random_priority ? static_cast<double>(connection.priority)
                                                       : score_at(connection, now);
        return std::tuple{connection.is_ready, standing,
                          -connection.since.time_since_epoch().count()};
    };
    for (const auto& [id, connection] : connections_) {
        if (id == except || connection.stage != Stage::established || connection.is_dropped ||
            is_static(connection.node.id) || is_validator(connection))
            continue;
        if (!least || rank(id) < rank(*least)) least = id;
    }
    return least;
}

double PeerManager::score_at(const Connection& connection, Time now) const {
    const std::chrono::duration<double> elapsed = now - connection.scored;
    return connection.score * std::exp2(-elapsed / score_half_life);
}

bool PeerManager::is_validator(const Connection& connection) const {
    return options_.is_validator && options_.is_validator(connection.address);
}

PeerManager::Census PeerManager::census(std::optional<PeerId> without) const {
    Census result;
    std::set<crypto::PublicKey> seen;
    for (const auto& [id, connection] : connections_) {
        if (id == without || connection.stage != Stage::established || connection.is_dropped ||
            !seen.insert(connection.node.id).second)
            continue;
        ++result.all;
        if (is_validator(connection))
            ++result.validators;
        else if (connection.is_inbound && !is_static(connection.node.id))
            ++result.others_inbound;
    }
    return result;
}

std::size_t PeerManager::places_for_others(const Census& census) const {
    const auto kept = options_.is_validator
                          ? std::min(options_.limits.places_for_validators, options_.max_peers / 4)
                          : 0;
    const auto taken = census.all + (kept > census.validators ? kept - census.validators : 0);
    return options_.max_peers > taken ? options_.max_peers - taken : 0;
}

/// Whether there is a connection with that node, or one under way from here.
bool PeerManager::is_engaged(const crypto::PublicKey& id) const {
    return std::ranges::any_of(connections_, [&](const auto& entry) {
        return entry.second.stage != Stage::accepted && entry.second.node.id == id;
    });
}

std::size_t PeerManager::node_count() const {
    return census().all;
}

void PeerManager::drop(PeerId id, DisconnectReason reason, std::string why) {
    auto& connection = connections_.at(id);
    if (std::exchange(connection.is_dropped, true)) return;
    actions_.emplace_back(Drop{id, reason, std::move(why)});
}

std::vector<PeerManager::Action> PeerManager::take_actions() {
    return std::exchange(actions_, {});
}

void PeerManager::on_time(Time now) {
    for (const auto& [id, connection] : connections_)
        if (connection.stage == Stage::established && !connection.is_ready &&
            now - connection.since >= options_.limits.ready_timeout)
            drop(id, DisconnectReason::timeout, "it did not say what chain it is on");
    const auto over =
        std::ranges::partition(duels_, [&](const Duel& duel) { return duel.at > now; });
    for (const auto& duel : over)
        drop(duel.loser, DisconnectReason::already_connected, "we have dialled each other");
    duels_.erase(over.begin(), over.end());
    pass(now);
}

/// What may follow from any change.
void PeerManager::pass(Time now) {
    dial_static(now);
    dial_candidates(now);
    update_due(now);
}

void PeerManager::update_due(Time now) {
    auto due = Time::max();
    for (const auto& [id, connection] : connections_)
        if (connection.stage == Stage::established && !connection.is_ready &&
            !connection.is_dropped)
            due = std::min(due, connection.since + options_.limits.ready_timeout);
    for (const auto& duel : duels_) due = std::min(due, duel.at);
    for (const auto& [id, node] : static_nodes_)
        if (!is_engaged(id)) due = std::min(due, node.next_dial);
    if (wants_candidates())
        for (const auto& [id, candidate] : candidates_)
            if (candidate.next_dial > now) due = std::min(due, candidate.next_dial);
    due_ = due;
}

}  // namespace meta138::p2p
