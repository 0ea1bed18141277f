// SPDX-License-Identifier: Apache-2.0
#include "state_transition.hpp"

#include "meta138/execution/execute_block.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

// The rules of Besu's BFT chains that differ from the forks'.

namespace meta138::execution {
namespace {

using namespace literals;
using testing::Optional;

constexpr auto beneficiary = "0x00000000000000000000000000000000000bef17"_address;
constexpr auto miner = "0x000000000000000000000000000000000000c01b"_address;

/// An Osaka block of a BFT chain on its parent, until a test changes something.
struct PrivateChainRules : testing::Test {
    PrivateChainRules() {
        rules.consensus = Consensus::fixed_difficulty;
        rules.fixed_difficulty = 1;
        rules.has_system_contracts = false;
        rules.validates_fee_fields = false;
        rules.validates_withdrawals = false;
        rules.limits_block_size = false;
        rules.block_reward.reset();
        parent.number = 999;
        parent.timestamp = 10'000;
        parent.gas_limit = 30'000'000;
        parent.base_fee_per_gas = 1000;
        auto& header = block.header;
        header.number = 1000;
        header.timestamp = 10'001;
        header.coinbase = miner;
        header.difficulty = 1;
        header.gas_limit = 30'000'000;
        header.ommers_hash = EMPTY_OMMERS_HASH;
        header.transactions_root = header.receipt_root = EMPTY_TRIE_ROOT;
        header.base_fee_per_gas = 875;
        header.withdrawals_root = EMPTY_TRIE_ROOT;
        header.blob_gas_used = header.excess_blob_gas = 0;
        header.parent_beacon_block_root.emplace();
        header.requests_hash = EMPTY_REQUESTS_HASH;
        header.state_root = view.root_after({});
        block.withdrawals.emplace();
    }

    std::optional<BlockRule> broken_header_rule() {
        block.header.parent_hash = block_hash(parent);
        const auto verdict = validate_header(block.header, parent, rules);
        return verdict ? std::nullopt : std::optional{verdict.error().rule};
    }
    std::optional<BlockRule> broken_body_rule(std::size_t size = 1000) {
        const auto verdict = validate_body(block, size, rules);
        return verdict ? std::nullopt : std::optional{verdict.error().rule};
    }
    std::optional<BlockRule> broken_execution_rule() {
        const auto result = execute_block(
            block, {}, rules, {.state = state, .block_hashes = hashes, .code_cache = codes}, view);
        return result ? std::nullopt : std::optional{result.error().rule};
    }

    BlockRules rules = mainnet_rules(Fork::osaka);
    Header parent;
    state::MapState view;
    state::State state{view};
    NoBlockHashes hashes;
    evm::CodeCache codes;
    Block block;
};

TEST_F(PrivateChainRules, accept_a_block_as_besu_builds_it) {
    EXPECT_EQ(broken_header_rule(), std::nullopt);
    EXPECT_EQ(broken_body_rule(), std::nullopt);
    EXPECT_EQ(broken_execution_rule(), std::nullopt);
}

TEST_F(PrivateChainRules, take_the_proposer_s_word_for_the_fees) {
    block.header.base_fee_per_gas = 5;
    block.header.excess_blob_gas = 77;
    EXPECT_EQ(broken_header_rule(), std::nullopt);
    rules.validates_fee_fields = true;
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::base_fee_per_gas));
    block.header.base_fee_per_gas = 875;
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::excess_blob_gas));
}

TEST_F(PrivateChainRules, but_for_the_fees_want_the_fields_of_the_fork) {
    block.header.requests_hash.reset();
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::header_fields));
}

TEST_F(PrivateChainRules, with_a_fixed_base_fee_have_no_fields_from_cancun_on) {
    rules.has_blob_fields = false;
    rules.fixed_base_fee = 1000;
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::header_fields));
    auto& header = block.header;
    header.blob_gas_used.reset();
    header.excess_blob_gas.reset();
    header.parent_beacon_block_root.reset();
    header.requests_hash.reset();
    EXPECT_EQ(broken_header_rule(), std::nullopt);
    EXPECT_EQ(broken_execution_rule(), std::nullopt);
    EXPECT_EQ(base_fee_after(parent, rules), uint256{1000});
}

TEST_F(PrivateChainRules, keep_blocks_apart_by_the_period) {
    rules.min_seconds_after_parent = 5;
    block.header.timestamp = 10'004;
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::timestamp));
    block.header.timestamp = 10'005;
    EXPECT_EQ(broken_header_rule(), std::nullopt);
    block.header.timestamp = 1;
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::timestamp));
}

TEST_F(PrivateChainRules, with_a_period_below_a_second_let_times_be_equal) {
    block.header.timestamp = parent.timestamp;
    EXPECT_THAT(broken_header_rule(), Optional(BlockRule::timestamp));
    rules.min_seconds_after_parent.reset();
    EXPECT_EQ(broken_header_rule(), std::nullopt);
    block.header.timestamp = 1;
    EXPECT_EQ(broken_header_rule(), std::nullopt);
}

TEST_F(PrivateChainRules, do_not_look_at_withdrawals) {
    block.withdrawals.reset();
    EXPECT_EQ(broken_body_rule(), std::nullopt);
    block.withdrawals.emplace().push_back(
        {.index = 0, .validator_index = 0, .address = {}, .amount = 7});
    EXPECT_EQ(broken_body_rule(), std::nullopt);
    rules.validates_withdrawals = true;
    EXPECT_THAT(broken_body_rule(), Optional(BlockRule::withdrawals_root));
}

TEST_F(PrivateChainRules, limit_no_block_s_size) {
    EXPECT_EQ(broken_body_rule(MAX_RLP_BLOCK_SIZE + 1), std::nullopt);
    rules.limits_block_size = true;
    EXPECT_THAT(broken_body_rule(MAX_RLP_BLOCK_SIZE + 1), Optional(BlockRule::block_size));
}

TEST_F(PrivateChainRules, make_no_system_calls_even_where_there_is_code) {
    constexpr auto BEACON_ROOTS_ADDRESS = "0x000f3df6d732807ef1319fb7b8bb8522d0beac02"_address;
    constexpr auto HISTORY_STORAGE_ADDRESS = "0x0000f90827f1c53a10cb7a02335b175320002935"_address;
    const Bytes stores_number{0x43, 0x5f, 0x55};  // sstore(0, number)
    view.set_account(BEACON_ROOTS_ADDRESS, 1, 0, stores_number);
    view.set_account(HISTORY_STORAGE_ADDRESS, 1, 0, stores_number);
    view.set_account(rules.withdrawal_request_contract_address, 1, 0, stores_number);
    block.header.state_root = view.root_after({});
    EXPECT_EQ(broken_execution_rule(), std::nullopt);
    EXPECT_TRUE(state.diff().empty());
    rules.has_system_contracts = true;
    EXPECT_THAT(broken_execution_rule(), Optional(BlockRule::system_contract_missing));
}

TEST_F(PrivateChainRules, pay_rewards_to_the_beneficiary_and_give_it_for_the_coinbase) {
    rules.beneficiary = beneficiary;
    rules.block_reward = 7;
    EXPECT_EQ(environment_of(block.header, rules).context.coinbase, beneficiary);
    EXPECT_THAT(broken_execution_rule(), Optional(BlockRule::state_root));
    EXPECT_EQ(state.balance(beneficiary), uint256{7});
    EXPECT_EQ(state.balance(miner), uint256{});
}

TEST_F(PrivateChainRules, may_pay_to_the_zero_address) {
    rules.beneficiary = Address{};
    rules.block_reward = 7;
    EXPECT_THAT(broken_execution_rule(), Optional(BlockRule::state_root));
    EXPECT_EQ(state.balance(Address{}), uint256{7});
}

TEST_F(PrivateChainRules, without_a_reward_touch_nobody) {
    rules.fork = Fork::homestead;
    block.header.base_fee_per_gas.reset();
    block.header.requests_hash.reset();
    EXPECT_EQ(broken_execution_rule(), std::nullopt);
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(StateTransition, fees_go_to_the_beneficiary_which_is_warm_from_shanghai_on) {  // EIP-3651
    Header header;
    header.coinbase = coinbase;
    header.number = 1000;
    header.gas_limit = 30'000'000;
    header.base_fee_per_gas = 10;
    rules.beneficiary = other;
    block = environment_of(header, rules);
    // pop(balance(other)): a hundred gas when it is warm.
    Bytes code{0x73};
    code.insert(code.end(), other.begin(), other.end());
    code.insert(code.end(), {0x31, 0x50});
    pre.set_account(to, 1, 0, code);
    const auto result = run();
    EXPECT_EQ(result.gas_used, 21000U + 3 + 100 + 2);
    EXPECT_EQ(state.balance(other), uint256{2} * result.gas_used);
    EXPECT_EQ(state.balance(coinbase), uint256{});
}

TEST_F(StateTransition, a_limit_of_gas_for_one_transaction_may_hold_before_osaka) {
    use_fork(Fork::london);
    tx.type = TransactionType::dynamic_fee;
    rules.transaction_gas_limit_cap = tx.gas_limit - 1;
    EXPECT_EQ(refusal(), std::nullopt);
    rules.limits_transaction_gas_always = true;
    EXPECT_THAT(refusal(), Optional(TransactionError::gas_limit_exceeds_maximum));
    rules.transaction_gas_limit_cap = tx.gas_limit;
    EXPECT_EQ(refusal(), std::nullopt);
}

}  // namespace
}  // namespace meta138::execution
