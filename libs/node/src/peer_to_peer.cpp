// SPDX-License-Identifier: Apache-2.0
#include "peer_to_peer.hpp"

#include "meta138/crypto/random.hpp"
#include "meta138/p2p/istanbul.hpp"
#include "meta138/p2p/snap.hpp"

#include <array>
#include <cstring>
#include <system_error>
#include <utility>

namespace meta138::node {
namespace {

constexpr std::size_t worker_count = 2;
constexpr std::size_t max_waiting_work = 1000;

std::uint64_t random_seed() {
    std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
    crypto::fill_random(bytes);
    std::uint64_t seed = 0;
    std::memcpy(&seed, bytes.data(), bytes.size());
    return seed;
}

std::vector<sync::RequiredBlock> required_blocks_of(const std::vector<RequiredBlock>& blocks) {
    std::vector<sync::RequiredBlock> result;
    for (const auto& block : blocks) result.push_back({.number = block.number, .hash = block.hash});
    return result;
}

}  // namespace

PeerToPeer::PeerToPeer(p2p::NetworkOptions network, std::uint64_t network_id, bool relays_qbft,
                       const Parts& parts, QbftDriver* driver)
    : parts_{parts},
      driver_{driver},
      workers_{"peers", worker_count, max_waiting_work},
      network_{[&] {
                   network.is_validator = [this](const Address& address) {
                       return messenger_ && messenger_->is_validator(address);
                   };
                   return std::move(network);
               }(),
               parts.key, parts.log, parts.metrics},
      peers_{sync::make_peers(network_)} {
    eth_ = std::make_unique<sync::EthProtocol>(
        sync::EthSettings{.network_id = network_id,
                          .required_blocks = required_blocks_of(parts_.required_blocks),
                          .seed = random_seed()},
        services_of(), parts_.pool, *peers_, parts_.log, parts_.metrics);
    network_.add_protocol(sync::EthProtocol::capabilities(), *eth_);
    if (parts_.serves_states) add_snap();
    if (driver_ == nullptr) return;
    messenger_ = std::make_unique<QbftMessenger>(
        network_,
        QbftMessenger::Receiver{
            .on_message =
                [driver](qbft::MessageCode code, Bytes payload, const Address& from) {
                    driver->on_message(code, std::move(payload), from);
                },
            .on_connected = [driver](const Address& peer) { driver->on_connected(peer); }},
        relays_qbft, parts_.metrics);
    network_.add_protocol({p2p::istanbul::capability()}, *messenger_);
}

void PeerToPeer::add_snap() {
    snap_peers_ = sync::make_peers(network_, p2p::snap::name);
    snap_ = std::make_unique<sync::SnapProtocol>(
        sync::SnapServices{
            .view = [this] { return parts_.chain.view(); },
            .is_ready = [this](p2p::PeerId peer) { return eth_->chain_of(peer).has_value(); },
            .run_on_worker = [this](sync::Peers::Task& task) { return workers_.post(task); }},
        *snap_peers_, parts_.log, parts_.metrics);
    network_.add_protocol(sync::SnapProtocol::capabilities(), *snap_);
}

PeerToPeer::~PeerToPeer() {
    stop();
}

void PeerToPeer::start() {
    try {
        network_.start();
    } catch (const std::system_error& error) {
        throw OptionError{error.what()};
    }
    eth_->start();
}

void PeerToPeer::stop() {
    network_.stop();
    workers_.stop();
}

void PeerToPeer::send(const qbft::Send& message) {
    if (messenger_) messenger_->send(message);
}

void PeerToPeer::set_position(std::uint64_t head, std::vector<Address> validators) {
    if (messenger_) messenger_->set_position({.head = head, .validators = std::move(validators)});
}

std::optional<std::size_t> PeerToPeer::connected_validators() const {
    if (!messenger_) return std::nullopt;
    return messenger_->connected_validators();
}

sync::EthServices PeerToPeer::services_of() {
    return {.view = [this] { return parts_.chain.view(); },
            .import_blocks =
                [this](std::vector<blockchain::PreparedBlock> blocks, sync::ImportDone done) {
                    import_blocks(std::move(blocks), std::move(done));
                },
            .run_on_worker = [this](sync::Peers::Task& task) { return workers_.post(task); },
            .on_sync_changed = [this](const sync::SyncStatus& status) { on_sync_changed(status); }};
}

void PeerToPeer::import_blocks(std::vector<blockchain::PreparedBlock> blocks,
                               sync::ImportDone done) {
    // Shared, for a task that is refused takes its captures with it.
    auto told = std::make_shared<sync::ImportDone>(std::move(done));
    const bool posted = parts_.thread.post([this, blocks = std::move(blocks), told]() mutable {
        (*told)(sync::import_blocks(parts_.chain, std::move(blocks)));
    });
    if (!posted) (*told)({.imported = 0, .error = std::nullopt, .was_refused = true});
}

void PeerToPeer::on_sync_changed(const sync::SyncStatus& status) {
    parts_.pool.set_enabled(!status.is_syncing);
    if (driver_ != nullptr) driver_->set_syncing(status.is_syncing);
    if (parts_.on_sync_changed) parts_.on_sync_changed();
}

}  // namespace meta138::node
