// SPDX-License-Identifier: Apache-2.0
// The part of the peer manager that decides whom to dial.
#include "peer_manager.hpp"

#include <algorithm>
#include <utility>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;

// A connection that lasted so long was a good one: the next dial does not wait.
constexpr auto lasting = 10s;
// When dialling has failed for so long the operator is told: nodes that start together need a
// moment.
constexpr auto failing_before_warning = 12s;
constexpr auto warning_interval = 1h;
// Then it is forgotten until discovery finds it again.
constexpr unsigned failures_of_candidate = 6;
// A node that is full is not asked again soon.
constexpr auto full_node_delay = 5min;

}  // namespace

bool PeerManager::add_static(const Enode& node, Time now) {
    if (node.id == options_.id || static_nodes_.contains(node.id)) return false;
    static_nodes_.emplace(node.id, StaticNode{.node = node, .next_dial = now});
    denylist_.pardon(node.id);
    pass(now);
    return true;
}

bool PeerManager::remove_static(const crypto::PublicKey& id, Time now) {
    if (static_nodes_.erase(id) == 0) return false;
    for (const auto& [connection_id, connection] : connections_)
        if (connection.stage != Stage::accepted && connection.node.id == id)
            drop(connection_id, DisconnectReason::requested, "it was removed");
    candidates_.erase(id);
    pass(now);
    return true;
}

bool PeerManager::is_static(const crypto::PublicKey& id) const {
    return static_nodes_.contains(id);
}

std::vector<Enode> PeerManager::static_nodes() const {
    std::vector<Enode> nodes;
    nodes.reserve(static_nodes_.size());
    for (const auto& [id, node] : static_nodes_) nodes.push_back(node.node);
    return nodes;
}

void PeerManager::add_candidate(const Enode& node, Time now) {
    if (node.id == options_.id || node.tcp_port == 0) return;
    if (const auto found = static_nodes_.find(node.id); found != static_nodes_.end()) {
        found->second.found = node;
        return;
    }
    if (const auto found = candidates_.find(node.id); found != candidates_.end()) {
        if (found->second.node.host != node.host || found->second.node.tcp_port != node.tcp_port)
            found->second = {.node = node, .next_dial = now};
    } else {
        make_room_for_candidate(node);
        if (candidates_.size() < options_.limits.candidates)
            candidates_.emplace(node.id, Candidate{.node = node, .next_dial = now});
    }
    pass(now);
}

/// One range of addresses may not fill the list: a full list loses one of the range that has most.
void PeerManager::make_room_for_candidate(const Enode& node) {
    if (candidates_.size() < options_.limits.candidates) return;
    const auto range = [](const Enode& enode) {
        return range_of(IpAddress::parse(enode.host).value_or(IpAddress{}));
    };
    std::map<IpAddress, std::size_t> counts;
    for (const auto& [id, candidate] : candidates_) ++counts[range(candidate.node)];
    ++counts[range(node)];
    const auto most =
        std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
    if (range(node) == most) return;
    const auto victim = std::ranges::find_if(
        candidates_, [&](const auto& entry) { return range(entry.second.node) == most; });
    if (victim != candidates_.end()) candidates_.erase(victim);
}

std::chrono::milliseconds PeerManager::redial_delay(std::uint64_t failures) {
    // A little chance, so that nodes which start together do not dial in step.
    if (failures == 0) return std::chrono::milliseconds{options_.random() % 50};
    auto delay = options_.limits.first_redial;
    for (std::uint64_t i = 1; i < failures && delay < options_.check_maintained; ++i) delay *= 2;
    delay = std::min(delay, options_.check_maintained);
    const auto spread = static_cast<std::uint64_t>(delay.count() / 10 + 1);
    return delay - std::chrono::milliseconds{options_.random() % spread};
}

void PeerManager::static_failed(StaticNode& node, const std::string& why, Time now) {
    if (node.failures++ == 0) node.failing_since = now;
    node.next_dial = now + redial_delay(node.failures);
    if (is_engaged(node.node.id)) return;
    if (now - node.failing_since < failing_before_warning ||
        (node.next_warning && now < *node.next_warning))
        return;
    node.next_warning = now + warning_interval;
    node.warned = true;
    actions_.emplace_back(Unreachable{node.node, node.failures, why});
}

void PeerManager::static_lost(StaticNode& node, Time since, bool was_ready, Time now) {
    if (was_ready && now - since >= lasting) node.failures = 0;
    node.next_dial = now + redial_delay(node.failures);
    if (node.failures++ == 0) node.failing_since = now;
}

void PeerManager::candidate_failed(const crypto::PublicKey& id, DisconnectReason reason, Time now) {
    const auto found = candidates_.find(id);
    if (found == candidates_.end()) return;
    auto& candidate = found->second;
    if (++candidate.failures > failures_of_candidate || denylist_.contains(id, now)) {
        candidates_.erase(found);
        return;
    }
    const auto delay = options_.initiate * (1U << (candidate.failures - 1));
    candidate.next_dial = now + (reason == DisconnectReason::too_many_peers
                                     ? std::max<std::chrono::milliseconds>(delay, full_node_delay)
                                     : delay);
}

void PeerManager::dial_static(Time now) {
    for (auto& [id, node] : static_nodes_) {
        if (node.next_dial > now || is_engaged(id)) continue;
        if (const auto refused = find_refusal(node.node, now)) {
            static_failed(node, refused->detail, now);
            continue;
        }
        // Where it was seen last, if it is not where it should be.
        const auto elsewhere = node.found && node.failures % 2 == 1;
        dial(elsewhere ? *node.found : node.node, now);
    }
}

bool PeerManager::wants_candidates() const {
    const auto dialling =
        static_cast<std::size_t>(std::ranges::count_if(connections_, [&](const auto& entry) {
            return entry.second.stage == Stage::dialling && !is_static(entry.second.node.id);
        }));
    return dialling < options_.limits.concurrent_dials && places_for_others(census()) > dialling;
}

void PeerManager::dial_candidates(Time now) {
    while (wants_candidates()) {
        const Candidate* best = nullptr;
        for (const auto& [id, candidate] : candidates_) {
            if (candidate.next_dial > now || is_engaged(id)) continue;
            if (!best || candidate.last_attempt < best->last_attempt) best = &candidate;
        }
        if (!best) return;
        auto& chosen = candidates_.at(best->node.id);
        chosen.last_attempt = now;
        chosen.next_dial = now + options_.initiate;
        if (!find_refusal(chosen.node, now)) dial(chosen.node, now);
    }
}

void PeerManager::dial(const Enode& node, Time now) {
    const auto id = PeerId{++last_id_};
    connections_.emplace(
        id,
        Connection{
            .stage = Stage::dialling, .node = node, .since = now, .priority = options_.random()});
    actions_.emplace_back(Dial{id, node});
}

}  // namespace meta138::p2p
