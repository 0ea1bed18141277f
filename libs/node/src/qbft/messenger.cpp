// SPDX-License-Identifier: Apache-2.0
#include "qbft/messenger.hpp"

#include "meta138/p2p/istanbul.hpp"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

namespace meta138::node {
namespace {

bool contains(std::span<const Address> sorted, const Address& address) {
    return std::ranges::binary_search(sorted, address);
}

}  // namespace

RelayMetrics::RelayMetrics(telemetry::Metrics& metrics)
    : relayed_{metrics.counter(telemetry::Category::meta138, "qbft_relayed",
                               "QBFT messages passed on")},
      sent_{metrics.counter(telemetry::Category::meta138, "qbft_relayed_copies", "Copies of them")},
      replayed_{metrics.counter(telemetry::Category::meta138, "qbft_replayed",
                                "QBFT messages given to peers that connected later")} {
    for (std::size_t i = 0; i < dropped_.size(); ++i)
        dropped_.at(i) = &metrics.counter(telemetry::Category::meta138, "qbft_not_relayed",
                                          "QBFT messages not passed on, by why",
                                          {{"reason", to_string(static_cast<sync::RelayDrop>(i))}});
}

void RelayMetrics::update(const sync::QbftRelay::Counters& now) {
    relayed_.increment(now.relayed - last_.relayed);
    sent_.increment(now.sent - last_.sent);
    replayed_.increment(now.replayed - last_.replayed);
    for (std::size_t i = 0; i < dropped_.size(); ++i)
        dropped_.at(i)->increment(now.dropped.at(i) - last_.dropped.at(i));
    last_ = now;
}

QbftMessenger::QbftMessenger(p2p::Network& network, Receiver receiver, bool relays,
                             telemetry::Metrics& metrics)
    : network_{network},
      receiver_{std::move(receiver)},
      malformed_{metrics.counter(telemetry::Category::meta138, "qbft_unknown_codes",
                                 "Messages of istanbul/100 with a code that is none")} {
    if (!relays) return;
    relay_.emplace();
    relay_metrics_.emplace(metrics);
}

void QbftMessenger::set_position(QbftPosition position) {
    if (relay_)
        network_.post(
            [this, position] { relay_->set_validators(position.head, position.validators); });
    position_.store(std::move(position));
}

bool QbftMessenger::is_validator(const Address& address) const {
    return contains(position_.load()->validators, address);
}

std::size_t QbftMessenger::connected_validators() const {
    const auto position = position_.load();
    std::set<Address> connected;
    const MutexLock lock{mutex_};
    for (const auto& [id, peer] : peers_)
        if (contains(position->validators, peer->address)) connected.insert(peer->address);
    return connected.size();
}

void QbftMessenger::send(const qbft::Send& message) {
    const auto receivers = receivers_of(message);
    if (!receivers.empty())
        network_.send(receivers, p2p::istanbul::name, static_cast<std::uint8_t>(message.code),
                      message.payload);
}

std::vector<p2p::PeerId> QbftMessenger::receivers_of(const qbft::Send& message) const {
    const auto position = position_.load();
    std::vector<Address> missing{message.to};
    if (message.not_to) std::erase(missing, *message.not_to);
    std::vector<p2p::PeerId> receivers;
    const MutexLock lock{mutex_};
    for (const auto& [id, peer] : peers_) {
        if (message.not_to == peer->address ||
            std::ranges::find(message.to, peer->address) == message.to.end())
            continue;
        receivers.push_back(id);
        std::erase(missing, peer->address);
    }
    if (missing.empty()) return receivers;
    for (const auto& [id, peer] : peers_)
        if (peer->is_static && message.not_to != peer->address &&
            !contains(position->validators, peer->address))
            receivers.push_back(id);
    return receivers;
}

std::shared_ptr<const p2p::Peer> QbftMessenger::find_peer(p2p::PeerId peer) const {
    const MutexLock lock{mutex_};
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : found->second;
}

void QbftMessenger::on_connected(const std::shared_ptr<const p2p::Peer>& peer) {
    {
        const MutexLock lock{mutex_};
        peers_.emplace(peer->id, peer);
    }
    if (relay_) join_relay(*peer);
    if (peer->is_static || is_validator(peer->address)) receiver_.on_connected(peer->address);
}

void QbftMessenger::on_updated(const std::shared_ptr<const p2p::Peer>& peer) {
    {
        const MutexLock lock{mutex_};
        peers_.insert_or_assign(peer->id, peer);
    }
    if (!relay_) return;
    relay_->on_disconnected(peer->id);
    join_relay(*peer);
}

void QbftMessenger::on_disconnected(p2p::PeerId peer, p2p::DisconnectReason /*reason*/,
                                    bool /*by_remote*/) {
    if (relay_) relay_->on_disconnected(peer);
    const MutexLock lock{mutex_};
    peers_.erase(peer);
}

void QbftMessenger::on_message(p2p::PeerId peer, std::uint64_t /*version*/, std::uint8_t code,
                               Bytes payload) {
    if (!p2p::istanbul::is_code(code)) {
        malformed_.increment();
        network_.disconnect(peer, p2p::DisconnectReason::breach_of_protocol);
        return;
    }
    const auto from = find_peer(peer);
    if (!from) return;
    const auto message_code = static_cast<qbft::MessageCode>(code);
    if (relay_) {
        pass_on(relay_->on_message(peer, message_code, payload, std::chrono::steady_clock::now()));
        relay_metrics_->update(relay_->counters());
    }
    receiver_.on_message(message_code, std::move(payload), from->address);
}

void QbftMessenger::join_relay(const p2p::Peer& peer) {
    for (const auto& each : relay_->on_connected(peer.id, peer.address, peer.is_static,
                                                 std::chrono::steady_clock::now()))
        pass_on(each);
}

void QbftMessenger::pass_on(const sync::QbftRelay::Relayed& relayed) {
    if (!relayed.to.empty())
        network_.send(relayed.to, p2p::istanbul::name, static_cast<std::uint8_t>(relayed.code),
                      relayed.payload);
}

}  // namespace meta138::node
