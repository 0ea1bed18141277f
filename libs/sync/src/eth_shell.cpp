// SPDX-License-Identifier: Apache-2.0
#include "eth_shell.hpp"

#include "serve.hpp"

#include "meta138/base/hex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::sync {

namespace eth = p2p::eth;
using namespace std::chrono_literals;

namespace {

constexpr auto tick_interval = 100ms;
/// A peer's requests that wait to be answered; more cost it its standing.
constexpr std::size_t max_waiting_requests = 32;
constexpr int points_for_flood = -5;
/// Besu gives up a request after 5 s, and takes an answer that it no longer expects for a breach of
/// the protocol: none is better than a late one.
constexpr auto answer_within = 4s;
/// Beyond this the peer has to read first.
constexpr std::size_t max_unread_bytes = std::size_t{8} << 20;
constexpr int points_for_stray_answer = -1;
/// Of announced blocks, and of transactions, that wait for a worker: of all peers together.
constexpr std::size_t max_bytes_in_work = std::size_t{48} << 20;

DownloaderSettings downloader_settings(const EthSettings& settings, bool is_final) {
    DownloaderSettings result;
    result.is_final = is_final;
    result.blocks_behind = settings.blocks_behind;
    result.request_timeout = settings.request_timeout;
    result.seed = settings.seed;
    return result;
}

GossipSettings gossip_settings(const EthSettings& settings) {
    GossipSettings result;
    result.request_timeout = settings.request_timeout;
    result.seed = settings.seed;
    return result;
}

PropagationSettings propagation_settings(const EthSettings& settings, bool is_final) {
    PropagationSettings result;
    result.is_final = is_final;
    result.seed = settings.seed;
    return result;
}

}  // namespace

EthProtocol::Implementation::Implementation(const EthSettings& settings, EthServices services,
                                            txpool::SharedPool& pool, Peers& peers,
                                            const telemetry::Logger& log,
                                            telemetry::Metrics& metrics)
    : settings_{settings},
      services_{std::move(services)},
      pool_{pool},
      peers_{peers},
      log_{log},
      metrics_{metrics},
      first_view_{services_.view()},
      peer_status_{settings.network_id, *first_view_},
      downloader_{
          downloader_settings(settings, first_view_->consensus().is_final()),
          first_view_->head().header.number, first_view_->head().hash,
          [this](std::uint64_t number) { return services_.view()->blocks().block_hash(number); }},
      required_{settings.required_blocks},
      propagation_{propagation_settings(settings, first_view_->consensus().is_final())},
      gossip_{gossip_settings(settings)},
      head_{first_view_->head().header.number},
      head_hash_{first_view_->head().hash},
      status_{SyncStatus{.current_block = head_, .highest_block = head_, .obstacle = {}}} {}

void EthProtocol::Implementation::start() {
    post([](Implementation& here) {
        here.next_range_ = here.peers_.now() + here.settings_.block_range_interval;
        here.tick();
    });
}

void EthProtocol::Implementation::tick() {
    const auto now = peers_.now();
    carry_out(downloader_.on_time(now));
    ask_for_required_blocks();
    if (settings_.gossip_transactions) carry_out(gossip_.on_time(now), {});
    std::vector<PeerId> waiting;
    for (const auto& [id, connection] : connections_)
        if (!connection.requests.empty() || !connection.transactions.empty()) waiting.push_back(id);
    for (const auto id : waiting) {
        pump(id);
        pump_transactions(id);
    }
    if (now >= next_reminder_) {
        next_reminder_ = now + GossipSettings{}.reminder_interval;
        if (settings_.gossip_transactions) remind_of_transactions();
    }
    if (now >= next_range_) {
        next_range_ = now + settings_.block_range_interval;
        send_block_ranges();
    }
    publish();
    peers_.post_at(now + tick_interval, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->tick();
    });
}

void EthProtocol::Implementation::publish() {
    const auto status = downloader_.status(peers_.now());
    metrics_.update(status, downloader_.counters(), downloader_.pending_requests());
    const auto last = status_.load();
    if (!status.obstacle.empty() && status.obstacle != last->obstacle)
        log_.warn("Synchronisation does not get on: {}", status.obstacle);
    if (status != *last) status_.store(status);
    if (status.is_syncing == was_syncing_) return;
    was_syncing_ = status.is_syncing;
    if (was_syncing_)
        log_.info("Far behind: block {} of {}", status.current_block, status.highest_block);
    else
        log_.info("In sync at block {}", status.current_block);
    if (services_.on_sync_changed) services_.on_sync_changed(status);
}

bool EthProtocol::Implementation::reserve(std::size_t& in_work, std::size_t bytes) {
    if (in_work + bytes > max_bytes_in_work) return false;
    in_work += bytes;
    return true;
}

EthProtocol::Implementation::Connection* EthProtocol::Implementation::find(PeerId peer) {
    const auto found = connections_.find(peer);
    return found == connections_.end() ? nullptr : &found->second;
}

EthProtocol::Implementation::Connection* EthProtocol::Implementation::find_ready(PeerId peer) {
    auto* connection = find(peer);
    return connection != nullptr && connection->is_ready ? connection : nullptr;
}

std::string EthProtocol::Implementation::name_of(PeerId peer) const {
    const auto found = connections_.find(peer);
    if (found == connections_.end()) return "a peer that has gone";
    const auto& known = *found->second.peer;
    return fmt::format("{}:{} ({})", known.remote_host, known.remote_port, known.client_id);
}

bool EthProtocol::Implementation::send(PeerId peer, Code code, Bytes payload) {
    return peers_.send(peer, static_cast<std::uint8_t>(code),
                       std::make_shared<const Bytes>(std::move(payload)));
}

void EthProtocol::Implementation::disconnect(PeerId peer, p2p::DisconnectReason reason,
                                             std::string_view why) {
    log_.debug("Disconnecting {}: {}", name_of(peer), why);
    peers_.disconnect(peer, reason);
}

void EthProtocol::Implementation::on_connected(const std::shared_ptr<const p2p::Peer>& peer) {
    const auto shared = std::ranges::find_if(
        peer->shared, [](const auto& each) { return each.capability.name == eth::name; });
    if (shared == peer->shared.end()) return;
    auto& connection = connections_[peer->id];
    connection.peer = peer;
    connection.version = shared->capability.version;
    send(peer->id, Code::status,
         eth::encode_status(peer_status_.local(connection.version, *services_.view())));
}

void EthProtocol::Implementation::on_updated(const std::shared_ptr<const p2p::Peer>& peer) {
    auto* connection = find(peer->id);
    if (connection == nullptr) return;
    connection->peer = peer;
    if (connection->is_ready) gossip_.on_peer(peer->id, peer->is_static);
}

void EthProtocol::Implementation::on_disconnected(PeerId peer) {
    const auto found = connections_.find(peer);
    if (found == connections_.end()) return;
    transaction_bytes_in_work_ -= found->second.transaction_bytes;
    connections_.erase(found);
    required_.on_disconnected(peer);
    gossip_.on_disconnected(peer);
    propagation_.on_disconnected(peer);
    carry_out(downloader_.on_disconnected(peer, peers_.now()));
    const MutexLock lock{mutex_};
    chains_.erase(peer);
}

void EthProtocol::Implementation::on_status(PeerId peer, Connection& connection, ByteView payload) {
    if (connection.is_ready) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol, "a second Status");
        return;
    }
    const auto status = eth::decode_status(payload, connection.version);
    if (!status) {
        disconnect(peer, p2p::DisconnectReason::subprotocol_error, "its Status cannot be decoded");
        return;
    }
    if (const auto mismatch = peer_status_.find_mismatch(*status, *services_.view())) {
        metrics_.status_mismatches.increment();
        if (connection.peer->is_static)
            log_.warn("Peer {} is of another network: {}", name_of(peer), *mismatch);
        disconnect(peer, p2p::DisconnectReason::subprotocol_error, *mismatch);
        return;
    }
    connection.is_ready = true;
    peers_.mark_ready(peer);
    const bool tells_number = connection.version >= 69;
    note_chain(peer, [&](PeerChain& chain) {
        chain.version = connection.version;
        chain.head = status->head_hash;
        if (tells_number) {
            chain.number = status->range.latest;
            chain.earliest = status->range.earliest;
        } else {
            chain.total_difficulty = status->total_difficulty;
        }
    });
    propagation_.on_peer(peer);
    Downloader::PeerHead head{.number = std::nullopt, .hash = status->head_hash, .earliest = 0};
    if (tells_number) {
        head.number = status->range.latest;
        head.hash = status->range.latest_hash;
        head.earliest = status->range.earliest;
    }
    if (required_.on_peer(peer, peers_.now())) {
        connection.held_head = head;
        ask_for_required_blocks();
    } else {
        carry_out(downloader_.on_peer(peer, head, peers_.now()));
    }
    if (!settings_.gossip_transactions) return;
    gossip_.on_peer(peer, connection.peer->is_static);
    announce_pool(peer);
}

void EthProtocol::Implementation::note_chain(PeerId peer,
                                             const std::function<void(PeerChain&)>& change) {
    const MutexLock lock{mutex_};
    change(chains_[peer]);
}

std::optional<PeerChain> EthProtocol::Implementation::chain_of(PeerId peer) const {
    const MutexLock lock{mutex_};
    const auto found = chains_.find(peer);
    return found == chains_.end() ? std::nullopt : std::optional{found->second};
}

void EthProtocol::Implementation::send_block_ranges() {
    const auto range = peer_status_.range(*services_.view());
    if (range == sent_range_) return;
    sent_range_ = range;
    const auto payload = std::make_shared<const Bytes>(eth::encode_block_range_update(range));
    for (const auto& [id, connection] : connections_)
        if (connection.is_ready && connection.version >= 69)
            peers_.send(id, static_cast<std::uint8_t>(Code::block_range_update), payload);
}

void EthProtocol::Implementation::on_message(PeerId peer, std::uint64_t version, std::uint8_t code,
                                             Bytes payload) {
    auto* connection = find(peer);
    if (connection == nullptr) return;
    if (!eth::is_code_of(version, code)) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol, "a code that eth lacks");
        return;
    }
    const auto kind = static_cast<Code>(code);
    if (kind == Code::status) {
        on_status(peer, *connection, payload);
        return;
    }
    if (!connection->is_ready) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol, "a message before its Status");
        return;
    }
    switch (kind) {
        case Code::status: break;
        case Code::new_block_hashes: on_new_block_hashes(peer, payload); break;
        case Code::transactions: on_transactions(peer, std::move(payload)); break;
        case Code::block_headers: on_headers(peer, std::move(payload)); break;
        case Code::block_bodies: on_bodies(peer, std::move(payload)); break;
        case Code::new_block: on_new_block(peer, std::move(payload)); break;
        case Code::new_pooled_transaction_hashes:
            on_transaction_hashes(peer, version, payload);
            break;
        case Code::pooled_transactions: on_pooled_transactions(peer, std::move(payload)); break;
        case Code::block_range_update: on_block_range_update(peer, payload); break;
        case Code::get_block_headers:
        case Code::get_block_bodies:
        case Code::get_pooled_transactions:
        case Code::get_node_data:
        case Code::get_receipts: on_request(peer, *connection, kind, payload); break;
        // We ask for none of these.
        case Code::node_data:
        case Code::receipts:
            metrics_.stray_answers.increment();
            peers_.score(peer, points_for_stray_answer);
            break;
    }
}

void EthProtocol::Implementation::on_request(PeerId peer, Connection& connection, Code code,
                                             ByteView payload) {
    if (code == Code::get_block_headers) {
        const auto request = eth::decode_get_block_headers(payload);
        if (!request) {
            disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                       "a GetBlockHeaders that cannot be decoded");
            return;
        }
        enqueue(peer, connection, Code::block_headers,
                [request = *request](const auto& view) { return serve_headers(view, request); });
        return;
    }
    auto decoded = eth::decode_hashes_request(payload);
    if (!decoded) {
        disconnect(peer, p2p::DisconnectReason::breach_of_protocol,
                   "a request that cannot be decoded");
        return;
    }
    auto request = *std::move(decoded);
    if (code == Code::get_node_data)  // EIP-4938: may always be answered with nothing
        enqueue(peer, connection, Code::node_data,
                [id = request.request_id](const auto&) { return eth::AnswerWriter{id}.finish(); });
    else if (code == Code::get_block_bodies)
        enqueue(peer, connection, Code::block_bodies,
                [request = std::move(request)](const auto& view) {
                    return serve_bodies(view, request);
                });
    else if (code == Code::get_receipts)
        enqueue(peer, connection, Code::receipts,
                [request = std::move(request), version = connection.version](const auto& view) {
                    return serve_receipts(view, request, version);
                });
    else
        enqueue(peer, connection, Code::pooled_transactions,
                [request = std::move(request), &pool = pool_](const auto&) {
                    return serve_pooled_transactions(pool, request);
                });
}

void EthProtocol::Implementation::enqueue(PeerId peer, Connection& connection, Code answer,
                                          Serve serve) {
    if (connection.requests.size() >= max_waiting_requests) {
        metrics_.requests_refused.increment();
        peers_.score(peer, points_for_flood);
        return;
    }
    connection.requests.push_back({answer, std::move(serve), peers_.now()});
    pump(peer);
}

// One request of each peer at a time, so that nobody's flood keeps others waiting.
void EthProtocol::Implementation::pump(PeerId peer) {
    auto* connection = find(peer);
    if (connection == nullptr || connection->is_serving || connection->requests.empty()) return;
    while (!connection->requests.empty() &&
           peers_.now() - connection->requests.front().received >= answer_within) {
        connection->requests.pop_front();
        metrics_.requests_refused.increment();
    }
    if (connection->requests.empty() || peers_.queued_bytes(peer) > max_unread_bytes) return;
    auto next = std::move(connection->requests.front());
    connection->requests.pop_front();
    connection->is_serving = true;
    const bool is_accepted = in_background(
        [view = services_.view(), serve = std::move(next.serve)]() mutable {
            try {
                return std::optional{serve(*view)};
            } catch (const std::exception&) {
                return std::optional<Bytes>{};  // the chain's thread meets the same fault
            }
        },
        [peer, answer = next.answer, received = next.received](Implementation& here,
                                                               std::optional<Bytes> payload) {
            if (here.peers_.now() - received >= answer_within)
                here.metrics_.requests_refused.increment();
            else if (payload && here.send(peer, answer, *std::move(payload)))
                here.metrics_.requests_served.increment();
            if (auto* served = here.find(peer)) served->is_serving = false;
            here.pump(peer);
        });
    if (is_accepted) return;
    metrics_.requests_refused.increment();
    connection->is_serving = false;
}

}  // namespace meta138::sync
