// SPDX-License-Identifier: Apache-2.0
// What others send.
#include "address_rules.hpp"
#include "implementation.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>

namespace meta138::p2p {

using namespace discv4;

namespace {

constexpr std::chrono::seconds packet_lifetime{60};
// Whoever writes a later expiration could be replayed for ever. Generous, as clocks differ.
constexpr std::chrono::seconds longest_lifetime{24 * 3600};
constexpr unsigned ping_back_attempts = 2;
// From an endpoint that was asked something, beyond its rate.
constexpr unsigned answer_packets = 8;
// How long the rest of an answer in several packets may take.
constexpr std::chrono::milliseconds more_neighbors{200};

}  // namespace

bool Discovery::Implementation::admit(const UdpEndpoint& from) {
    const auto asked = std::ranges::find_if(requests_, [&from](const auto& entry) {
        return entry.first.place.endpoint == from && entry.second.packets_admitted < answer_packets;
    });
    if (asked != requests_.end() && rates_.admit_answer(now_.time)) {
        ++asked->second.packets_admitted;
        return true;
    }
    if (rates_.admit(from, now_.time)) return true;
    ++counts_.over_rate;
    return false;
}

void Discovery::Implementation::receive(ByteView datagram, const UdpEndpoint& from, Now now) {
    now_ = now;
    if (!admit(from)) return;
    const auto packet = decode_packet(datagram);
    if (!packet) {
        ++counts_.malformed;
        return;
    }
    ++counts_.received[packet->message.index()];
    Sender sender{.node = {.id = packet->sender, .endpoint = from},
                  .hash = crypto::keccak256(packet->sender.bytes),
                  .packet = packet->hash};
    sender.node.tcp_port = find_tcp_port(sender, packet->message);
    if (!accepts(sender.node)) return;
    std::visit([this, &sender](const auto& message) { handle(sender, message); }, packet->message);
    advance_lookup();
}

/// As far as it is known; permissions may name it.
std::uint16_t Discovery::Implementation::find_tcp_port(const Sender& from, const Message& message) {
    if (const auto* const ping = std::get_if<Ping>(&message)) return ping->from.tcp_port;
    const auto* const contact = table_.find(from.hash);
    if (contact != nullptr && contact->node.endpoint == from.node.endpoint)
        return contact->node.tcp_port;
    const auto* const request = find_request(from, Kind::ping);
    return request == nullptr ? std::uint16_t{0} : request->to.tcp_port;
}

bool Discovery::Implementation::is_expired(std::uint64_t expiration) {
    if (expiration >= now_.unix_seconds &&
        expiration - now_.unix_seconds <= static_cast<std::uint64_t>(longest_lifetime.count()))
        return false;
    ++counts_.expired;
    return true;
}

void Discovery::Implementation::handle(const Sender& from, const Ping& ping) {
    if (is_expired(ping.expiration)) return;
    send(from.node.endpoint, Pong{.to = {.ip = from.node.endpoint.ip,
                                         .udp_port = from.node.endpoint.port,
                                         .tcp_port = ping.from.tcp_port},
                                  .ping_hash = from.packet,
                                  .expiration = now_.unix_seconds + packet_lifetime.count(),
                                  .record_sequence = record_.record().sequence()});
    proofs_.use(from.place()).last_ping = now_.time;
    const auto& node = from.node;

    // Whatever waited for them to know us may go now.
    for (const auto kind : {Kind::find_node, Kind::enr_request})
        if (auto* const waiting = find_request(from, kind); waiting && waiting->sent == 0)
            waiting->at = now_.time;

    if (!has_proof(from.place())) {
        ping_back(node);
    } else if (auto* const contact = table_.find(from.hash);
               contact != nullptr && contact->node.endpoint == from.node.endpoint) {
        if (node.tcp_port != 0 && !contact->record) contact->node.tcp_port = node.tcp_port;
        if (contact->answers())
            look_at_record(from, ping.record_sequence);
        else
            ping_back(node);  // it is back
    }
    send_due_requests();
}

void Discovery::Implementation::ping_back(const Node& node) {
    if (!requests_.contains(
            {.place = {.hash = crypto::keccak256(node.id.bytes), .endpoint = node.endpoint},
             .kind = Kind::ping}) &&
        introductions_.take(now_.time))
        start_ping(node, ping_back_attempts);
}

void Discovery::Implementation::handle(const Sender& from, const Pong& pong) {
    if (is_expired(pong.expiration)) return;
    const auto* const request = find_request(from, Kind::ping);
    if (request == nullptr ||
        std::ranges::find(request->hashes, pong.ping_hash) == request->hashes.end()) {
        ++counts_.unsolicited;
        return;
    }
    requests_.erase({.place = from.place(), .kind = Kind::ping});
    if (pong.to.ip) {
        votes_.add(from.node.endpoint.ip, {.ip = *pong.to.ip, .port = pong.to.udp_port}, now_.time);
        const auto seen_as = votes_.result(now_.time);
        if (seen_as && seen_as != seen_as_) {
            seen_as_ = seen_as;
            output_.seen_as = SeenAs{*seen_as};
        }
    }
    on_proof(from, pong.record_sequence);
}

/// Whether a question may be answered. If not, a ping goes out: a node that we forgot, as we were
/// restarted, learns so that it must introduce itself again. Not if it answers elsewhere.
bool Discovery::Implementation::require_proof(const Sender& from) {
    if (has_proof(from.place())) return true;
    ++counts_.unproven;
    const auto* const contact = table_.find(from.hash);
    if (contact == nullptr || !contact->answers()) ping_back(from.node);
    return false;
}

void Discovery::Implementation::handle(const Sender& from, const FindNode& find_node) {
    if (is_expired(find_node.expiration) || !require_proof(from)) return;
    const auto& asker = from.node.endpoint.ip;
    const auto closest = table_.closest(crypto::keccak256(find_node.target.bytes),
                                        NodeTable::bucket_size, [&](const Contact& contact) {
                                            return contact.hash != from.hash &&
                                                   may_tell(asker, contact.node.endpoint.ip);
                                        });
    // One packet at least: an empty answer is an answer.
    for (std::size_t first = 0; first == 0 || first < closest.size(); first += max_neighbors) {
        Neighbors neighbors{.expiration = now_.unix_seconds + packet_lifetime.count()};
        const auto end = std::min(first + max_neighbors, closest.size());
        for (auto i = first; i < end; ++i) neighbors.nodes.push_back(closest[i]->node);
        send(from.node.endpoint, neighbors);
    }
}

void Discovery::Implementation::handle(const Sender& from, const Neighbors& neighbors) {
    if (is_expired(neighbors.expiration)) return;
    auto* const request = find_request(from, Kind::find_node);
    if (request == nullptr || request->sent == 0) {
        ++counts_.unsolicited;
        return;
    }
    for (const auto& node : neighbors.nodes) {
        if (request->neighbors.size() >= NodeTable::bucket_size) break;
        if (is_plausible(node.endpoint) && may_tell(from.node.endpoint.ip, node.endpoint.ip) &&
            accepts(node))
            request->neighbors.push_back(node);
    }
    const RequestKey key{.place = from.place(), .kind = Kind::find_node};
    if (request->neighbors.size() >= NodeTable::bucket_size) {
        finish_find_node(key, *request);
    } else if (!request->answered) {
        request->answered = true;
        request->at = now_.time + more_neighbors;
    }
}

void Discovery::Implementation::handle(const Sender& from, const EnrRequest& request) {
    if (is_expired(request.expiration) || !require_proof(from)) return;
    send(from.node.endpoint,
         EnrResponse{.request_hash = from.packet, .record = to_bytes(record_.record().encoded())});
}

void Discovery::Implementation::handle(const Sender& from, const EnrResponse& response) {
    const auto* const request = find_request(from, Kind::enr_request);
    if (request == nullptr ||
        std::ranges::find(request->hashes, response.request_hash) == request->hashes.end()) {
        ++counts_.unsolicited;
        return;
    }
    auto record = NodeRecord::decode(response.record);
    if (!record || record->key() != from.node.id) {
        ++counts_.malformed;
        return;
    }
    requests_.erase({.place = from.place(), .kind = Kind::enr_request});
    on_record(from.hash, *std::move(record));
}

}  // namespace meta138::p2p
