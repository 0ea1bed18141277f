// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/eth_protocol.hpp"

#include "eth_shell.hpp"

#include <utility>

namespace meta138::sync {

namespace {

constexpr std::uint64_t highest_version = 69;

}  // namespace

EthProtocol::EthProtocol(const EthSettings& settings, EthServices services,
                         txpool::SharedPool& pool, Peers& peers, const telemetry::Logger& log,
                         telemetry::Metrics& metrics)
    : implementation_{std::make_shared<Implementation>(settings, std::move(services), pool, peers,
                                                       log, metrics)},
      pool_{pool} {
    if (settings.gossip_transactions)
        observer_ = pool.add_observer(
            {.on_added =
                 [weak = std::weak_ptr{implementation_}](const auto& transaction) {
                     if (const auto self = weak.lock()) self->on_pool_added(transaction);
                 },
             .on_removed = [](const auto&, auto) {}});
}

EthProtocol::~EthProtocol() {
    if (observer_) pool_.remove_observer(*observer_);
}

std::vector<p2p::OfferedCapability> EthProtocol::capabilities() {
    return p2p::eth::capabilities(p2p::eth::lowest_version, highest_version);
}

void EthProtocol::start() {
    implementation_->start();
}
void EthProtocol::on_connected(const std::shared_ptr<const p2p::Peer>& peer) {
    implementation_->on_connected(peer);
}
void EthProtocol::on_updated(const std::shared_ptr<const p2p::Peer>& peer) {
    implementation_->on_updated(peer);
}
void EthProtocol::on_message(p2p::PeerId peer, std::uint64_t version, std::uint8_t code,
                             Bytes payload) {
    implementation_->on_message(peer, version, code, std::move(payload));
}
void EthProtocol::on_disconnected(p2p::PeerId peer, p2p::DisconnectReason /*reason*/,
                                  bool /*by_remote*/) {
    implementation_->on_disconnected(peer);
}
void EthProtocol::on_head(const blockchain::HeadEvent& event) {
    implementation_->on_head(event);
}
void EthProtocol::on_behind(std::uint64_t number) {
    implementation_->on_behind(number);
}
SyncStatus EthProtocol::status() const {
    return implementation_->status();
}
std::optional<PeerChain> EthProtocol::chain_of(p2p::PeerId peer) const {
    return implementation_->chain_of(peer);
}

}  // namespace meta138::sync
