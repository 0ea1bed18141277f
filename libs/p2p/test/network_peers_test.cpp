// SPDX-License-Identifier: Apache-2.0
// Whom the network stays connected with, on loopback.
#include "network_harness.hpp"
#include "raw_peer.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
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

/// Collects log lines at debug level.
struct LogLines {
    std::mutex mutex;
    std::string text;
    std::shared_ptr<telemetry::Log> log = telemetry::Log::open(
        {.level = telemetry::Level::debug, .output = [this](std::string_view line) {
             const std::lock_guard lock{mutex};
             text += line;
         }});
    std::string read() {
        const std::lock_guard lock{mutex};
        return text;
    }
};

/// Lets all tasks run that were posted to the network's thread before.
void run_posted(Network& network) {
    std::promise<void> done;
    network.post([&] { done.set_value(); });
    done.get_future().wait();
}

/// Asks again and again, as the network's time goes on.
bool comes_true(Network& network, const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + test::patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::promise<void> done;
        network.post_at(std::chrono::steady_clock::now() + 2ms, [&] { done.set_value(); });
        done.get_future().wait();
    }
    return true;
}

TEST(NetworkPeers, a_static_node_is_connected_again_after_it_stopped) {
    TestNode a;
    auto b = std::make_unique<TestNode>();
    const auto enode = b->enode();
    auto key = b->key.duplicate();
    a.network.add_static(enode);
    ASSERT_TRUE(a.protocol.wait_connected(1));
    b.reset();
    ASSERT_TRUE(a.protocol.wait_connected(0));
    auto options = loopback_options();
    options.port = enode.tcp_port;
    b = std::make_unique<TestNode>(options, std::move(key));
    ASSERT_TRUE(a.protocol.wait_connected(1));
    EXPECT_EQ(a.protocol.record().ever.size(), 2U);
    EXPECT_NE(a.protocol.record().ever[0]->id, a.protocol.record().ever[1]->id);
}

TEST(NetworkPeers, of_two_nodes_that_dial_each_other_one_connection_stays_the_same_at_both) {
    for (auto round = 0; round < 5; ++round) {
        TestNode a;
        TestNode b;
        a.network.add_static(b.enode());
        b.network.add_static(a.enode());
        ASSERT_TRUE(a.protocol.wait([](const auto& record) { return !record.ever.empty(); }));
        ASSERT_TRUE(b.protocol.wait([](const auto& record) { return !record.ever.empty(); }));
        // While there may be two, either carries what is said.
        std::vector<PeerId> ids;
        for (const auto& peer : a.network.peers()) ids.push_back(peer->id);
        const auto sent = a.network.send(ids, "test", 0, shared_bytes({1}));
        EXPECT_GE(sent, 1U);
        EXPECT_TRUE(b.protocol.wait([](const auto& record) { return !record.messages.empty(); }));
        EXPECT_EQ(a.network.peer_count(), 1U);
        EXPECT_TRUE(comes_true(a.network, [&] {
            const auto at_a = a.protocol.record().connected;
            const auto at_b = b.protocol.record().connected;
            return at_a.size() == 1 && at_b.size() == 1 &&
                   at_a.begin()->second->is_inbound != at_b.begin()->second->is_inbound &&
                   at_a.begin()->second->local_port == at_b.begin()->second->remote_port;
        }));
    }
}

TEST(NetworkPeers, beyond_max_peers_a_newcomer_is_told_so) {
    auto options = loopback_options();
    options.max_peers = 2;
    options.max_inbound_share = {};
    TestNode hub{options};
    TestNode a;
    TestNode b;
    a.network.add_static(hub.enode());
    b.network.add_static(hub.enode());
    ASSERT_TRUE(hub.protocol.wait_connected(2));
    const auto key = crypto::SecretKey::generate();
    RawPeer newcomer{hub.enode(), key};
    newcomer.establish();
    const auto closed = newcomer.wait_closed();
    EXPECT_EQ(closed.reason, DisconnectReason::too_many_peers);
    EXPECT_TRUE(closed.by_remote);
    EXPECT_THAT(hub.exposed(), HasSubstr("meta138_p2p_refused_total{rule=\"too_many_peers\"} 1"));
    EXPECT_EQ(hub.network.peer_count(), 2U);
}

TEST(NetworkPeers, a_static_node_takes_anothers_place) {
    auto options = loopback_options();
    options.max_peers = 1;
    options.max_inbound_share = {};
    TestNode hub{options};
    TestNode friend_;
    hub.network.add_static({friend_.enode()});
    ASSERT_TRUE(hub.protocol.wait_connected(1));
    hub.network.remove_static(friend_.enode());
    ASSERT_TRUE(hub.protocol.wait_connected(0));
    TestNode stranger;
    stranger.network.add_static(hub.enode());
    ASSERT_TRUE(hub.protocol.wait_connected(1));
    hub.network.add_static(friend_.enode());
    ASSERT_TRUE(hub.protocol.wait([&](const auto& record) {
        return record.connected.size() == 1 &&
               record.connected.begin()->second->key == friend_.enode().id;
    }));
    ASSERT_TRUE(stranger.protocol.wait([](const auto& record) { return !record.ended.empty(); }));
    EXPECT_EQ(stranger.protocol.record().ended[0].reason, DisconnectReason::too_many_peers);
}

TEST(NetworkPeers, a_peer_without_a_shared_capability_is_useless) {
    TestNode node;
    const auto key = crypto::SecretKey::generate();
    RawPeer peer{node.enode(), key, {{{"other", 1}, 4}}};
    EXPECT_FALSE(peer.establish());
    EXPECT_EQ(peer.wait_closed().reason, DisconnectReason::useless_peer);
    EXPECT_TRUE(node.protocol.record().ever.empty());
}

TEST(NetworkPeers, a_name_is_resolved_if_names_are) {
    TestNode a;
    TestNode b;
    auto enode = b.enode();
    enode.host = "localhost";
    a.network.add_static(enode);
    EXPECT_TRUE(a.protocol.wait_connected(1));

    LogLines lines;
    auto options = loopback_options();
    options.dns = false;
    options.limits.first_redial = 1ms;
    const auto key = crypto::SecretKey::generate();
    telemetry::Metrics metrics;
    test::RecordingProtocol protocol;
    Network network{options, key, lines.log->logger("test"), metrics};
    network.add_protocol({{{"test", 1}, 4}}, protocol);
    network.start();
    network.add_static(enode);
    EXPECT_TRUE(comes_true(
        network, [&] { return lines.read().find("cannot be reached") != std::string::npos; }));
    network.stop();
    EXPECT_THAT(lines.read(), HasSubstr("'localhost' is a name, and names are not resolved"));
}

TEST(NetworkPeers, permissions_hold_in_both_directions_and_the_log_names_the_rule) {
    LogLines lines;
    std::atomic allowed = false;
    auto options = loopback_options();
    options.find_refusal = [&](const Enode&) -> std::optional<std::string> {
        if (allowed) return std::nullopt;
        return "nodes-allowlist of permissions_config.toml has no entry with its id";
    };
    const auto key = crypto::SecretKey::generate();
    telemetry::Metrics metrics;
    test::RecordingProtocol protocol;
    Network network{options, key, lines.log->logger("test"), metrics};
    network.add_protocol({{{"test", 1}, 4}}, protocol);
    network.start();
    TestNode other;
    {
        const auto other_key = crypto::SecretKey::generate();
        RawPeer inbound{network.local().enode, other_key};
        inbound.establish();
        inbound.wait_closed();
    }
    EXPECT_TRUE(protocol.record().ever.empty());
    EXPECT_THAT(lines.read(), HasSubstr("nodes-allowlist of permissions_config.toml"));

    network.add_static(other.enode());
    run_posted(network);
    EXPECT_TRUE(other.protocol.record().ever.empty());
    allowed = true;
    ASSERT_TRUE(protocol.wait_connected(1));
    allowed = false;
    network.recheck_permissions();
    EXPECT_TRUE(protocol.wait_connected(0));
    network.stop();
}

TEST(NetworkPeers, a_connected_peer_that_becomes_static_is_told_to_protocols) {
    TestNode a;
    TestNode b;
    a.network.add_static(b.enode());
    ASSERT_TRUE(b.protocol.wait_connected(1));
    EXPECT_TRUE(b.network.add_static(a.enode()));
    EXPECT_FALSE(b.network.add_static(a.enode()));
    EXPECT_FALSE(b.network.add_static(b.enode())) << "itself";
    ASSERT_TRUE(b.protocol.wait([](const auto& record) { return record.updated.size() == 1; }));
    EXPECT_TRUE(b.network.peers().front()->is_static);
    EXPECT_EQ(b.network.static_nodes(), std::vector{a.enode()});
}

TEST(NetworkPeers, a_protocol_may_disconnect_and_score_them) {
    TestNode a;
    TestNode b;
    TestNode c;
    b.network.add_static(a.enode());
    c.network.add_static(a.enode());
    ASSERT_TRUE(a.protocol.wait_connected(2));
    for (const auto& peer : a.network.peers()) {
        if (peer->key == b.enode().id)
            a.network.disconnect(peer->id, DisconnectReason::subprotocol_error);
        else
            a.network.score(peer->id, -1000);
    }
    ASSERT_TRUE(a.protocol.wait_connected(0));
    ASSERT_TRUE(b.protocol.wait([](const auto& record) { return !record.ended.empty(); }));
    EXPECT_EQ(b.protocol.record().ended[0].reason, DisconnectReason::subprotocol_error);
    ASSERT_TRUE(c.protocol.wait([](const auto& record) { return !record.ended.empty(); }));
    EXPECT_EQ(c.protocol.record().ended[0].reason, DisconnectReason::useless_peer);
    // Both are static at b and c, which dial again; a has banned both.
    EXPECT_EQ(a.protocol.record().ever.size(), 2U);
}

TEST(NetworkPeers, a_stop_with_dials_and_handshakes_under_way_ends_them) {
    TestNode a;
    const RawSocket held{a.enode().tcp_port};
    // A listener that accepts and says nothing.
    const auto listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener, 10), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    TestNode silent;
    auto enode = silent.enode();
    enode.tcp_port = ntohs(address.sin_port);
    a.network.add_static(enode);
    run_posted(a.network);
    std::atomic ran = 0;
    a.network.post_at(std::chrono::steady_clock::now() + 1h, [&] { ++ran; });
    a.network.stop();
    a.network.post([&] { ++ran; });
    EXPECT_EQ(ran, 0);
    EXPECT_EQ(a.network.peer_count(), 0U);
    ::close(listener);
}

TEST(NetworkPeers, tasks_run_on_the_networks_thread_in_time) {
    TestNode a;
    std::promise<std::thread::id> soon;
    std::promise<std::thread::id> later;
    a.network.post_at(std::chrono::steady_clock::now() + 5ms,
                      [&] { later.set_value(std::this_thread::get_id()); });
    a.network.post([&] { soon.set_value(std::this_thread::get_id()); });
    const auto thread = soon.get_future().get();
    EXPECT_TRUE(thread != std::this_thread::get_id());
    EXPECT_TRUE(later.get_future().get() == thread);
}

TEST(NetworkPeers, metrics_have_the_names_that_dashboards_know) {
    TestNode a;
    TestNode b;
    a.network.add_static(b.enode());
    ASSERT_TRUE(b.protocol.wait_connected(1));
    ASSERT_TRUE(a.protocol.wait_connected(1));
    a.network.send(a.network.peers().front()->id, "test", 2, shared_bytes(Bytes(10)));
    ASSERT_TRUE(b.protocol.wait([](const auto& record) { return !record.messages.empty(); }));
    run_posted(a.network);
    EXPECT_THAT(a.exposed(), HasSubstr("besu_peers_connected_total 1"));
    EXPECT_THAT(a.exposed(), HasSubstr("ethereum_peer_count 1"));
    EXPECT_THAT(a.exposed(), HasSubstr("ethereum_peer_limit 25"));
    EXPECT_THAT(a.exposed(), HasSubstr("besu_peers_peer_count_by_client{client=\"meta138\"} 1"));
    EXPECT_THAT(a.exposed(), HasSubstr("meta138_p2p_connections{direction=\"outbound\"} 1"));
    EXPECT_THAT(b.exposed(), HasSubstr("meta138_p2p_connections{direction=\"inbound\"} 1"));
    EXPECT_THAT(a.exposed(), HasSubstr("besu_network_p2p_messages_outbound_total"));
    EXPECT_THAT(b.exposed(), HasSubstr("besu_network_p2p_bytes_inbound_total"));
    b.network.stop();
    ASSERT_TRUE(a.protocol.wait_connected(0));
    run_posted(a.network);
    EXPECT_THAT(a.exposed(), HasSubstr("besu_peers_disconnected_total"));
    EXPECT_THAT(a.exposed(), HasSubstr("disconnectReason=\"CLIENT_QUITTING\""));
    EXPECT_THAT(a.exposed(), HasSubstr("initiator=\"remote\""));
}

TEST(NetworkPeers, both_address_families_come_in_by_one_listener) {
    auto options = loopback_options();
    options.listen_host = "::";
    std::unique_ptr<TestNode> hub;
    try {
        hub = std::make_unique<TestNode>(options);
    } catch (const std::system_error& error) {
        GTEST_SKIP() << "no IPv6 here: " << error.what();
    }
    TestNode a;
    TestNode b;
    auto by_v6 = hub->enode();
    by_v6.host = "::1";
    a.network.add_static(by_v6);
    b.network.add_static(hub->enode());
    ASSERT_TRUE(hub->protocol.wait_connected(2));
    std::vector<std::string> hosts;
    for (const auto& peer : hub->network.peers()) hosts.push_back(peer->remote_host);
    EXPECT_THAT(hosts, testing::UnorderedElementsAre("::1", "127.0.0.1"));
}

TEST(NetworkPeers, nodes_that_all_have_each_other_as_static_become_a_mesh_of_single_connections) {
    constexpr std::size_t count = 7;
    std::vector<std::unique_ptr<TestNode>> nodes;
    for (std::size_t i = 0; i < count; ++i) nodes.push_back(std::make_unique<TestNode>());
    for (const auto& node : nodes)
        for (const auto& other : nodes) node->network.add_static(other->enode());  // itself: no
    EXPECT_TRUE(comes_true(nodes[0]->network, [&] {
        return std::ranges::all_of(nodes, [&](const auto& node) {
            return node->network.peer_count() == count - 1 &&
                   node->network.peers().size() == count - 1;
        });
    }));
}

TEST(NetworkPeers, nodes_find_each_other_by_a_bootnode) {
    auto options = loopback_options();
    options.discovery = true;
    TestNode boot{options};
    EXPECT_EQ(boot.network.local().udp_port, boot.enode().tcp_port);
    EXPECT_THAT(boot.network.local().enr, HasSubstr("enr:"));
    options.bootnodes = {boot.enode()};
    TestNode a{options};
    TestNode b{options};
    ASSERT_TRUE(a.protocol.wait([&](const auto& record) {
        return std::ranges::any_of(
            record.connected, [&](const auto& entry) { return entry.second->key == b.enode().id; });
    }));
    EXPECT_GE(a.network.peer_count(), 1U);
}

}  // namespace
}  // namespace meta138::p2p
