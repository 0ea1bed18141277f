// SPDX-License-Identifier: Apache-2.0
#include "peer_registry.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace meta138::p2p {
namespace {

class PeerRegistryTest : public testing::Test {
protected:
    PeerRegistryTest() {
        Peer peer;
        peer.id = id;
        peer.shared = {{.capability = {"eth", 69}, .offset = 0x10, .message_count = 18},
                       {.capability = {"istanbul", 100}, .offset = 0x22, .message_count = 22}};
        registry.add(std::make_shared<const Peer>(peer));
    }

    PeerRegistry::Push push(const std::string& protocol, std::uint8_t code, std::size_t size = 10) {
        return registry.push(id, protocol, code, std::make_shared<const Bytes>(size));
    }

    const PeerId id{7};
    PeerRegistry registry{1000};
};

TEST_F(PeerRegistryTest, votes_do_not_wait_behind_blocks) {
    for (std::uint8_t i = 0; i < 5; ++i) push("eth", i);
    push("istanbul", 18);
    push("istanbul", 19);
    std::string order;
    while (const auto message = registry.pop(id))
        order += (message->capability == 0 ? "e" : "i") + std::to_string(message->code) + " ";
    EXPECT_EQ(order, "e0 i18 e1 i19 e2 e3 e4 ");
}

TEST_F(PeerRegistryTest, wakes_the_network_once_for_many_messages) {
    EXPECT_TRUE(push("eth", 1).wake);
    EXPECT_FALSE(push("eth", 2).wake);
    EXPECT_EQ(registry.take_marked().to_flush, std::vector{id});
    EXPECT_TRUE(push("eth", 3).wake);
}

TEST_F(PeerRegistryTest, counts_what_waits_until_it_is_written) {
    EXPECT_TRUE(push("eth", 1, 400).queued);
    EXPECT_TRUE(push("eth", 2, 400).queued);
    const auto waiting = registry.queued_bytes(id);
    EXPECT_GE(waiting, 800U);
    const auto message = registry.pop(id);
    EXPECT_EQ(registry.queued_bytes(id), waiting);
    registry.written(id, PeerRegistry::cost(*message->payload));
    EXPECT_EQ(registry.queued_bytes(id), waiting / 2);
}

TEST_F(PeerRegistryTest, marks_a_peer_for_which_too_much_waits_and_takes_nothing_more) {
    EXPECT_TRUE(push("eth", 1, 5000).queued) << "one message passes whatever its size";
    (void)registry.take_marked();
    const auto pushed = push("eth", 2);
    EXPECT_FALSE(pushed.queued);
    EXPECT_TRUE(pushed.wake);
    EXPECT_EQ(registry.take_marked().overflowing, std::vector{id});
    EXPECT_FALSE(push("istanbul", 18).queued);
    EXPECT_TRUE(registry.take_marked().overflowing.empty());
}

TEST_F(PeerRegistryTest, knows_no_other_protocols_or_peers) {
    EXPECT_FALSE(push("snap", 1).queued);
    EXPECT_FALSE(registry.push(PeerId{8}, "eth", 1, std::make_shared<const Bytes>()).queued);
    EXPECT_NE(registry.remove(id), nullptr);
    EXPECT_FALSE(push("eth", 1).queued);
    EXPECT_EQ(registry.remove(id), nullptr);
}

TEST_F(PeerRegistryTest, counts_nodes_not_connections) {
    Peer second;
    second.id = PeerId{8};
    registry.add(std::make_shared<const Peer>(second));
    EXPECT_EQ(registry.peers().size(), 2U);
    EXPECT_EQ(registry.node_count(), 1U);
}

}  // namespace
}  // namespace meta138::p2p
