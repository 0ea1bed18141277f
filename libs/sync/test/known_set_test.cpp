// SPDX-License-Identifier: Apache-2.0
#include "known_set.hpp"

#include "meta138/base/uint256.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <set>

namespace meta138::sync {
namespace {

Hash32 hash(std::uint64_t number) {
    return to_hash32(uint256{number});
}

TEST(KnownSet, forgets_the_oldest_when_full) {
    KnownSet set{3, 1};
    for (std::uint64_t i = 0; i < 4; ++i) EXPECT_TRUE(set.insert(hash(i)));
    EXPECT_FALSE(set.contains(hash(0)));
    for (std::uint64_t i = 1; i < 4; ++i) EXPECT_TRUE(set.contains(hash(i)));
    EXPECT_EQ(set.size(), 3U);
}

TEST(KnownSet, says_what_was_known) {
    KnownSet set{10, 1};
    EXPECT_TRUE(set.insert(hash(1)));
    EXPECT_FALSE(set.insert(hash(1)));
    set.clear();
    EXPECT_TRUE(set.insert(hash(1)));
}

TEST(KnownSet, is_what_a_set_with_a_queue_is) {
    constexpr std::size_t capacity = 100;
    KnownSet set{capacity, 7};
    std::deque<std::uint64_t> order;
    std::set<std::uint64_t> members;
    std::mt19937_64 random{3};
    for (int i = 0; i < 100'000; ++i) {
        const auto number = random() % 250;
        EXPECT_EQ(set.contains(hash(number)), members.contains(number));
        EXPECT_EQ(set.insert(hash(number)), members.insert(number).second);
        if (order.empty() || members.size() > order.size()) order.push_back(number);
        if (order.size() > capacity) {
            members.erase(order.front());
            order.pop_front();
        }
    }
}

TEST(KnownSet, takes_three_words_for_each) {
    KnownSet set{32'768, 1};
    for (std::uint64_t i = 0; i < 200'000; ++i) set.insert(hash(i));
    EXPECT_LE(set.memory(), 32'768U * 8 * 4);
}

}  // namespace
}  // namespace meta138::sync
