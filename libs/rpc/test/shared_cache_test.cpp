// SPDX-License-Identifier: Apache-2.0
#include "shared_cache.hpp"

#include "meta138/base/uint256.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::rpc {
namespace {

Hash32 key(std::uint64_t number) {
    return to_hash32(uint256{number});
}

struct CacheOf40Bytes : testing::Test {
    void put(std::uint64_t number, const std::string& text) {
        cache.put(key(number), std::make_shared<const std::string>(text), text.size());
    }
    SharedCache<std::string> cache{40};
};

TEST_F(CacheOf40Bytes, keeps_what_was_used_last) {
    for (std::uint64_t i = 0; i < 4; ++i) put(i, std::string(10, 'x'));
    EXPECT_NE(cache.find(key(0)), nullptr);
    put(4, std::string(10, 'x'));
    EXPECT_NE(cache.find(key(0)), nullptr);
    EXPECT_EQ(cache.find(key(1)), nullptr);
    EXPECT_NE(cache.find(key(4)), nullptr);
}

TEST_F(CacheOf40Bytes, keeps_nothing_large) {
    put(1, std::string(11, 'x'));
    EXPECT_EQ(cache.find(key(1)), nullptr);
}

TEST_F(CacheOf40Bytes, keeps_the_first_value_of_a_key) {
    put(1, "a");
    put(1, "b");
    EXPECT_EQ(*cache.find(key(1)), "a");
}

}  // namespace
}  // namespace meta138::rpc
