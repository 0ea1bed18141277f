// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/p2p/capability.hpp"
#include "meta138/p2p/disconnect.hpp"
#include "meta138/p2p/enode.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/types/fork_id.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meta138::p2p {

/// One connection, for as long as the process runs: never used again.
enum class PeerId : std::uint64_t {};

/// A connection on which both Hellos were exchanged. Does not change.
struct Peer {
    PeerId id{};
    crypto::PublicKey key;
    Address address;  ///< Of the key: a validator's, if it is one.
    std::string client_id;
    std::uint64_t p2p_version = 5;
    std::vector<Capability> offered;       ///< By the peer.
    std::vector<SharedCapability> shared;  ///< One version of each name.
    std::string remote_host;
    std::uint16_t remote_port = 0;
    std::string local_host;
    std::uint16_t local_port = 0;
    std::uint16_t listen_port = 0;  ///< As its Hello says; 0: it does not.
    bool is_inbound = false;
    bool is_static = false;  ///< One that we stay connected to.
};

/// A sub-protocol. All calls come on the network's thread and must be short: heavy work goes
/// elsewhere. They may call back into the network. What one throws ends the connection it was
/// called for (p2p_handler_faults), not the process.
class Protocol {
public:
    virtual ~Protocol() = default;
    /// The connection has a capability of this protocol. The pointer lives as long as it is held.
    ///
    /// Two nodes that dial each other at once have two connections for a few seconds. Each is a
    /// peer of its own with the same key, and either may carry what the other side says.
    virtual void on_connected(const std::shared_ptr<const Peer>& peer) = 0;
    /// `version` is the shared capability's.
    virtual void on_message(PeerId peer, std::uint64_t version, std::uint8_t code,
                            Bytes payload) = 0;
    virtual void on_disconnected(PeerId peer, DisconnectReason reason, bool by_remote) = 0;
    /// A connected peer became a static one, or is one no longer.
    virtual void on_updated(const std::shared_ptr<const Peer>& /*peer*/) {}
};

/// What the network spends at most on others. Each refusal is counted.
struct NetworkLimits {
    std::chrono::milliseconds dial_timeout{10'000};
    std::chrono::milliseconds handshake_timeout{10'000};  ///< Until both Hellos are there.
    /// After that, until mark_ready().
    std::chrono::milliseconds ready_timeout{20'000};
    /// Two connections that came from dialling each other are both kept for so long: nodes of
    /// another make choose by rules of their own.
    std::chrono::milliseconds duplicates{3'000};
    std::size_t concurrent_dials = 16;  ///< Of discovered nodes; static ones do not wait.
    /// Before a static node is dialled again: after the first failure so long, then twice that, up
    /// to NetworkOptions::check_maintained.
    std::chrono::milliseconds first_redial{2'000};
    /// A handshake costs processor time, so those at once are bounded, and those that begin. When
    /// there are too many at once the oldest of the address with the most of them gives way.
    std::size_t inbound_handshakes = 64;
    double inbound_attempts_per_second = 200;
    /// Of one address (IPv6: one /64); not of loopback and private networks, where a proxy may
    /// stand for many nodes.
    std::size_t inbound_handshakes_per_address = 8;
    double inbound_attempts_per_minute = 60;
    /// Inbound peers of one /24 (IPv6: /48), so that one owner of addresses does not take all
    /// places. Not of loopback and private networks. 0: no bound.
    std::size_t inbound_per_range = 5;
    /// Of max_peers, for validators alone while they are not connected
    /// (NetworkOptions::is_validator); at most a quarter of them.
    std::size_t places_for_validators = 4;
    /// What may wait for a peer that reads slowly. One message is let through whatever its size.
    std::size_t queued_bytes = std::size_t{16} << 20;
    std::size_t max_message_bytes = std::size_t{10} << 20;  ///< After decompression.
    std::chrono::seconds write_timeout{30};                 ///< Without a byte taken by the peer.
    std::chrono::seconds ban{900};  ///< For a breach of the protocol, or a score too low.
    std::size_t candidates = 1024;  ///< Discovered nodes that are remembered.
};

struct NetworkOptions {
    std::string client_id;
    std::string listen_host = "0.0.0.0";        ///< --p2p-interface
    std::uint16_t port = 30303;                 ///< --p2p-port, TCP and UDP; 0: any free one.
    std::string advertised_host = "127.0.0.1";  ///< --p2p-host; a DNS name is resolved.
    std::optional<std::string> listen_host_ipv6;
    std::optional<std::string> advertised_host_ipv6;
    std::uint16_t port_ipv6 = 30404;
    bool discovery = true;
    std::vector<Enode> bootnodes;
    std::vector<Enode> static_nodes;
    std::size_t max_peers = 25;
    /// Of max_peers; absent: no bound.
    std::optional<double> max_inbound_share = 0.6;
    bool random_priority = false;           ///< --random-peer-priority-enabled
    std::vector<std::string> net_restrict;  ///< CIDR subnets; empty: any.
    std::vector<crypto::PublicKey> banned;  ///< --banned-node-ids
    bool dns = true;                        ///< Names in enodes are resolved, again on failure.
    bool learn_address = true;  ///< Others tell our address if ours is loopback (--nat-method AUTO)
    std::vector<std::string> dns_trees;  ///< enrtree:// URLs (EIP-1459)
    bool filter_on_fork_id = true;       ///< --filter-on-enr-fork-id
    bool retry_bootnodes = true;         ///< --poa-discovery-retry-bootnodes
    std::chrono::seconds check_maintained{60};
    std::chrono::seconds initiate{30};
    /// Where what is learned is kept between runs: the sequence number of our record. Empty:
    /// nowhere.
    std::filesystem::path directory;
    NetworkLimits limits;
    /// Node permissioning: the rule that forbids connections with a node, for the log; absent if
    /// none does. Called on the network's thread, in both directions; for inbound connections with
    /// the address that they come from and the port that the peer says it listens on.
    std::function<std::optional<std::string>(const Enode&)> find_refusal;
    /// Whether it is a current validator's: then it has places of its own. Absent: nobody is.
    /// Called on the network's thread.
    std::function<bool(const Address&)> is_validator;
    /// For our ENR, and for those of others; absent: no filter.
    std::function<ForkId()> fork_id;
    std::function<bool(const ForkId&)> accepts_fork_id;
};

/// How this node is reached.
struct LocalEndpoint {
    Enode enode;
    std::string enr;
    std::string listen_host;
    std::uint16_t tcp_port = 0;
    std::uint16_t udp_port = 0;
};

/// The node's connections: listens, dials, discovers, and drops whom it must. One thread of its own
/// runs all sockets and calls the protocols.
class Network {
public:
    /// Opens nothing yet. All references outlive it. `key` is the node key.
    Network(NetworkOptions options, const crypto::SecretKey& key, const telemetry::Logger& log,
            telemetry::Metrics& metrics);
    ~Network();
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    /// Before start(). All capabilities of one name belong to one protocol, a protocol has one
    /// name, and it outlives stop().
    void add_protocol(std::vector<OfferedCapability> capabilities, Protocol& protocol);
    /// Binds and begins. Throws std::system_error, naming the address, when it cannot listen.
    void start();
    /// Says goodbye to everybody (client_quitting), and joins. Each protocol hears of each peer's
    /// end before. Not from the network's thread; further calls do nothing.
    void stop();

    // Any thread, after start().

    /// Queues a message; false when there is no such connection or it has no such capability. A
    /// peer that reads too slowly, so that more than a bound waits for it, is disconnected.
    bool send(PeerId peer, std::string_view protocol, std::uint8_t code,
              std::shared_ptr<const Bytes> payload);
    /// The same message to several; how many of them it is queued for.
    std::size_t send(std::span<const PeerId> peers, std::string_view protocol, std::uint8_t code,
                     const std::shared_ptr<const Bytes>& payload);
    /// Bytes of messages that wait for the peer to read: whether to serve it more. 0: no such peer.
    [[nodiscard]] std::size_t queued_bytes(PeerId peer) const;
    /// Says why, and closes. After breach_of_protocol, incompatible_version and subprotocol_error
    /// a node that is not static stays away for NetworkLimits::ban.
    void disconnect(PeerId peer, DisconnectReason reason);
    /// Good and bad experience with a peer, for whom to keep: from -100 (the peer is dropped and
    /// banned, if it is not static) to 100; half of it is forgotten in ten minutes.
    void score(PeerId peer, int points);
    /// Ready to exchange blocks (its eth Status fits). Peers that are not in time are dropped.
    void mark_ready(PeerId peer);
    /// Runs a task on the network's thread, once, at a time or soon. Not after stop().
    void post(std::move_only_function<void()> task);
    void post_at(std::chrono::steady_clock::time_point time, std::move_only_function<void()> task);

    [[nodiscard]] std::vector<std::shared_ptr<const Peer>> peers() const;
    /// Nodes, not connections.
    [[nodiscard]] std::size_t peer_count() const;
    [[nodiscard]] LocalEndpoint local() const;
    /// A node to stay connected to; false: it is one already.
    bool add_static(const Enode& enode);
    /// By its key. Also disconnects it; false: it was none.
    bool remove_static(const Enode& enode);
    [[nodiscard]] std::vector<Enode> static_nodes() const;
    /// Looks again at who may stay, after permissions changed.
    void recheck_permissions();

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::p2p
