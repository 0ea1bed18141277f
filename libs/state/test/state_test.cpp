// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/state.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/state/map_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace meta138::state {
namespace {

using namespace literals;

constexpr Address alice = "0x00000000000000000000000000000000000a11ce"_address;
constexpr Address bob = "0x0000000000000000000000000000000000000b0b"_address;
constexpr Address ripemd160 = "0x0000000000000000000000000000000000000003"_address;

/// Alice has 100 wei and slot 1 = 11; Bob is empty but there.
struct StateTest : testing::Test {
    StateTest() {
        before.set_account(alice, 7, 100, {0x60, 0x00});
        before.set_storage(alice, 1, 11);
        before.set_account(bob, 0, 0);
        before.set_account(ripemd160, 0, 0);
        state.begin_transaction();
    }

    MapState before;
    State state{before};
};

TEST_F(StateTest, reads_what_the_view_has) {
    EXPECT_TRUE(state.exists(alice));
    EXPECT_EQ(state.nonce(alice), 7);
    EXPECT_EQ(state.balance(alice), uint256{100});
    EXPECT_EQ(state.storage(alice, 1), uint256{11});
    EXPECT_THAT(state.code(alice), testing::ElementsAre(0x60, 0x00));
    EXPECT_FALSE(state.delegate(alice));
    EXPECT_TRUE(state.has_storage(alice));
    EXPECT_TRUE(state.exists(bob));
    EXPECT_TRUE(state.is_empty(bob));
}

TEST_F(StateTest, an_absent_account_reads_as_zero) {
    constexpr Address carol = "0x000000000000000000000000000000000000ca01"_address;
    EXPECT_FALSE(state.exists(carol));
    EXPECT_TRUE(state.is_empty(carol));
    EXPECT_EQ(state.code_hash(carol), EMPTY_CODE_HASH);
    EXPECT_TRUE(state.code(carol).empty());
    EXPECT_EQ(state.storage(carol, 1), uint256{});
}

TEST_F(StateTest, a_view_that_was_only_read_has_no_diff) {
    EXPECT_FALSE(state.balance(alice).is_zero());
    EXPECT_FALSE(state.storage(alice, 1).is_zero());
    state.access_storage(alice, 2);
    state.finish_transaction(false);
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(StateTest, a_change_that_was_taken_back_by_hand_has_no_diff) {
    state.set_storage(alice, 1, 12);
    state.set_balance(alice, 1);
    state.set_storage(alice, 1, 11);
    state.set_balance(alice, 100);
    state.finish_transaction(true);
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(StateTest, the_original_of_a_slot_is_its_value_before_the_transaction) {
    state.access_storage(alice, 1);
    state.set_storage(alice, 1, 12);
    EXPECT_EQ(state.access_storage(alice, 1).original, uint256{11});
    state.finish_transaction(true);
    state.begin_transaction();
    const auto access = state.access_storage(alice, 1);
    EXPECT_TRUE(access.was_cold);
    EXPECT_EQ(access.original, uint256{12});
    EXPECT_EQ(access.current, uint256{12});
}

TEST_F(StateTest, a_revert_makes_accounts_and_slots_cold_again) {  // EIP-2929
    const auto checkpoint = state.checkpoint();
    EXPECT_TRUE(state.warm_account(alice));
    EXPECT_TRUE(state.access_storage(alice, 1).was_cold);
    EXPECT_FALSE(state.warm_account(alice));
    EXPECT_FALSE(state.access_storage(alice, 1).was_cold);
    state.revert_to(checkpoint);
    EXPECT_TRUE(state.warm_account(alice));
    EXPECT_TRUE(state.access_storage(alice, 1).was_cold);
}

TEST_F(StateTest, transient_storage_ends_with_the_transaction) {  // EIP-1153
    state.set_transient_storage(alice, 1, 5);
    EXPECT_EQ(state.transient_storage(alice, 1), uint256{5});
    EXPECT_EQ(state.transient_storage(bob, 1), uint256{});
    state.finish_transaction(true);
    state.begin_transaction();
    EXPECT_EQ(state.transient_storage(alice, 1), uint256{});
}

TEST_F(StateTest, a_revert_restores_transient_storage) {
    state.set_transient_storage(alice, 1, 5);
    const auto checkpoint = state.checkpoint();
    state.set_transient_storage(alice, 1, 6);
    state.revert_to(checkpoint);
    EXPECT_EQ(state.transient_storage(alice, 1), uint256{5});
}

TEST_F(StateTest, a_touched_empty_account_goes_away) {  // EIP-161
    state.touch(bob);
    state.finish_transaction(true);
    EXPECT_FALSE(state.exists(bob));
    EXPECT_THAT(state.diff().accounts,
                testing::ElementsAre(testing::Field(&AccountDiff::account, std::nullopt)));
}

TEST_F(StateTest, a_touched_empty_account_stays_before_spurious_dragon) {
    state.touch(bob);
    state.finish_transaction(false);
    EXPECT_TRUE(state.exists(bob));
}

TEST_F(StateTest, an_empty_account_that_nobody_touches_stays) {
    EXPECT_TRUE(state.is_empty(bob));
    state.warm_account(bob);
    state.finish_transaction(true);
    EXPECT_TRUE(state.exists(bob));
}

TEST_F(StateTest, a_reverted_touch_does_not_count) {
    const auto checkpoint = state.checkpoint();
    state.touch(bob);
    state.revert_to(checkpoint);
    state.finish_transaction(true);
    EXPECT_TRUE(state.exists(bob));
}

TEST_F(StateTest, the_touch_of_ripemd160_survives_a_revert) {  // mainnet's block 2675119
    const auto checkpoint = state.checkpoint();
    state.touch(ripemd160);
    state.touch(bob);
    state.revert_to(checkpoint);
    state.finish_transaction(true);
    EXPECT_FALSE(state.exists(ripemd160));
    EXPECT_TRUE(state.exists(bob));
}

TEST_F(StateTest, an_account_made_and_emptied_goes_away) {
    constexpr Address carol = "0x000000000000000000000000000000000000ca01"_address;
    state.add_balance(carol, 5);
    state.subtract_balance(carol, 5);
    state.finish_transaction(true);
    EXPECT_FALSE(state.exists(carol));
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(StateTest, deletion_waits_for_the_end_of_the_transaction) {
    EXPECT_TRUE(state.schedule_deletion(alice));
    EXPECT_FALSE(state.schedule_deletion(alice));
    EXPECT_TRUE(state.exists(alice));
    EXPECT_EQ(state.storage(alice, 1), uint256{11});
    state.finish_transaction(false);
    EXPECT_FALSE(state.exists(alice));
    EXPECT_EQ(state.storage(alice, 1), uint256{});
    EXPECT_FALSE(state.has_storage(alice));
}

TEST_F(StateTest, a_revert_takes_deletion_back) {
    const auto checkpoint = state.checkpoint();
    state.schedule_deletion(alice);
    state.revert_to(checkpoint);
    EXPECT_TRUE(state.schedule_deletion(alice));
    state.revert_to(checkpoint);
    state.finish_transaction(false);
    EXPECT_TRUE(state.exists(alice));
}

TEST_F(StateTest, an_account_made_anew_has_none_of_its_old_storage) {
    state.schedule_deletion(alice);
    state.finish_transaction(true);
    state.begin_transaction();
    state.set_balance(alice, 1);
    state.set_storage(alice, 2, 22);
    EXPECT_EQ(state.storage(alice, 1), uint256{});
    state.finish_transaction(true);

    const auto diff = state.diff();
    ASSERT_EQ(diff.accounts.size(), 1);
    EXPECT_TRUE(diff.accounts[0].storage_cleared);
    EXPECT_THAT(diff.accounts[0].storage, testing::ElementsAre(StorageDiff{2, 22}));
    EXPECT_EQ(diff.accounts[0].account, (Account{.nonce = 0, .balance = 1}));
}

TEST_F(StateTest, new_code_is_in_the_diff_once) {
    const auto code = make_bytecode({0x00});
    state.set_code(alice, code);
    state.set_code(bob, code);
    state.finish_transaction(true);
    EXPECT_THAT(state.diff().codes, testing::ElementsAre(code));
}

TEST_F(StateTest, reverted_code_is_not_in_the_diff) {
    const auto checkpoint = state.checkpoint();
    state.set_code(alice, make_bytecode({0x00}));
    state.revert_to(checkpoint);
    EXPECT_THAT(state.code(alice), testing::ElementsAre(0x60, 0x00));
    state.finish_transaction(true);
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(StateTest, a_delegation_designator_names_its_delegate) {  // EIP-7702
    state.set_code(bob, make_bytecode(encode_delegation(alice)));
    EXPECT_EQ(state.delegate(bob), alice);
    EXPECT_EQ(state.code(bob).size(), 23);
    state.set_code(bob, make_bytecode({}));
    EXPECT_EQ(state.delegate(bob), std::nullopt);
    EXPECT_EQ(state.code_hash(bob), EMPTY_CODE_HASH);
    state.finish_transaction(true);
}

TEST_F(StateTest, reverted_logs_are_gone) {
    state.add_log({.address = alice, .topics = {}, .data = {1}});
    const auto checkpoint = state.checkpoint();
    state.add_log({.address = bob, .topics = {}, .data = {2}});
    state.revert_to(checkpoint);
    EXPECT_THAT(state.finish_transaction(true),
                testing::ElementsAre(testing::Field(&Log::address, alice)));
}

TEST_F(StateTest, reset_forgets_what_was_not_applied) {
    state.set_balance(alice, 1);
    state.finish_transaction(true);
    state.reset();
    EXPECT_EQ(state.balance(alice), uint256{100});
    EXPECT_TRUE(state.diff().empty());
}

TEST_F(StateTest, dies_when_more_is_taken_than_there_is) {
    EXPECT_DEATH(state.subtract_balance(alice, 101), "balance");
}

TEST_F(StateTest, dies_when_it_is_to_revert_to_the_future) {
    EXPECT_DEATH(state.revert_to(Checkpoint{1000}), "journal");
}

}  // namespace
}  // namespace meta138::state
