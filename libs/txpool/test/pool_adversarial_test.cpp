// SPDX-License-Identifier: Apache-2.0
// Pools of 100,000 transactions under attack: limits hold at every step, the bookkeeping agrees
// with what can be computed from scratch, and those who behave keep what they have.
#include "pool_fixture.hpp"

#include <malloc.h>

#include <random>
#include <unordered_map>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define META138_OTHER_ALLOCATOR
#endif
#endif

namespace meta138::txpool::test {
namespace {

constexpr std::size_t full = 100'000;

class PoolUnderAttack : public testing::Test {
protected:
    PoolUnderAttack() {
        config.min_gas_price = 0;
        config.max_transactions = full;
        config.max_bytes = std::size_t{1} << 30;
    }

    PoolConfig config;
    PoolHead head = prague_head();
    AccountState rich{.nonce = 0, .balance = uint256{ether} * ether};
    std::unique_ptr<Pool> pool_;
    std::mt19937_64 random{1};

    Pool& pool() {
        if (!pool_) pool_ = std::make_unique<Pool>(config, head);
        return *pool_;
    }
    std::uint64_t below(std::uint64_t end) {
        return std::uniform_int_distribution<std::uint64_t>{0, end - 1}(random);
    }
    bool add(PoolTransaction transaction) {
        const bool is_added = pool().add(std::move(transaction), rich, at_minute(0)).has_value();
        EXPECT_LE(pool().status().transactions, config.max_transactions);
        EXPECT_LE(pool().status().bytes, config.max_bytes);
        if (pool().status().transactions % 4096 == 0) static_cast<void>(pool().take_events());
        return is_added;
    }
    /// Fills the pool with that many transactions of each of as many senders as it takes.
    void fill(std::uint64_t of_each, const uint256& price, std::size_t up_to = full) {
        for (std::uint64_t sender = 0; pool().status().transactions < up_to; ++sender)
            for (std::uint64_t nonce = 0; nonce < of_each; ++nonce)
                ASSERT_TRUE(add(transfer(address_of(sender), nonce, price)));
    }
    void TearDown() override { pool().check_invariants(); }
};

TEST_F(PoolUnderAttack, gaps_never_push_out_what_is_executable) {
    fill(4, 1000);
    for (std::uint64_t i = 0; i < 20'000; ++i)
        EXPECT_FALSE(add(transfer(address_of(1'000'000 + i), 1 + below(198), 1'000'000)));
    EXPECT_EQ(pool().status().pending, full);
}

TEST_F(PoolUnderAttack, a_pool_full_of_gaps_gives_way_to_what_is_executable) {
    for (std::uint64_t sender = 0; pool().status().transactions < full; ++sender)
        for (std::uint64_t nonce = 1; nonce < 180 && pool().status().transactions < full; ++nonce)
            ASSERT_TRUE(add(transfer(address_of(sender), nonce, 1'000'000)));
    for (std::uint64_t i = 0; i < 20'000; ++i)
        EXPECT_TRUE(add(transfer(address_of(1'000'000 + i), 0, 1)));
    EXPECT_EQ(pool().status().pending, 20'000U);
    EXPECT_EQ(pool().status().transactions, full);
}

TEST_F(PoolUnderAttack, one_spammer_costs_nobody_an_executable_transaction) {
    config.max_future_by_sender = full;
    fill(10, 1000, 90'000);
    std::size_t taken = 0;
    for (std::uint64_t nonce = 0; nonce < 30'000; ++nonce)
        taken += add(transfer(address_of(1'000'000), nonce, 1'000'000)) ? 1 : 0;
    EXPECT_EQ(taken, 10'000U);
    const auto content = pool().content(0, SIZE_MAX);
    ASSERT_EQ(content.size(), full);
    EXPECT_EQ(std::ranges::count_if(content,
                                    [](const PoolEntry& entry) {
                                        return entry.transaction->sender != address_of(1'000'000);
                                    }),
              90'000);
    // Newcomers find room at the spammer's cost, until it has no more than its share.
    for (std::uint64_t i = 0; i < 5'000; ++i)
        EXPECT_TRUE(add(transfer(address_of(2'000'000 + i), 0, 1)));
    EXPECT_EQ(pool().content_from(address_of(1'000'000))->pending.size(), 5'000U);
}

TEST_F(PoolUnderAttack, one_sender_may_fill_a_pool_of_its_own_with_a_gap_at_its_head) {
    config.max_future_by_sender = 2 * full;
    for (std::uint64_t nonce = 1; nonce < full; ++nonce)
        ASSERT_TRUE(add(transfer(address_of(1), nonce)));
    EXPECT_EQ(pool().status().pending, 0U);
    ASSERT_TRUE(add(transfer(address_of(1), 0)));
    EXPECT_EQ(pool().status().pending, full);
}

TEST_F(PoolUnderAttack, a_storm_of_replacements_leaves_one_of_each) {
    fill(20, 1000, 20'000);
    std::size_t taken = 0;
    for (std::uint64_t i = 0; i < 100'000; ++i) {
        const auto sender = address_of(below(1000));
        const auto nonce = below(20);
        const auto price = pool().find(sender, nonce)->transaction.max_fee_per_gas;
        taken += add(transfer(sender, nonce, price + below(price.low64() / 5 + 1))) ? 1 : 0;
    }
    EXPECT_GT(taken, 10'000U);
    EXPECT_EQ(pool().status().transactions, 20'000U);
    EXPECT_EQ(pool().status().pending, 20'000U);
}

TEST_F(PoolUnderAttack, a_price_war_ends_with_the_best_and_without_gaps) {
    for (std::uint64_t i = 0; i < full; ++i)
        ASSERT_TRUE(add(transfer(address_of(i), 0, 1000 + i % 1000)));
    for (std::uint64_t i = 0; i < 50'000; ++i)
        ASSERT_TRUE(add(transfer(address_of(full + i), 0, 10'000 + i % 100)));
    EXPECT_EQ(pool().status().pending, full);
    // The first half by price is what is left of the first hundred thousand.
    Cursor cursor;
    auto last = uint256::max();
    std::size_t count = 0;
    while (const auto best = pool().next(cursor)) {
        ASSERT_LE(best->transaction.max_fee_per_gas, last);
        last = best->transaction.max_fee_per_gas;
        pool().take(cursor);
        ++count;
    }
    EXPECT_EQ(count, full);
    EXPECT_EQ(last, uint256{1500});
}

TEST_F(PoolUnderAttack, a_base_fee_that_jumps_moves_everybody_and_back) {
    for (std::uint64_t i = 0; i < full; ++i)
        ASSERT_TRUE(add(dynamic_transfer(address_of(i), 0, 1000 + below(100'000), below(1000))));
    for (const std::uint64_t base_fee : {50'000U, 0U, 101'001U, 900U, 1000U}) {
        head.next_base_fee = base_fee;
        pool().on_head({.head = head,
                        .included = {},
                        .accounts = {},
                        .returned = {},
                        .returned_accounts = {}});
        pool().check_invariants();
    }
}

TEST_F(PoolUnderAttack, random_traffic_keeps_every_limit_and_loses_no_sender) {
    config.max_transactions = 20'000;
    config.max_bytes = 20'000 * 1000;
    config.max_by_sender = 64;
    config.max_bytes_by_sender = 200'000;
    config.max_blob_bytes = 20 * (BYTES_PER_BLOB + 1000);
    std::unordered_map<Address, AccountState> chain;
    for (std::uint64_t i = 0; i < 200'000; ++i) {
        const auto sender = address_of(below(below(3) == 0 ? 10 : 5000));
        auto& account = chain.try_emplace(sender, rich).first->second;
        const auto nonce = account.nonce + below(below(10) == 0 ? 150 : 4);
        const auto price = 1000 + below(5000);
        auto transaction = below(500) == 0 ? blob_transfer(sender, nonce, price)
                           : below(2) == 0 ? dynamic_transfer(sender, nonce, price, below(price))
                                           : transfer(sender, nonce, price);
        if (below(50) == 0) transaction.transaction.data.assign(below(20'000), 1);
        transaction.has_priority = below(100) == 0;
        static_cast<void>(pool().add(std::move(transaction), account, at_minute(0)));
        ASSERT_LE(pool().status().transactions, config.max_transactions);
        ASSERT_LE(pool().status().bytes, config.max_bytes);
        ASSERT_LE(pool().status().blob_bytes, config.max_blob_bytes);
        if (i % 2000 != 0) continue;

        Cursor cursor;
        std::vector<Hash32> included;
        std::vector<AccountUpdate> updates;
        while (included.size() < 300) {
            const auto best = pool().next(cursor);
            if (!best) break;
            if (below(20) == 0) {
                pool().remove(best->hash, Removal::invalidated);
                continue;
            }
            pool().take(cursor);
            included.push_back(best->hash);
            auto& taken = chain.at(best->sender);
            ASSERT_EQ(taken.nonce, best->transaction.nonce);
            ++taken.nonce;
        }
        for (const auto& hash : included) {
            const auto sender_of = pool().find(hash)->sender;
            updates.push_back({sender_of, chain.at(sender_of)});
        }
        head.next_base_fee = below(3000);
        pool().on_head({.head = head,
                        .included = included,
                        .accounts = updates,
                        .returned = {},
                        .returned_accounts = {}});
        static_cast<void>(pool().take_events());
        if (i % 20'000 == 0) pool().check_invariants();
    }
}

#if !defined(META138_OTHER_ALLOCATOR)
/// What the allocator has given out.
std::size_t allocated() {
    return ::mallinfo2().uordblks + ::mallinfo2().hblkhd;
}

class PoolMemory : public PoolUnderAttack, public testing::WithParamInterface<std::uint64_t> {};

TEST_P(PoolMemory, counts_what_it_takes) {
    const auto before = allocated();
    for (std::uint64_t i = 0; i < 30'000; ++i) {
        auto transaction = transfer(address_of(i / GetParam()), i % GetParam());
        transaction.transaction.data.assign(i % 3 * 50, 1);
        ASSERT_TRUE(add(std::move(transaction)));
    }
    static_cast<void>(pool().take_events());
    const auto taken = static_cast<double>(allocated() - before);
    const auto counted = static_cast<double>(pool().status().bytes);
    EXPECT_GT(counted, 0.9 * taken);
    EXPECT_LT(counted, 1.15 * taken);
    RecordProperty("bytes_each", static_cast<int>(taken / 30'000));
}

INSTANTIATE_TEST_SUITE_P(TransactionsOfASender, PoolMemory, testing::Values(1, 3, 100));
#endif

}  // namespace
}  // namespace meta138::txpool::test
