// SPDX-License-Identifier: Apache-2.0
// Several cores against each other.
#include "core_network.hpp"

#include <gtest/gtest.h>

using namespace meta138;
using namespace meta138::qbft;
using namespace meta138::qbft::test;
using namespace std::chrono_literals;

TEST(CoreNetwork, four_validators_decide_a_block_a_period) {
    CoreNetwork network{{}};
    EXPECT_TRUE(network.run_to(20, 21s)) << network.lowest_head();
    EXPECT_EQ(network.broken(), "");
    for (std::size_t i = 0; i < network.size(); ++i)
        for (const auto round : network.node(i).decided_in) EXPECT_EQ(round, 0U);
}
