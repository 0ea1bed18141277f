// SPDX-License-Identifier: Apache-2.0
#include "../fuzz/core_walk.hpp"

#include <gtest/gtest.h>

#include <random>

using namespace meta138;
using namespace meta138::qbft::test;

TEST(CoreWalk, a_validator_among_liars_keeps_its_promises) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        std::mt19937_64 random{seed};
        Bytes choices(2000);
        for (auto& choice : choices) choice = static_cast<std::uint8_t>(random());
        ASSERT_EQ(CoreWalk{choices}.run(), "") << "seed " << seed;
    }
}
