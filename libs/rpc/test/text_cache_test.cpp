// SPDX-License-Identifier: Apache-2.0
#include "text_cache.hpp"

#include "meta138/base/uint256.hpp"

#include <gtest/gtest.h>

namespace meta138::rpc {
namespace {

Hash32 key(std::uint64_t number) {
    return to_hash32(uint256{number});
}

TEST(TextCache, keeps_what_was_used_last) {
    TextCache cache{40};
    for (std::uint64_t i = 0; i < 4; ++i) cache.put(key(i), std::string(10, 'x'));
    EXPECT_NE(cache.find(key(0)), nullptr);
    cache.put(key(4), std::string(10, 'x'));
    EXPECT_NE(cache.find(key(0)), nullptr);
    EXPECT_EQ(cache.find(key(1)), nullptr);
    EXPECT_EQ(cache.bytes(), 40U);
}

TEST(TextCache, keeps_nothing_large) {
    TextCache cache{40};
    cache.put(key(1), std::string(11, 'x'));
    EXPECT_EQ(cache.find(key(1)), nullptr);
    EXPECT_EQ(cache.bytes(), 0U);
}

TEST(TextCache, keeps_the_first_text_of_a_key) {
    TextCache cache{40};
    cache.put(key(1), "a");
    cache.put(key(1), "b");
    EXPECT_EQ(*cache.find(key(1)), "a");
    EXPECT_EQ(cache.bytes(), 1U);
}

}  // namespace
}  // namespace meta138::rpc
