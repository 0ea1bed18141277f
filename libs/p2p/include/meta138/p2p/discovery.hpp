// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/p2p/enode.hpp"
#include "meta138/p2p/enr.hpp"
#include "meta138/p2p/ip_address.hpp"
#include "meta138/types/fork_id.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

namespace meta138::p2p {

/// A node that discovery knows, at an address rather than a name.
struct Node {
    crypto::PublicKey id{};
    UdpEndpoint endpoint{};
    std::uint16_t tcp_port = 0;  ///< 0: unknown, or it takes no connections.

    friend bool operator==(const Node&, const Node&) = default;
};

[[nodiscard]] Enode to_enode(const Node& node);
/// Absent unless the host is an address and there is a UDP port.
[[nodiscard]] std::optional<Node> to_node(const Enode& enode);

/// Numbers of the defence, with what is done beyond them.
struct DiscoveryLimits {
    /// Nodes of one network range (a /24, or a /48 of IPv6) in the whole table and in one bucket;
    /// others are not taken up. Not for loopback and private networks, where operators put all
    /// their nodes, unless `also_private_ranges`.
    std::size_t nodes_of_range = 10;
    std::size_t nodes_of_range_in_bucket = 2;
    bool also_private_ranges = false;
    /// Packets of one source a second that are looked at, and how many at once; others are dropped
    /// unread. A source is an address, or on private networks an address and a port. What we asked
    /// for is always read.
    double packets_per_second = 50;
    double packet_burst = 250;
    /// The same for all sources together: bounds the signatures that are checked.
    double all_packets_per_second = 1000;
    double all_packet_burst = 2000;
    /// Pings to addresses that only hearsay names, a second; more wait.
    double introductions_per_second = 60;
    /// Requests of ours that wait for an answer.
    std::size_t requests = 512;
    /// Nodes we have heard of and not yet spoken to.
    std::size_t candidates = 1024;
    /// Endpoints outside the table that proved to be theirs, or that rate limits remember.
    std::size_t endpoints = 8192;
};

struct DiscoveryOptions {
    /// Nodes of the operator's choice: they may be many of one range.
    std::vector<Node> bootnodes{};
    /// The families that datagrams can be sent to; nodes at others are left alone.
    bool ipv4 = true;
    bool ipv6 = true;
    /// Bootnodes that do not answer are tried again at each refresh, not only while nobody is
    /// known.
    bool retry_bootnodes = true;
    /// Asks for the record of nodes, for their fork id.
    bool request_records = true;
    /// Whether a record's fork id fits; absent: all do. Nodes that do not fit stay in the table, as
    /// they may know others, but are not reported.
    std::function<bool(const ForkId&)> accepts_fork_id{};
    /// Permissions, subnets, bans: whom we answer, keep and report. Absent: everybody.
    std::function<bool(const Node&)> accepts{};
    std::chrono::seconds refresh_interval{30 * 60};
    std::chrono::seconds refresh_interval_while_wanted{30};
    DiscoveryLimits limits{};
};

/// Counts since the start.
struct DiscoveryCounts {
    /// Of packets, in the order of their type byte: ping, pong, find node, neighbors, ENR request
    /// and response.
    static constexpr std::size_t kinds = 6;
    using ByKind = std::array<std::uint64_t, kinds>;

    ByKind received{};  ///< Well-formed and rightly signed.
    ByKind sent{};
    ByKind requests{};  ///< Of ours.
    ByKind retries{};
    ByKind timeouts{};              ///< Nobody answered the last try either.
    std::uint64_t malformed = 0;    ///< Wrong hash, signature, type or content; too long.
    std::uint64_t expired = 0;      ///< Old ones, or a clock is wrong, ours or theirs.
    std::uint64_t over_rate = 0;    ///< Dropped unread.
    std::uint64_t unproven = 0;     ///< Asked something without an endpoint proof.
    std::uint64_t unsolicited = 0;  ///< Answers that nobody asked for.
    std::uint64_t over_range = 0;   ///< Not taken up: too many of their network range.

    [[nodiscard]] static std::uint64_t sum(const ByKind& counts) noexcept {
        return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    }
};

/// Node discovery version 4 with ENR (devp2p discv4.md, EIP-868): datagrams and time in, datagrams
/// and events out. No socket, no clock, no thread.
///
/// A stranger gets a pong and a ping, at a bounded rate, and nothing else before its address proved
/// that it takes part (endpoint proof). Nobody who answers is forgotten for somebody new.
class Discovery {
public:
    using Time = std::chrono::steady_clock::time_point;
    /// Both clocks: one for time-outs, one for what packets say.
    struct Now {
        Time time{};
        std::uint64_t unix_seconds = 0;
    };

    struct Send {
        UdpEndpoint to{};
        Bytes datagram{};
    };
    /// A node that answered and fits. Told when it is found, when it has a new endpoint or record,
    /// and again at most once in five minutes while it answers.
    struct FoundNode {
        Node node{};
        std::optional<NodeRecord> record{};
    };
    /// Several nodes of different ranges see us at this address; told when it changes.
    struct SeenAs {
        UdpEndpoint endpoint{};
    };
    /// In order of what happened.
    struct Output {
        std::vector<Send> datagrams{};
        std::vector<FoundNode> found{};
        std::optional<SeenAs> seen_as{};
    };

    /// Fills bytes for lookup targets and choices; need not be secret.
    using Random = std::function<void(std::span<std::uint8_t>)>;

    /// `key` outlives this object. Begins with the bootnodes at the first on_time.
    Discovery(DiscoveryOptions options, const crypto::SecretKey& key, const RecordContent& content,
              const std::optional<NodeRecord>& stored, Now now, Random random);
    ~Discovery();
    Discovery(Discovery&&) noexcept;
    Discovery& operator=(Discovery&&) noexcept;

    /// Takes a datagram as it came.
    void receive(ByteView datagram, const UdpEndpoint& from, Now now);
    /// Time-outs, retries, lookups, revalidation.
    void on_time(Now now);
    /// When on_time is due next.
    [[nodiscard]] Time due() const;
    /// What is to be sent and told since the last call.
    [[nodiscard]] Output take_output();

    /// Whether more peers are wanted: lookups then follow each other sooner. True at first.
    void set_wanted(bool wanted, Now now);
    /// Also pings them now. Bounded like bootnodes in options: all are tried.
    void add_bootnodes(std::span<const Node> nodes, Now now);
    /// A node heard of elsewhere (DNS, an operator): pinged soon.
    void add(const Node& node, Now now);
    /// Forgets nodes that `accepts` no longer accepts.
    void recheck();
    /// False if it says the same as before.
    bool update_record(const RecordContent& content);

    [[nodiscard]] const NodeRecord& record() const;
    [[nodiscard]] const RecordContent& content() const;
    /// Nodes of the table that answered lately, closest first.
    [[nodiscard]] std::vector<Node> nodes() const;
    /// Fewer than `count` if there are not as many: fitting ones with a TCP port, at random.
    [[nodiscard]] std::vector<Node> sample(std::size_t count);
    [[nodiscard]] std::size_t table_size() const;
    [[nodiscard]] std::size_t requests_in_flight() const;
    [[nodiscard]] const DiscoveryCounts& counts() const;

private:
    class Implementation;
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace meta138::p2p
