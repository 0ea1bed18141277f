// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/genesis_alloc.hpp"

#include "meta138/base/hex.hpp"

#include <gtest/gtest.h>

#include <string>

namespace meta138::op {
namespace {

using namespace literals;

TEST(GenesisAlloc, has_the_standard_contracts_where_everybody_looks_for_them) {
    const auto alloc = genesis_alloc();
    ASSERT_EQ(alloc.size(), 3U);
    for (const auto& address : {"0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"_address,
                                "0xca11bde05977b3631167028862be2a173976ca11"_address,
                                "0x4e59b44847b379578588920ca78fbf26c0b4956c"_address}) {
        ASSERT_TRUE(alloc.contains(address));
        EXPECT_FALSE(alloc.at(address).code.empty());
        EXPECT_EQ(alloc.at(address).nonce, 1U);
    }
}

TEST(GenesisAlloc, is_read_from_a_genesis_file_as_it_was) {
    auto alloc = genesis_alloc();
    alloc[Address{{1}}] = {.nonce = 0,
                           .balance = uint256{1} << 200,
                           .code = {},
                           .storage = {{uint256{1}, uint256{2}}, {uint256::max(), uint256::max()}}};
    const auto genesis = parse_genesis(
        R"({"config": {"chainId": 138}, "difficulty": "0x1", "gasLimit": "0x1c9c380", "alloc": )" +
        alloc_to_json(alloc) + "}");
    ASSERT_TRUE(genesis) << to_string(genesis.error());
    EXPECT_EQ(genesis->alloc, alloc);
}

}  // namespace
}  // namespace meta138::op
