// SPDX-License-Identifier: Apache-2.0
#include "network_implementation.hpp"

#include "meta138/crypto/random.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t read_buffer_bytes = 64 << 10;
constexpr auto time_for_goodbyes = 1s;
constexpr auto endpoint_interval = 10s;
constexpr int attempts_for_a_free_port = 10;

std::vector<Subnet> parse_subnets(const std::vector<std::string>& texts) {
    std::vector<Subnet> subnets;
    for (const auto& text : texts) {
        const auto subnet = parse_subnet(text);
        if (!subnet) throw std::invalid_argument{fmt::format("--net-restrict: {}", subnet.error())};
        subnets.push_back(*subnet);
    }
    return subnets;
}

PeerManager::Options manager_options(const NetworkOptions& options, const crypto::PublicKey& id) {
    std::uint64_t seed = 0;
    crypto::fill_random({reinterpret_cast<std::uint8_t*>(&seed), sizeof seed});
    return {.id = id,
            .max_peers = options.max_peers,
            .max_inbound_share = options.max_inbound_share,
            .random_priority = options.random_priority,
            .net_restrict = parse_subnets(options.net_restrict),
            .banned = options.banned,
            .check_maintained = options.check_maintained,
            .initiate = options.initiate,
            .limits = options.limits,
            .find_refusal = options.find_refusal,
            .is_validator = options.is_validator,
            .random = [engine = std::mt19937_64{seed}]() mutable { return engine(); }};
}

}  // namespace

Network::Implementation::Implementation(NetworkOptions options, const crypto::SecretKey& key,
                                        const telemetry::Logger& log, telemetry::Metrics& metrics)
    : options_{std::move(options)},
      key_{key},
      id_{crypto::public_key(key)},
      log_{log.named("p2p.Network")},
      registry_of_metrics_{metrics},
      metrics_{metrics, options_.max_peers},
      session_limits_{.max_message_bytes = options_.limits.max_message_bytes,
                      .handshake_timeout = std::chrono::ceil<std::chrono::seconds>(
                          options_.limits.handshake_timeout)},
      manager_{manager_options(options_, id_)},
      registry_{options_.limits.queued_bytes},
      buffer_(read_buffer_bytes) {
    local_.key = &key;
    local_.client_id = options_.client_id;
    for (const auto& node : options_.static_nodes) add_static(node);
}

Network::Implementation::~Implementation() {
    stop();
}

void Network::Implementation::add_protocol(std::vector<OfferedCapability> capabilities,
                                           Protocol& protocol) {
    for (const auto& offered : capabilities) {
        protocols_[offered.capability.name] = &protocol;
        local_.capabilities.push_back(offered);
    }
}

void Network::Implementation::start() {
    listen();
    publish_endpoint();
    for (const auto& listener : listeners_) listener->start();
    if (discovery_) watch_endpoint();
    thread_ = std::thread{[this] {
        telemetry::set_thread_name("network");
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are for the main thread
        try {
            io_.run();
        } catch (const std::exception& fault) {  // of no handler: there is no memory, or we err
            log_.fatal("The network's thread cannot go on: {}", fault.what());
            throw;
        }
    }};
}

/// TCP and UDP have the same port, so that one number describes the node.
void Network::Implementation::listen() {
    for (auto attempts_left = options_.port == 0 ? attempts_for_a_free_port : 1;; --attempts_left) {
        try {
            bind(options_.port);
            if (options_.discovery) discover();
            return;
        } catch (const std::system_error& error) {
            listeners_.clear();
            discovery_.reset();
            if (attempts_left <= 1 || error.code() != std::errc::address_in_use) throw;
        }
    }
}

void Network::Implementation::bind(std::uint16_t port) {
    const auto add = [this](const std::string& host, std::uint16_t at, bool only_v6,
                            std::string_view names) {
        auto listener = std::make_unique<TcpListener>(
            io_, log_, [this](tcp::socket socket) { on_accepted(std::move(socket)); });
        listener->bind(host, at, only_v6, names);
        listeners_.push_back(std::move(listener));
    };
    add(options_.listen_host, port, options_.listen_host_ipv6.has_value(),
        "--p2p-interface, --p2p-port");
    if (options_.listen_host_ipv6)
        add(*options_.listen_host_ipv6, options_.port_ipv6, true,
            "--p2p-interface-ipv6, --p2p-port-ipv6");
    local_.listen_port = listeners_.front()->port();
}

void Network::Implementation::discover() {
    DiscoveryServiceOptions options;
    options.listen_host = listeners_.front()->host();
    options.udp_port = local_.listen_port;
    if (options_.listen_host_ipv6) {
        options.listen_host_ipv6 = listeners_.back()->host();
        options.tcp_port_ipv6 = listeners_.back()->port();
        options.udp_port_ipv6 = listeners_.back()->port();
    }
    options.tcp_port = local_.listen_port;
    options.advertised_host = options_.advertised_host;
    options.advertised_host_ipv6 = options_.advertised_host_ipv6;
    options.nat = options_.learn_address ? NatMethod::automatic : NatMethod::none;
    options.bootnodes = options_.bootnodes;
    options.dns = options_.dns;
    options.retry_bootnodes = options_.retry_bootnodes;
    options.filter_on_fork_id = options_.filter_on_fork_id;
    options.dns_trees = options_.dns_trees;
    options.directory = options_.directory;
    options.is_permitted = [this](const Enode& node) {
        return !manager_.find_refusal(node, now());
    };
    options.fork_id = options_.fork_id;
    options.accepts_fork_id = options_.accepts_fork_id;
    discovery_ = std::make_unique<DiscoveryService>(
        io_, std::move(options), key_, log_, registry_of_metrics_,
        [this](const Discovery::FoundNode& found) {
            manager_.add_candidate(to_enode(found.node), now());
            act();
        });
    discovery_->start();
}

void Network::Implementation::publish_endpoint() {
    LocalEndpoint endpoint;
    endpoint.listen_host = options_.listen_host;
    endpoint.tcp_port = local_.listen_port;
    endpoint.enode = {.id = id_,
                      .host = options_.advertised_host,
                      .tcp_port = local_.listen_port,
                      .udp_port = {}};
    if (discovery_) {
        endpoint.enode = discovery_->local();
        endpoint.enr = discovery_->record().text();
        endpoint.udp_port = discovery_->udp_port();
    }
    endpoint_.store(std::move(endpoint));
}

/// Discovery learns our address from others, and the record follows the forks; it looks for more
/// nodes as long as there are places.
void Network::Implementation::watch_endpoint() {
    endpoint_timer_.expires_after(endpoint_interval);
    endpoint_timer_.async_wait([this](boost::system::error_code error) {
        if (error || is_leaving_) return;
        publish_endpoint();
        discovery_->set_wanted(manager_.wants_candidates());
        watch_endpoint();
    });
}

LocalEndpoint Network::Implementation::local() const {
    const auto endpoint = endpoint_.load();
    return endpoint ? *endpoint : LocalEndpoint{};
}

void Network::Implementation::stop() {
    {
        const MutexLock lock{mutex_};
        if (!std::exchange(is_stopped_, true) && thread_.joinable())
            asio::post(io_, [this] { leave(); });
    }
    if (thread_.joinable()) thread_.join();
}

/// Says goodbye; the thread ends when all have gone, or a second later.
void Network::Implementation::leave() {
    is_leaving_ = true;
    for (const auto& listener : listeners_) listener->stop();
    manager_timer_.cancel();
    endpoint_timer_.cancel();
    if (discovery_) discovery_->stop();
    const auto connections = connections_;
    for (const auto& [id, connection] : connections)
        connection->close(DisconnectReason::client_quitting, "this node stops");
    if (connections_.empty()) return io_.stop();
    stop_timer_.expires_after(time_for_goodbyes);
    stop_timer_.async_wait([this](boost::system::error_code) { io_.stop(); });
}

void Network::Implementation::post(std::move_only_function<void()> task) {
    const MutexLock lock{mutex_};
    if (is_stopped_) return;
    asio::post(io_, [this, task = std::move(task)]() mutable { run_task(task); });
}

/// Protocols' tasks and ours: a fault in one of them is not the end of the others.
void Network::Implementation::run_task(std::move_only_function<void()>& task) {
    const auto fault = find_fault([&] { task(); });
    if (!fault) return;
    metrics_.handler_fault();
    log_.error("A fault in a task on the network's thread, which goes on: {}", *fault);
}

void Network::Implementation::post_at(std::chrono::steady_clock::time_point time,
                                      std::move_only_function<void()> task) {
    post([this, time, task = std::move(task)]() mutable {
        auto timer = std::make_unique<asio::steady_timer>(io_, time);
        auto& waiting = *timer;
        waiting.async_wait([this, timer = std::move(timer),
                            task = std::move(task)](boost::system::error_code error) mutable {
            if (!error && !is_leaving_) run_task(task);
        });
    });
}

bool Network::Implementation::send(PeerId peer, std::string_view protocol, std::uint8_t code,
                                   const std::shared_ptr<const Bytes>& payload) {
    return send(std::span{&peer, 1}, protocol, code, payload) == 1;
}

std::size_t Network::Implementation::send(std::span<const PeerId> peers, std::string_view protocol,
                                          std::uint8_t code,
                                          const std::shared_ptr<const Bytes>& payload) {
    std::size_t queued = 0;
    auto wake = false;
    for (const auto peer : peers) {
        const auto pushed = registry_.push(peer, protocol, code, payload);
        queued += pushed.queued ? 1 : 0;
        wake = wake || pushed.wake;
    }
    if (wake) post([this] { flush_marked(); });
    return queued;
}

void Network::Implementation::flush_marked() {
    const auto marked = registry_.take_marked();
    for (const auto id : marked.overflowing) {
        const auto found = connections_.find(id);
        if (found == connections_.end() || found->second->has_ended()) continue;
        metrics_.slow_reader();
        const auto connection = found->second;
        connection->close(
            DisconnectReason::useless_peer,
            fmt::format("more than {} bytes wait for it to read", options_.limits.queued_bytes));
    }
    for (const auto id : marked.to_flush)
        if (const auto found = connections_.find(id); found != connections_.end()) std::shared_ptr {
                found->second
            } -> flush();
}

void Network::Implementation::disconnect(PeerId peer, DisconnectReason reason) {
    post([this, peer, reason] {
        const auto found = connections_.find(peer);
        if (found == connections_.end()) return;
        std::shared_ptr {
            found->second
        } -> close(reason, "a protocol asked for it");
    });
}

void Network::Implementation::score(PeerId peer, int points) {
    post([this, peer, points] {
        manager_.score(peer, points, now());
        if (manager_.has_actions()) act();
    });
}

void Network::Implementation::mark_ready(PeerId peer) {
    post([this, peer] { manager_.mark_ready(peer); });
}

bool Network::Implementation::add_static(const Enode& enode) {
    {
        const MutexLock lock{mutex_};
        if (enode.id == id_ || !static_nodes_.emplace(enode.id, enode).second) return false;
    }
    post([this, enode] {
        manager_.add_static(enode, now());
        update_static(enode.id, true);
        act();
    });
    return true;
}

bool Network::Implementation::remove_static(const Enode& enode) {
    {
        const MutexLock lock{mutex_};
        if (static_nodes_.erase(enode.id) == 0) return false;
    }
    post([this, id = enode.id] {
        manager_.remove_static(id, now());
        update_static(id, false);
        act();
    });
    return true;
}

std::vector<Enode> Network::Implementation::static_nodes() const {
    const MutexLock lock{mutex_};
    std::vector<Enode> nodes;
    for (const auto& [id, node] : static_nodes_) nodes.push_back(node);
    return nodes;
}

void Network::Implementation::update_static(const crypto::PublicKey& id, bool is_static) {
    for (auto& [peer_id, established] : established_) {
        if (established.peer->key != id) continue;
        const auto changed = registry_.set_static(peer_id, is_static);
        if (!changed) continue;
        established.peer = changed;
        call_each(peer_id, established.protocols, "on_updated",
                  [&](Protocol& protocol) { protocol.on_updated(changed); });
    }
}

void Network::Implementation::recheck_permissions() {
    post([this] {
        manager_.recheck(now());
        if (discovery_) discovery_->recheck_permissions();
        act();
    });
}

}  // namespace meta138::p2p
