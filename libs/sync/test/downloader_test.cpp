// SPDX-License-Identifier: Apache-2.0
#include "download_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::sync::test {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;

TEST(Downloader, syncs_from_genesis_from_one_peer) {  // Besu #6330, #2765: no minimum of peers
    const FakeChain chain{2000, 1};
    DownloadWorld world{chain};
    world.add({.chain = &chain});
    EXPECT_TRUE(world.run_to(2000));
    EXPECT_TRUE(world.was_syncing);
    EXPECT_TRUE(world.offences.empty());
    world.pass(1s);
    EXPECT_FALSE(world.downloader().is_syncing());
}

TEST(Downloader, asks_several_peers_at_once) {
    const FakeChain chain{2000, 1};
    DownloadWorld world{chain};
    for (int i = 0; i < 4; ++i) world.add({.chain = &chain});
    EXPECT_TRUE(world.run_to(2000));
    for (const auto& [peer, requests] : world.requests_of) EXPECT_GT(requests, 5U);
}

TEST(Downloader, does_without_a_peer_that_is_silent) {
    const FakeChain chain{2000, 1};
    DownloadWorld world{chain};
    const auto silent = world.add({.chain = &chain, .answers = false});
    world.add({.chain = &chain});
    EXPECT_TRUE(world.run_to(2000));
    world.pass(60s);
    EXPECT_THAT(world.offences[silent], Contains(Offence::slow));
}

TEST(Downloader, asks_others_for_bodies_that_one_does_not_have) {  // Besu #10547
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    world.add({.chain = &chain, .has_bodies = false});
    world.add({.chain = &chain, .latency = 80ms});
    EXPECT_TRUE(world.run_to(1000));
}

TEST(Downloader, bans_who_sends_bodies_of_other_blocks) {
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    const auto liar = world.add({.chain = &chain, .latency = 5ms, .sends_wrong_bodies = true});
    world.add({.chain = &chain, .latency = 50ms});
    EXPECT_TRUE(world.run_to(1000));
    EXPECT_THAT(world.offences[liar], Contains(Offence::invalid));
}

TEST(Downloader, bans_who_sends_headers_in_the_wrong_order) {
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    const auto liar = world.add({.chain = &chain, .latency = 5ms, .shuffles_headers = true});
    world.add({.chain = &chain, .latency = 50ms});
    EXPECT_TRUE(world.run_to(1000));
    EXPECT_THAT(world.offences[liar], Contains(Offence::invalid));
}

TEST(Downloader, bans_who_sends_more_headers_than_asked_for) {
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    const auto liar = world.add({.chain = &chain, .latency = 5ms, .sends_too_many = true});
    world.add({.chain = &chain, .latency = 50ms});
    EXPECT_TRUE(world.run_to(1000));
    EXPECT_THAT(world.offences[liar], Contains(Offence::invalid));
}

TEST(Downloader, gets_past_a_long_chain_that_nobody_sealed) {
    const FakeChain chain{500, 1};
    const FakeChain fake{5000, 2, &chain, 100};
    DownloadWorld world{chain};
    const auto liar = world.add({.chain = &fake, .latency = 5ms});
    const auto honest = world.add({.chain = &chain, .latency = 50ms});
    EXPECT_TRUE(world.run_to(500));
    EXPECT_THAT(world.offences[liar], Contains(Offence::invalid));
    EXPECT_THAT(world.offences[honest], testing::Not(Contains(Offence::invalid)));
    EXPECT_LE(world.max_headers, DownloaderSettings{}.max_headers_ahead + 400);
}

TEST(Downloader, gets_past_fake_headers_whose_bodies_nobody_has) {
    const FakeChain chain{500, 1};
    const FakeChain fake{5000, 2, &chain, 100};
    DownloadWorld world{chain};
    world.add({.chain = &fake, .latency = 5ms, .has_bodies = false});
    const auto honest = world.add({.chain = &chain, .latency = 50ms});
    EXPECT_TRUE(world.run_to(500, 120s));
    EXPECT_THAT(world.offences[honest], testing::Not(Contains(Offence::invalid)));
}

TEST(Downloader, says_that_a_peer_is_on_another_chain) {  // Besu #7036
    const FakeChain chain{10, 1};
    const FakeChain other{50, 2, &chain, 3};
    DownloadWorld world{chain, {}, 10};
    const auto peer = world.add({.chain = &other});
    world.pass(2s);
    EXPECT_EQ(world.head(), 10U);
    EXPECT_THAT(world.offences[peer], Contains(Offence::other_chain));
    EXPECT_THAT(world.reasons,
                Contains(AllOf(HasSubstr("block 11 has the parent"), HasSubstr("ours is"))));
}

TEST(Downloader, suspects_itself_when_all_peers_have_a_block_that_it_refuses) {  // Besu #7036
    const FakeChain ours{40, 1};
    const FakeChain theirs{50, 2, &ours, 20};
    DownloadWorld world{ours, {}, 20};
    world.add({.chain = &theirs});
    world.pass(2s);
    EXPECT_TRUE(world.downloader().status(world.now()).obstacle.empty());
    world.add({.chain = &theirs});
    world.pass(2s);
    EXPECT_THAT(world.downloader().status(world.now()).obstacle,
                AllOf(HasSubstr("2 peers have block 21"), HasSubstr("genesis file")));
}

TEST(Downloader, waits_a_moment_for_one_missing_block) {  // Besu #10024
    const FakeChain chain{21, 1};
    DownloadWorld world{chain, {}, 20};
    const auto peer = world.add({.chain = &chain, .claims = 20});
    world.announce(peer, 21);
    world.pass(150ms);
    EXPECT_EQ(world.header_requests, 0U);
    world.set_head(21);
    world.pass(5s);
    EXPECT_EQ(world.header_requests, 0U);
}

TEST(Downloader, fetches_what_does_not_come_by_itself_without_leaving_consensus) {
    for (const std::uint64_t behind : {1U, 2U, 5U}) {
        const FakeChain chain{20 + behind, 1};
        DownloadWorld world{chain, {}, 20};
        const auto peer = world.add({.chain = &chain, .claims = 20});
        world.announce(peer, 20 + behind);
        EXPECT_TRUE(world.run_to(20 + behind, 1s)) << behind;
        world.pass(1s);
        EXPECT_FALSE(world.was_syncing) << behind;
    }
}

TEST(Downloader, does_not_wait_when_a_parent_is_missing) {
    const FakeChain chain{22, 1};
    DownloadWorld world{chain, {}, 20};
    const auto peer = world.add({.chain = &chain, .claims = 20});
    world.announce(peer, 22, true);
    EXPECT_TRUE(world.run_to(22, 200ms));
}

TEST(Downloader, does_not_leave_consensus_for_what_a_peer_claims) {
    const FakeChain chain{30, 1};
    const FakeChain fake{5000, 2, &chain, 20};
    DownloadWorld world{chain, {}, 20};
    world.add({.chain = &chain, .claims = UINT64_MAX});
    world.add({.chain = &fake});
    world.pass(60s);
    EXPECT_FALSE(world.was_syncing);
}

TEST(Downloader, is_syncing_once_and_not_on_and_off) {  // Besu #10024, #10547
    const FakeChain chain{3000, 1};
    DownloadWorld world{chain};
    world.import_time = 2ms;
    world.add({.chain = &chain});
    int changes = 0;
    bool before = false;
    EXPECT_TRUE(world.run(
        [&] {
            if (world.downloader().is_syncing() != before) ++changes;
            before = world.downloader().is_syncing();
            return world.head() == 3000 && !before;
        },
        120s));
    EXPECT_EQ(changes, 2);
}

TEST(Downloader, keeps_what_it_has_when_peers_come_and_go) {  // Besu #10547
    const FakeChain chain{3000, 1};
    DownloadWorld world{chain};
    world.import_time = 1ms;
    for (int i = 0; i < 20 && world.head() < 3000; ++i) {
        const auto before = world.head();
        const auto peer = world.add({.chain = &chain});
        world.pass(400ms);
        EXPECT_GT(world.head(), before);
        world.disconnect(peer);
    }
    EXPECT_EQ(world.head(), 3000U);
}

TEST(Downloader, follows_a_chain_that_grows) {
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    const auto peer = world.add({.chain = &chain, .claims = 500});
    for (std::uint64_t number = 501; number <= 1000; ++number) {
        world.announce(peer, number);
        world.pass(10ms);
    }
    EXPECT_TRUE(world.run_to(1000));
}

TEST(Downloader, learns_the_height_of_a_peer_that_tells_only_a_hash) {  // eth/68
    const FakeChain chain{300, 1};
    DownloadWorld world{chain};
    const auto peer = world.add({.chain = &chain, .hides_number = true});
    EXPECT_TRUE(world.run_to(300));
    EXPECT_EQ(world.downloader().number_of(peer), 300U);
}

TEST(Downloader, asks_around_when_consensus_hears_of_later_blocks) {
    const FakeChain chain{25, 1};
    DownloadWorld world{chain, {}, 20};
    world.add({.chain = &chain, .claims = 20});
    world.pass(1s);
    world.carry_out(world.downloader().on_behind(22, world.now()));
    EXPECT_TRUE(world.run_to(21, 1s));
}

TEST(Downloader, finds_lost_announcements_by_itself) {
    const FakeChain chain{21, 1};
    DownloadWorld world{chain, {}, 20};
    world.add({.chain = &chain, .claims = 20});
    EXPECT_TRUE(world.run_to(21, 31s));
}

TEST(Downloader, waits_for_the_chain_before_it_downloads_more) {
    const FakeChain chain{20'000, 1};
    DownloaderSettings settings;
    settings.max_bytes_ahead = 1 << 20;
    DownloadWorld world{chain, settings};
    world.import_time = 50ms;
    world.body_bytes = 64 << 10;
    for (int i = 0; i < 3; ++i) world.add({.chain = &chain, .latency = 2ms});
    world.pass(10s);
    EXPECT_LE(world.max_headers, settings.max_headers_ahead + 2 * settings.blocks_per_import);
    // A request that is under way may still bring what it was asked for.
    EXPECT_LE(world.max_bytes,
              settings.max_bytes_ahead + 9 * settings.bodies_per_request * world.body_bytes);
    EXPECT_LE(world.max_imports, settings.imports_at_once);
}

TEST(Downloader, takes_answers_that_are_cut) {
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    world.add({.chain = &chain, .max_items = 7});
    EXPECT_TRUE(world.run_to(1000, 120s));
    EXPECT_TRUE(world.offences.empty());
}

TEST(Downloader, asks_only_peers_that_still_have_the_blocks) {  // eth/69's block range
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    const auto pruned = world.add({.chain = &chain, .earliest = 900});
    world.add({.chain = &chain});
    EXPECT_TRUE(world.run_to(1000));
    EXPECT_LT(world.requests_of[pruned], 5U);
}

TEST(Downloader, goes_on_after_the_chain_had_no_room) {
    const FakeChain chain{500, 1};
    DownloadWorld world{chain};
    world.refuses_imports = true;
    world.add({.chain = &chain});
    world.pass(3s);
    EXPECT_EQ(world.head(), 0U);
    EXPECT_FALSE(world.downloader().status(world.now()).obstacle.empty());
    world.refuses_imports = false;
    EXPECT_TRUE(world.run_to(500));
}

TEST(Downloader, takes_the_body_of_an_announced_block_that_waited) {
    const FakeChain chain{22, 1};
    DownloadWorld world{chain, {}, 20};
    const auto peer = world.add({.chain = &chain, .claims = 20});
    const SealedConsensus consensus{Genesis{}};
    world.downloader().offer(
        {.block = blockchain::PreparedBlock{Block{.header = chain.at(22)->header,
                                                  .transactions = {},
                                                  .ommers = {},
                                                  .withdrawals = std::nullopt},
                                            consensus},
         .raw_hash = chain.at(22)->raw_hash,
         .bytes = 100});
    world.announce(peer, 22, true);
    EXPECT_TRUE(world.run_to(22, 1s));
    EXPECT_EQ(world.body_requests, 1U);
}

TEST(Downloader, keeps_few_announced_blocks) {
    const FakeChain chain{1000, 1};
    DownloadWorld world{chain};
    const SealedConsensus consensus{Genesis{}};
    for (std::uint64_t i = 1; i <= 1000; ++i)
        world.downloader().offer(
            {.block = blockchain::PreparedBlock{Block{.header = chain.at(i)->header,
                                                      .transactions = {},
                                                      .ommers = {},
                                                      .withdrawals = std::nullopt},
                                                consensus},
             .raw_hash = chain.at(i)->raw_hash,
             .bytes = 1 << 20});
    EXPECT_LE(world.downloader().held_bytes(), DownloaderSettings{}.max_offered_bytes);
}

TEST(Downloader, finds_the_common_block_of_chains_that_are_not_final) {
    const FakeChain chain{60, 1};
    const FakeChain longer{100, 2, &chain, 50};
    DownloaderSettings settings;
    settings.is_final = false;
    DownloadWorld world{chain, settings, 60};
    world.add({.chain = &longer});
    // The world's chain refuses the blocks; what counts is that they were offered to it.
    world.pass(5s);
    EXPECT_GT(world.downloader().counters().bodies, 0U);
}

TEST(Downloader, shows_progress) {
    const FakeChain chain{2000, 1};
    DownloadWorld world{chain};
    world.import_time = 5ms;
    world.add({.chain = &chain});
    ASSERT_TRUE(world.run_to(1000));
    const auto status = world.downloader().status(world.now());
    EXPECT_TRUE(status.is_syncing);
    EXPECT_EQ(status.highest_block, 2000U);
    EXPECT_EQ(status.peers, 1U);
    EXPECT_EQ(status.useful_peers, 1U);
    EXPECT_GT(status.blocks_per_second, 50);
    EXPECT_GT(status.headers_ahead, 0U);
}

}  // namespace
}  // namespace meta138::sync::test
