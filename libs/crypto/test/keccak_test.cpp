// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"

#include <gtest/gtest.h>

namespace meta138::crypto {
namespace {

using namespace literals;

TEST(Keccak256, hashes_the_empty_string) {
    EXPECT_EQ(keccak256({}), empty_keccak256);
}

TEST(Keccak256, hashes_the_empty_list) {
    const std::uint8_t empty_list[] = {0xc0};
    EXPECT_EQ(keccak256(empty_list), empty_list_keccak256);
}

}  // namespace
}  // namespace meta138::crypto
