// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network_metrics.hpp"
#include "peer_registry.hpp"

#include "meta138/p2p/enode.hpp"
#include "meta138/p2p/ip_address.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/p2p/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meta138::p2p {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

[[nodiscard]] IpAddress to_ip(const asio::ip::address& address);

class Connection;

/// How a connection ended.
struct End {
    DisconnectReason reason{};
    bool by_remote = false;
    std::string detail;
    HandshakeFailure failure{};  ///< If it never was established.
};

/// What a connection needs of the network. Calls come on the network's thread.
class ConnectionHost {
public:
    virtual ~ConnectionHost() = default;
    /// It may close the connection.
    virtual void on_established(Connection& connection, const Session::Established& what) = 0;
    virtual void on_message(Connection& connection, Session::Message message) = 0;
    /// Once. Nothing comes after it, though the connection may still say goodbye.
    virtual void on_end(Connection& connection, const End& end) = 0;
    /// The socket is closed.
    virtual void on_gone(Connection& connection) = 0;
    /// A message is on its way; or not, as it is larger than a peer would take.
    virtual void on_sent(Connection& connection, const PeerRegistry::Message& message,
                         bool is_oversized) = 0;
    [[nodiscard]] virtual bool accepts(const IpAddress& ip) const = 0;
    [[nodiscard]] virtual Session initiate(const crypto::PublicKey& remote) = 0;
    [[nodiscard]] virtual Session accept() = 0;
    /// For reading; its content is nobody's between two calls.
    [[nodiscard]] virtual std::span<std::uint8_t> buffer() = 0;
    [[nodiscard]] virtual PeerRegistry& registry() = 0;
    [[nodiscard]] virtual const NetworkLimits& limits() const = 0;
    [[nodiscard]] virtual bool resolves_names() const = 0;
};

/// A socket with its session: reads, writes, and keeps time. The network's thread.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    using Clock = std::chrono::steady_clock;

    /// Somebody connected.
    Connection(ConnectionHost& host, asio::io_context& io, PeerId id, tcp::socket socket);
    /// We connect.
    Connection(ConnectionHost& host, asio::io_context& io, PeerId id, Enode node);

    void start();
    /// Messages wait in the registry.
    void flush();
    /// Says why, if the other side understands by now, and closes.
    void close(DisconnectReason reason, std::string detail,
               HandshakeFailure failure = HandshakeFailure::stopped);
    /// Closes at once.
    void abort(DisconnectReason reason, std::string detail,
               HandshakeFailure failure = HandshakeFailure::stopped);

    [[nodiscard]] PeerId id() const noexcept { return id_; }
    [[nodiscard]] bool is_inbound() const noexcept { return !node_; }
    [[nodiscard]] bool has_ended() const noexcept { return state_ >= State::leaving; }
    /// Whom we dialled.
    [[nodiscard]] const std::optional<Enode>& node() const noexcept { return node_; }
    [[nodiscard]] std::optional<crypto::PublicKey> remote_id() const;
    [[nodiscard]] const tcp::endpoint& remote() const noexcept { return remote_; }
    [[nodiscard]] const tcp::endpoint& local() const noexcept { return local_; }

private:
    enum class State : std::uint8_t { connecting, handshake, established, leaving, gone };

    void resolve();
    void connect(const std::vector<tcp::endpoint>& endpoints);
    void connected();
    void set_options();
    void wait_readable();
    void read();
    void handle(std::vector<Session::Event> events);
    void handle(const Session::Closed& closed);
    void write();
    void encrypt_messages();
    void write_some();
    void written(std::size_t bytes);
    void wait_until(Clock::time_point time);
    void on_timer();
    void end(const End& end, bool at_once);
    void drain();
    void vanish();
    [[nodiscard]] bool may_read() const;

    ConnectionHost& host_;
    const PeerId id_;
    const std::optional<Enode> node_;
    tcp::socket socket_;
    tcp::resolver resolver_;
    asio::steady_timer timer_;
    tcp::endpoint remote_;
    tcp::endpoint local_;
    State state_ = State::connecting;
    std::optional<Session> session_;
    Bytes out_;
    std::size_t out_written_ = 0;
    std::size_t out_cost_ = 0;  // of the messages in out_, as the registry counts them
    bool is_writing_ = false;
    bool is_waiting_ = false;  // for something to read
    std::size_t drained_ = 0;
    Clock::time_point progress_;
    Clock::time_point armed_for_ = Clock::time_point::max();
};

}  // namespace meta138::p2p
