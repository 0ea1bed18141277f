// SPDX-License-Identifier: Apache-2.0
#include "chain.hpp"
#include "method.hpp"

#include "meta138/contracts/artifact.hpp"
#include "meta138/contracts/predeploys.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gtest/gtest.h>

namespace meta138::contracts {
namespace {

constexpr Address anybody{{0xa1}};

// Leaves a contract of that one byte behind.
Bytes code_that_returns(std::uint8_t byte) {
    return {0x60, byte, 0x60, 0x00, 0x53, 0x60, 0x01, 0x60, 0x00, 0xf3};
}
// Reverts with 32 bytes.
const Bytes reverting{0x60, 0x07, 0x60, 0x00, 0x52, 0x60, 0x20, 0x60, 0x00, 0xfd};

class Create2Factory : public testing::Test {
protected:
    Create2Factory() { chain.place(create2_factory_address, create2_factory_code()); }
    Outcome create(const Hash32& salt, ByteView code, const uint256& value = 0) {
        return chain.send(anybody, create2_factory_address, create2_factory_call(salt, code),
                          value);
    }
    Chain chain;
};

TEST_F(Create2Factory, creates_at_the_address_of_eip_1014_and_answers_with_it) {
    for (std::uint8_t i = 0; i < 50; ++i) {
        const Hash32 salt{{i}};
        const auto code = code_that_returns(i);
        const auto expected =
            evm::create2_address(create2_factory_address, salt, crypto::keccak256(code));
        EXPECT_EQ(create2_address(salt, code), expected);
        const auto outcome = create(salt, code);
        ASSERT_TRUE(outcome.succeeded);
        EXPECT_EQ(outcome.output, Bytes(expected.begin(), expected.end()));
        EXPECT_EQ(to_bytes(chain.state().code(expected)), Bytes{i});
    }
}

TEST_F(Create2Factory, does_not_create_the_same_twice) {
    const auto code = code_that_returns(0x01);
    ASSERT_TRUE(create({}, code).succeeded);
    EXPECT_TRUE(create({}, code).reverted);
    EXPECT_TRUE(create(Hash32{{1}}, code).succeeded);
}

TEST_F(Create2Factory, reverts_when_the_creation_does) {
    const auto outcome = create({}, reverting);
    EXPECT_TRUE(outcome.reverted);
    EXPECT_TRUE(outcome.output.empty());
    EXPECT_TRUE(chain.state().code(create2_address({}, reverting)).empty());
    EXPECT_FALSE(create({}, Bytes{0xfe}).succeeded);
}

TEST_F(Create2Factory, hands_over_the_value_that_comes_with_a_call) {
    chain.fund(anybody, 1'000);
    const auto code = code_that_returns(0x01);
    ASSERT_TRUE(create({}, code, 400).succeeded);
    EXPECT_EQ(chain.state().balance(create2_address({}, code)), uint256{400});
    EXPECT_TRUE(create({}, reverting, 400).reverted);
    EXPECT_EQ(chain.state().balance(anybody), uint256{600});
}

TEST_F(Create2Factory, refuses_a_call_without_a_whole_salt) {
    EXPECT_FALSE(chain.send(anybody, create2_factory_address, Bytes(31)).succeeded);
    EXPECT_FALSE(chain.send(anybody, create2_factory_address, {}).succeeded);
}

// The signature is made up, so that whoever it recovers to can have signed nothing else.
TEST(Create2FactoryDeployment, comes_to_the_canonical_address_by_a_transaction_without_a_key) {
    const auto deployment = create2_factory_deployment();
    const auto transaction = decode_transaction(deployment.raw_transaction);
    ASSERT_TRUE(transaction);
    EXPECT_FALSE(transaction->chain_id);  // valid on every chain
    EXPECT_EQ(recover_sender(*transaction, Fork::london), deployment.sender);
    EXPECT_EQ(evm::create_address(deployment.sender, 0), create2_factory_address);
    EXPECT_EQ(transaction->max_fee_per_gas * transaction->gas_limit, deployment.cost);
    for (const auto& row : forks().subspan(static_cast<std::size_t>(Fork::london))) {
        Chain chain{row.fork};
        const auto outcome = chain.send(deployment.sender, std::nullopt, transaction->data, 0,
                                        transaction->gas_limit);
        ASSERT_TRUE(outcome.succeeded) << row.name;
        EXPECT_EQ(outcome.created, create2_factory_address);
        EXPECT_EQ(to_bytes(chain.state().code(create2_factory_address)),
                  to_bytes(create2_factory_code()));
    }
}

}  // namespace
}  // namespace meta138::contracts
