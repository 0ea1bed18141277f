// SPDX-License-Identifier: Apache-2.0
#include "overlay.hpp"

#include "meta138/state/map_state.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <random>
#include <vector>

namespace meta138::blockchain {
namespace {

using state::AccountDiff;
using state::MapState;
using state::StateDiff;

Address address_of(std::uint8_t last) {
    Address address;
    address.bytes.back() = last;
    return address;
}

StateDiff change(AccountDiff account) {
    return {.accounts = {std::move(account)}, .codes = {}};
}

AccountDiff with_storage(std::uint8_t address, std::vector<state::StorageDiff> storage) {
    return {.address = address_of(address),
            .account = Account{.nonce = 1, .balance = {}, .code_hash = EMPTY_CODE_HASH},
            .storage_cleared = false,
            .storage = std::move(storage)};
}

TEST(Compose, keeps_what_only_one_side_changed) {
    const auto both = compose(change(with_storage(1, {{1, 10}})), change(with_storage(2, {})));
    EXPECT_EQ(both.accounts.size(), 2U);
}

TEST(Compose, lets_the_later_slot_win) {
    const auto both = compose(change(with_storage(1, {{1, 10}, {2, 20}})),
                              change(with_storage(1, {{2, 21}, {3, 30}})));
    const std::vector<state::StorageDiff> expected{{1, 10}, {2, 21}, {3, 30}};
    ASSERT_EQ(both.accounts.size(), 1U);
    EXPECT_EQ(both.accounts[0].storage, expected);
}

TEST(Compose, forgets_the_storage_of_an_account_that_was_deleted_between) {
    AccountDiff deleted{
        .address = address_of(1), .account = {}, .storage_cleared = false, .storage = {}};
    const auto gone = compose(change(with_storage(1, {{1, 10}})), change(deleted));
    EXPECT_FALSE(gone.accounts[0].account);
    const auto again = compose(gone, change(with_storage(1, {{2, 20}})));
    EXPECT_TRUE(again.accounts[0].storage_cleared);
    const std::vector<state::StorageDiff> expected{{2, 20}};
    EXPECT_EQ(again.accounts[0].storage, expected);
}

// One after the other, and both at once, lead to the same state, and an overlay looks like it.
TEST(Compose, is_the_same_as_one_diff_after_the_other) {
    std::mt19937 random{138};
    const auto pick = [&](unsigned end) { return static_cast<std::uint8_t>(random() % end); };
    const auto make_diff = [&] {
        StateDiff diff;
        for (std::uint8_t at = 1; at < 6; ++at) {
            if (pick(2) == 0) continue;
            auto account = with_storage(at, {});
            account.account->nonce = pick(200);
            account.storage_cleared = pick(4) == 0;
            for (std::uint8_t key = 1; key < 5; ++key)
                if (pick(2) == 0) account.storage.push_back({key, pick(3)});
            if (pick(5) == 0)
                account = {.address = address_of(at),
                           .account = {},
                           .storage_cleared = false,
                           .storage = {}};
            diff.accounts.push_back(std::move(account));
        }
        return diff;
    };
    for (int round = 0; round < 200; ++round) {
        MapState base;
        MapState stepwise;
        MapState at_once;
        for (auto* state : {&base, &stepwise, &at_once}) {
            for (std::uint8_t at = 1; at < 6; ++at) {
                state->set_account(address_of(at), 1, at, {});
                state->set_storage(address_of(at), 1, at);
            }
        }
        const auto first = make_diff();
        const auto second = make_diff();
        const auto both = compose(first, second);

        stepwise.apply(first);
        stepwise.apply(second);
        at_once.apply(both);
        ASSERT_EQ(stepwise.root(), at_once.root());

        const OverlayView overlay{base, both};
        for (std::uint8_t at = 1; at < 6; ++at) {
            const auto address = address_of(at);
            ASSERT_EQ(overlay.account(address), stepwise.account(address));
            for (std::uint8_t key = 1; key < 5; ++key)
                ASSERT_EQ(overlay.storage(address, key), stepwise.storage(address, key));
        }
    }
}

TEST(OverlayBlockHashes, knows_the_blocks_on_top) {
    class Base final : public execution::BlockHashes {
        [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
    };
    const Base base;
    OverlayBlockHashes hashes{base};
    Hash32 hash;
    hash.bytes.back() = 7;
    hashes.add(5, hash);
    EXPECT_EQ(hashes.block_hash(5), hash);
    EXPECT_EQ(hashes.block_hash(4), Hash32{});
}

}  // namespace
}  // namespace meta138::blockchain
