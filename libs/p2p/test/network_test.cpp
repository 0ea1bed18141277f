// SPDX-License-Identifier: Apache-2.0
#include "meta138/p2p/network.hpp"

#include "network_harness.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <optional>
#include <system_error>

namespace meta138::p2p {
namespace {

using namespace std::chrono_literals;
using test::loopback_options;
using test::shared_bytes;
using test::TestNode;
using testing::HasSubstr;

TEST(Network, connects_to_a_static_node_and_tells_both_who_is_there) {
    TestNode a;
    TestNode b;
    EXPECT_TRUE(a.network.add_static(b.enode()));
    ASSERT_TRUE(a.protocol.wait_connected(1));
    ASSERT_TRUE(b.protocol.wait_connected(1));

    const auto seen_by_a = a.protocol.record().ever.front();
    EXPECT_EQ(seen_by_a->key, b.enode().id);
    EXPECT_EQ(seen_by_a->address, crypto::address_of(b.enode().id));
    EXPECT_EQ(seen_by_a->client_id, "meta138/test");
    EXPECT_EQ(seen_by_a->remote_host, "127.0.0.1");
    EXPECT_EQ(seen_by_a->remote_port, b.enode().tcp_port);
    EXPECT_EQ(seen_by_a->listen_port, b.enode().tcp_port);
    EXPECT_FALSE(seen_by_a->is_inbound);
    EXPECT_TRUE(seen_by_a->is_static);
    const auto seen_by_b = b.protocol.record().ever.front();
    EXPECT_EQ(seen_by_b->key, a.enode().id);
    EXPECT_TRUE(seen_by_b->is_inbound);
    EXPECT_FALSE(seen_by_b->is_static);
    EXPECT_EQ(a.network.peer_count(), 1U);
    EXPECT_EQ(b.network.peers().size(), 1U);
}

TEST(Network, carries_messages_both_ways_in_order) {
    TestNode a;
    TestNode b;
    a.network.add_static(b.enode());
    ASSERT_TRUE(a.protocol.wait_connected(1));
    ASSERT_TRUE(b.protocol.wait_connected(1));
    const auto to_b = a.network.peers().front()->id;
    const auto to_a = b.network.peers().front()->id;
    for (std::uint8_t i = 0; i < 100; ++i)
        EXPECT_TRUE(a.network.send(to_b, "test", i % 4, shared_bytes(Bytes(i * 100U, i))));
    EXPECT_TRUE(b.network.send(to_a, "test", 3, shared_bytes({1, 2, 3})));
    ASSERT_TRUE(b.protocol.wait([](const auto& record) { return record.messages.size() == 100; }));
    ASSERT_TRUE(a.protocol.wait([](const auto& record) { return record.messages.size() == 1; }));
    const auto messages = b.protocol.record().messages;
    for (std::uint8_t i = 0; i < 100; ++i) {
        EXPECT_EQ(messages[i].code, i % 4);
        EXPECT_EQ(messages[i].version, 1U);
        EXPECT_EQ(messages[i].payload, Bytes(i * 100U, i));
    }
    EXPECT_EQ(a.protocol.record().messages.front().payload, (Bytes{1, 2, 3}));
}

TEST(Network, sends_nothing_to_a_peer_that_is_not_there_or_lacks_the_protocol) {
    TestNode a;
    TestNode b;
    a.network.add_static(b.enode());
    ASSERT_TRUE(a.protocol.wait_connected(1));
    const auto peer = a.network.peers().front()->id;
    EXPECT_FALSE(a.network.send(peer, "eth", 0, shared_bytes({})));
    EXPECT_FALSE(a.network.send(PeerId{4711}, "test", 0, shared_bytes({})));
    EXPECT_EQ(a.network.queued_bytes(PeerId{4711}), 0U);
}

TEST(Network, says_goodbye_when_it_stops) {
    TestNode a;
    std::optional<TestNode> b{std::in_place};
    a.network.add_static(b->enode());
    ASSERT_TRUE(a.protocol.wait_connected(1));
    ASSERT_TRUE(b->protocol.wait_connected(1));
    b->network.stop();
    EXPECT_EQ(b->protocol.record().ended.front().reason, DisconnectReason::client_quitting);
    EXPECT_FALSE(b->protocol.record().ended.front().by_remote);
    EXPECT_FALSE(b->network.send(PeerId{1}, "test", 0, shared_bytes({})));
    ASSERT_TRUE(a.protocol.wait([](const auto& record) { return !record.ended.empty(); }));
    EXPECT_EQ(a.protocol.record().ended.front().reason, DisconnectReason::client_quitting);
    EXPECT_TRUE(a.protocol.record().ended.front().by_remote);
    b->network.stop();  // does nothing
}

TEST(Network, says_which_address_and_option_it_cannot_listen_on) {
    TestNode a;
    auto options = loopback_options();
    options.port = a.enode().tcp_port;
    try {
        const TestNode second{options};
        FAIL() << "the port is taken";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::address_in_use);
        EXPECT_THAT(error.what(), HasSubstr("127.0.0.1"));
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(options.port)));
        EXPECT_THAT(error.what(), HasSubstr("--p2p-port"));
    }
}

}  // namespace
}  // namespace meta138::p2p
