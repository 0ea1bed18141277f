// SPDX-License-Identifier: Apache-2.0
// Requests that this node cannot answer in time.
#include "test_node.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace meta138::sync::test {
namespace {

using p2p::eth::Code;

/// A node whose workers take their time, and somebody who asks it for headers.
class LateAnswers : public ::testing::Test {
protected:
    void ask(std::uint64_t request) {
        const auto payload = p2p::eth::encode_get_block_headers({.request_id = request,
                                                                 .start = std::uint64_t{0},
                                                                 .limit = 1,
                                                                 .skip = 0,
                                                                 .reverse = false});
        node.protocol.on_message(link.first, 69, static_cast<std::uint8_t>(Code::get_block_headers),
                                 payload);
    }
    std::size_t answers() { return network.messages[Code::block_headers]; }

    FakeNetwork network;
    TestNode node{network};
    TestNode asker{network};
    std::pair<p2p::PeerId, p2p::PeerId> link =
        network.connect(node.protocol, asker.protocol, {.version = 69});
};

TEST_F(LateAnswers, are_not_given_as_besu_takes_them_for_a_breach_of_the_protocol) {
    network.pass(1s);
    const auto before = answers();
    node.worker_delay = 5s;
    for (std::uint64_t i = 0; i < 5; ++i) ask(138 + i);
    network.pass(7s);
    EXPECT_EQ(answers(), before);
    // Nor do those that waited keep a new one waiting.
    node.worker_delay = 0s;
    ask(200);
    network.pass(1s);
    EXPECT_EQ(answers(), before + 1);
}

TEST_F(LateAnswers, are_given_while_there_is_time) {
    network.pass(1s);
    const auto before = answers();
    node.worker_delay = 3s;
    ask(138);
    network.pass(4s);
    EXPECT_EQ(answers(), before + 1);
}

}  // namespace
}  // namespace meta138::sync::test
