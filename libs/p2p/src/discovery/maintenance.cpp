// SPDX-License-Identifier: Apache-2.0
// Who is known: taken up, checked, looked for.
#include "address_rules.hpp"
#include "implementation.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <utility>

namespace meta138::p2p {

using namespace discv4;

namespace {

using namespace std::chrono_literals;

constexpr auto first_check = 10s;
constexpr auto longest_check = 300s;
constexpr auto first_check_of_silent = 5s;
constexpr auto longest_check_of_silent = 600s;
// Then a silent node is forgotten even if nobody waits for its place.
constexpr std::chrono::hours patience_with_silent{24};
constexpr auto check_step = 500ms;
constexpr auto tell_again = 300s;
// Bootnodes and nodes that once answered; half a second, then twice as long each time.
constexpr unsigned attempts_of_known = 5;
constexpr unsigned attempts_of_check = 4;
constexpr unsigned attempts_of_heard_of = 2;
constexpr unsigned random_lookups = 2;
constexpr std::size_t max_targets = 4;
constexpr std::size_t seeds_of_lookup = 16;

}  // namespace

void Discovery::Implementation::on_proof(const Sender& from,
                                         std::optional<std::uint64_t> record_sequence) {
    proofs_.use(from.place()).last_pong = now_.time;
    auto* contact = table_.find(from.hash);
    if (contact == nullptr) {
        const bool was_empty = table_.size() == 0;
        Contact fresh{.node = from.node, .hash = from.hash, .last_pong = now_.time};
        fresh.is_bootnode = is_bootnode(from.node.id);
        check_later(fresh);
        if (table_.add(std::move(fresh)) == NodeTable::Added::over_range) ++counts_.over_range;
        contact = table_.find(from.hash);
        // The first one to ask for others: need not wait.
        if (was_empty && table_.size() != 0) next_refresh_ = now_.time;
    } else if (contact->node.endpoint == from.node.endpoint) {
        contact->last_pong = now_.time;
        contact->failures = 0;
        contact->moved_to.reset();
        check_later(*contact);
    } else if (!contact->answers()) {
        if (table_.move(*contact, from.node)) {
            contact->last_pong = now_.time;
            contact->failures = 0;
            check_later(*contact);
        } else {
            ++counts_.over_range;
        }
    } else {
        // Somebody may only have passed our ping on: it moves if its old endpoint is dead.
        contact->moved_to = from.node;
        start_ping(contact->node, attempts_of_check);
    }
    if (contact != nullptr && contact->node.endpoint == from.node.endpoint) {
        const auto known = contact->record ? contact->record->sequence() : 0;
        look_at_record(from, record_sequence);
        const bool is_asked =
            requests_.contains({.place = from.place(), .kind = Kind::enr_request});
        if (!is_asked && (known != 0 || !options_.request_records || !record_sequence))
            tell(*contact);
    }
    if (lookup_ && lookup_->is_waiting_for(from.hash) &&
        !start_find_node(from.node, lookup_->target()))
        lookup_->failed(from.hash);
    advance_lookup();
}

void Discovery::Implementation::look_at_record(const Sender& from,
                                               std::optional<std::uint64_t> sequence) {
    if (!options_.request_records || !sequence) return;
    const auto* const contact = table_.find(from.hash);
    if (contact == nullptr || contact->node.endpoint != from.node.endpoint) return;
    if (!contact->record || contact->record->sequence() < *sequence)
        start_enr_request(contact->node);
}

void Discovery::Implementation::on_record(const Hash32& hash, NodeRecord record) {
    auto* const contact = table_.find(hash);
    if (contact == nullptr) return;
    if (contact->record && contact->record->sequence() > record.sequence()) return;
    const bool is_v4 = contact->node.endpoint.ip.is_v4();
    const auto tcp_port = is_v4 ? record.tcp() : record.tcp6();
    if (tcp_port) contact->node.tcp_port = *tcp_port;
    if (contact->record != record) contact->told.reset();
    contact->record = std::move(record);
    tell(*contact);
}

void Discovery::Implementation::tell(Contact& contact) {
    if (contact.node.tcp_port == 0 || !contact.answers() || !fits(contact)) return;
    if (contact.told && contact.told_node == contact.node && now_.time - *contact.told < tell_again)
        return;
    contact.told = now_.time;
    contact.told_node = contact.node;
    output_.found.push_back({.node = contact.node, .record = contact.record});
}

void Discovery::Implementation::check_later(Contact& contact) {
    if (contact.answers()) {
        contact.interval =
            std::clamp<Time::duration>(contact.interval * 2, first_check, longest_check);
    } else {
        const auto doubled = first_check_of_silent * (1 << std::min(contact.failures, 8u));
        contact.interval = std::min<Time::duration>(doubled, longest_check_of_silent);
    }
    contact.next_check = now_.time + with_jitter(contact.interval);
}

void Discovery::Implementation::on_check_failed(const Hash32& hash, const UdpEndpoint& endpoint) {
    auto* const contact = table_.find(hash);
    if (contact == nullptr || contact->node.endpoint != endpoint) return;
    if (const auto moved_to = std::exchange(contact->moved_to, std::nullopt)) {
        if (table_.move(*contact, *moved_to)) {
            contact->last_pong = now_.time;
            contact->failures = 0;
            contact->interval = {};
            check_later(*contact);
            tell(*contact);
            return;
        }
        ++counts_.over_range;
    }
    ++contact->failures;
    check_later(*contact);
    if (now_.time - contact->last_pong > patience_with_silent) {
        table_.remove(hash);
    } else if (auto* const next = table_.replace_silent(hash)) {
        next->next_check = now_.time;
    }
}

void Discovery::Implementation::check_contacts() {
    if (now_.time < next_check_) return;
    next_check_ = now_.time + check_step;
    std::vector<Node> due;
    for (auto* const contact : table_.contacts()) {
        if (contact->next_check > now_.time) continue;
        // Until the ping's end says when the next one is.
        contact->next_check = now_.time + longest_check;
        due.push_back(contact->node);
    }
    for (const auto& node : due) start_ping(node, attempts_of_check);
}

void Discovery::Implementation::ping_bootnodes() {
    for (const auto& node : options_.bootnodes) {
        if (!accepts(node)) continue;
        const auto* const contact = table_.find(crypto::keccak256(node.id.bytes));
        if (contact == nullptr || !contact->answers()) start_ping(node, attempts_of_known);
    }
}

void Discovery::Implementation::refresh() {
    const auto interval =
        wanted_ ? options_.refresh_interval_while_wanted : options_.refresh_interval;
    next_refresh_ = now_.time + with_jitter(interval);
    if (options_.retry_bootnodes || table_.size() == 0) ping_bootnodes();
    const auto queue = [this](const FixedBytes<64>& target) {
        if (targets_.size() < max_targets) targets_.push_back(target);
    };
    queue(id_);
    for (unsigned i = 0; i < random_lookups; ++i) {
        FixedBytes<64> target;
        random_(target.bytes);
        queue(target);
    }
}

void Discovery::Implementation::hear_of(const Node& node) {
    if (!is_plausible(node.endpoint) || !accepts(node)) return;
    const auto hash = crypto::keccak256(node.id.bytes);
    if (candidate_hashes_.contains(hash) || !is_news(hash, node)) return;
    if (candidates_.size() >= options_.limits.candidates) return;
    candidate_hashes_.insert(hash);
    candidates_.push_back(node);
}

/// Half of all requests are for nodes that are known.
bool Discovery::Implementation::may_introduce() const noexcept {
    return requests_.size() < options_.limits.requests / 2;
}

/// Unknown, or known at an address where it is silent: containers move.
bool Discovery::Implementation::is_news(const Hash32& hash, const Node& node) {
    const auto* const contact = table_.find(hash);
    if (contact == nullptr) return table_.has_room(hash, node.endpoint.ip);
    return !contact->answers() && contact->node.endpoint != node.endpoint;
}

void Discovery::Implementation::introduce_candidates() {
    while (!candidates_.empty() && may_introduce() && introductions_.take(now_.time)) {
        const auto node = candidates_.front();
        candidates_.pop_front();
        const auto hash = crypto::keccak256(node.id.bytes);
        candidate_hashes_.erase(hash);
        if (is_news(hash, node)) start_ping(node, attempts_of_heard_of);
    }
}

void Discovery::Implementation::start_lookup(const FixedBytes<64>& target) {
    std::vector<Lookup::Seed> seeds;
    for (const auto* const contact : table_.closest(
             crypto::keccak256(target.bytes), seeds_of_lookup, [](const Contact&) { return true; }))
        seeds.push_back({.node = contact->node, .hash = contact->hash});
    lookup_.emplace(target, seeds);
}

void Discovery::Implementation::advance_lookup() {
    while (true) {
        if (!lookup_) {
            if (targets_.empty() || table_.size() == 0) {
                targets_.clear();
                return;
            }
            const auto target = targets_.front();
            targets_.pop_front();
            start_lookup(target);
        }
        while (const auto node = lookup_->next()) {
            const auto hash = crypto::keccak256(node->id.bytes);
            const Place place{.hash = hash, .endpoint = node->endpoint};
            const bool begun = has_proof(place) ? start_find_node(*node, lookup_->target())
                                                : start_ping(*node, attempts_of_heard_of);
            if (!begun) lookup_->failed(hash);
        }
        if (!lookup_->is_done()) return;
        lookup_.reset();
    }
}

}  // namespace meta138::p2p
