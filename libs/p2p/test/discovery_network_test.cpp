// SPDX-License-Identifier: Apache-2.0
// Many nodes in virtual time.
#include "discovery_simulation.hpp"

#include <gmock/gmock.h>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using test::DiscoverySimulation;

DiscoveryOptions with_bootnode(const Node& bootnode) {
    return {.bootnodes = {bootnode}};
}

/// Number 0 is everybody's bootnode.
void add_nodes(DiscoverySimulation& simulation, std::size_t count) {
    simulation.add();
    for (std::size_t i = 1; i < count; ++i) simulation.add(with_bootnode(simulation.at(0).node));
}

bool all_found(DiscoverySimulation& simulation) {
    for (std::size_t i = 0; i < simulation.size(); ++i)
        if (simulation.core(i).record().key() != simulation.at(i).node.id ||
            simulation.at(i).found.size() + 1 < simulation.size())
            return false;
    return true;
}

TEST(DiscoveryNetwork, two_nodes_find_each_other_at_once) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 2);
    EXPECT_TRUE(simulation.run_until([&] { return all_found(simulation); }, 2s));
    EXPECT_EQ(simulation.at(0).told.front().node, simulation.at(1).node);
    EXPECT_TRUE(simulation.at(0).told.front().record);
}

TEST(DiscoveryNetwork, twenty_nodes_all_find_each_other) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 20);
    const auto took = simulation.run_until([&] { return all_found(simulation); }, 90s);
    ASSERT_TRUE(took);
    RecordProperty("milliseconds", static_cast<int>(took->count()));
    RecordProperty("packets", static_cast<int>(simulation.packets()));
}

TEST(DiscoveryNetwork, a_fifth_of_all_packets_may_be_lost) {
    DiscoverySimulation simulation{{.loss = 0.2}, 7};
    add_nodes(simulation, 12);
    EXPECT_TRUE(simulation.run_until([&] { return all_found(simulation); }, 180s));
}

TEST(DiscoveryNetwork, forty_nodes_each_know_most) {
    DiscoverySimulation simulation{3};
    add_nodes(simulation, 40);
    simulation.run(20s);
    for (std::size_t i = 0; i < simulation.size(); ++i) {
        EXPECT_GE(simulation.core(i).table_size(), 25U) << i;
        EXPECT_GE(simulation.at(i).found.size(), 25U) << i;
    }
}

// besu 2662: slow peering in small networks when the bootnode came last.
TEST(DiscoveryNetwork, a_bootnode_that_comes_later_is_found) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 4);
    simulation.stop(0);
    simulation.run(5min);
    EXPECT_TRUE(simulation.at(1).found.empty());
    simulation.restart(0);
    EXPECT_TRUE(simulation.run_until([&] { return simulation.at(3).found.size() == 3; }, 90s));
}

TEST(DiscoveryNetwork, a_node_that_was_restarted_is_known_again_within_seconds) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 4);
    simulation.run(60s);
    const auto sequence = simulation.core(2).record().sequence();
    simulation.stop(2);
    simulation.run(10min);
    EXPECT_FALSE(simulation.knows(1, 2));
    simulation.restart(2);
    EXPECT_EQ(simulation.core(2).record().sequence(), sequence);
    EXPECT_TRUE(simulation.run_until(
        [&] { return simulation.knows(0, 2) && simulation.knows(1, 2) && simulation.knows(2, 1); },
        45s));
}

// Nobody has a bootnode that answers: both halves remember each other.
TEST(DiscoveryNetwork, halves_that_were_apart_for_hours_find_each_other_again) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 6);
    simulation.run(60s);
    for (std::size_t i = 0; i < simulation.size(); ++i)
        simulation.core(i).set_wanted(false, simulation.now());
    const auto half = [&](const UdpEndpoint& endpoint) {
        std::size_t number = 0;
        while (simulation.at(number).node.endpoint != endpoint) ++number;
        return number % 2;
    };
    simulation.filter = [&](const DiscoverySimulation::Datagram& datagram) {
        return half(datagram.from) == half(datagram.to);
    };
    simulation.run(3h);
    EXPECT_FALSE(simulation.knows(1, 2));
    EXPECT_TRUE(simulation.knows(1, 3));
    simulation.stop(0);
    simulation.filter = nullptr;
    EXPECT_TRUE(simulation.run_until(
        [&] { return simulation.knows(1, 2) && simulation.knows(4, 5) && simulation.knows(3, 4); },
        15min));
}

TEST(DiscoveryNetwork, a_node_that_moved_is_known_at_its_new_address) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 3);
    simulation.run(60s);
    simulation.stop(2);
    // The same key elsewhere, as when a container is made anew.
    const Node old = simulation.at(2).node;
    const auto moved = IpAddress::parse("10.0.9.9").value();
    simulation.move(2, moved);
    EXPECT_TRUE(simulation.run_until(
        [&] {
            const auto nodes = simulation.core(0).nodes();
            return std::ranges::any_of(nodes, [&](const Node& node) {
                return node.id == old.id && node.endpoint.ip == moved;
            });
        },
        120s));
}

TEST(DiscoveryNetwork, ipv6_nodes_find_each_other) {
    DiscoverySimulation simulation;
    simulation.add({}, IpAddress::parse("fd00::1"));
    simulation.add(with_bootnode(simulation.at(0).node), IpAddress::parse("fd00::2"));
    simulation.add(with_bootnode(simulation.at(0).node), IpAddress::parse("fd00::3"));
    EXPECT_TRUE(simulation.run_until([&] { return all_found(simulation); }, 90s));
}

TEST(DiscoveryNetwork, nodes_of_another_fork_are_not_reported) {
    const ForkId ours{.hash = {1, 2, 3, 4}, .next = 0};
    const ForkId theirs{.hash = {9, 9, 9, 9}, .next = 0};
    DiscoveryOptions options;
    options.accepts_fork_id = [ours](const ForkId& fork_id) { return fork_id == ours; };
    DiscoverySimulation simulation;
    simulation.add(options, std::nullopt, ours);
    options.bootnodes = {simulation.at(0).node};
    simulation.add(options, std::nullopt, ours);
    simulation.add({.bootnodes = options.bootnodes}, std::nullopt, theirs);
    simulation.add({.bootnodes = options.bootnodes});  // says nothing of forks
    simulation.run(90s);
    const auto& found = simulation.at(0).found;
    EXPECT_TRUE(found.contains(simulation.at(1).node.id));
    EXPECT_FALSE(found.contains(simulation.at(2).node.id));
    EXPECT_TRUE(found.contains(simulation.at(3).node.id));
    EXPECT_EQ(simulation.core(0).sample(10).size(), 2U);
    EXPECT_EQ(simulation.core(0).table_size(), 3U);
}

TEST(DiscoveryNetwork, a_changed_record_is_told) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 2);
    simulation.run(5s);
    auto content = simulation.core(1).content();
    content.tcp = 4444;
    ASSERT_TRUE(simulation.core(1).update_record(content));
    simulation.run(60s);
    EXPECT_EQ(simulation.at(0).told.back().node.tcp_port, 4444);
    EXPECT_EQ(simulation.at(0).told.back().record, simulation.core(1).record());
}

TEST(DiscoveryNetwork, a_node_behind_a_loopback_setting_learns_its_address) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 4);
    simulation.run(60s);
    EXPECT_EQ(simulation.at(3).seen_as, simulation.at(3).node.endpoint);
}

TEST(DiscoveryNetwork, without_wanted_peers_it_is_quiet) {
    DiscoverySimulation simulation;
    add_nodes(simulation, 4);
    simulation.run(5min);
    for (std::size_t i = 0; i < simulation.size(); ++i)
        simulation.core(i).set_wanted(false, simulation.now());
    simulation.run(2min);
    const auto before = simulation.packets();
    simulation.run(10min);
    // Each checks each of three others every five minutes, and that is answered.
    EXPECT_LT(simulation.packets() - before, 4 * 3 * 2 * 2 * 4U);
}

/// An attacker with all addresses of one public /24 and as many keys as he likes, who answers
/// everything and names only his own nodes.
class Attacker {
public:
    Attacker(DiscoverySimulation& simulation, std::size_t nodes) {
        for (std::size_t i = 0; i < nodes; ++i) {
            const std::array<std::uint8_t, 4> ip{203, 0, 113, static_cast<std::uint8_t>(i)};
            numbers.push_back(simulation.add(
                {.bootnodes = {simulation.at(0).node}, .refresh_interval_while_wanted = 15s},
                IpAddress::from(ip)));
        }
    }
    std::vector<std::size_t> numbers;
};

TEST(DiscoveryNetwork, one_range_of_addresses_cannot_fill_a_table) {
    DiscoverySimulation simulation{11};
    // Honest nodes, each of a network of its own.
    constexpr std::size_t honest = 8;
    for (std::size_t i = 0; i < honest; ++i) {
        const std::array<std::uint8_t, 4> ip{198, static_cast<std::uint8_t>(20 + i), 1, 1};
        simulation.add(i == 0 ? DiscoveryOptions{} : with_bootnode(simulation.at(0).node),
                       IpAddress::from(ip));
    }
    simulation.run(20s);
    const Attacker attacker{simulation, 30};
    simulation.run(40s);
    const auto range = parse_subnet("203.0.113.0/24").value();
    for (std::size_t i = 0; i < honest; ++i) {
        std::size_t of_range = 0;
        for (const auto& node : simulation.core(i).nodes())
            if (range.contains(node.endpoint.ip)) ++of_range;
        EXPECT_LE(of_range, 10U) << i;
        EXPECT_GT(of_range, 0U) << i;
        for (std::size_t other = 0; other < honest; ++other) {
            if (other != i) EXPECT_TRUE(simulation.knows(i, other)) << i << " and " << other;
        }
    }
}

}  // namespace
}  // namespace meta138::p2p
