// SPDX-License-Identifier: Apache-2.0
#include "pool_fixture.hpp"

#include <algorithm>

namespace meta138::txpool::test {
namespace {

using Removals = std::vector<std::pair<Hash32, Removal>>;

class PoolAdd : public PoolTest {};

TEST_F(PoolAdd, a_transaction_is_found_by_hash_and_by_sender_and_nonce) {
    const auto transaction = transfer(alice, 0);
    ASSERT_TRUE(add(transaction));
    EXPECT_EQ(pool().find(transaction.hash)->hash, transaction.hash);
    EXPECT_EQ(pool().find(alice, 0)->hash, transaction.hash);
    EXPECT_EQ(pool().find(alice, 1), nullptr);
    EXPECT_EQ(pool().find(bob, 0), nullptr);
    EXPECT_EQ(pool().status().transactions, 1U);
}

TEST_F(PoolAdd, the_same_transaction_is_known) {
    ASSERT_TRUE(add(transfer(alice, 0)));
    EXPECT_EQ(refusal(transfer(alice, 0)), PoolError::already_known);
}

TEST_F(PoolAdd, rules_of_the_account_are_checked_in_the_order_of_besu) {
    // Each account breaks one rule less than the one before.
    const auto judge = [this](const AccountState& state) {
        account(alice) = state;
        return refusal(transfer(alice, 0));
    };
    EXPECT_EQ(judge({.nonce = 1, .balance = 20'999'999, .has_code = true}),
              PoolError::insufficient_funds);
    EXPECT_EQ(judge({.nonce = 1, .balance = 21'000'000, .has_code = true}),
              PoolError::nonce_too_low);
    EXPECT_EQ(judge({.nonce = 0, .balance = 21'000'000, .has_code = true}),
              PoolError::sender_not_eoa);
    account(alice).has_code = false;
    EXPECT_EQ(refusal(transfer(alice, 200)), PoolError::nonce_too_far);
}

TEST_F(PoolAdd, a_nonce_199_ahead_is_taken_and_one_200_ahead_is_not) {
    account(alice).nonce = 7;
    EXPECT_TRUE(add(transfer(alice, 7 + 199)));
    EXPECT_EQ(refusal(transfer(alice, 7 + 200)), PoolError::nonce_too_far);
}

TEST_F(PoolAdd, blobs_are_part_of_what_a_transaction_may_cost) {
    auto transaction = blob_transfer(alice, 0, 1000);
    const uint256 cost = 21000 * uint256{1000} + uint256{131072} * 10;
    account(alice).balance = cost - 1;
    EXPECT_EQ(refusal(transaction), PoolError::insufficient_funds);
    account(alice).balance = cost;
    EXPECT_TRUE(add(transaction));
}

class PoolReplacement : public PoolTest {
protected:
    /// Whether `fresh` replaces `old`.
    bool replaces(PoolTransaction fresh, PoolTransaction old) {
        pool_.reset();
        EXPECT_TRUE(add(std::move(old)));
        const auto result = add(std::move(fresh));
        EXPECT_TRUE(result || result.error() == PoolError::replacement_underpriced);
        EXPECT_EQ(pool().status().transactions, 1U);
        return result.has_value();
    }
};

TEST_F(PoolReplacement, takes_a_bump_of_ten_percent) {
    EXPECT_FALSE(replaces(transfer(alice, 0, 1099), transfer(alice, 0, 1000)));
    EXPECT_TRUE(replaces(transfer(alice, 0, 1100), transfer(alice, 0, 1000)));
    EXPECT_FALSE(replaces(transfer(alice, 0, 900), transfer(alice, 0, 1000)));
}

TEST_F(PoolReplacement, rounds_the_bump_up) {
    EXPECT_FALSE(replaces(transfer(alice, 0, 12), transfer(alice, 0, 11)));
    EXPECT_TRUE(replaces(transfer(alice, 0, 13), transfer(alice, 0, 11)));
    EXPECT_TRUE(replaces(transfer(alice, 0, 2), transfer(alice, 0, 1)));
    EXPECT_FALSE(replaces(transfer(alice, 0, 1111), transfer(alice, 0, 1011)));
}

TEST_F(PoolReplacement, of_dynamic_fees_looks_at_what_is_paid_at_the_base_fee) {
    head.next_base_fee = 1000;
    const auto old = dynamic_transfer(alice, 0, 5000, 100);  // pays 1100
    EXPECT_TRUE(replaces(dynamic_transfer(alice, 0, 5000, 210), old));
    EXPECT_FALSE(replaces(dynamic_transfer(alice, 0, 9000, 105), old));
    // The same price and a tip that is bumped cannot be: the tip is what differs.
    EXPECT_FALSE(replaces(dynamic_transfer(alice, 0, 9000, 100), old));
    EXPECT_TRUE(replaces(transfer(alice, 0, 1210), old));
}

TEST_F(PoolReplacement, at_a_bump_of_zero_takes_the_same_price_even_zero) {
    config.price_bump = 0;
    auto other = transfer(alice, 0, 0);
    other.transaction.value = 1;
    other.hash = transaction_hash(other.transaction);
    EXPECT_TRUE(replaces(other, transfer(alice, 0, 0)));
    EXPECT_FALSE(replaces(transfer(alice, 0, 999), transfer(alice, 0, 1000)));
}

TEST_F(PoolReplacement, of_a_price_of_zero_needs_a_price_unless_the_bump_is_zero) {
    auto other = transfer(alice, 0, 0);
    other.transaction.value = 1;
    other.hash = transaction_hash(other.transaction);
    EXPECT_FALSE(replaces(other, transfer(alice, 0, 0)));
    EXPECT_TRUE(replaces(transfer(alice, 0, 1), transfer(alice, 0, 0)));
}

TEST_F(PoolReplacement, of_blobs_doubles_the_blob_fee_and_needs_blobs) {
    const auto old = blob_transfer(alice, 0, 1000);
    auto fresh = blob_transfer(alice, 0, 2000);
    fresh.transaction.max_fee_per_blob_gas = 19;
    EXPECT_FALSE(replaces(fresh, old));
    fresh.transaction.max_fee_per_blob_gas = 20;
    EXPECT_TRUE(replaces(fresh, old));
    EXPECT_FALSE(replaces(transfer(alice, 0, 9000), old));
    EXPECT_FALSE(replaces(old, transfer(alice, 0, 1)));
}

TEST_F(PoolReplacement, keeps_the_later_nonces_executable) {
    const auto old = transfer(alice, 0);
    ASSERT_TRUE(add(old));
    ASSERT_TRUE(add(transfer(alice, 1)));
    const auto fresh = transfer(alice, 0, 2000);
    ASSERT_TRUE(add(fresh));
    EXPECT_EQ(removals(), (Removals{{old.hash, Removal::replaced}}));
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}}));
}

TEST_F(PoolReplacement, that_the_balance_does_not_cover_makes_later_ones_wait) {
    account(alice).balance = 21'000 * 2500;
    ASSERT_TRUE(add(transfer(alice, 0, 1000)));
    const auto second = transfer(alice, 1, 1000);
    ASSERT_TRUE(add(second));
    EXPECT_EQ(waiting(second.hash), Waiting::nothing);
    ASSERT_TRUE(add(transfer(alice, 0, 2000)));
    EXPECT_EQ(waiting(second.hash), Waiting::balance);
}

class PoolWaiting : public PoolTest {};

TEST_F(PoolWaiting, a_gap_holds_back_until_it_is_filled) {
    const auto later = transfer(alice, 2);
    ASSERT_TRUE(add(transfer(alice, 0)));
    ASSERT_TRUE(add(later));
    EXPECT_EQ(waiting(later.hash), Waiting::nonce_gap);
    EXPECT_EQ(pool().status().pending, 1U);
    EXPECT_EQ(pool().status().queued, 1U);
    EXPECT_EQ(pool().pending_nonce(alice), 1U);
    ASSERT_TRUE(add(transfer(alice, 1)));
    EXPECT_EQ(waiting(later.hash), Waiting::nothing);
    EXPECT_EQ(pool().pending_nonce(alice), 3U);
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}, {alice, 2}}));
}

TEST_F(PoolWaiting, a_balance_holds_back_what_it_does_not_cover_with_those_before) {
    account(alice).balance = 2 * 21'000'000 + 20'999'999;
    std::vector<PoolTransaction> all;
    for (std::uint64_t nonce = 0; nonce < 4; ++nonce) {
        all.push_back(transfer(alice, nonce));
        ASSERT_TRUE(add(all.back()));
    }
    EXPECT_EQ(waiting(all[1].hash), Waiting::nothing);
    EXPECT_EQ(waiting(all[2].hash), Waiting::balance);
    EXPECT_EQ(waiting(all[3].hash), Waiting::balance);
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}}));
    set_account(alice, {.nonce = 0, .balance = 3 * 21'000'000});
    EXPECT_EQ(waiting(all[2].hash), Waiting::nothing);
    EXPECT_EQ(pool().status().pending, 3U);
}

TEST_F(PoolWaiting, without_the_cumulative_check_each_must_be_covered_alone) {
    config.check_cumulative_balance = false;
    account(alice).balance = 21'000'000;
    for (std::uint64_t nonce = 0; nonce < 3; ++nonce) ASSERT_TRUE(add(transfer(alice, nonce)));
    EXPECT_EQ(pool().status().pending, 3U);
}

TEST_F(PoolWaiting, a_base_fee_holds_back_what_offers_less_and_what_follows) {
    head.next_base_fee = 1000;
    const auto first = transfer(alice, 0, 999);
    const auto second = transfer(alice, 1, 5000);
    ASSERT_TRUE(add(first));
    ASSERT_TRUE(add(second));
    ASSERT_TRUE(add(transfer(bob, 0, 1000)));
    EXPECT_EQ(waiting(first.hash), Waiting::base_fee);
    EXPECT_EQ(waiting(second.hash), Waiting::base_fee);
    EXPECT_EQ(selection(), (Picks{{bob, 0}}));
    head.next_base_fee = 999;
    new_head();
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {alice, 0}, {alice, 1}}));
}

TEST_F(PoolWaiting, a_successor_below_the_base_fee_ends_its_senders_run) {
    head.next_base_fee = 1000;
    ASSERT_TRUE(add(transfer(alice, 0, 2000)));
    ASSERT_TRUE(add(transfer(alice, 1, 999)));
    ASSERT_TRUE(add(transfer(alice, 2, 2000)));
    EXPECT_EQ(selection(), (Picks{{alice, 0}}));
    const auto content = pool().content_from(alice);
    ASSERT_EQ(content->pending.size(), 3U);
    EXPECT_EQ(content->pending[0].waiting, Waiting::nothing);
    EXPECT_EQ(content->pending[1].waiting, Waiting::base_fee);
    EXPECT_EQ(content->pending[2].waiting, Waiting::base_fee);
}

TEST_F(PoolWaiting, a_blob_base_fee_holds_back_blobs) {
    head.next_blob_base_fee = 11;
    const auto blob = blob_transfer(alice, 0, 1000);
    ASSERT_TRUE(add(blob));
    EXPECT_EQ(waiting(blob.hash), Waiting::blob_base_fee);
    EXPECT_TRUE(selection().empty());
    head.next_blob_base_fee = 10;
    new_head();
    EXPECT_EQ(selection(), (Picks{{alice, 0}}));
}

TEST_F(PoolWaiting, a_lower_block_gas_limit_holds_back_what_does_not_fit) {
    auto big = transfer(alice, 0);
    big.transaction.gas_limit = 29'000'000;
    ASSERT_TRUE(add(big));
    head.gas_limit = 28'000'000;
    new_head();
    EXPECT_EQ(waiting(big.hash), Waiting::block_gas_limit);
    EXPECT_TRUE(selection().empty());
}

TEST_F(PoolWaiting, a_higher_minimum_price_holds_back_all_but_priority_senders) {
    const auto cheap = transfer(alice, 0, 1000);
    auto local = transfer(bob, 0, 1000);
    local.has_priority = true;
    ASSERT_TRUE(add(cheap));
    ASSERT_TRUE(add(local));
    pool().set_min_gas_price(1001);
    EXPECT_EQ(waiting(cheap.hash), Waiting::min_gas_price);
    EXPECT_EQ(selection(), (Picks{{bob, 0}}));
    pool().set_min_gas_price(1000);
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {alice, 0}}));
}

TEST_F(PoolWaiting, content_tells_pending_from_queued) {
    account(alice).balance = 21'000'000;
    for (const std::uint64_t nonce : {0U, 1U, 3U}) ASSERT_TRUE(add(transfer(alice, nonce)));
    const auto content = *pool().content_from(alice);
    ASSERT_EQ(content.pending.size(), 1U);
    ASSERT_EQ(content.queued.size(), 2U);
    EXPECT_EQ(content.queued[0].waiting, Waiting::balance);
    EXPECT_EQ(content.queued[1].waiting, Waiting::nonce_gap);
    EXPECT_EQ(content.pending_nonce, 2U);
    EXPECT_EQ(content.account, account(alice));
    EXPECT_FALSE(pool().content_from(bob));
}

class PoolOrder : public PoolTest {};

TEST_F(PoolOrder, the_higher_tip_comes_first) {
    head.next_base_fee = 1000;
    ASSERT_TRUE(add(dynamic_transfer(alice, 0, 1500, 1500)));  // tip 500, by its fee
    ASSERT_TRUE(add(dynamic_transfer(bob, 0, 9000, 700)));     // tip 700
    ASSERT_TRUE(add(dynamic_transfer(carol, 0, 9000, 400)));   // tip 400
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {alice, 0}, {carol, 0}}));
}

TEST_F(PoolOrder, follows_the_base_fee_up_and_down) {
    ASSERT_TRUE(add(dynamic_transfer(alice, 0, 1500, 1000)));
    ASSERT_TRUE(add(dynamic_transfer(bob, 0, 9000, 700)));
    ASSERT_TRUE(add(dynamic_transfer(carol, 0, 2000, 400)));
    const Picks by_tip{{alice, 0}, {bob, 0}, {carol, 0}};
    EXPECT_EQ(selection(), by_tip);
    head.next_base_fee = 1200;  // tips 300, 700, 400
    new_head();
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {carol, 0}, {alice, 0}}));
    head.next_base_fee = 1501;
    new_head();
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {carol, 0}}));
    head.next_base_fee = 9001;
    new_head();
    EXPECT_TRUE(selection().empty());
    head.next_base_fee = 0;
    new_head();
    EXPECT_EQ(selection(), by_tip);
}

TEST_F(PoolOrder, equals_come_in_the_order_of_arrival) {
    ASSERT_TRUE(add(transfer(carol, 0, 0)));
    ASSERT_TRUE(add(transfer(alice, 0, 0)));
    ASSERT_TRUE(add(transfer(carol, 1, 0)));
    ASSERT_TRUE(add(transfer(bob, 0, 0)));
    EXPECT_EQ(selection(), (Picks{{carol, 0}, {alice, 0}, {carol, 1}, {bob, 0}}));
}

TEST_F(PoolOrder, a_good_successor_comes_before_worse_senders) {
    ASSERT_TRUE(add(transfer(alice, 0, 2000)));
    ASSERT_TRUE(add(transfer(alice, 1, 9000)));
    ASSERT_TRUE(add(transfer(bob, 0, 1500)));
    ASSERT_TRUE(add(transfer(alice, 2, 1000)));
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}, {bob, 0}, {alice, 2}}));
}

TEST_F(PoolOrder, priority_comes_before_price) {
    ASSERT_TRUE(add(transfer(alice, 0, 9000)));
    auto local = transfer(bob, 0, 1000);
    local.has_priority = true;
    ASSERT_TRUE(add(local));
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {alice, 0}}));
}

TEST_F(PoolOrder, what_is_not_taken_hides_its_senders_later_nonces) {
    ASSERT_TRUE(add(transfer(alice, 0, 2000)));
    ASSERT_TRUE(add(transfer(alice, 1, 2000)));
    ASSERT_TRUE(add(transfer(bob, 0)));
    Cursor cursor;
    EXPECT_EQ(pool().next(cursor)->sender, alice);
    EXPECT_EQ(pool().next(cursor)->sender, bob);
    pool().take(cursor);
    EXPECT_EQ(pool().next(cursor), nullptr);
}

TEST_F(PoolOrder, a_walk_survives_changes_of_the_pool) {
    for (std::uint64_t i = 0; i < 10; ++i)
        ASSERT_TRUE(add(transfer(address_of(10 + i), 0, 2000 - i)));
    Cursor cursor;
    EXPECT_EQ(pool().next(cursor)->sender, address_of(10));
    pool().take(cursor);
    const auto gone = pool().find(address_of(11), 0);
    pool().remove(gone->hash, Removal::dropped);
    ASSERT_TRUE(add(transfer(address_of(12), 0, 9000)));  // replaces, and overtakes the walk
    ASSERT_TRUE(add(transfer(alice, 0, 1995)));
    Picks rest;
    while (const auto best = pool().next(cursor)) {
        rest.emplace_back(best->sender, best->transaction.nonce);
        pool().take(cursor);
    }
    EXPECT_EQ(std::ranges::count(rest, std::pair{address_of(11), std::uint64_t{0}}), 0);
    EXPECT_EQ(std::ranges::count(rest, std::pair{alice, std::uint64_t{0}}), 1);
    EXPECT_EQ(rest.size(), 8U);  // ten, less the first, the one that left, the one that overtook
}

class PoolPenalty : public PoolTest {};

TEST_F(PoolPenalty, puts_a_transaction_behind_those_with_a_higher_score) {
    const auto bad = transfer(alice, 0, 9000);
    ASSERT_TRUE(add(bad));
    ASSERT_TRUE(add(transfer(bob, 0, 1000)));
    pool().penalize(bad.hash);
    EXPECT_EQ(pool().find_entry(bad.hash)->score, 126);
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {alice, 0}}));
}

TEST_F(PoolPenalty, below_the_minimum_the_transaction_leaves) {
    config.min_score = 125;
    const auto bad = transfer(alice, 0);
    ASSERT_TRUE(add(bad));
    pool().penalize(bad.hash);
    pool().penalize(bad.hash);
    ASSERT_TRUE(pool().find(bad.hash));
    pool().penalize(bad.hash);
    EXPECT_FALSE(pool().find(bad.hash));
    EXPECT_EQ(removals(), (Removals{{bad.hash, Removal::penalized}}));
}

TEST_F(PoolPenalty, a_score_ends_at_its_lowest_value) {
    const auto bad = transfer(alice, 0);
    ASSERT_TRUE(add(bad));
    for (int i = 0; i < 255; ++i) pool().penalize(bad.hash);
    EXPECT_EQ(pool().find_entry(bad.hash)->score, -128);
    pool().penalize(bad.hash);
    EXPECT_FALSE(pool().find(bad.hash));
}

// besu-eth/besu#9598: whatever way a transaction leaves, its sender goes on when the gap is filled.
class PoolPromotion : public PoolTest {
protected:
    PoolTransaction first = transfer(alice, 0);

    void SetUp() override {
        ASSERT_TRUE(add(first));
        ASSERT_TRUE(add(transfer(alice, 1)));
        ASSERT_TRUE(add(transfer(alice, 2)));
    }
    void expect_to_recover() {
        EXPECT_TRUE(selection().empty());
        EXPECT_EQ(pool().status().queued, 2U);
        EXPECT_EQ(pool().pending_nonce(alice), 0U);
        ASSERT_TRUE(add(transfer(alice, 0, 1500)));
        EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}, {alice, 2}}));
        EXPECT_EQ(pool().pending_nonce(alice), 3U);
    }
};

TEST_F(PoolPromotion, follows_an_invalid_transaction) {
    ASSERT_TRUE(pool().remove(first.hash, Removal::invalidated));
    expect_to_recover();
}

TEST_F(PoolPromotion, follows_a_dropped_transaction) {
    ASSERT_TRUE(pool().remove(first.hash, Removal::dropped));
    expect_to_recover();
}

TEST_F(PoolPromotion, follows_a_penalized_transaction) {
    for (int i = 0; i < 256; ++i) pool().penalize(first.hash);
    expect_to_recover();
}

TEST_F(PoolPromotion, follows_an_expired_transaction) {
    pool_.reset();
    ASSERT_TRUE(pool().add(first, account(alice), at_minute(0)));
    ASSERT_TRUE(pool().add(transfer(alice, 1), account(alice), at_minute(60)));
    ASSERT_TRUE(pool().add(transfer(alice, 2), account(alice), at_minute(60)));
    pool().expire(at_minute(13 * 60));
    expect_to_recover();
}

TEST_F(PoolPromotion, follows_an_included_transaction_at_once) {
    include({first});
    EXPECT_EQ(removals(), (Removals{{first.hash, Removal::included}}));
    EXPECT_EQ(selection(), (Picks{{alice, 1}, {alice, 2}}));
}

TEST_F(PoolPromotion, follows_a_nonce_that_another_transaction_used) {
    set_account(alice, {.nonce = 1, .balance = 100 * uint256{ether}});
    EXPECT_EQ(removals(), (Removals{{first.hash, Removal::nonce_used}}));
    EXPECT_EQ(selection(), (Picks{{alice, 1}, {alice, 2}}));
}

TEST_F(PoolPromotion, follows_an_included_transaction_whose_account_was_not_told) {
    pool().on_head({.head = head,
                    .included = {&first.hash, 1},
                    .accounts = {},
                    .returned = {},
                    .returned_accounts = {}});
    EXPECT_EQ(selection(), (Picks{{alice, 1}, {alice, 2}}));
}

TEST_F(PoolPromotion, follows_a_reorganisation_that_returns_the_first) {
    include({first});
    account(alice).nonce = 0;
    const AccountUpdate update{alice, account(alice)};
    pool().on_head({.head = head,
                    .included = {},
                    .accounts = {&update, 1},
                    .returned = {&first, 1},
                    .returned_accounts = {&account(alice), 1}});
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}, {alice, 2}}));
}

TEST_F(PoolPromotion, follows_a_reorganisation_that_loses_the_first) {
    include({first});
    set_account(alice, {.nonce = 0, .balance = 100 * uint256{ether}});
    expect_to_recover();
}

TEST_F(PoolPromotion, follows_an_eviction) {
    pool_.reset();
    config.max_transactions = 3;
    ASSERT_TRUE(add(first));
    ASSERT_TRUE(add(transfer(alice, 1)));
    ASSERT_TRUE(add(transfer(alice, 2)));
    ASSERT_TRUE(add(transfer(bob, 0, 5000)));  // takes alice's last
    EXPECT_EQ(selection(), (Picks{{bob, 0}, {alice, 0}, {alice, 1}}));
    include({transfer(bob, 0, 5000)});
    ASSERT_TRUE(add(transfer(alice, 2)));
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}, {alice, 2}}));
}

TEST_F(PoolPromotion, waits_for_a_contract_no_more) {
    set_account(alice, {.nonce = 0, .balance = ether, .has_code = true});
    EXPECT_EQ(pool().status(), PoolStatus{});
    EXPECT_EQ(removals().size(), 3U);
}

// besu-eth/besu#7589.
TEST_F(PoolWaiting, a_gap_before_eight_hundred_is_filled_at_once) {
    config.max_future_by_sender = 1000;
    for (std::uint64_t nonce = 1; nonce <= 800; ++nonce) ASSERT_TRUE(add(transfer(alice, nonce)));
    ASSERT_TRUE(add(transfer(bob, 0)));
    EXPECT_EQ(selection(), (Picks{{bob, 0}}));
    ASSERT_TRUE(add(transfer(alice, 0)));
    EXPECT_EQ(selection().size(), 802U);
}

class PoolEviction : public PoolTest {};

TEST_F(PoolEviction, takes_the_lowest_tip_first) {
    config.max_transactions = 3;
    ASSERT_TRUE(add(transfer(alice, 0, 2000)));
    const auto cheap = transfer(bob, 0, 1000);
    ASSERT_TRUE(add(cheap));
    ASSERT_TRUE(add(transfer(carol, 0, 3000)));
    EXPECT_EQ(refusal(transfer(address_of(4), 0, 999)), PoolError::pool_full);
    EXPECT_EQ(refusal(transfer(address_of(4), 0, 1000)), PoolError::pool_full);  // came later
    EXPECT_TRUE(removals().empty());
    ASSERT_TRUE(add(transfer(address_of(4), 0, 1001)));
    EXPECT_EQ(removals(), (Removals{{cheap.hash, Removal::evicted}}));
}

TEST_F(PoolEviction, counts_the_tip_at_the_base_fee) {
    config.max_transactions = 2;
    head.next_base_fee = 1000;
    const auto no_tip = dynamic_transfer(alice, 0, 90'000, 1);
    ASSERT_TRUE(add(no_tip));
    ASSERT_TRUE(add(dynamic_transfer(bob, 0, 1100, 1100)));
    ASSERT_TRUE(add(dynamic_transfer(carol, 0, 1050, 1050)));
    EXPECT_EQ(removals(), (Removals{{no_tip.hash, Removal::evicted}}));
}

TEST_F(PoolEviction, takes_what_waits_for_a_nonce_before_what_is_executable) {
    config.max_transactions = 2;
    const auto gapped = transfer(alice, 5, 9000);
    ASSERT_TRUE(add(gapped));
    ASSERT_TRUE(add(transfer(bob, 0, 1000)));
    ASSERT_TRUE(add(transfer(carol, 0, 1000)));
    EXPECT_EQ(removals(), (Removals{{gapped.hash, Removal::evicted}}));
}

TEST_F(PoolEviction, takes_priority_senders_last) {
    config.max_transactions = 2;
    auto local = transfer(alice, 0, 1);
    local.has_priority = true;
    ASSERT_TRUE(add(local));
    ASSERT_TRUE(add(transfer(bob, 0, 1000)));
    ASSERT_TRUE(add(transfer(carol, 0, 2000)));
    EXPECT_TRUE(pool().find(local.hash));
    EXPECT_FALSE(pool().find(bob, 0));
}

TEST_F(PoolEviction, takes_the_highest_nonce_so_that_no_gap_opens) {
    config.max_transactions = 4;
    for (std::uint64_t nonce = 0; nonce < 4; ++nonce) ASSERT_TRUE(add(transfer(alice, nonce)));
    ASSERT_TRUE(add(transfer(bob, 0)));
    EXPECT_EQ(selection(), (Picks{{alice, 0}, {alice, 1}, {alice, 2}, {bob, 0}}));
}

TEST_F(PoolEviction, lets_a_spammer_take_no_more_than_what_is_free_whatever_it_pays) {
    config.max_transactions = 100;
    for (std::uint64_t i = 0; i < 10; ++i)
        for (std::uint64_t nonce = 0; nonce < 5; ++nonce)
            ASSERT_TRUE(add(transfer(address_of(100 + i), nonce, 1000)));
    std::size_t taken = 0;
    for (std::uint64_t nonce = 0; nonce < 190; ++nonce)
        taken += add(transfer(alice, nonce, 1'000'000)) ? 1 : 0;
    EXPECT_EQ(taken, 50U);
    for (std::uint64_t i = 0; i < 10; ++i)
        EXPECT_EQ(pool().content_from(address_of(100 + i))->pending.size(), 5U);
}

TEST_F(PoolEviction, gives_a_newcomer_room_at_the_cost_of_the_largest_sender) {
    config.max_transactions = 100;
    for (std::uint64_t nonce = 0; nonce < 100; ++nonce)
        ASSERT_TRUE(add(transfer(alice, nonce, 1'000'000)));
    ASSERT_TRUE(add(transfer(bob, 0, 1000)));
    EXPECT_EQ(pool().content_from(alice)->pending.size(), 99U);
}

TEST_F(PoolEviction, a_dear_last_transaction_does_not_protect_cheap_ones_before_it) {
    config.max_transactions = 4;
    ASSERT_TRUE(add(transfer(alice, 0, 1000)));
    ASSERT_TRUE(add(transfer(alice, 1, 90'000)));
    ASSERT_TRUE(add(transfer(bob, 0, 2000)));
    ASSERT_TRUE(add(transfer(bob, 1, 2000)));
    ASSERT_TRUE(add(transfer(carol, 0, 3000)));
    EXPECT_FALSE(pool().find(alice, 1));
}

TEST_F(PoolEviction, holds_the_limit_of_bytes) {
    config.max_bytes = 100'000;
    for (std::uint64_t i = 0; i < 500; ++i) {
        auto transaction = transfer(address_of(i), 0, 1000 + i);
        transaction.transaction.data.assign(i % 7 * 500, 1);
        static_cast<void>(add(transaction));
        ASSERT_LE(pool().status().bytes, config.max_bytes);
    }
    EXPECT_GT(pool().status().bytes, 50'000U);
}

TEST_F(PoolEviction, holds_the_limit_of_blobs_apart) {
    config.max_blob_bytes = 3 * (BYTES_PER_BLOB + 500);
    for (std::uint64_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(add(blob_transfer(address_of(10 + i), 0, 1000 + i)));
        ASSERT_TRUE(add(transfer(address_of(50 + i), 0, 1000)));
    }
    EXPECT_EQ(pool().status().by_type[3], 3U);
    EXPECT_EQ(pool().status().by_type[0], 5U);
    EXPECT_FALSE(pool().find(address_of(10), 0));
    EXPECT_FALSE(pool().find(address_of(11), 0));
    EXPECT_EQ(refusal(blob_transfer(alice, 0, 999)), PoolError::pool_full);
}

TEST_F(PoolEviction, a_sender_at_its_limit_may_fill_its_gap_at_the_cost_of_its_last) {
    config.max_by_sender = 3;
    for (const std::uint64_t nonce : {1U, 2U, 3U}) ASSERT_TRUE(add(transfer(alice, nonce)));
    EXPECT_EQ(refusal(transfer(alice, 4)), PoolError::sender_limit);
    ASSERT_TRUE(add(transfer(alice, 0)));
    EXPECT_FALSE(pool().find(alice, 3));
    EXPECT_TRUE(add(transfer(alice, 2, 5000)));  // a replacement needs no room
}

TEST_F(PoolEviction, a_sender_has_a_limit_of_bytes) {
    config.max_bytes_by_sender = 20'000;
    auto big = transfer(alice, 0);
    big.transaction.data.assign(15'000, 1);
    ASSERT_TRUE(add(big));
    auto second = transfer(alice, 1);
    second.transaction.data.assign(15'000, 1);
    EXPECT_EQ(refusal(second), PoolError::sender_limit);
    EXPECT_TRUE(add(transfer(alice, 1)));
}

class PoolExpiry : public PoolTest {};

TEST_F(PoolExpiry, takes_what_waited_for_the_retention_and_nothing_younger) {
    const auto old = transfer(alice, 0);
    ASSERT_TRUE(pool().add(old, account(alice), at_minute(0)));
    ASSERT_TRUE(pool().add(transfer(bob, 0), account(bob), at_minute(1)));
    pool().expire(at_minute(13 * 60) - std::chrono::seconds{1});
    EXPECT_EQ(pool().status().transactions, 2U);
    pool().expire(at_minute(13 * 60));
    EXPECT_EQ(removals(), (Removals{{old.hash, Removal::expired}}));
}

TEST_F(PoolExpiry, without_a_retention_nothing_expires) {
    config.retention = std::chrono::seconds{0};
    ASSERT_TRUE(add(transfer(alice, 0)));
    pool().expire(at_minute(1'000'000));
    EXPECT_EQ(pool().status().transactions, 1U);
}

class PoolDrop : public PoolTest {};

TEST_F(PoolDrop, takes_all_of_a_sender) {
    for (std::uint64_t nonce = 0; nonce < 3; ++nonce) ASSERT_TRUE(add(transfer(alice, nonce)));
    ASSERT_TRUE(add(transfer(bob, 0)));
    EXPECT_EQ(pool().remove_sender(alice, Removal::dropped), 3U);
    EXPECT_EQ(pool().remove_sender(alice, Removal::dropped), 0U);
    EXPECT_FALSE(pool().pending_nonce(alice));
    EXPECT_EQ(selection(), (Picks{{bob, 0}}));
    EXPECT_EQ(pool().clear(Removal::dropped), 1U);
    EXPECT_EQ(pool().status(), PoolStatus{});
}

TEST_F(PoolDrop, of_what_is_not_there_says_so) {
    EXPECT_FALSE(pool().remove(transfer(alice, 0).hash, Removal::dropped));
}

TEST(PoolEvents, tell_what_happened_in_order) {
    Pool pool{PoolConfig{}, prague_head()};
    const AccountState rich{.nonce = 0, .balance = ether};
    const auto old = transfer(address_of(1), 0);
    const auto fresh = transfer(address_of(1), 0, 2000);
    ASSERT_TRUE(pool.add(old, rich, at_minute(0)));
    ASSERT_TRUE(pool.add(fresh, rich, at_minute(0)));
    const auto events = pool.take_events();
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].transaction->hash, old.hash);
    EXPECT_FALSE(events[0].removal);
    EXPECT_EQ(events[1].transaction->hash, old.hash);
    EXPECT_EQ(events[1].removal, Removal::replaced);
    EXPECT_EQ(events[2].transaction->hash, fresh.hash);
    EXPECT_TRUE(pool.take_events().empty());
}

TEST(PoolContent, comes_in_the_order_of_arrival_in_pieces) {
    Pool pool{PoolConfig{}, prague_head()};
    const AccountState rich{.nonce = 0, .balance = ether};
    for (std::uint64_t i = 0; i < 10; ++i)
        ASSERT_TRUE(pool.add(transfer(address_of(9 - i), 0), rich, at_minute(0)));
    const auto first = pool.content(0, 4);
    ASSERT_EQ(first.size(), 4U);
    EXPECT_EQ(first[0].transaction->sender, address_of(9));
    const auto rest = pool.content(first.back().transaction->arrival, 100);
    ASSERT_EQ(rest.size(), 6U);
    EXPECT_EQ(rest[0].transaction->sender, address_of(5));
}

class PoolOverdue : public PoolTest {
protected:
    std::vector<Hash32> overdue(std::uint64_t after, std::size_t limit, std::int64_t minute) {
        const auto found = pool().overdue(after, limit, at_minute(minute));
        last = found.last;
        std::vector<Hash32> hashes;
        for (const auto& each : found.transactions) hashes.push_back(each->hash);
        return hashes;
    }
    std::uint64_t last = 0;
};

TEST_F(PoolOverdue, is_what_the_next_block_could_take_in_the_order_of_arrival) {
    config.min_gas_price = 5;
    head.next_base_fee = 10;
    const std::vector<PoolTransaction> waiting{transfer(bob, 0), transfer(alice, 0),
                                               transfer(alice, 1)};
    for (const auto& each : waiting) ASSERT_TRUE(add(each));
    ASSERT_TRUE(add(transfer(alice, 3)));     // a gap
    ASSERT_TRUE(add(transfer(carol, 0, 9)));  // below the base fee
    EXPECT_EQ(overdue(0, 100, 0), (std::vector{waiting[0].hash, waiting[1].hash, waiting[2].hash}));
    EXPECT_EQ(last, 0U);
}

TEST_F(PoolOverdue, leaves_out_what_came_later) {
    const auto early = transfer(alice, 0);
    ASSERT_TRUE(add(early));
    ASSERT_TRUE(pool().add(transfer(bob, 0), account(bob), at_minute(2)));
    EXPECT_EQ(overdue(0, 100, 1), std::vector{early.hash});
    EXPECT_EQ(overdue(0, 100, -1), std::vector<Hash32>{});
    EXPECT_EQ(overdue(0, 100, 2).size(), 2U);
}

TEST_F(PoolOverdue, goes_through_a_large_pool_piece_by_piece_and_begins_again) {
    for (std::uint64_t i = 0; i != 10; ++i) ASSERT_TRUE(add(transfer(address_of(i), 0)));
    std::vector<Hash32> all;
    for (int piece = 0; piece != 3; ++piece) {
        const auto part = overdue(last, 4, 0);
        all.insert(all.end(), part.begin(), part.end());
        EXPECT_EQ(last == 0, piece == 2);
    }
    EXPECT_EQ(all, overdue(0, 100, 0));
}

}  // namespace
}  // namespace meta138::txpool::test
