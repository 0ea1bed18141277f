// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"

#include "method.hpp"

#include "meta138/base/hex.hpp"

#include <gtest/gtest.h>

namespace meta138::contracts {
namespace {

using namespace literals;

constexpr Address anybody = "0x00000000000000000000000000000000000a17b0"_address;
constexpr Address place = "0x00000000000000000000000000000000000000c0"_address;

TEST(Chain, runs_a_transaction_in_the_block_it_is_told) {
    Chain chain;
    chain.place(place, Bytes{0x42, 0x5f, 0x52, 0x43, 0x60, 0x20, 0x52, 0x60, 0x40, 0x5f, 0xf3});
    chain.set_block(77, 1234);
    // TIMESTAMP and NUMBER; PUSH0 needs Shanghai.
    EXPECT_FALSE(chain.send(anybody, place, {}).succeeded);
    Chain later{Fork::shanghai};
    later.place(place, Bytes{0x42, 0x5f, 0x52, 0x43, 0x60, 0x20, 0x52, 0x60, 0x40, 0x5f, 0xf3});
    later.set_block(77, 1234);
    const auto outcome = later.send(anybody, place, {});
    ASSERT_TRUE(outcome.succeeded);
    EXPECT_EQ(outcome.word(0), uint256{1234});
    EXPECT_EQ(outcome.word(1), uint256{77});
}

TEST(Chain, forgets_what_came_after_the_last_keep) {
    Chain chain;
    // SSTORE(0, SLOAD(0) + 1)
    chain.place(place, Bytes{0x60, 0x00, 0x54, 0x60, 0x01, 0x01, 0x60, 0x00, 0x55});
    ASSERT_TRUE(chain.send(anybody, place, {}).succeeded);
    chain.keep();
    chain.pass(10);
    ASSERT_TRUE(chain.send(anybody, place, {}).succeeded);
    EXPECT_EQ(chain.state().storage(place, 0), uint256{2});
    chain.reset();
    EXPECT_EQ(chain.state().storage(place, 0), uint256{1});
    EXPECT_EQ(chain.time(), Chain::first_time);
}

TEST(Chain, leaves_no_trace_of_a_call) {
    Chain chain;
    chain.place(place, Bytes{0x60, 0x01, 0x60, 0x00, 0x55});
    const auto cold = chain.call(place, {});
    EXPECT_TRUE(cold.succeeded);
    EXPECT_EQ(cold.gas_used, 22'106U);  // EIP-2929: 2100 + 20000 and two PUSH1
    EXPECT_EQ(chain.call_warm(place, {}).gas_used, 106U);
    EXPECT_EQ(chain.state().storage(place, 0), uint256{});
}

TEST(Method, encodes_calls) {
    const Method transfer{"transfer(address,uint256)"};
    EXPECT_EQ(to_hex(transfer(anybody, 5)),
              "0xa9059cbb00000000000000000000000000000000000000000000000000000000000a17b0"
              "0000000000000000000000000000000000000000000000000000000000000005");
    const Method answer{"set(int256)"};
    EXPECT_EQ(to_hex(answer(-1)).substr(10), std::string(64, 'f'));
}

}  // namespace
}  // namespace meta138::contracts
