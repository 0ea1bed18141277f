// SPDX-License-Identifier: Apache-2.0
#include "meta138/contracts/feed.hpp"

#include "feed_under_test.hpp"

#include "meta138/contracts/artifact.hpp"
#include "meta138/contracts/predeploys.hpp"
#include "meta138/crypto/keccak.hpp"

#include <gtest/gtest.h>

#include <random>

namespace meta138::contracts {
namespace {

constexpr int128 price = 200'000'000'000;

class Feed : public testing::Test {
protected:
    void deploy(const FeedModel::Settings& settings = {}, const Address& admin = account::admin) {
        feed_ = deploy_feed(chain, settings, admin);
    }
    Outcome transmit(std::uint64_t round, int128 answer,
                     const Address& sender = account::transmitter) {
        return chain.send(sender, feed_.address,
                          feed::transmit(round, to_word(answer), chain.time()));
    }
    Outcome send(const Address& sender, const Bytes& data) {
        return chain.send(sender, feed_.address, data);
    }
    Outcome read(const Bytes& data) { return chain.call(feed_.address, data); }
    /// Everything that can be read, as one value to compare.
    std::vector<Bytes> all_reads(std::uint64_t rounds) {
        std::vector<Bytes> reads;
        for (const auto* method :
             {&feed::latest_round_data, &feed::decimals, &feed::description, &feed::settings,
              &feed::transmitters, &feed::guardian, &feed::paused, &feed::admin,
              &feed::pending_admin, &feed::min_answer, &feed::max_answer, &feed::latest_round})
            reads.push_back(read(method->encode({})).output);
        for (std::uint64_t id = 0; id <= rounds + 1; ++id)
            reads.push_back(read(feed::round_data(id)).output);
        return reads;
    }

    Chain chain;
    FeedUnderTest feed_;
};

TEST_F(Feed, rounds_grow_by_one_and_never_change_whoever_sends_what) {
    FeedModel::Settings settings;
    settings.skips_needless = true;
    deploy(settings);
    std::mt19937_64 random{138};
    std::uint64_t last_id = 0;
    std::uint64_t last_update = 0;
    std::map<std::uint64_t, Bytes> written;
    for (int step = 0; step < 5'000; ++step) {
        chain.pass(random() % 900);
        const auto& sender = random() % 2 == 0 ? account::transmitter : account::second_transmitter;
        const auto round = random() % 4 == 0 ? random() % (last_id + 3) : last_id + 1;
        const auto answer =
            static_cast<int128>(random() % (random() % 2 == 0 ? 1'000 : 1ULL << 60)) - 5;
        chain.send(sender, feed_.address,
                   feed::transmit(round, to_word(answer), chain.time() - random() % 400));
        const auto latest = read(feed::latest_round_data());
        if (!latest.succeeded) continue;
        const auto id = latest.word(0).low64();
        ASSERT_TRUE(id == last_id || id == last_id + 1);
        ASSERT_EQ(latest.word(4), latest.word(0));
        ASSERT_GE(latest.word(1), uint256{1});
        ASSERT_LE(latest.word(1), to_word(settings.max_answer));
        ASSERT_LE(latest.word(2), latest.word(3));
        ASSERT_LE(latest.word(3), uint256{chain.time()});
        ASSERT_GE(latest.word(3).low64(), last_update);
        if (id == last_id) {
            ASSERT_EQ(latest.output, written[id]);
        }
        written[id] = latest.output;
        last_id = id;
        last_update = latest.word(3).low64();
    }
    EXPECT_GT(last_id, 1'000U);
    for (const auto& [id, data] : written) ASSERT_EQ(read(feed::round_data(id)).output, data);
}

TEST_F(Feed, keeps_as_many_rounds_as_it_is_told) {
    for (const std::uint32_t history : {1U, 2U, 3U, 10U}) {
        FeedModel::Settings settings;
        settings.history = history;
        settings.deviation_bps = 0;
        deploy(settings);
        for (std::uint64_t id = 1; id <= 25; ++id) ASSERT_TRUE(transmit(id, price + id).succeeded);
        for (std::uint64_t id = 1; id <= 26; ++id) {
            const auto round = read(feed::round_data(id));
            const bool is_kept = id <= 25 && id + history > 25;
            ASSERT_EQ(round.succeeded, is_kept) << "round " << id << " of history " << history;
            if (is_kept)
                EXPECT_EQ(round.word(1), to_word(price + id));
            else
                EXPECT_EQ(revert_reason(round), "No data present");
        }
    }
}

TEST_F(Feed, a_longer_history_shows_no_wrong_round) {
    FeedModel::Settings settings;
    settings.history = 4;
    settings.deviation_bps = 0;
    deploy(settings);
    std::uint64_t id = 0;
    for (const std::uint32_t history : {4U, 9U, 0U, 2U, 30U, 7U}) {
        settings.history = history;
        ASSERT_TRUE(send(account::admin, feed::set_settings(settings)).succeeded);
        for (int i = 0; i < 11; ++i) {
            ++id;
            ASSERT_TRUE(transmit(id, price + id).succeeded);
        }
        for (std::uint64_t other = 1; other <= id; ++other) {
            const auto round = read(feed::round_data(other));
            if (round.succeeded) {
                EXPECT_EQ(round.word(1), to_word(price + other));
            }
        }
        // What was written since is there, as far as the history goes.
        for (std::uint64_t back = 0;
             back < std::min<std::uint64_t>(history == 0 ? 11 : history, 11); ++back)
            EXPECT_TRUE(read(feed::round_data(id - back)).succeeded) << history << " " << back;
    }
}

TEST_F(Feed, upgrades_keep_everything_that_can_be_read) {
    deploy();
    for (std::uint64_t id = 1; id <= 5; ++id)
        ASSERT_TRUE(transmit(id, price + price * id / 50).succeeded);
    const auto before = all_reads(5);
    const Bytes no_call;
    ASSERT_TRUE(send(account::admin, feed::upgrade(feed_.other_implementation, no_call)).succeeded);
    EXPECT_EQ(
        to_address(chain.state().storage(feed_.address, to_uint256(erc1967_implementation_slot))),
        feed_.other_implementation);
    EXPECT_EQ(all_reads(5), before);
    EXPECT_TRUE(transmit(6, price).succeeded);
}

TEST_F(Feed, is_upgraded_by_its_admin_alone_and_to_an_aggregator_alone) {
    deploy();
    const Bytes no_call;
    for (const auto& sender : {account::transmitter, account::guardian, account::stranger})
        EXPECT_TRUE(reverted_with(send(sender, feed::upgrade(feed_.other_implementation, no_call)),
                                  "NotAdmin(address)"));
    const auto other = chain.deploy(account::deployer, artifact("Multicall3").creation_code);
    EXPECT_TRUE(reverted_with(send(account::admin, feed::upgrade(other, no_call)),
                              "ERC1967InvalidImplementation(address)"));
    EXPECT_TRUE(send(account::admin, feed::upgrade(account::stranger, no_call)).reverted);
}

TEST_F(Feed, cannot_be_upgraded_past_its_timelock) {
    constexpr std::uint64_t delay = 86'400;
    const std::vector<Address> proposers{account::admin};
    const std::vector<Address> anybody{Address{}};
    const auto timelock = chain.deploy(
        account::deployer, timelock_creation_code(delay, proposers, anybody, Address{}));
    deploy({}, timelock);
    ASSERT_TRUE(transmit(1, price).succeeded);

    const Bytes no_call;
    const auto upgrade = feed::upgrade(feed_.other_implementation, no_call);
    const Method schedule{"schedule(address,uint256,bytes,bytes32,bytes32,uint256)"};
    const Method execute{"execute(address,uint256,bytes,bytes32,bytes32)"};
    const Hash32 none;
    const auto run = execute(feed_.address, 0, upgrade, none, none);
    EXPECT_FALSE(send(account::admin, upgrade).succeeded);
    EXPECT_FALSE(chain.send(account::admin, timelock, run).succeeded);
    const auto plan = [&](std::uint64_t wait) {
        return schedule(feed_.address, 0, upgrade, none, none, wait);
    };
    EXPECT_FALSE(chain.send(account::stranger, timelock, plan(delay)).succeeded);
    EXPECT_FALSE(chain.send(account::admin, timelock, plan(delay - 1)).succeeded);
    ASSERT_TRUE(chain.send(account::admin, timelock, plan(delay)).succeeded);
    chain.pass(delay - 1);
    EXPECT_FALSE(chain.send(account::stranger, timelock, run).succeeded);
    chain.pass(1);
    EXPECT_TRUE(chain.send(account::stranger, timelock, run).succeeded);
    EXPECT_EQ(read(feed::latest_answer()).word(), to_word(price));
    EXPECT_FALSE(chain.send(account::stranger, timelock, run).succeeded);
}

TEST_F(Feed, is_initialized_once_and_its_code_never) {
    deploy();
    const FeedModel::Settings settings;
    const auto again = feed::initialize("X", 8, settings, account::stranger, account::stranger,
                                        abi(std::vector<AbiValue>{}));
    EXPECT_TRUE(reverted_with(send(account::stranger, again), "InvalidInitialization()"));
    EXPECT_TRUE(reverted_with(chain.send(account::stranger, feed_.implementation, again),
                              "InvalidInitialization()"));
}

TEST_F(Feed, the_admin_changes_when_the_next_one_takes_it) {
    deploy();
    ASSERT_TRUE(send(account::admin, feed::transfer_admin(account::stranger)).succeeded);
    EXPECT_EQ(read(feed::admin()).address(), account::admin);
    EXPECT_TRUE(send(account::admin, feed::pause()).succeeded);
    EXPECT_TRUE(
        reverted_with(send(account::guardian, feed::accept_admin()), "NotPendingAdmin(address)"));
    ASSERT_TRUE(send(account::stranger, feed::accept_admin()).succeeded);
    EXPECT_TRUE(reverted_with(send(account::admin, feed::unpause()), "NotAdmin(address)"));
    EXPECT_TRUE(send(account::stranger, feed::unpause()).succeeded);
    EXPECT_TRUE(
        reverted_with(send(account::stranger, feed::accept_admin()), "NotPendingAdmin(address)"));
}

TEST_F(Feed, pausing_stops_updates_and_not_readers) {
    deploy();
    ASSERT_TRUE(transmit(1, price).succeeded);
    ASSERT_TRUE(send(account::guardian, feed::pause()).succeeded);
    EXPECT_TRUE(reverted_with(transmit(2, 2 * price), "FeedPaused()"));
    EXPECT_EQ(read(feed::latest_answer()).word(), to_word(price));
    EXPECT_FALSE(send(account::guardian, feed::unpause()).succeeded);
    chain.pass(3'601);
    EXPECT_EQ(read(feed::is_stale()).word(), uint256{1});
}

TEST_F(Feed, of_two_publishers_with_the_same_round_one_writes_it) {
    for (const bool skips : {false, true}) {
        FeedModel::Settings settings;
        settings.skips_needless = skips;
        deploy(settings);
        EXPECT_EQ(transmit(1, price).word(), uint256{1});
        const auto second = transmit(1, 2 * price, account::second_transmitter);
        EXPECT_EQ(second.succeeded, skips);
        if (skips) {
            EXPECT_EQ(second.word(), uint256{0});
        }
        EXPECT_EQ(read(feed::latest_answer()).word(), to_word(price));
        EXPECT_EQ(read(feed::latest_round()).word(), uint256{1});
    }
}

TEST_F(Feed, has_64_transmitters_at_most) {
    deploy();
    for (std::uint8_t i = 2; i < 64; ++i)
        ASSERT_TRUE(send(account::admin, feed::add_transmitter(Address{{0xee, i}})).succeeded);
    const auto one_more = feed::add_transmitter(account::stranger);
    EXPECT_TRUE(reverted_with(send(account::admin, one_more), "InvalidSetting(string)"));
    ASSERT_TRUE(send(account::admin, feed::remove_transmitter(Address{{0xee, 30}})).succeeded);
    EXPECT_TRUE(send(account::admin, one_more).succeeded);
    EXPECT_TRUE(transmit(1, price, account::stranger).succeeded);
}

// Where the contract keeps things is what an upgrade to come relies on: ERC-7201.
TEST_F(Feed, keeps_its_state_where_erc_7201_says) {
    deploy();
    ASSERT_TRUE(transmit(1, price).succeeded);
    const auto name = to_uint256(crypto::keccak256(as_bytes("meta138.storage.Aggregator"))) - 1;
    const auto place = to_uint256(crypto::keccak256(to_hash32(name).bytes)) & ~uint256{0xff};
    const auto word = chain.state().storage(feed_.address, place);
    EXPECT_EQ(word & ((uint256{1} << 96) - 1), to_word(price));
}

}  // namespace
}  // namespace meta138::contracts
