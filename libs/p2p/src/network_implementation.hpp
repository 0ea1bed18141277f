// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.hpp"
#include "discovery_service.hpp"
#include "network_metrics.hpp"
#include "peer_manager.hpp"
#include "peer_registry.hpp"
#include "tcp_listener.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/base/published.hpp"
#include "meta138/p2p/network.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace meta138::p2p {

/// Carries out what the peer manager decides, and brings protocols and connections together. What
/// has no other note belongs to the network's thread.
class Network::Implementation final : public ConnectionHost {
public:
    Implementation(NetworkOptions options, const crypto::SecretKey& key,
                   const telemetry::Logger& log, telemetry::Metrics& metrics);
    ~Implementation() override;
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    // Any thread.

    void add_protocol(std::vector<OfferedCapability> capabilities, Protocol& protocol);
    void start();
    void stop() META138_EXCLUDES(mutex_);
    void post(std::move_only_function<void()> task) META138_EXCLUDES(mutex_);
    void post_at(std::chrono::steady_clock::time_point time, std::move_only_function<void()> task);
    bool send(PeerId peer, std::string_view protocol, std::uint8_t code,
              const std::shared_ptr<const Bytes>& payload);
    std::size_t send(std::span<const PeerId> peers, std::string_view protocol, std::uint8_t code,
                     const std::shared_ptr<const Bytes>& payload);
    void disconnect(PeerId peer, DisconnectReason reason);
    void score(PeerId peer, int points);
    void mark_ready(PeerId peer);
    bool add_static(const Enode& enode) META138_EXCLUDES(mutex_);
    bool remove_static(const Enode& enode) META138_EXCLUDES(mutex_);
    [[nodiscard]] std::vector<Enode> static_nodes() const META138_EXCLUDES(mutex_);
    void recheck_permissions();
    [[nodiscard]] LocalEndpoint local() const;
    [[nodiscard]] PeerRegistry& registry() override { return registry_; }

private:
    using Time = PeerManager::Time;
    /// A connection that protocols know of.
    struct Established {
        std::shared_ptr<const Peer> peer;
        std::vector<Protocol*> protocols;  // of each of Peer::shared
    };

    // ConnectionHost
    void on_established(Connection& connection, const Session::Established& what) override;
    void on_message(Connection& connection, Session::Message message) override;
    void on_end(Connection& connection, const End& end) override;
    void on_gone(Connection& connection) override;
    void on_sent(Connection& connection, const PeerRegistry::Message& message,
                 bool is_oversized) override;
    [[nodiscard]] bool accepts(const IpAddress& ip) const override { return manager_.accepts(ip); }
    [[nodiscard]] Session initiate(const crypto::PublicKey& remote) override;
    [[nodiscard]] Session accept() override;
    [[nodiscard]] std::span<std::uint8_t> buffer() override { return buffer_; }
    [[nodiscard]] const NetworkLimits& limits() const override { return options_.limits; }
    [[nodiscard]] bool resolves_names() const override { return options_.dns; }

    void listen();
    void bind(std::uint16_t port);
    void discover();
    void watch_endpoint();
    void on_accepted(tcp::socket socket);
    void act();
    void carry_out(const PeerManager::Dial& dial);
    void carry_out(const PeerManager::Drop& drop);
    void carry_out(const PeerManager::Unreachable& unreachable);
    void carry_out(const PeerManager::Reached& reached);
    void wake_up_when_due();
    void flush_marked();
    void update_static(const crypto::PublicKey& id, bool is_static);
    static std::optional<std::string> find_fault(const std::function<void()>& handler);
    void call_each(PeerId peer, const std::vector<Protocol*>& protocols, std::string_view what,
                   const std::function<void(Protocol&)>& call);
    void end_after_fault(PeerId peer, std::string_view where, const std::string& fault);
    void run_task(std::move_only_function<void()>& task);
    void tell_of_refusal(const Peer& peer, const RefusedPeer& refused);
    void publish_endpoint();
    void leave();
    [[nodiscard]] Peer describe(const Connection& connection,
                                const Session::Established& what) const;
    [[nodiscard]] static Time now() { return std::chrono::steady_clock::now(); }

    const NetworkOptions options_;
    const crypto::SecretKey& key_;
    const crypto::PublicKey id_;
    const telemetry::Logger log_;
    telemetry::Metrics& registry_of_metrics_;
    NetworkMetrics metrics_;
    LocalPeer local_;
    const Session::Limits session_limits_;
    PeerManager manager_;
    PeerRegistry registry_;  // any thread
    std::map<std::string, Protocol*, std::less<>> protocols_;
    Published<LocalEndpoint> endpoint_;  // any thread

    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
    std::vector<std::unique_ptr<TcpListener>> listeners_;
    asio::steady_timer manager_timer_{io_};
    asio::steady_timer stop_timer_{io_};
    asio::steady_timer endpoint_timer_{io_};
    std::unique_ptr<DiscoveryService> discovery_;  // null: off
    std::map<PeerId, std::shared_ptr<Connection>> connections_;
    std::map<PeerId, Established> established_;
    std::vector<std::uint8_t> buffer_;
    std::map<crypto::PublicKey, Time> told_;  // of refusals by permissions
    Time armed_for_ = Time::max();
    bool is_acting_ = false;
    bool is_leaving_ = false;

    mutable Mutex mutex_;
    bool is_stopped_ META138_GUARDED_BY(mutex_) = false;
    std::map<crypto::PublicKey, Enode> static_nodes_ META138_GUARDED_BY(mutex_);
    std::thread thread_;
};

}  // namespace meta138::p2p
