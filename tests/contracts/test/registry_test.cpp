// SPDX-License-Identifier: Apache-2.0
#include "feed_under_test.hpp"

#include "meta138/contracts/feed.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace meta138::contracts {
namespace {

const Method set_feed{"setFeed(address,address,address)"};
const Method find_feed{"getFeed(address,address)"};
const Method feed_count{"feedCount()"};
const Method list_feeds{"feeds(uint256,uint256)"};
const Method phase_id{"getCurrentPhaseId(address,address)"};
const Method phase_feed{"getPhaseFeed(address,address,uint16)"};
const Method is_enabled{"isFeedEnabled(address)"};
const Method latest_of{"latestRoundData(address,address)"};
const Method round_of{"getRoundData(address,address,uint80)"};

using Pair = std::pair<Address, Address>;
using Entry = std::pair<Pair, Address>;

class Registry : public testing::Test {
protected:
    Registry() : address{chain.deploy(account::deployer, registry_creation_code(account::admin))} {}

    Outcome send(const Address& sender, const Bytes& data) {
        return chain.send(sender, address, data);
    }
    Outcome read(const Bytes& data) { return chain.call(address, data); }

    std::vector<Entry> list(const uint256& offset, const uint256& limit) {
        const auto values =
            decode_output("((address,address,address)[])", read(list_feeds(offset, limit)).output);
        std::vector<Entry> entries;
        for (const auto& row : std::get<std::vector<AbiValue>>(values.at(0).value)) {
            const auto& cells = std::get<std::vector<AbiValue>>(row.value);
            const auto at = [&](std::size_t i) {
                return to_address(std::get<uint256>(cells.at(i).value));
            };
            entries.emplace_back(Pair{at(0), at(1)}, at(2));
        }
        return entries;
    }

    Chain chain;
    Address address;
};

TEST_F(Registry, has_what_a_map_has_whatever_is_entered) {
    std::vector<Address> feeds{Address{}};
    for (int i = 0; i < 4; ++i) feeds.push_back(deploy_feed(chain).address);
    std::map<Pair, Address> model;
    std::map<Pair, std::vector<Address>> phases;
    std::mt19937_64 random{138};
    for (int step = 0; step < 1'500; ++step) {
        const Pair pair{Address{{static_cast<std::uint8_t>(1 + random() % 4)}},
                        Address{{static_cast<std::uint8_t>(1 + random() % 3)}}};
        const auto& feed = feeds[random() % feeds.size()];
        const auto before = model.contains(pair) ? model[pair] : Address{};
        const auto outcome = send(account::admin, set_feed(pair.first, pair.second, feed));
        if (feed == before) {
            ASSERT_TRUE(reverted_with(outcome, "FeedUnchanged(address,address,address)"));
            continue;
        }
        ASSERT_TRUE(outcome.succeeded) << revert_reason(outcome);
        phases[pair].push_back(feed);
        if (feed == Address{})
            model.erase(pair);
        else
            model[pair] = feed;

        ASSERT_EQ(read(feed_count()).word(), uint256{model.size()});
        const auto entries = list(0, 1'000);
        const std::map<Pair, Address> listed(entries.begin(), entries.end());
        ASSERT_EQ(entries.size(), listed.size()) << "a pair is listed twice";
        ASSERT_EQ(listed, model);
        ASSERT_EQ(read(phase_id(pair.first, pair.second)).word(), uint256{phases[pair].size()});
        for (const auto& other : feeds) {
            const bool is_used = std::ranges::any_of(
                model, [&](const auto& entry) { return entry.second == other; });
            ASSERT_EQ(read(is_enabled(other)).word(), uint256{is_used ? 1U : 0U});
        }
    }
    for (const auto& [pair, list_of_phases] : phases) {
        for (std::size_t i = 0; i < list_of_phases.size(); ++i)
            EXPECT_EQ(read(phase_feed(pair.first, pair.second, i + 1)).address(),
                      list_of_phases[i]);
    }
}

TEST_F(Registry, lists_pages_that_together_are_the_whole) {
    const auto feed = deploy_feed(chain).address;
    for (std::uint8_t i = 1; i <= 23; ++i)
        ASSERT_TRUE(send(account::admin, set_feed(Address{{i}}, Address{{0xff}}, feed)).succeeded);
    std::set<Entry> whole;
    for (std::uint64_t offset = 0; offset < 30; offset += 7) {
        const auto page = list(offset, 7);
        EXPECT_EQ(page.size(), offset < 21 ? 7U : offset < 23 ? 2U : 0U);
        whole.insert(page.begin(), page.end());
    }
    EXPECT_EQ(whole.size(), 23U);
    EXPECT_TRUE(list(uint256::max(), uint256::max()).empty());
    EXPECT_EQ(list(22, uint256::max()).size(), 1U);
}

TEST_F(Registry, is_changed_by_its_admin_alone) {
    const auto feed = deploy_feed(chain).address;
    const auto data = set_feed(Address{{1}}, Address{{2}}, feed);
    EXPECT_TRUE(reverted_with(send(account::stranger, data), "NotAdmin(address)"));
    EXPECT_TRUE(
        reverted_with(send(account::admin, set_feed(Address{{1}}, Address{{2}}, account::stranger)),
                      "NotAFeed(address)"));
    EXPECT_TRUE(send(account::admin, data).succeeded);
}

TEST_F(Registry, round_ids_grow_when_a_pair_gets_another_feed) {
    const Address base{{1}};
    const Address quote{{2}};
    const auto first = deploy_feed(chain).address;
    const auto second = deploy_feed(chain).address;
    const auto transmit = [&](const Address& feed, std::uint64_t round, std::uint64_t answer) {
        chain.pass(10);
        ASSERT_TRUE(
            chain.send(account::transmitter, feed, feed::transmit(round, answer, chain.time()))
                .succeeded);
    };
    EXPECT_EQ(revert_reason(read(latest_of(base, quote))), "Feed not found");
    for (std::uint64_t round = 1; round <= 3; ++round) transmit(first, round, round * 1'000);
    transmit(second, 1, 77);
    ASSERT_TRUE(send(account::admin, set_feed(base, quote, first)).succeeded);
    const auto before = read(latest_of(base, quote));
    ASSERT_TRUE(send(account::admin, set_feed(base, quote, second)).succeeded);
    const auto after = read(latest_of(base, quote));
    EXPECT_EQ(before.word(0), (uint256{1} << 64) + 3);
    EXPECT_EQ(after.word(0), (uint256{2} << 64) + 1);
    EXPECT_EQ(after.word(4), after.word(0));
    EXPECT_EQ(after.word(1), uint256{77});
    // Rounds of the feed before are still there.
    EXPECT_EQ(read(round_of(base, quote, (uint256{1} << 64) + 2)).word(1), uint256{2'000});
    EXPECT_EQ(revert_reason(read(round_of(base, quote, (uint256{1} << 64) + 4))),
              "No data present");
    EXPECT_EQ(revert_reason(read(round_of(base, quote, (uint256{3} << 64) + 1))), "Feed not found");
}

}  // namespace
}  // namespace meta138::contracts
