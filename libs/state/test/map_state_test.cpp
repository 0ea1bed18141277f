// SPDX-License-Identifier: Apache-2.0
#include "meta138/state/map_state.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <gtest/gtest.h>

namespace meta138::state {
namespace {

using namespace literals;

constexpr Address alice = "0x00000000000000000000000000000000000a11ce"_address;
constexpr Address bob = "0x0000000000000000000000000000000000000b0b"_address;

MapState two_accounts() {
    MapState state;
    state.set_account(alice, 1, 100, {0x00});
    state.set_storage(alice, 1, 11);
    state.set_storage(alice, 2, 22);
    state.set_account(bob, 0, 5);
    return state;
}

TEST(MapState, has_the_empty_root_without_accounts) {
    EXPECT_EQ(MapState{}.root(), EMPTY_TRIE_ROOT);
}

TEST(MapState, hashes_nonce_balance_storage_root_and_code_hash) {  // Yellow Paper 4.1
    trie::SecureTrie storage;
    storage.insert(to_hash32(1).bytes, rlp::encode_integer(11));
    storage.insert(to_hash32(2).bytes, rlp::encode_integer(22));
    trie::SecureTrie accounts;
    accounts.insert(alice.bytes, rlp::encode_list(std::uint64_t{1}, uint256{100}, storage.root(),
                                                  crypto::keccak256(Bytes{0x00})));
    accounts.insert(bob.bytes, rlp::encode_list(std::uint64_t{0}, uint256{5}, EMPTY_TRIE_ROOT,
                                                EMPTY_CODE_HASH));
    EXPECT_EQ(two_accounts().root(), accounts.root());
}

TEST(MapState, a_zero_deletes_the_slot) {
    auto state = two_accounts();
    state.set_storage(alice, 3, 33);
    state.set_storage(alice, 3, 0);
    EXPECT_EQ(state.root(), two_accounts().root());
    EXPECT_EQ(state.accounts().at(alice).storage.size(), 2);
}

TEST(MapState, the_root_after_changes_leaves_the_state_alone) {
    auto state = two_accounts();
    const auto root = state.root();
    const StateDiff diff{
        .accounts = {{.address = alice,
                      .account = Account{.nonce = 2, .balance = 0},
                      .storage_cleared = true,
                      .storage = {{7, 77}}},
                     {.address = bob, .account = std::nullopt, .storage = {}}},
        .codes = {},
    };
    const auto root_after = state.root_after(diff);
    EXPECT_NE(root_after, root);
    EXPECT_EQ(state.root(), root);
    EXPECT_EQ(state.storage(alice, 1), uint256{11});

    EXPECT_EQ(state.root_after(diff), root_after);
    state.apply(diff);
    EXPECT_EQ(state.root(), root_after);
    EXPECT_EQ(state.storage(alice, 1), uint256{});
    EXPECT_EQ(state.storage(alice, 7), uint256{77});
    EXPECT_FALSE(state.account(bob));
}

TEST(MapState, keeps_the_code_of_accounts) {
    const auto state = two_accounts();
    EXPECT_EQ(state.code(state.account(alice)->code_hash)->bytes, Bytes{0x00});
    EXPECT_TRUE(state.has_storage(alice));
    EXPECT_FALSE(state.has_storage(bob));
}

}  // namespace
}  // namespace meta138::state
