// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/import_error.hpp"

#include <gtest/gtest.h>

namespace meta138::blockchain {
namespace {

TEST(IsInvalid, holds_a_wrong_block_against_its_sender) {
    EXPECT_TRUE(is_invalid(execution::InvalidBlock{}));
    EXPECT_TRUE(is_invalid(InvalidSeal{.reason = "too few seals"}));
    EXPECT_TRUE(is_invalid(InvalidAncestor{}));
}

// besu-eth/besu#2546, #765: a clock that is behind, or a machine that slept.
TEST(IsInvalid, holds_nothing_against_a_block_that_only_comes_early) {
    EXPECT_FALSE(is_invalid(InvalidSeal{.reason = "20 s ahead", .is_undecided = true}));
}

TEST(IsInvalid, holds_nothing_against_a_block_that_cannot_be_judged) {
    EXPECT_FALSE(is_invalid(UnknownParent{}));
    EXPECT_FALSE(is_invalid(InvalidSeal{.reason = "no validators", .is_undecided = true}));
    EXPECT_FALSE(is_invalid(StateUnavailable{}));
    EXPECT_FALSE(is_invalid(ConflictsWithFinal{}));
}

}  // namespace
}  // namespace meta138::blockchain
