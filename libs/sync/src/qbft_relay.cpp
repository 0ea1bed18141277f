// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/qbft_relay.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>
#include <deque>
#include <expected>
#include <map>
#include <set>
#include <tuple>
#include <unordered_set>
#include <utility>

namespace meta138::sync {

namespace {

/// Lets `rate` units a second through, and `burst` at once.
class Bucket {
public:
    bool take(double units, double rate, double burst, QbftRelay::Time now) {
        if (!is_filled_) {
            level_ = burst;
            is_filled_ = true;
        } else {
            const std::chrono::duration<double> passed = now - at_;
            level_ = std::min(burst, level_ + std::max(0.0, passed.count()) * rate);
        }
        at_ = now;
        // One larger than the burst passes when the bucket is full, or it never would.
        if (level_ < std::min(units, burst)) return false;
        level_ -= units;
        return true;
    }

private:
    double level_ = 0;
    QbftRelay::Time at_{};
    bool is_filled_ = false;
};

}  // namespace

std::string_view to_string(RelayDrop drop) noexcept {
    switch (drop) {
        case RelayDrop::unknown_peer: return "unknown_peer";
        case RelayDrop::too_large: return "too_large";
        case RelayDrop::peer_rate: return "peer_rate";
        case RelayDrop::duplicate: return "duplicate";
        case RelayDrop::malformed: return "malformed";
        case RelayDrop::out_of_window: return "out_of_window";
        case RelayDrop::not_a_validator: return "not_a_validator";
        case RelayDrop::author_rate: return "author_rate";
    }
    __builtin_unreachable();
}

class QbftRelay::Implementation {
public:
    explicit Implementation(const QbftRelayLimits& limits) : limits_{limits} {}

    void set_validators(std::uint64_t head, std::vector<Address> validators) {
        head_ = head;
        validators_ = std::set<Address>{validators.begin(), validators.end()};
        std::erase_if(kept_, [&](const auto& entry) {
            const bool goes =
                !is_in_window(entry.second.sequence) || !validators_.contains(entry.first.first);
            if (goes) kept_bytes_ -= entry.second.payload->size();
            return goes;
        });
        for (auto& [id, peer] : peers_)
            std::erase_if(peer.authors,
                          [&](const auto& entry) { return !validators_.contains(entry.first); });
    }

    std::vector<Relayed> on_connected(p2p::PeerId id, const Address& address, bool is_sentry,
                                      Time /*now*/) {
        auto& peer = peers_[id];
        peer.address = address;
        peer.is_sentry = is_sentry;
        std::vector<Relayed> replay;
        if (!receives(peer)) return replay;
        for (const auto& [key, message] : kept_) {
            if (key.first == address) continue;
            replay.push_back({.code = key.second, .payload = message.payload, .to = {id}});
        }
        counters_.replayed += replay.size();
        return replay;
    }

    void on_disconnected(p2p::PeerId id) { peers_.erase(id); }

    Relayed on_message(p2p::PeerId from, qbft::MessageCode code, Bytes payload, Time now) {
        auto author = examine(from, code, payload, now);
        if (!author) {
            ++counters_.dropped[static_cast<std::size_t>(author.error())];
            return {.code = code, .payload = nullptr, .to = {}};
        }
        Relayed relayed{.code = code,
                        .payload = std::make_shared<const Bytes>(std::move(payload)),
                        .to = recipients(from, author->address)};
        keep(*author, relayed, peers_.at(from).address == author->address);
        ++counters_.relayed;
        counters_.sent += relayed.to.size();
        return relayed;
    }

    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

    [[nodiscard]] std::size_t memory() const noexcept {
        std::size_t authors = 0;
        for (const auto& [id, peer] : peers_) authors += peer.authors.size();
        return kept_bytes_ + seen_.size() * (sizeof(Hash32) * 2 + 64) + authors * 96 +
               peers_.size() * sizeof(Peer);
    }

private:
    struct Peer {
        Address address;
        bool is_sentry = false;
        Bucket bytes;
        Bucket messages;
        std::map<Address, Bucket> authors;  // validators only
    };
    struct Kept {
        std::uint64_t sequence = 0;
        std::uint32_t round = 0;
        std::shared_ptr<const Bytes> payload;
    };
    struct Authored {
        Address address;
        qbft::MessageView view;
    };

    [[nodiscard]] bool is_in_window(std::uint64_t sequence) const noexcept {
        const auto first = head_ - std::min(head_, limits_.past_heights);
        return sequence >= first &&
               (sequence <= head_ || sequence - head_ <= limits_.future_heights);
    }
    [[nodiscard]] bool receives(const Peer& peer) const {
        return peer.is_sentry || validators_.contains(peer.address);
    }

    // What costs little comes first.
    std::expected<Authored, RelayDrop> examine(p2p::PeerId from, qbft::MessageCode code,
                                               const Bytes& payload, Time now) {
        const auto found = peers_.find(from);
        if (found == peers_.end()) return std::unexpected{RelayDrop::unknown_peer};
        auto& peer = found->second;
        if (payload.size() > limits_.max_message_bytes)
            return std::unexpected{RelayDrop::too_large};
        if (!peer.bytes.take(static_cast<double>(payload.size()), limits_.peer_bytes_rate,
                             limits_.peer_bytes_burst, now))
            return std::unexpected{RelayDrop::peer_rate};
        const auto hash = crypto::keccak256(payload);
        if (was_seen(hash, now)) return std::unexpected{RelayDrop::duplicate};
        const auto view = qbft::peek(code, payload);
        if (!view) return std::unexpected{RelayDrop::malformed};
        if (!is_in_window(view->sequence)) return std::unexpected{RelayDrop::out_of_window};
        const auto validators = static_cast<double>(std::max<std::size_t>(validators_.size(), 1));
        if (!peer.messages.take(1, limits_.peer_rate_per_validator * validators,
                                limits_.peer_burst_per_validator * validators, now))
            return std::unexpected{RelayDrop::peer_rate};
        const auto author = qbft::recover_author(code, payload);
        if (!author) return std::unexpected{RelayDrop::malformed};
        if (!validators_.contains(*author)) return std::unexpected{RelayDrop::not_a_validator};
        // A bucket for each peer and author: what a peer makes of an author's signed parts must not
        // use up what others may bring of it.
        if (!peer.authors[*author].take(1, limits_.author_rate, limits_.author_burst, now))
            return std::unexpected{RelayDrop::author_rate};
        remember(hash, now);
        return Authored{*author, *view};
    }

    // Only what was relayed is remembered, so that nobody can make us forget it by sending garbage.
    [[nodiscard]] bool was_seen(const Hash32& hash, Time now) {
        while (!order_.empty() && now - order_.front().second >= limits_.repeat_after) forget();
        return seen_.contains(hash);
    }
    void remember(const Hash32& hash, Time now) {
        if (seen_.size() >= limits_.max_seen) forget();
        seen_.insert(hash);
        order_.emplace_back(hash, now);
    }
    void forget() {
        seen_.erase(order_.front().first);
        order_.pop_front();
    }

    [[nodiscard]] std::vector<p2p::PeerId> recipients(p2p::PeerId from,
                                                      const Address& author) const {
        const auto& relayer = peers_.at(from).address;
        std::vector<p2p::PeerId> to;
        for (const auto& [id, peer] : peers_) {
            // By address: a node may have two connections for a moment.
            if (peer.address == relayer || peer.address == author || !receives(peer)) continue;
            to.push_back(id);
        }
        return to;
    }

    // The newest message of each kind by each validator.
    void keep(const Authored& message, const Relayed& relayed, bool is_from_author) {
        auto& kept = kept_[{message.address, relayed.code}];
        if (kept.payload) {
            const auto newer = std::tie(message.view.sequence, message.view.round) <=>
                               std::tie(kept.sequence, kept.round);
            // Parts of a message are not signed: of two versions the author's own is the better.
            if (newer < 0 || (newer == 0 && !is_from_author)) return;
            kept_bytes_ -= kept.payload->size();
        }
        kept = {message.view.sequence, message.view.round, relayed.payload};
        kept_bytes_ += relayed.payload->size();
        // The largest go first: a proposal comes again with the block.
        while (kept_bytes_ > limits_.max_kept_bytes) {
            const auto largest = std::ranges::max_element(
                kept_, {}, [](const auto& entry) { return entry.second.payload->size(); });
            kept_bytes_ -= largest->second.payload->size();
            kept_.erase(largest);
        }
    }

    const QbftRelayLimits limits_;
    std::uint64_t head_ = 0;
    std::set<Address> validators_;
    std::map<p2p::PeerId, Peer> peers_;
    std::unordered_set<Hash32> seen_;
    std::deque<std::pair<Hash32, Time>> order_;  // of seen_
    std::map<std::pair<Address, qbft::MessageCode>, Kept> kept_;
    std::size_t kept_bytes_ = 0;
    Counters counters_;
};

QbftRelay::QbftRelay(const QbftRelayLimits& limits)
    : implementation_{std::make_unique<Implementation>(limits)} {}
QbftRelay::~QbftRelay() = default;

void QbftRelay::set_validators(std::uint64_t head, std::vector<Address> validators) {
    implementation_->set_validators(head, std::move(validators));
}
std::vector<QbftRelay::Relayed> QbftRelay::on_connected(p2p::PeerId peer, const Address& address,
                                                        bool is_sentry, Time now) {
    return implementation_->on_connected(peer, address, is_sentry, now);
}
void QbftRelay::on_disconnected(p2p::PeerId peer) {
    implementation_->on_disconnected(peer);
}
QbftRelay::Relayed QbftRelay::on_message(p2p::PeerId from, qbft::MessageCode code, Bytes payload,
                                         Time now) {
    return implementation_->on_message(from, code, std::move(payload), now);
}
const QbftRelay::Counters& QbftRelay::counters() const noexcept {
    return implementation_->counters();
}
std::size_t QbftRelay::memory() const noexcept {
    return implementation_->memory();
}

}  // namespace meta138::sync
