// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/network.hpp"

#include "network_implementation.hpp"

#include <utility>

namespace meta138::p2p {

Network::Network(NetworkOptions options, const crypto::SecretKey& key, const telemetry::Logger& log,
                 telemetry::Metrics& metrics)
    : implementation_{std::make_unique<Implementation>(std::move(options), key, log, metrics)} {}

Network::~Network() = default;

void Network::add_protocol(std::vector<OfferedCapability> capabilities, Protocol& protocol) {
    implementation_->add_protocol(std::move(capabilities), protocol);
}

void Network::start() {
    implementation_->start();
}

void Network::stop() {
    implementation_->stop();
}

bool Network::send(PeerId peer, std::string_view protocol, std::uint8_t code,
                   std::shared_ptr<const Bytes> payload) {
    return implementation_->send(peer, protocol, code, payload);
}

std::size_t Network::send(std::span<const PeerId> peers, std::string_view protocol,
                          std::uint8_t code, const std::shared_ptr<const Bytes>& payload) {
    return implementation_->send(peers, protocol, code, payload);
}

std::size_t Network::queued_bytes(PeerId peer) const {
    return implementation_->registry().queued_bytes(peer);
}

void Network::disconnect(PeerId peer, DisconnectReason reason) {
    implementation_->disconnect(peer, reason);
}

void Network::score(PeerId peer, int points) {
    implementation_->score(peer, points);
}

void Network::mark_ready(PeerId peer) {
    implementation_->mark_ready(peer);
}

void Network::post(std::move_only_function<void()> task) {
    implementation_->post(std::move(task));
}

void Network::post_at(std::chrono::steady_clock::time_point time,
                      std::move_only_function<void()> task) {
    implementation_->post_at(time, std::move(task));
}

std::vector<std::shared_ptr<const Peer>> Network::peers() const {
    return implementation_->registry().peers();
}

std::size_t Network::peer_count() const {
    return implementation_->registry().node_count();
}

LocalEndpoint Network::local() const {
    return implementation_->local();
}

bool Network::add_static(const Enode& enode) {
    return implementation_->add_static(enode);
}

bool Network::remove_static(const Enode& enode) {
    return implementation_->remove_static(enode);
}

std::vector<Enode> Network::static_nodes() const {
    return implementation_->static_nodes();
}

void Network::recheck_permissions() {
    implementation_->recheck_permissions();
}

}  // namespace meta138::p2p
