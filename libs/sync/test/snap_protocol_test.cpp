// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/snap_protocol.hpp"

#include "snap_queue.hpp"
#include "test_node.hpp"

#include "meta138/p2p/snap.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::sync::test {
namespace {

namespace snap = p2p::snap;
using p2p::PeerId;
using testing::ElementsAre;

SnapRequest request(std::uint64_t id) {
    return snap::GetByteCodes{.request_id = id};
}

class Queue : public testing::Test {
protected:
    /// Which request is next: 0 for none.
    std::uint64_t take() {
        const auto next = queue.take(now, [this](PeerId peer) { return peer != deaf; });
        return next ? std::get<snap::GetByteCodes>(next->request).request_id : 0;
    }
    const PeerId a{1};
    const PeerId b{2};
    PeerId deaf{};
    SnapQueue::Time now{1h};
    SnapQueue queue{{.max_waiting = 3, .peer_share = 0.25, .total_share = 0.5}};
};

TEST_F(Queue, serves_one_at_a_time) {
    queue.add(a, request(1));
    queue.add(b, request(2));
    EXPECT_EQ(take(), 1U);
    EXPECT_EQ(take(), 0U);
    EXPECT_FALSE(queue.due());
    queue.on_served({}, now);
    EXPECT_EQ(take(), 2U);
}

TEST_F(Queue, gives_peers_their_turns) {
    for (const std::uint64_t id : {1U, 2U, 3U}) queue.add(a, request(id));
    for (const std::uint64_t id : {11U, 12U}) queue.add(b, request(id));
    std::vector<std::uint64_t> order;
    for (int i = 0; i < 5; ++i) {
        order.push_back(take());
        queue.on_served({}, now);
    }
    EXPECT_THAT(order, ElementsAre(1, 11, 2, 12, 3));
}

TEST_F(Queue, lets_a_peer_rest_for_what_its_request_cost) {
    queue.add(a, request(1));
    queue.add(a, request(2));
    EXPECT_EQ(take(), 1U);
    now += 100ms;
    queue.on_served(100ms, now);
    EXPECT_EQ(queue.due(), now + 300ms);
    now += 299ms;
    EXPECT_EQ(take(), 0U);
    now += 1ms;
    EXPECT_EQ(take(), 2U);
}

TEST_F(Queue, leaves_half_of_the_time_free_however_many_peers_ask) {
    for (std::uint64_t peer = 1; peer <= 20; ++peer)
        for (const std::uint64_t id : {1U, 2U, 3U}) queue.add(PeerId{peer}, request(id));
    const auto begin = now;
    SnapQueue::Duration worked{};
    while (now < begin + 1s) {
        if (take() != 0) {
            now += 10ms;
            worked += 10ms;
            queue.on_served(10ms, now);
        } else {
            now = std::max(now, queue.due().value());
        }
    }
    EXPECT_GE(worked, 480ms);
    EXPECT_LE(worked, 520ms);
}

TEST_F(Queue, bounds_what_waits) {
    EXPECT_TRUE(queue.add(a, request(1)));
    EXPECT_TRUE(queue.add(a, request(2)));
    EXPECT_TRUE(queue.add(a, request(3)));
    EXPECT_FALSE(queue.add(a, request(4)));
    EXPECT_TRUE(queue.add(b, request(5)));
}

TEST_F(Queue, passes_over_peers_that_do_not_read) {
    queue.add(a, request(1));
    queue.add(b, request(2));
    deaf = a;
    EXPECT_EQ(take(), 2U);
    queue.on_served({}, now);
    EXPECT_EQ(take(), 0U);
    deaf = {};
    EXPECT_EQ(take(), 1U);
}

TEST_F(Queue, keeps_what_could_not_be_served_at_its_place) {
    queue.add(a, request(1));
    queue.add(a, request(2));
    EXPECT_EQ(take(), 1U);
    queue.put_back(request(1));
    EXPECT_EQ(queue.due(), now - now.time_since_epoch());
    EXPECT_EQ(take(), 1U);
}

TEST_F(Queue, forgets_peers_that_have_gone) {
    queue.add(a, request(1));
    queue.add(a, request(2));
    EXPECT_EQ(take(), 1U);
    queue.on_disconnected(a);
    queue.on_served(1s, now);
    EXPECT_FALSE(queue.due());
    now += 10s;
    EXPECT_EQ(take(), 0U);
}

/// Somebody who asks for states.
class Asker final : public p2p::Protocol {
public:
    explicit Asker(FakeNetwork& network) : peers{network} {}
    void on_connected(const std::shared_ptr<const p2p::Peer>& /*peer*/) override {}
    void on_message(PeerId /*peer*/, std::uint64_t /*version*/, std::uint8_t code,
                    Bytes payload) override {
        answers.emplace_back(code, std::move(payload));
    }
    void on_disconnected(PeerId /*peer*/, p2p::DisconnectReason reason, bool /*by*/) override {
        closed = reason;
    }

    FakeNetwork::Side peers;
    std::vector<std::pair<std::uint8_t, Bytes>> answers;
    std::optional<p2p::DisconnectReason> closed;
};

class SnapProtocolTest : public testing::Test {
protected:
    SnapProtocolTest() {
        node.extend(4);
        server = network.connect(asker, protocol, {}).first;
        network.pass(100ms);
    }
    ~SnapProtocolTest() override { network.clear(); }

    void say(std::uint8_t code, const Bytes& payload) {
        asker.peers.send(server, code, std::make_shared<const Bytes>(payload));
    }
    void ask_for_accounts(std::uint64_t id) {
        say(0x00,
            snap::encode_get_account_range({.request_id = id,
                                            .root = node.chain.view()->head().header.state_root,
                                            .origin = {},
                                            .limit = snap::GetStorageRanges::highest,
                                            .max_bytes = 100'000}));
    }

    FakeNetwork network;
    TestNode node{network};
    FakeNetwork::Side peers{network};
    telemetry::Metrics metrics;
    bool is_ready = true;
    bool has_room = true;
    std::size_t tasks = 0;
    SnapProtocol protocol{{.view = [this] { return node.chain.view(); },
                           .is_ready = [this](PeerId) { return is_ready; },
                           .run_on_worker =
                               [this](Peers::Task& task) {
                                   if (!has_room) return false;
                                   ++tasks;
                                   network.post(std::move(task));
                                   return true;
                               }},
                          peers,
                          telemetry::Logger{},
                          metrics};
    Asker asker{network};
    PeerId server{};
};

TEST_F(SnapProtocolTest, answers_each_request_with_the_next_code) {
    ask_for_accounts(7);
    say(0x02, snap::encode_get_storage_ranges({.request_id = 8}));
    say(0x04, snap::encode_get_byte_codes({.request_id = 9}));
    say(0x06, snap::encode_get_trie_nodes({.request_id = 10}));
    ASSERT_TRUE(network.run([this] { return asker.answers.size() == 4; }, 5s));
    EXPECT_EQ(tasks, 4U);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(asker.answers[i].first, 2 * i + 1);
    const auto accounts = snap::decode_account_range(asker.answers[0].second).value();
    EXPECT_EQ(accounts.request_id, 7U);
    EXPECT_FALSE(accounts.accounts.empty());
    EXPECT_EQ(snap::decode_storage_ranges(asker.answers[1].second).value().request_id, 8U);
    EXPECT_EQ(snap::decode_blobs(asker.answers[2].second).value().request_id, 9U);
    EXPECT_EQ(snap::decode_blobs(asker.answers[3].second).value().request_id, 10U);
}

TEST_F(SnapProtocolTest, tries_again_when_workers_have_no_room) {
    has_room = false;
    ask_for_accounts(7);
    network.pass(1s);
    EXPECT_TRUE(asker.answers.empty());
    has_room = true;
    ASSERT_TRUE(network.run([this] { return asker.answers.size() == 1; }, 5s));
}

TEST_F(SnapProtocolTest, serves_nobody_before_the_handshake_of_eth) {
    is_ready = false;
    ask_for_accounts(7);
    ASSERT_TRUE(network.run([this] { return asker.closed.has_value(); }, 5s));
    EXPECT_EQ(asker.closed, p2p::DisconnectReason::breach_of_protocol);
    EXPECT_TRUE(asker.answers.empty());
}

TEST_F(SnapProtocolTest, disconnects_who_says_what_cannot_be_decoded) {
    say(0x06, snap::encode_get_trie_nodes({.request_id = 1, .paths = {{}}}));
    ASSERT_TRUE(network.run([this] { return asker.closed.has_value(); }, 5s));
    EXPECT_EQ(asker.closed, p2p::DisconnectReason::breach_of_protocol);
}

TEST_F(SnapProtocolTest, disconnects_who_uses_a_code_that_snap_lacks) {
    say(0x08, Bytes{0xc0});
    ASSERT_TRUE(network.run([this] { return asker.closed.has_value(); }, 5s));
    EXPECT_EQ(asker.closed, p2p::DisconnectReason::breach_of_protocol);
}

TEST_F(SnapProtocolTest, thinks_less_of_answers_that_nobody_asked_for_and_of_floods) {
    say(0x01, snap::encode_account_range({}));
    network.pass(100ms);
    EXPECT_EQ(peers.scores.begin()->second, -1);
    has_room = false;
    for (std::uint64_t id = 0; id < 30; ++id) ask_for_accounts(id);
    network.pass(100ms);
    EXPECT_LE(peers.scores.begin()->second, -1 - 5 * 10);
    EXPECT_FALSE(asker.closed);
}

}  // namespace
}  // namespace meta138::sync::test
