// SPDX-License-Identifier: Apache-2.0
// What we ask others: sent, sent again, answered or given up.
#include "implementation.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>

namespace meta138::p2p {

using namespace discv4;

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds packet_lifetime{60};
constexpr auto first_timeout = 500ms;
constexpr auto longest_timeout = 8s;
// The time in which the other side asks for its own proof, as geth and Besu do at once.
constexpr auto wait_for_their_ping = 300ms;
constexpr unsigned question_attempts = 3;

std::chrono::milliseconds timeout_of_attempt(unsigned number) {
    return std::min<std::chrono::milliseconds>(first_timeout * (1 << std::min(number, 8u)),
                                               longest_timeout);
}

}  // namespace

/// The index of its counts.
std::size_t Discovery::Implementation::kind_of_packet(Kind kind) noexcept {
    switch (kind) {
        case Kind::ping: return 0;
        case Kind::find_node: return 2;
        case Kind::enr_request: return 4;
    }
    return 0;
}

Hash32 Discovery::Implementation::send(const UdpEndpoint& to, const Message& message) {
    auto packet = encode_packet(message, *key_);
    output_.datagrams.push_back({.to = to, .datagram = std::move(packet.datagram)});
    ++counts_.sent[message.index()];
    return packet.hash;
}

Discovery::Implementation::Request* Discovery::Implementation::start(const RequestKey& key,
                                                                     const Node& node,
                                                                     unsigned attempts) {
    if (const auto running = requests_.find(key); running != requests_.end()) {
        running->second.attempts = std::max(running->second.attempts, attempts);
        return &running->second;
    }
    if (requests_.size() >= options_.limits.requests) return nullptr;
    ++counts_.requests[kind_of_packet(key.kind)];
    return &requests_.emplace(key, Request{.to = node, .attempts = attempts, .at = now_.time})
                .first->second;
}

bool Discovery::Implementation::start_ping(const Node& node, unsigned attempts) {
    const RequestKey key{
        .place = {.hash = crypto::keccak256(node.id.bytes), .endpoint = node.endpoint},
        .kind = Kind::ping};
    auto* const request = start(key, node, attempts);
    if (request == nullptr) return false;
    if (request->sent == 0) send_request(key, *request);
    return true;
}

/// They answer questions once they have our pong to their ping. If there was none lately, it should
/// come now that we pinged them.
Discovery::Time Discovery::Implementation::not_before_their_ping(const Place& place) {
    return has_proof_of_ours(place) ? now_.time : now_.time + wait_for_their_ping;
}

bool Discovery::Implementation::start_find_node(const Node& node, const FixedBytes<64>& target) {
    const RequestKey key{
        .place = {.hash = crypto::keccak256(node.id.bytes), .endpoint = node.endpoint},
        .kind = Kind::find_node};
    auto* const request = start(key, node, question_attempts);
    if (request == nullptr) return false;
    request->target = target;
    request->at = not_before_their_ping(key.place);
    if (request->at <= now_.time) send_request(key, *request);
    return true;
}

void Discovery::Implementation::start_enr_request(const Node& node) {
    const RequestKey key{
        .place = {.hash = crypto::keccak256(node.id.bytes), .endpoint = node.endpoint},
        .kind = Kind::enr_request};
    if (requests_.contains(key)) return;
    auto* const request = start(key, node, question_attempts);
    if (request == nullptr) return;
    request->at = not_before_their_ping(key.place);
    if (request->at <= now_.time) send_request(key, *request);
}

Discovery::Implementation::Request* Discovery::Implementation::find_request(const Sender& from,
                                                                            Kind kind) {
    const auto found = requests_.find({.place = from.place(), .kind = kind});
    return found == requests_.end() ? nullptr : &found->second;
}

void Discovery::Implementation::send_request(const RequestKey& key, Request& request) {
    const auto expiration = now_.unix_seconds + packet_lifetime.count();
    const auto& endpoint = key.place.endpoint;
    Hash32 hash;
    switch (key.kind) {
        case Kind::ping:
            hash = send(endpoint, Ping{.from = own_endpoint(endpoint),
                                       .to = {.ip = endpoint.ip, .udp_port = endpoint.port},
                                       .expiration = expiration,
                                       .record_sequence = record_.record().sequence()});
            break;
        case Kind::find_node:
            hash = send(endpoint, FindNode{.target = request.target, .expiration = expiration});
            break;
        case Kind::enr_request: hash = send(endpoint, EnrRequest{.expiration = expiration}); break;
    }
    request.hashes.push_back(hash);
    request.at = now_.time + timeout_of_attempt(request.sent);
    ++request.sent;
    if (request.sent > 1) ++counts_.retries[kind_of_packet(key.kind)];
}

void Discovery::Implementation::send_due_requests() {
    std::vector<RequestKey> due;
    for (const auto& [key, request] : requests_)
        if (request.at <= now_.time) due.push_back(key);
    for (const auto& key : due) {
        const auto found = requests_.find(key);
        if (found == requests_.end()) continue;
        auto& request = found->second;
        if (request.answered) {
            finish_find_node(key, request);
        } else if (request.sent < request.attempts) {
            send_request(key, request);
        } else {
            const auto failed = requests_.extract(found);
            ++counts_.timeouts[kind_of_packet(key.kind)];
            give_up(key, failed.mapped());
        }
    }
}

void Discovery::Implementation::give_up(const RequestKey& key, const Request& request) {
    const auto& [place, kind] = key;
    switch (kind) {
        case Kind::ping:
            on_check_failed(place.hash, place.endpoint);
            if (lookup_) lookup_->failed(place.hash);
            break;
        case Kind::find_node:
            if (lookup_) lookup_->failed(place.hash);
            // It may have forgotten us: wait for its ping before the next question.
            proofs_.use(place).last_ping.reset();
            start_ping(request.to, question_attempts);
            break;
        case Kind::enr_request:
            proofs_.use(place).last_ping.reset();
            // A node without a record, such as an old one, is told as it is.
            if (auto* const contact = table_.find(place.hash)) tell(*contact);
            break;
    }
}

void Discovery::Implementation::finish_find_node(const RequestKey& key, const Request& request) {
    std::vector<Lookup::Seed> seeds;
    for (const auto& node : request.neighbors) {
        seeds.push_back({.node = node, .hash = crypto::keccak256(node.id.bytes)});
        hear_of(node);
    }
    const auto hash = key.place.hash;
    requests_.erase(key);
    if (lookup_) lookup_->answered(hash, seeds);
}

}  // namespace meta138::p2p
