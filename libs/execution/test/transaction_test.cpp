// SPDX-License-Identifier: Apache-2.0
#include "state_transition.hpp"

#include "meta138/types/blob_gas.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace meta138::execution {
namespace {

using testing::Optional;
using enum TransactionError;

TEST_F(StateTransition, moves_value_and_charges_gas) {
    tx.value = 5;
    const auto result = run();
    EXPECT_EQ(result.gas_used, 21000);
    EXPECT_EQ(state.nonce(sender), 1);
    EXPECT_EQ(state.balance(to), uint256{5});
    EXPECT_EQ(state.balance(sender), uint256{ether} - 5 - 12 * 21000);
}

TEST_F(StateTransition, pays_the_priority_fee_and_burns_the_base_fee) {  // EIP-1559
    run();
    EXPECT_EQ(state.balance(coinbase), uint256{2 * 21000});
}

TEST_F(StateTransition, pays_no_more_than_the_priority_fee) {  // EIP-1559
    tx.max_fee_per_gas = 100;
    run();
    EXPECT_EQ(state.balance(sender), uint256{ether} - 12 * 21000);
}

TEST_F(StateTransition, the_whole_price_goes_to_the_coinbase_before_london) {
    use_fork(Fork::berlin);
    run();
    EXPECT_EQ(state.balance(coinbase), uint256{12 * 21000});
}

TEST_F(StateTransition, a_failure_costs_all_gas_and_moves_no_value) {
    pre.set_account(to, 1, 0, {0xfe});
    tx.value = 5;
    const auto result = run();
    EXPECT_EQ(result.status, evm::Status::invalid_opcode);
    EXPECT_EQ(result.gas_used, tx.gas_limit);
    EXPECT_EQ(state.nonce(sender), 1);
    EXPECT_EQ(state.balance(to), uint256{});
    EXPECT_EQ(state.balance(sender), uint256{ether} - 12 * 1'000'000);
}

TEST_F(StateTransition, a_revert_returns_data_and_gas) {
    pre.set_account(to, 1, 0, {0x60, 0x20, 0x5f, 0xfd});  // revert(0, 32)
    const auto result = run();
    EXPECT_EQ(result.status, evm::Status::revert);
    EXPECT_EQ(result.output.size(), 32);
    EXPECT_LT(result.gas_used, 22000);
}

TEST_F(StateTransition, a_creation_names_the_new_contract) {
    tx.to = std::nullopt;
    tx.data = {0x60, 0x01, 0x5f, 0xf3};  // the code is one zero byte
    const auto result = run();
    ASSERT_TRUE(result.created);
    EXPECT_EQ(*result.created, evm::create_address(sender, 0));
    EXPECT_EQ(state.code(*result.created).size(), 1);
    EXPECT_EQ(state.nonce(*result.created), 1);
    EXPECT_TRUE(result.output.empty());
}

TEST_F(StateTransition, a_new_contract_has_nonce_0_before_spurious_dragon) {  // EIP-161
    use_fork(Fork::homestead);
    tx.to = std::nullopt;
    tx.data = {0x60, 0x01, 0x60, 0x00, 0xf3};
    EXPECT_EQ(state.nonce(*run().created), 0);
}

TEST_F(StateTransition, a_creation_over_storage_fails) {  // EIP-7610
    tx.to = std::nullopt;
    const auto created = evm::create_address(sender, 0);
    pre.set_account(created, 0, 0);
    pre.set_storage(created, 1, 1);
    EXPECT_EQ(run().status, evm::Status::address_collision);
    EXPECT_EQ(state.storage(created, 1), uint256{1});
    EXPECT_TRUE(state.code(created).empty());
}

// What a block or a sender cannot pay for

TEST_F(StateTransition, a_nonce_that_was_used_is_refused) {
    pre.set_account(sender, 1, ether);
    EXPECT_THAT(refusal(), Optional(nonce_mismatch_too_low));
}

TEST_F(StateTransition, a_nonce_of_the_future_is_refused) {
    tx.nonce = 1;
    EXPECT_THAT(refusal(), Optional(nonce_mismatch_too_high));
}

TEST_F(StateTransition, funds_for_the_fee_cap_and_the_value_suffice) {
    tx.value = uint256{ether} - tx.max_fee_per_gas * tx.gas_limit;
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(StateTransition, funds_below_the_fee_cap_and_the_value_are_refused) {
    tx.value = uint256{ether} - tx.max_fee_per_gas * tx.gas_limit + 1;
    EXPECT_THAT(refusal(), Optional(insufficient_account_funds));
}

TEST_F(StateTransition, a_cost_of_more_than_256_bits_is_refused) {
    pre.set_account(sender, 0, uint256::max());
    tx.value = uint256::max();
    EXPECT_THAT(refusal(), Optional(insufficient_account_funds));
}

TEST_F(StateTransition, the_funds_must_cover_the_cap_of_the_blob_fee) {  // EIP-4844
    tx.type = TransactionType::blob;
    tx.blob_versioned_hashes.resize(1);
    tx.blob_versioned_hashes[0][0] = 1;
    tx.max_fee_per_blob_gas = 100;
    pre.set_account(sender, 0, tx.max_fee_per_gas * tx.gas_limit + 100 * GAS_PER_BLOB - 1);
    EXPECT_THAT(refusal(), Optional(insufficient_account_funds));
}

TEST_F(StateTransition, a_sender_with_code_is_refused) {  // EIP-3607
    pre.set_account(sender, 0, ether, {0x00});
    EXPECT_THAT(refusal(), Optional(sender_not_eoa));
}

TEST_F(StateTransition, a_sender_with_a_delegation_is_accepted) {  // EIP-7702
    pre.set_account(sender, 0, ether, state::encode_delegation(other));
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(StateTransition, the_gas_limit_may_be_all_that_the_block_has_left) {
    used.gas = block.context.gas_limit - tx.gas_limit;
    EXPECT_EQ(refusal(), std::nullopt);
    used.gas += 1;
    EXPECT_THAT(refusal(), Optional(gas_allowance_exceeded));
}

TEST_F(StateTransition, a_fee_cap_below_the_base_fee_is_refused) {  // EIP-1559
    tx.max_fee_per_gas = 9;
    EXPECT_THAT(refusal(), Optional(insufficient_max_fee_per_gas));
}

TEST_F(StateTransition, a_gas_price_below_the_base_fee_is_refused) {  // EIP-1559
    tx.type = TransactionType::legacy;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 9;
    EXPECT_THAT(refusal(), Optional(insufficient_max_fee_per_gas));
}

TEST_F(StateTransition, a_priority_fee_above_the_fee_cap_is_refused) {  // EIP-1559
    tx.max_priority_fee_per_gas = 13;
    EXPECT_THAT(refusal(), Optional(priority_greater_than_max_fee_per_gas));
}

TEST_F(StateTransition, gas_above_the_cap_is_refused_from_osaka_on) {  // EIP-7825
    tx.gas_limit = 16'777'216;
    EXPECT_EQ(refusal(), std::nullopt);
    tx.gas_limit += 1;
    EXPECT_THAT(refusal(), Optional(gas_limit_exceeds_maximum));
    use_fork(Fork::prague);
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(StateTransition, gas_that_no_machine_counts_is_refused) {
    use_fork(Fork::berlin);
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 0;
    block.context.gas_limit = std::numeric_limits<std::uint64_t>::max();
    tx.gas_limit = std::numeric_limits<std::uint64_t>::max() - 1;
    EXPECT_THAT(refusal(), Optional(gas_allowance_exceeded));
}

// EIP-4844

struct BlobTransaction : StateTransition {
    BlobTransaction() {
        tx.type = TransactionType::blob;
        tx.max_fee_per_blob_gas = 3;
        use_blobs(2);
    }
    void use_blobs(std::size_t count) {
        Hash32 versioned_hash;
        versioned_hash[0] = 1;
        tx.blob_versioned_hashes.assign(count, versioned_hash);
    }
};

TEST_F(BlobTransaction, pays_the_blob_base_fee_whatever_happens) {
    block.context.blob_base_fee = 3;
    pre.set_account(to, 1, 0, {0xfe});
    run();
    EXPECT_EQ(state.balance(sender), uint256{ether} - 12 * 1'000'000 - 2 * GAS_PER_BLOB * 3);
    EXPECT_EQ(state.balance(coinbase), uint256{2 * 1'000'000});
}

TEST_F(BlobTransaction, with_a_cap_below_the_blob_base_fee_is_refused) {
    block.context.blob_base_fee = 4;
    EXPECT_THAT(refusal(), Optional(insufficient_max_fee_per_blob_gas));
}

TEST_F(BlobTransaction, needs_a_blob) {
    use_blobs(0);
    EXPECT_THAT(refusal(), Optional(type_3_tx_zero_blobs));
}

TEST_F(BlobTransaction, has_at_most_six_blobs_from_osaka_on) {  // EIP-7594
    use_blobs(6);
    EXPECT_EQ(refusal(), std::nullopt);
    use_blobs(7);
    EXPECT_THAT(refusal(), Optional(type_3_tx_blob_count_exceeded));
    rules = mainnet_rules(Fork::prague);
    EXPECT_EQ(refusal(), std::nullopt);
}

TEST_F(BlobTransaction, fits_into_what_the_block_has_left) {
    used.blob_gas = (rules.blobs.max - 2) * GAS_PER_BLOB;
    EXPECT_EQ(refusal(), std::nullopt);
    used.blob_gas += GAS_PER_BLOB;
    EXPECT_THAT(refusal(), Optional(type_3_tx_max_blob_gas_allowance_exceeded));
}

// Refunds and floors

struct StorageRefund : StateTransition {
    StorageRefund() {
        pre.set_account(to, 1, 0, {0x60, 0x00, 0x60, 0x00, 0x55});  // sstore(0, 0)
        pre.set_storage(to, 0, 1);
    }
};

TEST_F(StorageRefund, is_at_most_a_fifth_from_london_on) {  // EIP-3529
    const auto result = run();
    EXPECT_EQ(result.gas_used + result.gas_refunded, 21000 + 6 + 5000);
    EXPECT_EQ(result.gas_refunded, 4800);
}

TEST_F(StorageRefund, is_at_most_a_half_before_london) {
    use_fork(Fork::istanbul);
    const auto result = run();
    EXPECT_EQ(result.gas_refunded, (21000 + 6 + 5000) / 2);
}

TEST_F(StorageRefund, is_lost_with_a_revert) {
    pre.set_account(to, 1, 0, {0x5f, 0x5f, 0x55, 0x5f, 0x5f, 0xfd});
    EXPECT_EQ(run().gas_refunded, 0);
}

TEST_F(StateTransition, data_costs_at_least_the_floor) {  // EIP-7623
    tx.data.assign(100, 0xff);
    EXPECT_EQ(run().gas_used, 21000 + 100 * 40);
    use_fork(Fork::cancun);
    EXPECT_EQ(run().gas_used, 21000 + 100 * 16);
}

TEST_F(StateTransition, a_gas_limit_below_the_floor_is_refused) {  // EIP-7623
    tx.data.assign(100, 0xff);
    tx.gas_limit = 21000 + 100 * 40 - 1;
    EXPECT_THAT(refusal(), Optional(intrinsic_gas_below_floor_gas_cost));
}

// Warmth

TEST_F(StateTransition, the_coinbase_is_warm_from_shanghai_on) {  // EIP-3651
    pre.set_account(to, 1, 0, {0x41, 0x31});                      // balance(coinbase)
    EXPECT_EQ(run().gas_used, 21000 + 2 + 100);
    use_fork(Fork::london);
    EXPECT_EQ(run().gas_used, 21000 + 2 + 2600);
}

TEST_F(StateTransition, what_the_access_list_names_is_warm) {  // EIP-2930
    pre.set_account(to, 1, 0, {0x60, 0x01, 0x54});             // sload(1)
    EXPECT_EQ(run().gas_used, 21000 + 3 + 2100);
    tx.access_list = {{to, {to_hash32(1)}}};
    EXPECT_EQ(run().gas_used, 21000 + 2400 + 1900 + 3 + 100);
}

TEST_F(StateTransition, precompiles_are_warm) {                       // EIP-2929
    pre.set_account(to, 1, 0, {0x60, 0x01, 0x31, 0x60, 0x20, 0x31});  // balance of 1 and of 0x20
    EXPECT_EQ(run().gas_used, 21000 + 3 + 100 + 3 + 2600);
}

// Empty accounts

TEST_F(StateTransition, a_call_without_value_makes_no_account) {  // EIP-161
    tx.max_fee_per_gas = 10;
    run();
    EXPECT_FALSE(state.exists(to));
    EXPECT_FALSE(state.exists(coinbase));
}

TEST_F(StateTransition, a_call_without_value_makes_an_account_before_spurious_dragon) {
    use_fork(Fork::tangerine_whistle);
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 0;
    run();
    EXPECT_TRUE(state.exists(to));
    EXPECT_TRUE(state.exists(coinbase));
}

TEST_F(StateTransition, an_empty_account_that_is_called_goes_away) {  // EIP-161
    pre.set_account(to, 0, 0);
    run();
    EXPECT_FALSE(state.exists(to));
}

TEST_F(StateTransition, an_empty_coinbase_without_a_fee_goes_away) {  // EIP-161
    pre.set_account(coinbase, 0, 0);
    tx.max_fee_per_gas = 10;
    run();
    EXPECT_FALSE(state.exists(coinbase));
}

// SELFDESTRUCT

struct Selfdestruct : StateTransition {
    Selfdestruct() { pre.set_account(to, 1, 50, {0x61, 0x07, 0xe2, 0xff}); }  // to `other`
};

TEST_F(Selfdestruct, only_moves_the_balance_from_cancun_on) {  // EIP-6780
    run();
    EXPECT_TRUE(state.exists(to));
    EXPECT_EQ(state.balance(to), uint256{});
    EXPECT_EQ(state.balance(other), uint256{50});
}

TEST_F(Selfdestruct, deletes_the_account_before_cancun) {
    use_fork(Fork::shanghai);
    run();
    EXPECT_FALSE(state.exists(to));
    EXPECT_EQ(state.balance(other), uint256{50});
}

TEST_F(Selfdestruct, deletes_what_was_made_in_the_transaction) {  // EIP-6780
    tx.to = std::nullopt;
    tx.value = 50;
    tx.data = {0x61, 0x07, 0xe2, 0xff};
    const auto result = run();
    EXPECT_FALSE(state.exists(*result.created));
    EXPECT_EQ(state.balance(other), uint256{50});
}

TEST_F(Selfdestruct, to_itself_burns_the_balance_of_what_was_made_in_the_transaction) {
    tx.to = std::nullopt;
    tx.value = 50;
    tx.data = {0x30, 0xff};  // selfdestruct(address())
    const auto result = run();
    EXPECT_FALSE(state.exists(*result.created));
    EXPECT_EQ(state.balance(sender) + state.balance(coinbase) + 10 * result.gas_used,
              uint256{ether} - 50);
}

TEST_F(Selfdestruct, to_itself_keeps_the_balance_otherwise) {  // EIP-6780
    pre.set_account(to, 1, 50, {0x30, 0xff});
    run();
    EXPECT_EQ(state.balance(to), uint256{50});
}

TEST_F(Selfdestruct, to_itself_burnt_the_balance_before_cancun) {
    use_fork(Fork::shanghai);
    pre.set_account(to, 1, 50, {0x30, 0xff});
    run();
    EXPECT_FALSE(state.exists(to));
}

}  // namespace
}  // namespace meta138::execution
