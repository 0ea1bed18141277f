// SPDX-License-Identifier: Apache-2.0
// The part of the network that follows its connections.
#include "network_implementation.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/crypto/random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;

// The operator is told of one refused node so often, and of so many.
constexpr auto refusal_log_interval = 1h;
constexpr std::size_t refusals_remembered = 256;

std::string describe_remote(const Connection& connection) {
    if (connection.node()) return to_string(*connection.node());
    const auto& endpoint = connection.remote();
    return to_string(UdpEndpoint{to_ip(endpoint.address()), endpoint.port()});
}

}  // namespace

Session Network::Implementation::initiate(const crypto::PublicKey& remote) {
    return Session::initiate(local_, remote, now(), session_limits_, crypto::fill_random);
}

Session Network::Implementation::accept() {
    return Session::accept(local_, now(), session_limits_, crypto::fill_random);
}

void Network::Implementation::on_accepted(tcp::socket socket) {
    boost::system::error_code error;
    const auto remote = socket.remote_endpoint(error);
    if (error) return;
    const auto ip = to_ip(remote.address());
    const auto id = manager_.accept(ip, now());
    if (!id) {
        metrics_.refused(id.error());
        log_.debug("Refused a connection from {}: {}", to_string(ip), to_string(id.error()));
        return;
    }
    const auto connection = std::make_shared<Connection>(*this, io_, *id, std::move(socket));
    connections_.emplace(*id, connection);
    connection->start();
    act();
}

Peer Network::Implementation::describe(const Connection& connection,
                                       const Session::Established& what) const {
    const auto& remote = connection.remote();
    const auto& local = connection.local();
    return {.id = connection.id(),
            .key = what.remote.id,
            .address = crypto::address_of(what.remote.id),
            .client_id = what.remote.client_id,
            .p2p_version = what.remote.version,
            .offered = what.remote.capabilities,
            .shared = what.shared,
            .remote_host = to_string(to_ip(remote.address())),
            .remote_port = remote.port(),
            .local_host = to_string(to_ip(local.address())),
            .local_port = local.port(),
            .listen_port = what.remote.listen_port,
            .is_inbound = connection.is_inbound(),
            .is_static = manager_.is_static(what.remote.id)};
}

void Network::Implementation::on_established(Connection& connection,
                                             const Session::Established& what) {
    const auto verdict = manager_.established(connection.id(),
                                              {.key = what.remote.id,
                                               .ip = to_ip(connection.remote().address()),
                                               .listen_port = what.remote.listen_port},
                                              now());
    auto peer = std::make_shared<const Peer>(describe(connection, what));
    if (!verdict) {
        const auto& refused = verdict.error();
        metrics_.refused(refused.rule);
        tell_of_refusal(*peer, refused);
        connection.close(refused.reason, refused.detail, HandshakeFailure::refused);
        return;
    }
    metrics_.connected(peer->is_inbound, peer->client_id);
    log_.debug("Connected {} {} ({})", peer->is_inbound ? "from" : "to",
               describe_remote(connection), peer->client_id);
    auto& established = established_[connection.id()];
    established.peer = peer;
    for (const auto& shared : peer->shared)
        established.protocols.push_back(protocols_.at(shared.capability.name));
    registry_.add(peer);
    const auto protocols = established.protocols;
    call_each(connection.id(), protocols, "on_connected",
              [&](Protocol& protocol) { protocol.on_connected(peer); });
    act();
}

void Network::Implementation::on_message(Connection& connection, Session::Message message) {
    const auto& established = established_.at(connection.id());
    const auto& capability = established.peer->shared.at(message.capability).capability;
    metrics_.message_in(capability.name, message.code, message.payload.size());
    auto& protocol = *established.protocols.at(message.capability);
    const auto fault = find_fault([&] {
        protocol.on_message(connection.id(), capability.version, message.code,
                            std::move(message.payload));
    });
    if (fault)
        end_after_fault(connection.id(),
                        fmt::format("message {}/{}", capability.name, message.code), *fault);
}

/// What a handler throws ends the connection that it was called for, and nothing else. A broken
/// invariant of ours is no exception: it ends the process.
std::optional<std::string> Network::Implementation::find_fault(
    const std::function<void()>& handler) {
    try {
        handler();
        return std::nullopt;
    } catch (const std::exception& fault) {
        return fault.what();
    } catch (...) {
        return "something that is no std::exception was thrown";
    }
}

void Network::Implementation::call_each(PeerId peer, const std::vector<Protocol*>& protocols,
                                        std::string_view what,
                                        const std::function<void(Protocol&)>& call) {
    for (auto* protocol : protocols)
        if (const auto fault = find_fault([&] { call(*protocol); }))
            end_after_fault(peer, what, *fault);
}

/// It is as likely this node's fault as the peer's, which is not banned for it. The connection goes
/// once the handlers that are under way have returned.
void Network::Implementation::end_after_fault(PeerId peer, std::string_view where,
                                              const std::string& fault) {
    metrics_.handler_fault();
    const auto found = connections_.find(peer);
    log_.error("A fault in a handler ({}) for the peer {}, which is disconnected: {}", where,
               found == connections_.end() ? "that has gone" : describe_remote(*found->second),
               fault);
    disconnect(peer, DisconnectReason::requested);
}

void Network::Implementation::on_sent(Connection& connection, const PeerRegistry::Message& message,
                                      bool is_oversized) {
    const auto& peer = *established_.at(connection.id()).peer;
    const auto& name = peer.shared.at(message.capability).capability.name;
    if (is_oversized)
        log_.warn("A message {}/{} of {} bytes is too large for any peer: not sent to {}", name,
                  message.code, message.payload->size(), describe_remote(connection));
    else
        metrics_.message_out(name, message.code, message.payload->size());
}

void Network::Implementation::on_end(Connection& connection, const End& end) {
    const auto id = connection.id();
    const auto side = end.by_remote ? "by the other side" : "by this one";
    if (auto node = established_.extract(id)) {
        registry_.remove(id);
        const auto& [peer, protocols] = node.mapped();
        metrics_.disconnected(peer->is_inbound, peer->client_id, end.reason, end.by_remote);
        log_.debug("Disconnected {} {}: {} ({})", describe_remote(connection), side,
                   to_string(end.reason), end.detail);
        call_each(id, protocols, "on_disconnected", [&](Protocol& protocol) {
            protocol.on_disconnected(id, end.reason, end.by_remote);
        });
    } else {
        metrics_.handshake_failed(connection.is_inbound(), end.failure);
        log_.debug("No connection with {}: {} ({}, {})", describe_remote(connection),
                   to_string(end.failure), to_string(end.reason), end.detail);
    }
    const auto why = end.detail.empty() ? std::string{to_string(end.reason)} : end.detail;
    manager_.closed(id, end.reason, end.by_remote, connection.remote_id(), why, now());
    act();
}

void Network::Implementation::on_gone(Connection& connection) {
    connections_.erase(connection.id());
    if (is_leaving_ && connections_.empty()) io_.stop();
}

/// Carries out what the manager has decided, until it has nothing more to say.
void Network::Implementation::act() {
    if (is_leaving_ || std::exchange(is_acting_, true)) return;
    for (auto actions = manager_.take_actions(); !actions.empty();
         actions = manager_.take_actions())
        for (const auto& action : actions)
            std::visit([this](const auto& one) { carry_out(one); }, action);
    is_acting_ = false;
    metrics_.set_nodes(registry_.node_count());
    metrics_.set_candidates(manager_.candidate_count());
    if (discovery_) discovery_->set_wanted(manager_.wants_candidates());
    wake_up_when_due();
}

void Network::Implementation::carry_out(const PeerManager::Dial& dial) {
    metrics_.dialled();
    const auto connection = std::make_shared<Connection>(*this, io_, dial.connection, dial.node);
    connections_.emplace(dial.connection, connection);
    connection->start();
}

void Network::Implementation::carry_out(const PeerManager::Drop& drop) {
    const auto found = connections_.find(drop.connection);
    if (found == connections_.end()) return;
    const auto connection = found->second;
    if (established_.contains(drop.connection))
        connection->close(drop.reason, drop.why);
    else
        connection->abort(drop.reason, drop.why, HandshakeFailure::evicted);
}

void Network::Implementation::carry_out(const PeerManager::Unreachable& unreachable) {
    log_.warn("Static node {} cannot be reached: {}. Tried {} times; goes on trying",
              to_string(unreachable.node), unreachable.why, unreachable.failures);
}

void Network::Implementation::carry_out(const PeerManager::Reached& reached) {
    log_.info("Static node {} is reached again", to_string(reached.node));
}

void Network::Implementation::wake_up_when_due() {
    const auto due = manager_.due();
    if (due == armed_for_) return;
    armed_for_ = due;
    if (due == Time::max()) {
        manager_timer_.cancel();
        return;
    }
    manager_timer_.expires_at(due);
    manager_timer_.async_wait([this](boost::system::error_code error) {
        if (error || is_leaving_) return;
        armed_for_ = Time::max();
        manager_.on_time(now());
        act();
    });
}

/// By permissions: once in a while for the operator, as it is often a mistake in the list.
void Network::Implementation::tell_of_refusal(const Peer& peer, const RefusedPeer& refused) {
    const auto text = fmt::format("Refused the node {} at {}: {}", to_hex_digits(peer.key.bytes),
                                  peer.remote_host, refused.detail);
    const auto time = now();
    std::erase_if(told_,
                  [&](const auto& entry) { return time - entry.second >= refusal_log_interval; });
    if (refused.rule == Refusal::permissions && told_.size() < refusals_remembered &&
        told_.emplace(peer.key, time).second)
        log_.info("{}", text);
    else
        log_.debug("{}", text);
}

}  // namespace meta138::p2p
