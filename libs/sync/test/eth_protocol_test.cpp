// SPDX-License-Identifier: Apache-2.0
#include "test_node.hpp"

#include "meta138/types/transaction_signature.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace meta138::sync::test {
namespace {

namespace eth = p2p::eth;
using eth::Code;
using testing::HasSubstr;

/// A chain of 2,000 blocks that all tests share: its node only serves.
class EthProtocolTest : public testing::Test {
protected:
    static const TestNode& archive() {
        static FakeNetwork idle;
        static TestNode node{idle};
        static const bool is_built = [] {
            views().push_back(node.chain.view());
            for (int i = 0; i < 2000; ++i) {
                node.extend(1);
                views().push_back(node.number() % 100 == 0 ? node.chain.view() : nullptr);
            }
            return true;
        }();
        (void)is_built;
        return node;
    }
    /// The chain as it was at each hundredth block.
    static std::vector<std::shared_ptr<const blockchain::ChainView>>& views() {
        static std::vector<std::shared_ptr<const blockchain::ChainView>> all;
        return all;
    }

    std::unique_ptr<TestServer> server(std::uint64_t blocks) {
        (void)archive();
        return std::make_unique<TestServer>(network, views().at(blocks));
    }

    std::unique_ptr<TestNode> node(std::uint64_t blocks, TestNode::Options options = {}) {
        auto result = std::make_unique<TestNode>(network, options);
        result->copy(archive(), blocks);
        return result;
    }
    bool run_to(const TestNode& node, std::uint64_t number, std::chrono::milliseconds limit = 60s) {
        return network.run([&] { return node.number() >= number; }, limit);
    }
    static bool was_banned(const TestNode& by, p2p::PeerId peer) {
        return std::ranges::find(by.peers.disconnects,
                                 std::pair{peer, p2p::DisconnectReason::breach_of_protocol}) !=
               by.peers.disconnects.end();
    }

    FakeNetwork network;
};

/// Honest but for what is done to answers of one kind.
Tamper change(Code code, std::function<std::vector<WireMessage>(WireMessage)> how) {
    return [code, how = std::move(how)](WireMessage message) {
        if (message.code == code) return how(std::move(message));
        std::vector<WireMessage> same;
        same.push_back(std::move(message));
        return same;
    };
}

TEST_F(EthProtocolTest, syncs_2000_blocks_from_two_peers) {
    for (const std::uint64_t version : {66U, 67U, 68U, 69U}) {
        const auto a = server(2000);
        const auto b = server(2000);
        const auto newcomer = node(0);
        network.connect(a->protocol, newcomer->protocol, {.version = version});
        network.connect(b->protocol, newcomer->protocol, {.version = version});
        EXPECT_TRUE(run_to(*newcomer, 2000)) << version;
        EXPECT_EQ(newcomer->head(), archive().head());
        network.pass(1s);
        ASSERT_EQ(newcomer->sync_changes.size(), 2U);
        EXPECT_FALSE(newcomer->protocol.status().is_syncing);
        EXPECT_TRUE(newcomer->peers.disconnects.empty());
        network.clear();
    }
}

TEST_F(EthProtocolTest, leaves_peers_that_do_not_have_the_blocks_that_are_required) {
    const auto has_left = [](const TestNode& by, p2p::PeerId peer) {
        return std::ranges::find(by.peers.disconnects,
                                 std::pair{peer, p2p::DisconnectReason::useless_peer}) !=
               by.peers.disconnects.end();
    };
    const auto view = archive().chain.view();
    for (const std::uint64_t version : {66U, 69U}) {
        const auto right = server(300);
        const auto young = server(0);
        const auto wrong = node(20);
        wrong->extend(300, false, 0);  // without the archive's transactions
        const auto careful = node(
            0, {.settings = {.required_blocks = {{.number = 20, .hash = view->block_hash(20)},
                                                 {.number = 200, .hash = view->block_hash(200)}}}});
        const auto a = network.connect(right->protocol, careful->protocol, {.version = version});
        const auto b = network.connect(wrong->protocol, careful->protocol, {.version = version});
        const auto c = network.connect(young->protocol, careful->protocol, {.version = version});
        network.pass(2s);
        EXPECT_TRUE(has_left(*careful, b.second)) << version;
        network.pass(100s);  // it is asked again and again, and may still get there
        EXPECT_FALSE(has_left(*careful, a.second)) << version;
        EXPECT_FALSE(has_left(*careful, c.second)) << version;
        EXPECT_EQ(careful->chain.view()->block_hash(300), view->block_hash(300));
        network.clear();
    }
}

TEST_F(EthProtocolTest, syncs_although_one_of_two_peers_sends_bodies_of_other_blocks) {
    const auto honest = server(2000);
    const auto liar = server(2000);
    const auto newcomer = node(0);
    network.connect(honest->protocol, newcomer->protocol, {.latency = 40ms});
    const auto foreign = encode_block_body(
        {.transactions = {archive().chain.view()->blocks().block(4)->transactions.front()},
         .ommers = {},
         .withdrawals = std::vector<Withdrawal>{}});
    const auto link = network.connect(
        liar->protocol, newcomer->protocol,
        {.tamper_a = change(Code::block_bodies, [&](WireMessage message) {
             eth::AnswerWriter answer{eth::peek_request_id(message.payload).value()};
             answer.add(foreign);
             return std::vector<WireMessage>{{message.code, answer.finish()}};
         })});
    EXPECT_TRUE(run_to(*newcomer, 2000));
    EXPECT_TRUE(was_banned(*newcomer, link.second));
}

TEST_F(EthProtocolTest, syncs_although_one_of_two_peers_mixes_headers_up) {
    const auto honest = server(2000);
    const auto liar = server(2000);
    const auto newcomer = node(0);
    network.connect(honest->protocol, newcomer->protocol, {.latency = 40ms});
    const auto link = network.connect(
        liar->protocol, newcomer->protocol,
        {.tamper_a = change(Code::block_headers, [&](WireMessage message) {
             const auto split = eth::split_answer(message.payload).value();
             eth::AnswerWriter answer{split.request_id};
             for (auto item = split.items.rbegin(); item != split.items.rend(); ++item)
                 answer.add(*item);
             return std::vector<WireMessage>{{message.code, answer.finish()}};
         })});
    EXPECT_TRUE(run_to(*newcomer, 2000));
    EXPECT_TRUE(was_banned(*newcomer, link.second));
}

TEST_F(EthProtocolTest, syncs_although_one_of_two_peers_falls_silent) {
    for (const auto code : {Code::block_headers, Code::block_bodies}) {
        const auto honest = server(2000);
        const auto silent = server(2000);
        const auto newcomer = node(0);
        network.connect(honest->protocol, newcomer->protocol, {.latency = 40ms});
        network.connect(silent->protocol, newcomer->protocol,
                        {.tamper_a = change(
                             code, [](const WireMessage&) { return std::vector<WireMessage>{}; })});
        EXPECT_TRUE(run_to(*newcomer, 2000));
        network.clear();
    }
}

TEST_F(EthProtocolTest, syncs_although_one_of_two_peers_has_a_chain_that_nobody_sealed) {
    const auto honest = server(2000);
    const auto liar = node(500, {.seed = 7, .checks_seals = false});
    liar->extend(3000, true, 0);
    const auto newcomer = node(0);
    network.connect(honest->protocol, newcomer->protocol, {.latency = 40ms});
    const auto link = network.connect(liar->protocol, newcomer->protocol, {.latency = 5ms});
    EXPECT_TRUE(run_to(*newcomer, 2000));
    EXPECT_EQ(newcomer->chain.view()->block_hash(2000), archive().head());
    EXPECT_TRUE(was_banned(*newcomer, link.second));
    EXPECT_FALSE(was_banned(*newcomer, static_cast<p2p::PeerId>(2)));
}

TEST_F(EthProtocolTest, takes_good_seals_although_bad_ones_of_the_same_block_came_first) {
    const auto honest = node(21);
    const auto lagging = node(20);
    const auto liar = node(20, {.checks_seals = false});
    liar->copy(*honest, 20);
    auto block = honest->chain.view()->blocks().block(21).value();
    const auto link = network.connect(liar->protocol, lagging->protocol, {});
    network.connect(honest->protocol, lagging->protocol, {.latency = 100ms});
    network.pass(1ms);
    block.header.nonce = bad_seal;
    network.pass(50ms);
    liar->peers.send(
        link.first, static_cast<std::uint8_t>(Code::new_block),
        std::make_shared<const Bytes>(eth::encode_new_block(encode_block(block), uint256{22})));
    EXPECT_TRUE(run_to(*lagging, 21, 10s));
    EXPECT_TRUE(was_banned(*lagging, link.second));
}

TEST_F(EthProtocolTest, catches_up_without_leaving_consensus_for_a_few_blocks) {
    for (const std::uint64_t behind : {1U, 5U, 200U}) {
        const auto ahead = server(500);
        const auto lagging = node(500 - behind);
        network.connect(ahead->protocol, lagging->protocol, {});
        EXPECT_TRUE(run_to(*lagging, 500, 5s)) << behind;
        network.pass(1s);
        EXPECT_EQ(lagging->sync_changes.size(), behind == 200 ? 2U : 0U) << behind;
        network.clear();
    }
}

TEST_F(EthProtocolTest, spreads_a_new_block_along_a_line_once) {
    std::vector<std::unique_ptr<TestNode>> nodes;
    for (int i = 0; i < 5; ++i) nodes.push_back(node(20));
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i)
        network.connect(nodes[i]->protocol, nodes[i + 1]->protocol, {});
    network.connect(nodes[0]->protocol, nodes[4]->protocol, {});  // a ring in the end
    network.pass(500ms);
    network.messages.clear();
    nodes[0]->extend(1);
    EXPECT_TRUE(network.run(
        [&] {
            return std::ranges::all_of(nodes,
                                       [](const auto& each) { return each->number() == 21; });
        },
        200ms));
    network.pass(2s);
    // Not back to whom it came from.
    EXPECT_LE(network.messages[Code::new_block], 6U);
    EXPECT_EQ(network.messages[Code::get_block_headers], 0U);
}

TEST_F(EthProtocolTest, fetches_the_parent_of_an_announced_block) {
    const auto ahead = node(20);
    const auto behind = node(20);
    bool is_lossy = true;
    network.connect(ahead->protocol, behind->protocol,
                    {.tamper_a = change(Code::new_block, [&](WireMessage message) {
                         std::vector<WireMessage> sent;
                         if (!is_lossy) sent.push_back(std::move(message));
                         return sent;
                     })});
    network.pass(500ms);
    ahead->extend(1);
    network.pass(20ms);
    is_lossy = false;
    ahead->extend(1);
    EXPECT_TRUE(run_to(*behind, 22, 200ms));
}

TEST_F(EthProtocolTest, is_not_impressed_by_a_flood_of_blocks) {
    const auto honest = node(20);
    const auto flooder = node(20, {.seed = 9, .checks_seals = false});
    const auto victim = node(20);
    const auto link = network.connect(flooder->protocol, victim->protocol, {});
    network.connect(honest->protocol, victim->protocol, {});
    network.pass(500ms);
    const auto before = victim->worker_tasks;
    Block block = victim->chain.view()->blocks().block(20).value();
    for (std::uint64_t i = 0; i < 5000; ++i) {
        block.header.number = 22 + i % 1000;
        block.header.timestamp = i;
        flooder->peers.send(
            link.first, static_cast<std::uint8_t>(Code::new_block),
            std::make_shared<const Bytes>(eth::encode_new_block(encode_block(block), uint256{i})));
    }
    network.pass(100ms);
    EXPECT_LT(victim->worker_tasks - before, 200U);
    honest->extend(1);
    EXPECT_TRUE(run_to(*victim, 21, 10s));
}

TEST_F(EthProtocolTest, drops_who_sends_the_same_block_again_and_again) {
    const auto peer = node(20);
    const auto victim = node(20);
    const auto link = network.connect(peer->protocol, victim->protocol, {});
    network.pass(500ms);
    const auto payload = std::make_shared<const Bytes>(eth::encode_new_block(
        encode_block(victim->chain.view()->blocks().block(20).value()), uint256{21}));
    for (int i = 0; i < 100; ++i)
        peer->peers.send(link.first, static_cast<std::uint8_t>(Code::new_block), payload);
    network.pass(1s);
    EXPECT_FALSE(network.is_connected(link.first));
}

TEST_F(EthProtocolTest, answers_a_flood_of_requests_one_by_one_and_drops_who_goes_on) {
    const auto flooder = node(0);
    const auto victim = server(500);
    const auto link = network.connect(flooder->protocol, victim->protocol, {});
    network.pass(50ms);
    const auto newcomer = node(0);
    network.connect(victim->protocol, newcomer->protocol, {});
    for (std::uint64_t i = 0; i < 2000; ++i)
        flooder->peers.send(link.first, static_cast<std::uint8_t>(Code::get_block_headers),
                            std::make_shared<const Bytes>(
                                eth::encode_get_block_headers({.request_id = i + 1'000'000,
                                                               .start = std::uint64_t{0},
                                                               .limit = 512,
                                                               .skip = 0,
                                                               .reverse = false})));
    EXPECT_TRUE(run_to(*newcomer, 500, 10s));
    EXPECT_FALSE(network.is_connected(link.first));
}

TEST_F(EthProtocolTest, answers_a_request_for_state_of_eth_66_with_nothing) {  // EIP-4938
    const auto asking = node(0);
    const auto ours = server(500);
    const auto link = network.connect(asking->protocol, ours->protocol, {.version = 66});
    network.pass(50ms);
    const std::array wanted{Hash32{{1}}};
    asking->peers.send(link.first, static_cast<std::uint8_t>(Code::get_node_data),
                       std::make_shared<const Bytes>(eth::encode_hashes_request(7, wanted)));
    network.pass(100ms);
    EXPECT_EQ(network.messages[Code::node_data], 1U);
}

TEST_F(EthProtocolTest, refuses_other_networks_and_says_why) {
    std::string log;
    const auto ours = node(0);
    const auto other = node(0, {.network_id = 139});
    const auto link = network.connect(ours->protocol, other->protocol, {});
    network.pass(1s);
    EXPECT_FALSE(network.is_connected(link.first));
    ASSERT_FALSE(ours->peers.disconnects.empty());
    EXPECT_EQ(ours->peers.disconnects.front().second, p2p::DisconnectReason::subprotocol_error);
    EXPECT_TRUE(ours->peers.ready.empty());
}

TEST_F(EthProtocolTest, takes_no_message_before_the_status) {
    const auto ours = node(0);
    const auto other = node(0);
    const auto link = network.connect(
        other->protocol, ours->protocol,
        {.tamper_a = change(Code::status, [](const WireMessage&) {
             return std::vector<WireMessage>{
                 {Code::get_block_headers, eth::encode_get_block_headers({.request_id = 1,
                                                                          .start = std::uint64_t{0},
                                                                          .limit = 1,
                                                                          .skip = 0,
                                                                          .reverse = false})}};
         })});
    network.pass(1s);
    EXPECT_TRUE(was_banned(*ours, link.second));
}

TEST_F(EthProtocolTest, tells_the_range_of_its_blocks_every_two_minutes) {
    const auto a = node(0);
    const auto b = node(0);
    const auto link = network.connect(a->protocol, b->protocol, {});
    network.pass(100ms);
    a->copy(archive(), 3);
    network.pass(130s);
    EXPECT_EQ(network.messages[Code::block_range_update], 2U);
    EXPECT_EQ(b->protocol.chain_of(link.second)->number, 3U);
}

TEST_F(EthProtocolTest, drops_a_peer_whose_range_ends_before_it_begins) {
    const auto a = node(0);
    const auto b = node(0);
    const auto link = network.connect(a->protocol, b->protocol, {});
    network.pass(100ms);
    a->peers.send(link.first, static_cast<std::uint8_t>(Code::block_range_update),
                  std::make_shared<const Bytes>(eth::encode_block_range_update({5, 4, {}})));
    network.pass(100ms);
    EXPECT_FALSE(network.is_connected(link.first));
}

/// Nodes in a line, and transactions signed by accounts that all pools find rich.
class Gossip : public EthProtocolTest {
protected:
    void make_line(std::size_t count, TestNode::Options options = {}) {
        for (std::size_t i = 0; i < count; ++i) {
            options.seed = i + 1;
            nodes.push_back(node(0, options));
            if (i > 0) network.connect(nodes[i - 1]->protocol, nodes[i]->protocol, {});
        }
        network.pass(500ms);
        network.messages.clear();
    }
    Hash32 add(TestNode& to, bool is_local = true) {
        const auto candidate = source.next(meta138::test::Workload::transfers);
        EXPECT_TRUE(to.pool.add({*candidate.transaction, std::nullopt}, is_local).has_value());
        return candidate.hash;
    }

    meta138::test::ChainGenerator source{chain_options(5)};
    std::vector<std::unique_ptr<TestNode>> nodes;
};

TEST_F(Gossip, brings_a_transaction_to_every_node_in_a_line) {
    make_line(5);
    const auto hash = add(*nodes[0]);
    EXPECT_TRUE(network.run([&] { return nodes[4]->pool.find(hash) != nullptr; }, 500ms));
    network.pass(2s);
    // Each passes it on, none sends it back.
    EXPECT_EQ(network.messages[Code::transactions], 4U);
    EXPECT_EQ(network.messages[Code::get_pooled_transactions], 0U);
}

TEST_F(Gossip, brings_thousands_of_transactions_to_every_node_in_few_messages) {
    make_line(5);
    std::vector<Hash32> hashes;
    for (int i = 0; i < 1000; ++i) hashes.push_back(add(*nodes[2]));
    EXPECT_TRUE(network.run(
        [&] {
            return nodes[0]->pool.status().transactions == 1000 &&
                   nodes[4]->pool.status().transactions == 1000;
        },
        5s));
    EXPECT_LT(network.messages[Code::transactions], 50U);
}

TEST_F(Gossip, asks_for_what_is_only_announced) {
    const auto hub = node(0);
    for (int i = 0; i < 30; ++i) {
        nodes.push_back(node(0, {.seed = static_cast<std::uint64_t>(i + 2)}));
        network.connect(hub->protocol, nodes.back()->protocol, {});
    }
    network.pass(500ms);
    const auto hash = add(*hub);
    EXPECT_TRUE(network.run(
        [&] {
            return std::ranges::all_of(
                nodes, [&](const auto& each) { return each->pool.find(hash) != nullptr; });
        },
        2s));
    EXPECT_LE(network.messages[Code::transactions], 5U);
    EXPECT_GE(network.messages[Code::get_pooled_transactions], 25U);
}

TEST_F(Gossip, brings_a_transaction_of_nearly_two_megabytes_to_every_node_in_a_line) {
    make_line(3);
    Transaction transaction;
    transaction.chain_id = 138;
    transaction.gas_limit = 30'000'000;
    transaction.max_fee_per_gas = transaction.max_priority_fee_per_gas = 1000;
    transaction.to = to_address(uint256{0xaa});
    std::minstd_rand random{1};  // does not compress
    transaction.data.resize(1'800'000);
    for (auto& byte : transaction.data) byte = static_cast<std::uint8_t>(random() >> 8);
    sign_transaction(transaction, crypto::SecretKey::from(to_hash32(uint256{7})).value());
    ASSERT_TRUE(nodes[0]->pool.add({transaction, std::nullopt}, true).has_value());
    const auto hash = transaction_hash(transaction);
    EXPECT_TRUE(network.run([&] { return nodes[2]->pool.find(hash) != nullptr; }, 10s));
    for (const auto& each : nodes) EXPECT_TRUE(each->peers.disconnects.empty());
}

TEST_F(Gossip, tells_a_peer_that_connects_later_what_is_in_the_pool) {
    make_line(1);
    const auto hash = add(*nodes[0]);
    network.pass(1s);
    nodes.push_back(node(0, {.seed = 2}));
    network.connect(nodes[0]->protocol, nodes[1]->protocol, {});
    EXPECT_TRUE(network.run([&] { return nodes[1]->pool.find(hash) != nullptr; }, 2s));
}

TEST_F(Gossip, asks_another_announcer_when_one_does_not_answer) {
    const auto victim = node(0);
    nodes.push_back(node(0, {.seed = 2}));
    nodes.push_back(node(0, {.seed = 3}));
    const auto announce_only = [](bool answers) {
        return [answers](WireMessage message) {
            std::vector<WireMessage> sent;
            if (message.code == Code::transactions) {
                const auto transactions = eth::decode_transactions(message.payload).value();
                std::vector<eth::TransactionAnnouncement> announcements;
                for (const auto& each : transactions)
                    announcements.push_back(
                        {transaction_hash(each), static_cast<std::uint8_t>(each.type),
                         static_cast<std::uint32_t>(encode_transaction(each).size())});
                sent.push_back({Code::new_pooled_transaction_hashes,
                                eth::encode_new_pooled_transaction_hashes(announcements, 69)});
            } else if (answers || message.code != Code::pooled_transactions) {
                sent.push_back(std::move(message));
            }
            return sent;
        };
    };
    network.connect(nodes[0]->protocol, victim->protocol, {.tamper_a = announce_only(false)});
    network.connect(nodes[1]->protocol, victim->protocol,
                    {.latency = 60ms, .tamper_a = announce_only(true)});
    network.pass(500ms);
    const auto candidate = source.next(meta138::test::Workload::transfers);
    for (const auto& each : nodes)
        (void)each->pool.add({*candidate.transaction, std::nullopt}, true);
    EXPECT_TRUE(network.run([&] { return victim->pool.find(candidate.hash) != nullptr; }, 12s));
}

TEST_F(Gossip, works_off_few_messages_of_one_peer_at_a_time) {
    make_line(2);
    const auto link = network.connect(nodes[0]->protocol, nodes[1]->protocol, {});
    network.pass(500ms);
    std::vector<Bytes> encoded;
    for (int i = 0; i < 100; ++i)
        encoded.push_back(
            encode_transaction(*source.next(meta138::test::Workload::transfers).transaction));
    const std::vector<ByteView> views{encoded.begin(), encoded.end()};
    const auto payload = std::make_shared<const Bytes>(eth::encode_transactions(views));
    const auto before = nodes[1]->worker_tasks;
    for (int i = 0; i < 500; ++i)
        nodes[0]->peers.send(link.first, static_cast<std::uint8_t>(Code::transactions), payload);
    network.pass(5s);
    EXPECT_LE(nodes[1]->worker_tasks - before, 10U);
    EXPECT_EQ(nodes[1]->pool.status().transactions, 100U);
}

// On a busy machine the network's thread finds many messages at once, before workers had time for
// any. Each was thought to have arrived, and never sent again.
TEST_F(Gossip, loses_no_message_of_a_burst) {
    make_line(1);
    nodes.push_back(node(0, {.seed = 2}));
    std::vector<WireMessage> held;
    bool holds = true;
    const auto hold = change(Code::transactions, [&](WireMessage message) {
        held.push_back(std::move(message));
        return holds ? std::vector<WireMessage>{} : std::exchange(held, {});
    });
    network.connect(nodes[0]->protocol, nodes[1]->protocol, {.tamper_a = hold});
    network.pass(500ms);
    for (int i = 0; i < 20; ++i) {
        if (i == 19) holds = false;
        add(*nodes[0]);
        network.pass(20ms);
    }
    network.pass(200ms);
    EXPECT_EQ(nodes[1]->pool.status().transactions, 20U);
}

TEST_F(Gossip, keeps_transactions_until_a_worker_has_time) {
    make_line(2);
    nodes[1]->has_workers = false;
    const auto hash = add(*nodes[0]);
    network.pass(1s);
    EXPECT_EQ(nodes[1]->pool.find(hash), nullptr);
    nodes[1]->has_workers = true;
    EXPECT_TRUE(network.run([&] { return nodes[1]->pool.find(hash) != nullptr; }, 500ms));
}

TEST_F(Gossip, brings_what_was_lost_on_the_way_later) {
    for (const auto lost : {Code::transactions, Code::pooled_transactions,
                            Code::new_pooled_transaction_hashes, Code::get_pooled_transactions}) {
        bool is_lossy = true;
        const auto lose = change(lost, [&](WireMessage message) {
            std::vector<WireMessage> sent;
            if (!is_lossy) sent.push_back(std::move(message));
            return sent;
        });
        const auto lose_whole = [&](WireMessage message) {
            if (is_lossy && message.code == Code::transactions) return std::vector<WireMessage>{};
            return lose(std::move(message));
        };
        nodes.clear();
        nodes.push_back(node(0, {.seed = 1}));
        nodes.push_back(node(0, {.seed = 2}));
        // What the second says is lost as well.
        network.connect(nodes[0]->protocol, nodes[1]->protocol, {.tamper_a = lose_whole});
        network.connect(nodes[1]->protocol, nodes[0]->protocol, {.tamper_a = lose_whole});
        network.pass(500ms);
        const auto hash = add(*nodes[0]);
        network.pass(20s);
        is_lossy = false;
        EXPECT_TRUE(network.run([&] { return nodes[1]->pool.find(hash) != nullptr; }, 20s))
            << static_cast<int>(lost);
        network.clear();
    }
}

TEST_F(Gossip, brings_to_a_node_in_sync_what_it_did_not_take_while_it_was_behind) {
    const auto ahead = node(500);
    const auto behind = node(0, {.seed = 2, .block_time = 10ms});
    const auto candidate = source.next(meta138::test::Workload::transfers);
    ASSERT_TRUE(ahead->pool.add({*candidate.transaction, std::nullopt}, true).has_value());
    behind->pool.set_enabled(false);  // as the node does while it synchronises
    network.connect(ahead->protocol, behind->protocol, {});
    ASSERT_TRUE(run_to(*behind, 500));
    EXPECT_EQ(behind->pool.find(candidate.hash), nullptr);
    behind->pool.set_enabled(true);
    EXPECT_TRUE(network.run([&] { return behind->pool.find(candidate.hash) != nullptr; }, 20s));
}

// The money came with a block that the receiver does not have yet.
TEST_F(Gossip, brings_to_a_node_what_it_refused_a_block_ago) {
    make_line(2);
    const auto tell = [&](bool is_rich) {
        nodes[1]->pool.on_head({.head = nodes[1]->pool.head(),
                                .accounts = std::make_shared<const RichAccounts>(is_rich),
                                .changed = {},
                                .included = {},
                                .returned = {},
                                .returned_senders = {}});
    };
    tell(false);
    const auto hash = add(*nodes[0]);
    network.pass(1s);
    EXPECT_EQ(nodes[1]->pool.find(hash), nullptr);
    tell(true);
    nodes[1]->extend(1);
    EXPECT_TRUE(network.run([&] { return nodes[1]->pool.find(hash) != nullptr; }, 10s));
}

TEST_F(Gossip, repeats_nothing_that_the_next_block_cannot_take) {
    make_line(2);
    (void)source.next(meta138::test::Workload::transfers);
    // Of the same sender as the one before: its nonce has a gap.
    for (int i = 0; i < 7; ++i) (void)source.next(meta138::test::Workload::transfers);
    add(*nodes[0]);
    network.pass(30s);
    EXPECT_EQ(nodes[1]->pool.status().queued, 1U);
    EXPECT_EQ(network.messages[Code::new_pooled_transaction_hashes], 0U);
}

TEST_F(Gossip, drops_who_puts_foreign_blobs_to_a_transaction) {
    make_line(1);
    const auto victim = node(0, {.seed = 2});
    PooledTransaction forged;
    forged.transaction.type = TransactionType::blob;
    forged.transaction.to = Address{};
    forged.transaction.blob_versioned_hashes = {Hash32{{1}}};
    forged.transaction.r = uint256{1};
    forged.transaction.s = uint256{1};
    forged.sidecar = BlobSidecar{.version = 0,
                                 .blobs = {Bytes(BYTES_PER_BLOB)},
                                 .commitments = {FixedBytes<48>{{0xc0}}},
                                 .proofs = {FixedBytes<48>{{0xc0}}}};
    const auto opaque = encode_pooled_transaction(forged);
    const auto forge = [&opaque](WireMessage message) {
        if (message.code == Code::pooled_transactions) {
            eth::AnswerWriter answer{eth::peek_request_id(message.payload).value()};
            (void)answer.add_transaction(opaque);
            message.payload = answer.finish();
        }
        return std::vector{std::move(message)};
    };
    const auto link = network.connect(nodes[0]->protocol, victim->protocol, {.tamper_a = forge});
    network.pass(500ms);
    const std::vector<eth::TransactionAnnouncement> announcements{
        {transaction_hash(forged.transaction), 3, static_cast<std::uint32_t>(opaque.size())}};
    nodes[0]->peers.send(link.first, static_cast<std::uint8_t>(Code::new_pooled_transaction_hashes),
                         std::make_shared<const Bytes>(
                             eth::encode_new_pooled_transaction_hashes(announcements, 69)));
    EXPECT_TRUE(network.run([&] { return !network.is_connected(link.first); }, 5s));
    EXPECT_EQ(victim->peers.scores[link.second], -100);
}

TEST_F(Gossip, passes_over_announcements_that_lead_nowhere) {
    make_line(2);
    const auto link = network.connect(nodes[0]->protocol, nodes[1]->protocol, {});
    network.pass(500ms);
    network.messages.clear();
    for (std::uint64_t i = 0; i < 50; ++i) {
        std::vector<eth::TransactionAnnouncement> announcements;
        for (std::uint64_t j = 0; j < 4096; ++j)
            announcements.push_back({to_hash32(uint256{i * 4096 + j + 1}), 2, 100});
        nodes[0]->peers.send(link.first,
                             static_cast<std::uint8_t>(Code::new_pooled_transaction_hashes),
                             std::make_shared<const Bytes>(
                                 eth::encode_new_pooled_transaction_hashes(announcements, 69)));
    }
    network.pass(30s);
    // 4096 at a time, 256 in a request.
    EXPECT_LE(network.messages[Code::get_pooled_transactions], 40U);
    const auto hash = add(*nodes[0]);
    EXPECT_TRUE(network.run([&] { return nodes[1]->pool.find(hash) != nullptr; }, 2s));
}

}  // namespace
}  // namespace meta138::sync::test
