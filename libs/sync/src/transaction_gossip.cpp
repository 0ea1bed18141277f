// SPDX-License-Identifier: Apache-2.0
#include "transaction_gossip.hpp"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <utility>

namespace meta138::sync {

namespace {

/// Sizes are counted differently by a few bytes, with and without the header of a string. As geth.
constexpr std::uint32_t size_tolerance = 8;
constexpr std::uint8_t blob_type = 3;
/// Wanted transactions that one call of on_time looks at.
constexpr std::size_t max_looked_at = 4096;

}  // namespace

TransactionGossip::TransactionGossip(const GossipSettings& settings)
    : settings_{settings},
      rejected_{settings.max_rejected, settings.seed},
      refused_at_head_{settings.max_rejected, settings.seed},
      random_{settings.seed} {}

TransactionGossip::Peer* TransactionGossip::find(PeerId peer) {
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : &found->second;
}

void TransactionGossip::on_peer(PeerId peer, bool prefers_full) {
    if (auto* known = find(peer)) {
        known->prefers_full = prefers_full;
        return;
    }
    peers_.emplace(peer, Peer{.known = {settings_.known_per_peer, settings_.seed},
                              .prefers_full = prefers_full,
                              .wanted = 0,
                              .in_flight = 0,
                              .failures = 0});
}

void TransactionGossip::on_disconnected(PeerId peer) {
    for (auto request = requests_.begin(); request != requests_.end();) {
        if (request->second.peer != peer) {
            ++request;
            continue;
        }
        close(request->second);
        request = requests_.erase(request);
    }
    for (auto wanted = wanted_.begin(); wanted != wanted_.end();) {
        const auto here = wanted++;
        if (std::erase(here->second.announcers, peer) > 0 && here->second.announcers.empty())
            wanted_.erase(here);
    }
    peers_.erase(peer);
}

GossipActions TransactionGossip::on_content(
    PeerId peer, std::span<const p2p::eth::TransactionAnnouncement> content) {
    GossipActions actions;
    auto* entry = find(peer);
    if (entry == nullptr) return actions;
    AnnounceTransactions message{.peer = peer, .transactions = {}};
    const auto send = [&] {
        if (!message.transactions.empty()) actions.emplace_back(message);
        message.transactions.clear();
    };
    for (const auto& transaction : content) {
        if (!entry->known.insert(transaction.hash)) continue;
        message.transactions.push_back(transaction);
        if (message.transactions.size() == p2p::eth::max_sent_announcements) send();
    }
    send();
    return actions;
}

GossipActions TransactionGossip::remind(
    std::span<const p2p::eth::TransactionAnnouncement> transactions) {
    GossipActions actions;
    for (auto& [id, peer] : peers_) {
        for (auto rest = transactions; !rest.empty();) {
            const auto count = std::min(rest.size(), p2p::eth::max_sent_announcements);
            const auto part = rest.first(count);
            rest = rest.subspan(count);
            for (const auto& transaction : part) peer.known.insert(transaction.hash);
            actions.emplace_back(
                AnnounceTransactions{.peer = id, .transactions = {part.begin(), part.end()}});
        }
    }
    return actions;
}

std::vector<TransactionGossip::PeerId> TransactionGossip::choose_full_peers() {
    std::vector<PeerId> preferred;
    std::vector<PeerId> others;
    for (const auto& [id, peer] : peers_) (peer.prefers_full ? preferred : others).push_back(id);
    std::ranges::shuffle(preferred, random_);
    std::ranges::shuffle(others, random_);
    preferred.insert(preferred.end(), others.begin(), others.end());
    const auto root =
        static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(preferred.size()))));
    preferred.resize(std::min(preferred.size(), std::max(settings_.min_full_peers, root)));
    std::ranges::sort(preferred);
    return preferred;
}

GossipActions TransactionGossip::flush(std::span<const GossipItem> items) {
    GossipActions actions;
    for (const auto& item : items) {
        const auto found = wanted_.find(item.announcement.hash);
        if (found != wanted_.end()) forget(found);
    }
    const auto full = choose_full_peers();
    for (auto& [id, peer] : peers_) {
        const bool is_full = std::ranges::binary_search(full, id);
        SendTransactions whole{.peer = id, .items = {}};
        AnnounceTransactions announced{.peer = id, .transactions = {}};
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto& [announcement, is_announced_only] = items[i];
            if (!peer.known.insert(announcement.hash)) continue;
            if (!is_full || is_announced_only || announcement.size > settings_.max_full_size) {
                announced.transactions.push_back(announcement);
                if (announced.transactions.size() == p2p::eth::max_sent_announcements)
                    actions.emplace_back(
                        std::exchange(announced, {.peer = id, .transactions = {}}));
                continue;
            }
            bytes += announcement.size;
            whole.items.push_back(i);
            if (bytes >= p2p::eth::soft_transactions_bytes ||
                whole.items.size() == p2p::eth::max_sent_announcements) {
                actions.emplace_back(std::exchange(whole, {.peer = id, .items = {}}));
                bytes = 0;
            }
        }
        if (!whole.items.empty()) actions.emplace_back(std::move(whole));
        if (!announced.transactions.empty()) actions.emplace_back(std::move(announced));
    }
    return actions;
}

void TransactionGossip::on_announced(
    PeerId peer, std::span<const p2p::eth::TransactionAnnouncement> transactions,
    const std::function<bool(const Hash32&)>& is_known, Time now) {
    auto* entry = find(peer);
    if (entry == nullptr) return;
    for (const auto& transaction : transactions) {
        entry->known.insert(transaction.hash);
        if (const auto found = wanted_.find(transaction.hash); found != wanted_.end()) {
            auto& announcers = found->second.announcers;
            if (announcers.size() < settings_.announcers &&
                std::ranges::find(announcers, peer) == announcers.end()) {
                announcers.push_back(peer);
                ++entry->wanted;
            }
            continue;
        }
        if (entry->wanted >= settings_.wanted_per_peer || wanted_.size() >= settings_.max_wanted)
            continue;
        if (rejected_.contains(transaction.hash) || refused_at_head_.contains(transaction.hash) ||
            is_known(transaction.hash))
            continue;
        wanted_.emplace(transaction.hash, Wanted{.announcers = {peer},
                                                 .announced_by = peer,
                                                 .announcement = transaction,
                                                 .since = now,
                                                 .request = 0});
        ++entry->wanted;
    }
}

void TransactionGossip::on_transactions(PeerId peer, std::span<const Hash32> hashes) {
    auto* entry = find(peer);
    for (const auto& hash : hashes) {
        if (entry != nullptr) entry->known.insert(hash);
        if (const auto found = wanted_.find(hash); found != wanted_.end()) forget(found);
    }
}

bool TransactionGossip::expects(PeerId peer, std::uint64_t request) const {
    const auto found = requests_.find(request);
    return found != requests_.end() && found->second.peer == peer;
}

GossipActions TransactionGossip::on_answer(
    PeerId peer, std::uint64_t id,
    std::span<const p2p::eth::TransactionAnnouncement> transactions) {
    GossipActions actions;
    const auto found = requests_.find(id);
    if (found == requests_.end() || found->second.peer != peer) return actions;
    const auto request = std::move(found->second);
    requests_.erase(found);
    close(request);
    auto* entry = find(peer);
    const std::set<Hash32> asked{request.hashes.begin(), request.hashes.end()};
    std::set<Hash32> received;
    bool is_false = false;
    bool is_false_blob = false;
    for (const auto& transaction : transactions) {
        if (!asked.contains(transaction.hash) || !received.insert(transaction.hash).second) {
            complain(peer, -100, "sent transactions that were not asked for", actions);
            continue;
        }
        if (entry != nullptr) entry->known.insert(transaction.hash);
        const auto wanted = wanted_.find(transaction.hash);
        if (wanted == wanted_.end()) continue;
        const auto& announced = wanted->second.announcement;
        const auto difference = announced.size > transaction.size
                                    ? announced.size - transaction.size
                                    : transaction.size - announced.size;
        const bool differs = announced.size != 0 && wanted->second.announced_by == peer &&
                             (announced.type != transaction.type || difference > size_tolerance);
        (transaction.type == blob_type ? is_false_blob : is_false) |= differs;
        forget(wanted);
    }
    // Whoever hides what blobs cost (EIP-5793 is there for them) goes; geth has no mercy either.
    if (is_false || is_false_blob)
        complain(peer, is_false_blob ? -100 : -10,
                 "announced transactions with another type or size", actions);
    give_up_missing(request, received);
    if (entry != nullptr) {
        entry->failures = received.empty() ? entry->failures + 1 : 0;
        if (entry->failures > 4)
            complain(peer, -5, "announces transactions that it does not have", actions);
    }
    return actions;
}

// What is missing before the last that came may be in a block meanwhile; another announcer may have
// it. What is missing after it was cut off for size: it is asked for again.
void TransactionGossip::give_up_missing(const Request& request, const std::set<Hash32>& received) {
    bool was_cut_off = !received.empty();
    for (const auto& hash : std::views::reverse(request.hashes)) {
        if (received.contains(hash))
            was_cut_off = false;
        else if (!was_cut_off)
            remove_announcer(hash, request.peer);
    }
}

GossipActions TransactionGossip::on_failed(PeerId peer, std::uint64_t id, bool is_malformed) {
    GossipActions actions;
    const auto found = requests_.find(id);
    if (found == requests_.end() || found->second.peer != peer) return actions;
    const auto request = std::move(found->second);
    requests_.erase(found);
    close(request);
    if (!is_malformed) return actions;
    for (const auto& hash : request.hashes) remove_announcer(hash, peer);
    complain(peer, -100, "its transactions cannot be decoded", actions);
    return actions;
}

GossipActions TransactionGossip::on_time(Time now) {
    GossipActions actions;
    if (now - rejected_since_ >= settings_.remember_rejected) {
        rejected_.clear();
        rejected_since_ = now;
    }
    for (auto found = requests_.begin(); found != requests_.end();) {
        if (found->second.deadline > now) {
            ++found;
            continue;
        }
        const auto request = std::move(found->second);
        found = requests_.erase(found);
        close(request);
        for (const auto& hash : request.hashes) remove_announcer(hash, request.peer);
        complain(request.peer, -5, "did not answer in time", actions);
    }
    struct Batch {
        std::vector<Hash32> hashes;
        std::size_t bytes = 0;
    };
    std::map<PeerId, Batch> batches;
    // Not all of them at each call; where the last one ended this one goes on.
    auto next = wanted_.upper_bound(looked_at_);
    const auto count = std::min(wanted_.size(), max_looked_at);
    for (std::size_t i = 0; i < count; ++i, ++next) {
        if (next == wanted_.end()) next = wanted_.begin();
        auto& [hash, wanted] = *next;
        looked_at_ = hash;
        if (wanted.request != 0 || now - wanted.since < settings_.fetch_delay) continue;
        // The announcer that has least to do.
        Batch* best = nullptr;
        std::size_t least = SIZE_MAX;
        for (const auto announcer : wanted.announcers) {
            const auto* peer = find(announcer);
            if (peer == nullptr || peer->in_flight >= settings_.requests_per_peer) continue;
            auto& batch = batches[announcer];
            if (batch.hashes.size() >= settings_.hashes_per_request ||
                (batch.bytes + wanted.announcement.size > settings_.bytes_per_request &&
                 !batch.hashes.empty()))
                continue;
            const auto load = peer->in_flight * settings_.hashes_per_request + batch.hashes.size();
            if (load >= least) continue;
            least = load;
            best = &batch;
        }
        if (best == nullptr) continue;
        best->hashes.push_back(hash);
        best->bytes += wanted.announcement.size;
    }
    for (auto& [peer, batch] : batches) {
        if (batch.hashes.empty()) continue;
        const auto id = next_request_++;
        for (const auto& hash : batch.hashes) wanted_.at(hash).request = id;
        requests_[id] = {
            .peer = peer, .deadline = now + settings_.request_timeout, .hashes = batch.hashes};
        ++find(peer)->in_flight;
        actions.emplace_back(
            RequestTransactions{.peer = peer, .request = id, .hashes = std::move(batch.hashes)});
    }
    return actions;
}

void TransactionGossip::forget(std::map<Hash32, Wanted>::iterator wanted) {
    for (const auto announcer : wanted->second.announcers)
        if (auto* peer = find(announcer); peer != nullptr && peer->wanted > 0) --peer->wanted;
    wanted_.erase(wanted);
}

void TransactionGossip::remove_announcer(const Hash32& hash, PeerId peer) {
    const auto found = wanted_.find(hash);
    if (found == wanted_.end()) return;
    if (std::erase(found->second.announcers, peer) > 0)
        if (auto* entry = find(peer); entry != nullptr && entry->wanted > 0) --entry->wanted;
    if (found->second.announcers.empty()) wanted_.erase(found);
}

void TransactionGossip::close(const Request& request) {
    if (auto* peer = find(request.peer)) --peer->in_flight;
    for (const auto& hash : request.hashes)
        if (const auto found = wanted_.find(hash); found != wanted_.end())
            found->second.request = 0;
}

void TransactionGossip::complain(PeerId peer, int points, std::string reason,
                                 GossipActions& actions) {
    actions.emplace_back(Complain{peer, points, std::move(reason)});
}

std::size_t TransactionGossip::memory() const noexcept {
    std::size_t bytes = rejected_.memory() + refused_at_head_.memory();
    for (const auto& [id, peer] : peers_) bytes += sizeof(Peer) + peer.known.memory();
    for (const auto& [hash, wanted] : wanted_)
        bytes += sizeof(Wanted) + sizeof(Hash32) + 64 + wanted.announcers.capacity() * 8;
    for (const auto& [id, request] : requests_) bytes += 96 + request.hashes.size() * 32;
    return bytes;
}

}  // namespace meta138::sync
