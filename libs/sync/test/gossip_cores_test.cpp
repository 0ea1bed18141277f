// SPDX-License-Identifier: Apache-2.0
#include "block_propagation.hpp"
#include "transaction_gossip.hpp"

#include "meta138/base/uint256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::sync {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Hash32 hash(std::uint64_t number) {
    return to_hash32(uint256{number});
}
constexpr auto peer(std::uint64_t number) {
    return static_cast<p2p::PeerId>(number);
}

class BlockPropagationTest : public testing::Test {
protected:
    BlockPropagationTest() {
        for (std::uint64_t i = 1; i <= 3; ++i) blocks.on_peer(peer(i));
    }
    NewBlockVerdict receive(std::uint64_t from, std::uint64_t number, std::uint64_t seal = 0) {
        return blocks.on_new_block(peer(from),
                                   {.number = number,
                                    .hash = hash(number),
                                    .raw_hash = hash(number + (seal << 32)),
                                    .parent_hash = hash(number - 1)},
                                   100, hash(100));
    }
    BlockPropagation blocks{PropagationSettings{}};
};

TEST_F(BlockPropagationTest, takes_the_child_of_the_head_and_keeps_later_blocks) {
    EXPECT_EQ(receive(1, 101), NewBlockVerdict::import);
    EXPECT_EQ(receive(1, 102), NewBlockVerdict::wait);
    EXPECT_EQ(receive(1, 130), NewBlockVerdict::wait);
}

TEST_F(BlockPropagationTest, looks_at_blocks_near_the_head_only) {
    EXPECT_EQ(receive(1, 131), NewBlockVerdict::out_of_window);
    EXPECT_EQ(receive(1, 89), NewBlockVerdict::out_of_window);
    EXPECT_EQ(receive(1, 95), NewBlockVerdict::known);  // final
}

TEST_F(BlockPropagationTest, works_on_a_block_once) {
    EXPECT_EQ(receive(1, 101), NewBlockVerdict::import);
    EXPECT_EQ(receive(2, 101, 1), NewBlockVerdict::known);
    EXPECT_EQ(receive(1, 101), NewBlockVerdict::repeated);
    blocks.on_done(peer(1), hash(101));
    EXPECT_EQ(receive(3, 101, 2), NewBlockVerdict::import);
}

TEST_F(BlockPropagationTest, works_on_few_blocks_of_one_peer) {
    for (std::uint64_t number = 101; number <= 104; ++number) receive(1, number);
    EXPECT_EQ(receive(1, 105), NewBlockVerdict::too_many);
    EXPECT_EQ(receive(2, 105), NewBlockVerdict::wait);
}

TEST_F(BlockPropagationTest, tells_a_block_to_those_who_do_not_know_it) {
    receive(1, 101);
    const p2p::eth::BlockAnnouncement announced{hash(101), 101};
    EXPECT_EQ(blocks.on_hashes(peer(2), {&announced, 1}, 100), 101U);
    EXPECT_THAT(blocks.take_recipients(hash(101)), ElementsAre(peer(3)));
    EXPECT_THAT(blocks.take_recipients(hash(101)), IsEmpty());
}

TEST_F(BlockPropagationTest, takes_bounded_memory) {
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        receive(1, 101 + i % 30, i);
        const p2p::eth::BlockAnnouncement announced{hash(i), i};
        (void)blocks.on_hashes(peer(2), {&announced, 1}, 100);
    }
    EXPECT_LT(blocks.memory(), 300'000U);
}

class TransactionGossipTest : public testing::Test {
protected:
    static GossipItem item(std::uint64_t number, std::uint32_t size = 100, bool has_blobs = false) {
        return {.announcement = {hash(number), static_cast<std::uint8_t>(has_blobs ? 3 : 2), size},
                .is_announced_only = has_blobs};
    }
    void add_peers(std::uint64_t count) {
        for (std::uint64_t i = 1; i <= count; ++i) gossip.on_peer(peer(i), false);
    }
    GossipActions flush(std::vector<GossipItem> items) { return gossip.flush(items); }
    void announce(std::uint64_t from, std::uint64_t number) {
        const p2p::eth::TransactionAnnouncement announcement{hash(number), 2, 100};
        gossip.on_announced(peer(from), {&announcement, 1}, [](const auto&) { return false; }, now);
    }
    template <typename Action>
    static std::vector<Action> of(const GossipActions& actions) {
        std::vector<Action> result;
        for (const auto& action : actions)
            if (const auto* found = std::get_if<Action>(&action)) result.push_back(*found);
        return result;
    }
    TransactionGossip::Time now{1h};
    TransactionGossip gossip{GossipSettings{}};
};

TEST_F(TransactionGossipTest, sends_whole_transactions_to_the_square_root_of_the_peers) {
    add_peers(100);
    const auto actions = flush({item(1)});
    EXPECT_EQ(of<SendTransactions>(actions).size(), 10U);
    EXPECT_EQ(of<AnnounceTransactions>(actions).size(), 90U);
}

TEST_F(TransactionGossipTest, sends_whole_transactions_to_all_of_a_few_peers) {
    add_peers(4);
    EXPECT_EQ(of<SendTransactions>(flush({item(1)})).size(), 4U);
}

TEST_F(TransactionGossipTest, prefers_peers_that_stay) {
    add_peers(100);
    gossip.on_peer(peer(77), true);
    for (std::uint64_t i = 0; i < 20; ++i) {
        bool is_full = false;
        for (const auto& each : of<SendTransactions>(flush({item(i)})))
            is_full |= each.peer == peer(77);
        EXPECT_TRUE(is_full);
    }
}

TEST_F(TransactionGossipTest, announces_blobs_and_large_transactions_only) {
    add_peers(2);
    const auto actions = flush({item(1, 100, true), item(2, 100'000)});
    EXPECT_THAT(of<SendTransactions>(actions), IsEmpty());
    EXPECT_EQ(of<AnnounceTransactions>(actions).size(), 2U);
}

TEST_F(TransactionGossipTest, sends_nothing_to_who_knows_it) {
    add_peers(3);
    announce(1, 7);
    const auto known = hash(7);
    gossip.on_transactions(peer(2), {&known, 1});
    const auto actions = flush({item(7)});
    ASSERT_EQ(actions.size(), 1U);
    EXPECT_EQ(of<SendTransactions>(actions)[0].peer, peer(3));
    EXPECT_THAT(flush({item(7)}), IsEmpty());
}

TEST_F(TransactionGossipTest, cuts_messages_at_a_mebibyte) {
    add_peers(1);
    std::vector<GossipItem> items;
    for (std::uint64_t i = 0; i < 100; ++i) items.push_back(item(i, 50'000));
    EXPECT_EQ(of<SendTransactions>(flush(items)).size(), 5U);
}

TEST_F(TransactionGossipTest, asks_once_for_what_several_announce) {
    add_peers(3);
    for (std::uint64_t from = 1; from <= 3; ++from) announce(from, 7);
    EXPECT_THAT(gossip.on_time(now), IsEmpty());  // it may come by itself
    now += 100ms;
    EXPECT_EQ(of<RequestTransactions>(gossip.on_time(now)).size(), 1U);
    now += 100ms;
    EXPECT_THAT(gossip.on_time(now), IsEmpty());
}

TEST_F(TransactionGossipTest, spreads_requests_over_those_who_announced) {
    add_peers(2);
    for (std::uint64_t i = 0; i < 200; ++i) {
        announce(1, i);
        announce(2, i);
    }
    now += 100ms;
    const auto requests = of<RequestTransactions>(gossip.on_time(now));
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(requests[0].hashes.size(), 100U);
}

TEST_F(TransactionGossipTest, asks_the_next_one_when_time_is_up) {
    add_peers(2);
    announce(1, 7);
    announce(2, 7);
    now += 100ms;
    const auto first = of<RequestTransactions>(gossip.on_time(now));
    now += 5s;
    const auto actions = gossip.on_time(now);
    const auto second = of<RequestTransactions>(actions);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(first[0].peer, second[0].peer);
    EXPECT_EQ(of<Complain>(actions).size(), 1U);
    now += 5s;
    (void)gossip.on_time(now);
    EXPECT_EQ(gossip.wanted(), 0U);
}

TEST_F(TransactionGossipTest, complains_about_what_was_not_asked_for_or_announced_otherwise) {
    add_peers(1);
    announce(1, 7);
    now += 100ms;
    const auto request = of<RequestTransactions>(gossip.on_time(now)).at(0);
    const std::vector<p2p::eth::TransactionAnnouncement> answer{{hash(7), 2, 5000},
                                                                {hash(8), 2, 100}};
    const auto complaints = of<Complain>(gossip.on_answer(peer(1), request.request, answer));
    ASSERT_EQ(complaints.size(), 2U);
    EXPECT_EQ(complaints[0].points, -100);  // no honest answer holds what was not asked for
}

TEST_F(TransactionGossipTest, drops_who_announces_blobs_with_another_type_or_size) {
    struct Case {
        std::uint8_t announced_type;
        std::uint32_t announced_size;
        std::uint8_t type;
        int points;
    };
    for (const auto& [announced_type, announced_size, type, points] :
         {Case{3, 131'000, 3, 0}, Case{3, 131'008, 3, 0}, Case{3, 131'010, 3, -100},
          Case{2, 131'000, 3, -100}, Case{2, 131'010, 2, -10}, Case{1, 131'000, 2, -10}}) {
        add_peers(1);
        const p2p::eth::TransactionAnnouncement announcement{hash(7), announced_type,
                                                             announced_size};
        gossip.on_announced(peer(1), {&announcement, 1}, [](const auto&) { return false; }, now);
        now += 100ms;
        const auto request = of<RequestTransactions>(gossip.on_time(now)).at(0);
        const p2p::eth::TransactionAnnouncement answer{hash(7), type, 131'000};
        const auto complaints =
            of<Complain>(gossip.on_answer(peer(1), request.request, {&answer, 1}));
        EXPECT_EQ(complaints.empty() ? 0 : complaints[0].points, points);
        gossip.on_disconnected(peer(1));
    }
}

TEST_F(TransactionGossipTest, does_not_hold_one_peers_announcement_against_another) {
    add_peers(2);
    const p2p::eth::TransactionAnnouncement without_blobs{hash(7), 3, 300};
    const p2p::eth::TransactionAnnouncement whole{hash(7), 3, 131'000};
    const auto is_known = [](const auto&) { return false; };
    gossip.on_announced(peer(1), {&without_blobs, 1}, is_known, now);
    gossip.on_announced(peer(2), {&whole, 1}, is_known, now);
    now += 100ms;
    (void)gossip.on_time(now);
    gossip.on_disconnected(peer(1));
    now += 100ms;
    const auto requests = of<RequestTransactions>(gossip.on_time(now));
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].peer, peer(2));
    EXPECT_THAT(gossip.on_answer(peer(2), requests[0].request, {&whole, 1}), IsEmpty());
}

TEST_F(TransactionGossipTest, does_not_ask_again_for_what_the_pool_refused) {
    add_peers(1);
    (void)gossip.on_time(now);
    gossip.on_rejected(hash(7));
    announce(1, 7);
    EXPECT_EQ(gossip.wanted(), 0U);
    now += 60s;
    (void)gossip.on_time(now);
    announce(1, 7);
    EXPECT_EQ(gossip.wanted(), 1U);
}

TEST_F(TransactionGossipTest,
       asks_again_after_the_next_block_for_what_the_pool_refused_at_this_one) {
    add_peers(1);
    gossip.on_refused_at_head(hash(7));
    announce(1, 7);
    EXPECT_EQ(gossip.wanted(), 0U);
    gossip.on_head();
    announce(1, 7);
    EXPECT_EQ(gossip.wanted(), 1U);
}

TEST_F(TransactionGossipTest, reminds_everybody_whatever_they_are_thought_to_know) {
    add_peers(3);
    (void)flush({item(7)});
    announce(1, 7);
    const std::vector<p2p::eth::TransactionAnnouncement> overdue{{hash(7), 2, 100}};
    const auto announced = of<AnnounceTransactions>(gossip.remind(overdue));
    ASSERT_EQ(announced.size(), 3U);
    EXPECT_EQ(announced[0].transactions.size(), 1U);
}

TEST_F(TransactionGossipTest, reminds_in_messages_of_a_size_that_others_take) {
    add_peers(1);
    std::vector<p2p::eth::TransactionAnnouncement> overdue;
    for (std::uint64_t i = 0; i < 10'000; ++i) overdue.push_back({hash(i), 2, 100});
    std::size_t count = 0;
    for (const auto& each : of<AnnounceTransactions>(gossip.remind(overdue))) {
        EXPECT_LE(each.transactions.size(), p2p::eth::max_sent_announcements);
        count += each.transactions.size();
    }
    EXPECT_EQ(count, overdue.size());
}

TEST_F(TransactionGossipTest, asks_again_for_what_was_cut_off_an_answer) {
    add_peers(1);
    for (std::uint64_t i = 1; i <= 4; ++i) announce(1, i);
    now += 100ms;
    const auto first = of<RequestTransactions>(gossip.on_time(now)).at(0);
    ASSERT_EQ(first.hashes.size(), 4U);
    // The first is not there any more; the last two did not fit.
    const std::vector<p2p::eth::TransactionAnnouncement> answer{{first.hashes[1], 2, 100}};
    (void)gossip.on_answer(peer(1), first.request, answer);
    const auto second = of<RequestTransactions>(gossip.on_time(now)).at(0);
    EXPECT_THAT(second.hashes, ElementsAre(first.hashes[2], first.hashes[3]));
}

TEST_F(TransactionGossipTest, takes_bounded_memory_whatever_is_announced) {
    add_peers(25);
    for (std::uint64_t i = 0; i < 500'000; ++i) {
        announce(1 + i % 25, i);
        if (i % 1000 == 0) {
            now += 100ms;
            (void)gossip.on_time(now);
        }
    }
    EXPECT_LE(gossip.wanted(), GossipSettings{}.max_wanted);
    EXPECT_LT(gossip.memory(), std::size_t{40} << 20);
    for (std::uint64_t i = 1; i <= 25; ++i) gossip.on_disconnected(peer(i));
    EXPECT_EQ(gossip.wanted(), 0U);
}

}  // namespace
}  // namespace meta138::sync
