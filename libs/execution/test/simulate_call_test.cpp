// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/simulate_call.hpp"

#include "state_transition.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace meta138::execution {
namespace {

/// A call that nobody has signed.
class SimulateCall : public StateTransition {
protected:
    std::expected<TransactionResult, TransactionError> simulate() {
        state.reset();
        for (const auto& [address, account] : overrides) apply_override(state, address, account);
        StateHost host{state, no_hashes, rules.fork};
        evm::Evm evm{host, code_cache, rules.fork, block.context, rules.limits};
        return simulate_call({.state = state, .evm = evm, .rules = rules, .block = block}, used, tx,
                             from, license);
    }

    Address from = sender;
    SimulationLicense license;
    std::map<Address, AccountOverride> overrides;
    NoBlockHashes no_hashes;
    evm::CodeCache code_cache;
};

TEST_F(SimulateCall, needs_a_licence_for_a_future_nonce) {
    tx.nonce = 5;
    EXPECT_EQ(simulate().error(), TransactionError::nonce_mismatch_too_high);
    license.future_nonce = true;
    EXPECT_TRUE(simulate());
    EXPECT_EQ(state.nonce(sender), 1U);
    tx.nonce = std::numeric_limits<std::uint64_t>::max();
    EXPECT_TRUE(simulate());
}

TEST_F(SimulateCall, is_free_for_those_who_cannot_pay_when_they_need_not) {
    from = other;
    EXPECT_EQ(simulate().error(), TransactionError::insufficient_account_funds);
    license.unfunded_gas = true;
    ASSERT_TRUE(simulate());
    EXPECT_EQ(state.balance(other), uint256{});
    EXPECT_EQ(state.balance(coinbase), uint256{});
}

TEST_F(SimulateCall, pays_like_a_transaction_when_it_can) {
    ASSERT_TRUE(simulate());
    EXPECT_EQ(state.balance(sender), uint256{ether} - 12 * 21'000);
    EXPECT_EQ(state.balance(coinbase), uint256{2 * 21'000});
}

TEST_F(SimulateCall, may_come_from_a_contract) {
    pre.set_account(sender, 0, ether, {0x00});
    EXPECT_EQ(simulate().error(), TransactionError::sender_not_eoa);
    license.sender_with_code = true;
    EXPECT_TRUE(simulate());
}

TEST_F(SimulateCall, may_exceed_the_gas_of_its_block_and_the_cap) {
    tx.gas_limit = 40'000'000;
    EXPECT_EQ(simulate().error(), TransactionError::gas_limit_exceeds_maximum);
    license.any_gas_limit = true;
    EXPECT_EQ(simulate().error(), TransactionError::gas_allowance_exceeded);
    license.beyond_block_limits = true;
    EXPECT_TRUE(simulate());
}

TEST_F(SimulateCall, tells_the_gas_before_refunds) {
    pre.set_account(to, 1, 0, {0x5f, 0x5f, 0x55});  // sstore(0, 0)
    pre.set_storage(to, 0, 1);
    const auto result = simulate();
    ASSERT_TRUE(result);
    EXPECT_EQ(result->gas_refunded, 4'800U);
    EXPECT_EQ(result->max_gas_used, result->gas_used + result->gas_refunded);
}

TEST_F(SimulateCall, takes_authorities_by_name) {
    pre.set_account(other, 1, 0, {0x60, 0x01, 0x5f, 0x55});  // sstore(0, 1)
    tx.type = TransactionType::set_code;
    auto& authorization = tx.authorization_list.emplace_back();
    authorization.chain_id = 1;
    authorization.address = other;
    const std::optional<Address> authority = to;
    license.authorities = {&authority, 1};
    ASSERT_TRUE(simulate());
    EXPECT_EQ(state.delegate(to), other);
    EXPECT_EQ(state.storage(to, 0), uint256{1});
}

TEST_F(SimulateCall, runs_a_precompile_where_it_was_moved) {
    constexpr Address identity = "0x0000000000000000000000000000000000000004"_address;
    const evm::PrecompileMoves moves{{identity, std::nullopt}, {other, identity}};
    rules.limits.precompile_moves = &moves;
    tx.data = {1, 2, 3};
    tx.to = other;
    EXPECT_EQ(simulate()->output, tx.data);
    tx.to = identity;
    EXPECT_EQ(simulate()->output, Bytes{});
}

TEST_F(SimulateCall, sees_overridden_accounts) {
    overrides[to].code = Bytes{0x5f, 0x54, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3};  // return(sload(0))
    overrides[to].storage.emplace()[0] = 9;
    EXPECT_EQ(uint256_from_be(simulate()->output), uint256{9});
}

TEST(ApplyOverride, replaces_storage_or_only_changes_it) {
    constexpr Address account = "0x00000000000000000000000000000000000000c0"_address;
    state::MapState pre;
    pre.set_account(account, 1, 0);
    pre.set_storage(account, 1, 1);
    state::State state{pre};
    AccountOverride change;
    change.storage.emplace()[2] = 2;
    change.keeps_storage = true;
    apply_override(state, account, change);
    EXPECT_EQ(state.storage(account, 1), uint256{1});
    change.keeps_storage = false;
    apply_override(state, account, change);
    EXPECT_EQ(state.storage(account, 1), uint256{});
    EXPECT_EQ(state.storage(account, 2), uint256{2});
    const auto diff = state.diff();
    ASSERT_EQ(diff.accounts.size(), 1U);
    EXPECT_TRUE(diff.accounts[0].storage_cleared);
}

}  // namespace
}  // namespace meta138::execution
