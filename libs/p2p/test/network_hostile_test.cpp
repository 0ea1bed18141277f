// SPDX-License-Identifier: Apache-2.0
// What strangers may try, and that honest peers are served all the same.
#include "network_harness.hpp"
#include "raw_peer.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using test::loopback_options;
using test::RawPeer;
using test::RawSocket;
using test::shared_bytes;
using test::TestNode;
using testing::HasSubstr;

/// An honest node connects, and is answered.
void expect_served(TestNode& node) {
    TestNode honest;
    honest.network.add_static(node.enode());
    ASSERT_TRUE(honest.protocol.wait_connected(1));
    const auto is_honest = [&](const auto& entry) {
        return entry.second->key == honest.enode().id;
    };
    ASSERT_TRUE(node.protocol.wait(
        [&](const auto& record) { return std::ranges::any_of(record.connected, is_honest); }));
    const auto record = node.protocol.record();
    const auto peer = std::ranges::find_if(record.connected, is_honest)->first;
    EXPECT_TRUE(node.network.send(peer, "test", 1, shared_bytes(Bytes(100'000, 7))));
    EXPECT_TRUE(honest.protocol.wait([](const auto& seen) { return seen.messages.size() == 1; }));
}

TEST(NetworkHostile, garbage_in_place_of_a_handshake_costs_its_sender_the_connection) {
    TestNode node;
    std::mt19937 random{138};
    for (auto i = 0; i < 20; ++i) {
        RawSocket socket{node.enode().tcp_port};
        Bytes garbage(1 + random() % 3000);
        for (auto& byte : garbage) byte = static_cast<std::uint8_t>(random());
        garbage[0] = static_cast<std::uint8_t>(i % 2 == 0 ? 0xff : 0x01);  // too long, or not
        if (garbage.size() < 600) garbage.resize(600);
        socket.write(garbage);
        socket.read_to_end();
    }
    expect_served(node);
    EXPECT_THAT(node.exposed(), HasSubstr("cause=\"invalid\""));
    EXPECT_EQ(node.protocol.record().ever.size(), 1U);
}

TEST(NetworkHostile, handshakes_held_open_give_way_to_honest_ones) {
    auto options = loopback_options();
    options.limits.inbound_handshakes = 8;
    TestNode node{options};
    std::vector<std::unique_ptr<RawSocket>> held;
    for (auto i = 0; i < 64; ++i) {
        held.push_back(std::make_unique<RawSocket>(node.enode().tcp_port));
        held.back()->write(Bytes{0x01, 0x90, 0x04});  // the size of an auth, and its first byte
    }
    expect_served(node);
    for (auto i = 0; i < 40; ++i)
        held[static_cast<std::size_t>(i)]->read_to_end();  // all were shut
    EXPECT_THAT(node.exposed(), HasSubstr("cause=\"evicted\""));
}

TEST(NetworkHostile, a_flood_of_connections_from_one_address_is_cut_by_rate) {
    auto options = loopback_options();
    options.limits.inbound_attempts_per_second = 20;
    TestNode node{options};
    for (auto i = 0; i < 200; ++i) {
        RawSocket socket{node.enode().tcp_port};
        socket.write(Bytes(10));
    }
    expect_served(node);  // dials again until it is let in
    EXPECT_THAT(node.exposed(), HasSubstr("meta138_p2p_refused_total{rule=\"attempts\"}"));
    EXPECT_THAT(node.exposed(),
                testing::Not(HasSubstr("meta138_p2p_refused_total{rule=\"attempts\"} 0")));
}

TEST(NetworkHostile, a_message_that_unpacks_to_more_than_the_limit_is_a_breach_and_bans) {
    auto options = loopback_options();
    options.limits.max_message_bytes = 1 << 20;
    TestNode node{options};
    const auto key = crypto::SecretKey::generate();
    RawPeer bomber{node.enode(), key, {{{"test", 1}, 4}}, {.max_message_bytes = 12 << 20}};
    ASSERT_TRUE(bomber.establish());
    ASSERT_TRUE(bomber.session().send(0, 0, Bytes(12 << 20)));
    bomber.flush();
    EXPECT_EQ(bomber.wait_closed().reason, DisconnectReason::breach_of_protocol);
    EXPECT_TRUE(node.protocol.record().messages.empty());

    RawPeer again{node.enode(), key};
    again.establish();
    again.wait_closed();
    EXPECT_THAT(node.exposed(), HasSubstr("meta138_p2p_refused_total{rule=\"denylist\"} 1"));
    expect_served(node);
}

TEST(NetworkHostile, a_frame_larger_than_the_limit_is_a_breach) {
    auto options = loopback_options();
    options.limits.max_message_bytes = 1 << 20;
    TestNode node{options};
    const auto key = crypto::SecretKey::generate();
    RawPeer sender{node.enode(), key, {{{"test", 1}, 4}}, {.max_message_bytes = 12 << 20}};
    ASSERT_TRUE(sender.establish());
    std::mt19937 random{138};
    Bytes incompressible(8 << 20);
    for (auto& byte : incompressible) byte = static_cast<std::uint8_t>(random());
    ASSERT_TRUE(sender.session().send(0, 0, incompressible));
    sender.flush();  // cut off under way, most likely
    ASSERT_TRUE(node.protocol.wait([](const auto& record) { return !record.ended.empty(); }));
    EXPECT_EQ(node.protocol.record().ended[0].reason, DisconnectReason::breach_of_protocol);
    expect_served(node);
}

TEST(NetworkHostile, a_peer_that_never_reads_is_dropped_before_it_fills_the_memory) {
    auto options = loopback_options();
    options.limits.queued_bytes = 1 << 20;
    TestNode node{options};
    const auto key = crypto::SecretKey::generate();
    RawPeer deaf{node.enode(), key};
    ASSERT_TRUE(deaf.establish());
    ASSERT_TRUE(node.protocol.wait_connected(1));
    const auto peer = node.network.peers().front()->id;
    std::mt19937 random{138};
    Bytes content(100'000);
    for (auto& byte : content) byte = static_cast<std::uint8_t>(random());
    const auto payload = shared_bytes(std::move(content));
    std::size_t most = 0;
    auto sent = 0;
    while (node.network.send(peer, "test", 0, payload)) {
        ++sent;
        most = std::max(most, node.network.queued_bytes(peer));
        ASSERT_LT(sent, 1000) << "a kernel does not take that much";
    }
    EXPECT_LE(most, options.limits.queued_bytes);
    ASSERT_TRUE(node.protocol.wait_connected(0));
    EXPECT_THAT(node.exposed(), HasSubstr("meta138_p2p_slow_readers_total 1"));
    expect_served(node);
}

TEST(NetworkHostile, a_message_larger_than_peers_take_is_not_sent_and_the_connection_stays) {
    auto options = loopback_options();
    options.limits.max_message_bytes = 1000;
    TestNode node{options};
    TestNode other;
    other.network.add_static(node.enode());
    ASSERT_TRUE(node.protocol.wait_connected(1));
    const auto peer = node.network.peers().front()->id;
    EXPECT_TRUE(node.network.send(peer, "test", 0, shared_bytes(Bytes(1001))));
    EXPECT_TRUE(node.network.send(peer, "test", 1, shared_bytes(Bytes(1000))));
    ASSERT_TRUE(other.protocol.wait([](const auto& record) { return !record.messages.empty(); }));
    EXPECT_EQ(other.protocol.record().messages[0].code, 1);
    EXPECT_TRUE(node.protocol.record().ended.empty());
}

TEST(NetworkHostile, a_fault_in_a_handler_ends_the_connection_it_was_called_for_and_no_other) {
    TestNode node;
    node.protocol.when_message = [](PeerId, std::uint8_t code) {
        if (code == 3) throw std::runtime_error{"a message that the handler cannot bear"};
    };
    node.protocol.when_disconnected = [](PeerId) { throw std::logic_error{"and once more"}; };
    TestNode other;
    other.network.add_static(node.enode());
    ASSERT_TRUE(node.protocol.wait_connected(1));
    const auto stays = node.network.peers().front()->id;

    const auto key = crypto::SecretKey::generate();
    RawPeer poisoner{node.enode(), key};
    ASSERT_TRUE(poisoner.establish());
    ASSERT_TRUE(node.protocol.wait_connected(2));
    ASSERT_TRUE(poisoner.session().send(0, 3, Bytes{1}));
    poisoner.flush();
    EXPECT_EQ(poisoner.wait_closed().reason, DisconnectReason::requested);
    ASSERT_TRUE(node.protocol.wait_connected(1));

    node.network.post([] { throw std::runtime_error{"a task fails too"}; });
    node.network.post([] { throw 138; });
    ASSERT_TRUE(other.protocol.wait_connected(1));
    EXPECT_TRUE(node.network.send(stays, "test", 1, shared_bytes(Bytes(100'000, 7))));
    EXPECT_TRUE(other.protocol.wait([](const auto& seen) { return seen.messages.size() == 1; }));
    EXPECT_THAT(node.exposed(), HasSubstr("meta138_p2p_handler_faults_total 4"));
}

TEST(NetworkHostile, a_node_that_is_not_whom_we_dialled_is_refused) {
    TestNode a;
    TestNode b;
    TestNode c;
    auto wrong = b.enode();
    wrong.id = c.enode().id;
    a.network.add_static(wrong);
    a.network.add_static(c.enode());  // the same id: refused
    TestNode d;
    a.network.add_static(d.enode());
    ASSERT_TRUE(a.protocol.wait_connected(1));
    EXPECT_EQ(a.protocol.record().ever[0]->key, d.enode().id);
    EXPECT_TRUE(b.protocol.record().ever.empty());
}

}  // namespace
}  // namespace meta138::p2p
