// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/discovery.hpp"

#include "address_rules.hpp"
#include "implementation.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <utility>

namespace meta138::p2p {

using namespace discv4;

namespace {

// discv4.md "Endpoint Proof".
constexpr std::chrono::hours proof_lifetime{12};

}  // namespace

Enode to_enode(const Node& node) {
    return {.id = node.id,
            .host = to_string(node.endpoint.ip),
            .tcp_port = node.tcp_port,
            .udp_port = node.endpoint.port == 0 ? std::nullopt : std::optional{node.endpoint.port}};
}

std::optional<Node> to_node(const Enode& enode) {
    const auto ip = IpAddress::parse(enode.host);
    if (!ip || !enode.udp_port) return std::nullopt;
    return Node{.id = enode.id,
                .endpoint = {.ip = *ip, .port = *enode.udp_port},
                .tcp_port = enode.tcp_port};
}

Discovery::Implementation::Implementation(DiscoveryOptions options, const crypto::SecretKey& key,
                                          const RecordContent& content,
                                          const std::optional<NodeRecord>& stored, Now now,
                                          Random random)
    : options_{std::move(options)},
      key_{&key},
      id_{crypto::public_key(key)},
      hash_{crypto::keccak256(id_.bytes)},
      // A clock's number, so that a node that lost its file does not begin below what others have.
      record_{key, content, stored, std::max<std::uint64_t>(now.unix_seconds * 1000, 1)},
      now_{now},
      random_{std::move(random)},
      table_{hash_, options_.limits},
      proofs_{options_.limits.endpoints},
      rates_{options_.limits, now.time},
      introductions_{options_.limits.introductions_per_second,
                     options_.limits.introductions_per_second, now.time},
      next_refresh_{now.time},
      next_check_{now.time} {}

bool Discovery::Implementation::accepts(const Node& node) const {
    const bool reachable = node.endpoint.ip.is_v4() ? options_.ipv4 : options_.ipv6;
    return reachable && node.id != id_ && (!options_.accepts || options_.accepts(node));
}

bool Discovery::Implementation::fits(const Contact& contact) const {
    if (!options_.accepts_fork_id || !contact.record) return true;
    const auto fork_id = contact.record->fork_id();
    return !fork_id || options_.accepts_fork_id(*fork_id);
}

bool Discovery::Implementation::has_proof(const Place& place) {
    const auto is_fresh = [this](Time time) { return now_.time - time < proof_lifetime; };
    const auto* const contact = table_.find(place.hash);
    if (contact != nullptr && contact->node.endpoint == place.endpoint &&
        is_fresh(contact->last_pong))
        return true;
    const auto* const proof = proofs_.find(place);
    return proof != nullptr && proof->last_pong && is_fresh(*proof->last_pong);
}

bool Discovery::Implementation::has_proof_of_ours(const Place& place) {
    const auto* const proof = proofs_.find(place);
    return proof != nullptr && proof->last_ping && now_.time - *proof->last_ping < proof_lifetime;
}

bool Discovery::Implementation::is_bootnode(const crypto::PublicKey& id) const {
    return std::ranges::find(options_.bootnodes, id, &Node::id) != options_.bootnodes.end();
}

Endpoint Discovery::Implementation::own_endpoint(const UdpEndpoint& towards) const {
    const auto& content = record_.content();
    if (towards.ip.is_v6() && content.ip6)
        return {.ip = content.ip6,
                .udp_port = content.udp6 != 0 ? content.udp6 : content.udp,
                .tcp_port = content.tcp6 != 0 ? content.tcp6 : content.tcp};
    return {
        .ip = content.ip.value_or(IpAddress{}), .udp_port = content.udp, .tcp_port = content.tcp};
}

std::uint64_t Discovery::Implementation::random_number() {
    std::array<std::uint8_t, 8> bytes{};
    random_(bytes);
    std::uint64_t result = 0;
    for (const auto byte : bytes) result = result << 8 | byte;
    return result;
}

/// Between three and five quarters, so that nodes that started together do not stay in step.
Discovery::Time::duration Discovery::Implementation::with_jitter(Time::duration interval) {
    const auto quarter = interval.count() / 4;
    if (quarter == 0) return interval;
    const auto part = random_number() % static_cast<std::uint64_t>(2 * quarter);
    return interval - Time::duration{quarter} + Time::duration{static_cast<std::int64_t>(part)};
}

Discovery::Output Discovery::Implementation::take_output() {
    return std::exchange(output_, {});
}

void Discovery::Implementation::on_time(Now now) {
    now_ = now;
    started_ = true;
    send_due_requests();
    if (now_.time >= next_refresh_) refresh();
    check_contacts();
    introduce_candidates();
    advance_lookup();
}

Discovery::Time Discovery::Implementation::due() const {
    if (!started_) return now_.time;
    auto result = std::min(next_refresh_, next_check_);
    for (const auto& [key, request] : requests_) result = std::min(result, request.at);
    if (!candidates_.empty() && may_introduce()) {
        auto bucket = introductions_;
        result = std::min(result, bucket.next(now_.time));
    }
    return result;
}

void Discovery::Implementation::set_wanted(bool wanted, Now now) {
    now_ = now;
    if (wanted && !wanted_) {
        const auto soon = now.time + with_jitter(options_.refresh_interval_while_wanted);
        next_refresh_ = std::min(next_refresh_, soon);
    }
    wanted_ = wanted;
}

void Discovery::Implementation::add_bootnodes(std::span<const Node> nodes, Now now) {
    now_ = now;
    for (const auto& node : nodes) {
        const auto known = std::ranges::find(options_.bootnodes, node.id, &Node::id);
        if (known == options_.bootnodes.end())
            options_.bootnodes.push_back(node);
        else
            *known = node;  // its name means another address now
    }
    if (started_) ping_bootnodes();
}

void Discovery::Implementation::add(const Node& node, Now now) {
    now_ = now;
    hear_of(node);
}

void Discovery::Implementation::recheck() {
    std::vector<Hash32> unwanted;
    for (const auto* const contact : std::as_const(table_).contacts())
        if (!accepts(contact->node)) unwanted.push_back(contact->hash);
    for (const auto& hash : unwanted) table_.remove(hash);
}

std::vector<Node> Discovery::Implementation::nodes() const {
    std::vector<Node> result;
    for (const auto* const contact :
         table_.closest(hash_, table_.size(), [](const Contact&) { return true; }))
        result.push_back(contact->node);
    return result;
}

std::vector<Node> Discovery::Implementation::sample(std::size_t count) {
    std::vector<Node> result;
    for (const auto* const contact : std::as_const(table_).contacts())
        if (contact->answers() && contact->node.tcp_port != 0 && fits(*contact))
            result.push_back(contact->node);
    for (std::size_t i = 0; i < result.size(); ++i)
        std::swap(result[i], result[i + random_number() % (result.size() - i)]);
    if (result.size() > count) result.resize(count);
    return result;
}

Discovery::Discovery(DiscoveryOptions options, const crypto::SecretKey& key,
                     const RecordContent& content, const std::optional<NodeRecord>& stored, Now now,
                     Random random)
    : implementation_{std::make_unique<Implementation>(std::move(options), key, content, stored,
                                                       now, std::move(random))} {}
Discovery::~Discovery() = default;
Discovery::Discovery(Discovery&&) noexcept = default;
Discovery& Discovery::operator=(Discovery&&) noexcept = default;

void Discovery::receive(ByteView datagram, const UdpEndpoint& from, Now now) {
    implementation_->receive(datagram, from, now);
}
void Discovery::on_time(Now now) {
    implementation_->on_time(now);
}
Discovery::Time Discovery::due() const {
    return implementation_->due();
}
Discovery::Output Discovery::take_output() {
    return implementation_->take_output();
}
void Discovery::set_wanted(bool wanted, Now now) {
    implementation_->set_wanted(wanted, now);
}
void Discovery::add_bootnodes(std::span<const Node> nodes, Now now) {
    implementation_->add_bootnodes(nodes, now);
}
void Discovery::add(const Node& node, Now now) {
    implementation_->add(node, now);
}
void Discovery::recheck() {
    implementation_->recheck();
}
bool Discovery::update_record(const RecordContent& content) {
    return implementation_->update_record(content);
}
const NodeRecord& Discovery::record() const {
    return implementation_->record().record();
}
const RecordContent& Discovery::content() const {
    return implementation_->record().content();
}
std::vector<Node> Discovery::nodes() const {
    return implementation_->nodes();
}
std::vector<Node> Discovery::sample(std::size_t count) {
    return implementation_->sample(count);
}
std::size_t Discovery::table_size() const {
    return implementation_->table().size();
}
std::size_t Discovery::requests_in_flight() const {
    return implementation_->requests_in_flight();
}
const DiscoveryCounts& Discovery::counts() const {
    return implementation_->counts();
}

}  // namespace meta138::p2p
