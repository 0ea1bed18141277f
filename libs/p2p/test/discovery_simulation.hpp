// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/p2p/discovery.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <vector>

namespace meta138::p2p::test {

using namespace std::chrono_literals;

/// The key of a node by its number.
crypto::SecretKey key_of(std::uint32_t number);

/// Many Discovery cores in virtual time, with a network between them that a seed decides.
class DiscoverySimulation {
public:
    struct Network {
        double loss = 0;
        std::chrono::milliseconds shortest_delay{1};
        std::chrono::milliseconds longest_delay{40};
    };
    struct Datagram {
        UdpEndpoint from;
        UdpEndpoint to;
        Bytes content;
    };
    struct Member {
        crypto::SecretKey key;
        Node node;
        std::optional<Discovery> core;  // absent: it is down
        DiscoveryOptions options;
        std::set<crypto::PublicKey> found;
        std::vector<Discovery::FoundNode> told;
        std::optional<UdpEndpoint> seen_as;
        Discovery::Time armed{};
    };

    explicit DiscoverySimulation(std::uint64_t seed = 1) : DiscoverySimulation{Network{}, seed} {}
    DiscoverySimulation(Network network, std::uint64_t seed) : network_{network}, random_{seed} {}

    /// Starts at once, at a private address of its own unless another is given.
    std::size_t add(DiscoveryOptions options = {}, std::optional<IpAddress> ip = std::nullopt,
                    std::optional<ForkId> fork_id = std::nullopt);
    void stop(std::size_t member) { members_.at(member).core.reset(); }
    /// With nothing but its key and its record.
    void restart(std::size_t member);
    /// The same, at another address.
    void move(std::size_t member, const IpAddress& ip);

    void run(std::chrono::milliseconds duration);
    /// Until it is true, at most so long; how long it took.
    std::optional<std::chrono::milliseconds> run_until(const std::function<bool()>& condition,
                                                       std::chrono::milliseconds most);

    [[nodiscard]] Member& at(std::size_t member) { return members_.at(member); }
    [[nodiscard]] std::size_t size() const { return members_.size(); }
    [[nodiscard]] Discovery& core(std::size_t member) { return *members_.at(member).core; }
    [[nodiscard]] Discovery::Now now() const;
    [[nodiscard]] std::uint64_t packets() const { return packets_; }
    [[nodiscard]] bool knows(std::size_t member, std::size_t other);
    [[nodiscard]] std::mt19937_64& random() { return random_; }

    /// Sends what no core sent.
    void inject(Datagram datagram) { transmit(std::move(datagram)); }
    /// Sees each datagram before it is delivered; false: it is lost.
    std::function<bool(const Datagram&)> filter;

private:
    struct Event {
        Discovery::Time time;
        std::uint64_t order = 0;
        std::size_t member = 0;              // whose time it is, or
        std::optional<Datagram> datagram{};  // what arrives

        bool operator>(const Event& other) const {
            return std::tie(time, order) > std::tie(other.time, other.order);
        }
    };

    void start(std::size_t number, const std::optional<NodeRecord>& stored);
    void transmit(Datagram datagram);
    void deliver(const Datagram& datagram);
    void collect(std::size_t member);
    void step();

    Network network_;
    std::mt19937_64 random_;
    std::deque<Member> members_;  // cores hold pointers to their keys
    std::map<UdpEndpoint, std::size_t> places_;
    std::map<std::size_t, NodeRecord> records_;
    std::map<std::size_t, RecordContent> contents_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
    std::chrono::nanoseconds elapsed_{0};
    std::uint64_t order_ = 0;
    std::uint64_t packets_ = 0;
};

}  // namespace meta138::p2p::test
