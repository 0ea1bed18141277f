// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/shared_pool.hpp"

#include "pool_fixture.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

namespace meta138::txpool::test {
namespace {

/// Accounts in a table; those that are not in it own one ether.
class Table final : public AccountSource {
public:
    explicit Table(std::map<Address, AccountState> accounts = {})
        : accounts_{std::move(accounts)} {}
    [[nodiscard]] AccountState account(const Address& address) const override {
        ++reads;
        const auto found = accounts_.find(address);
        if (found != accounts_.end()) return found->second;
        return {.nonce = 0, .balance = 100 * uint256{ether}};
    }
    mutable std::atomic<int> reads{0};

private:
    std::map<Address, AccountState> accounts_;
};

PooledTransaction pooled(const PoolTransaction& transaction) {
    return {.transaction = transaction.transaction, .sidecar = transaction.sidecar};
}

class SharedPoolTest : public testing::Test {
protected:
    SharedPoolTest() {
        hooks.now = [] { return at_minute(0); };
    }

    PoolConfig config;
    PoolHooks hooks;
    std::shared_ptr<const Table> accounts = std::make_shared<Table>();
    Address alice = address_of(1);
    Address bob = address_of(2);

    SharedPool& pool() {
        if (!pool_) pool_.emplace(config, prague_head(), accounts, hooks);
        return *pool_;
    }
    auto add(const PoolTransaction& transaction, bool is_local = true) {
        return pool().add(pooled(transaction), transaction.sender, is_local);
    }
    PoolError refusal(const PoolTransaction& transaction) {
        const auto result = add(transaction);
        EXPECT_FALSE(result);
        return result ? PoolError::already_known : result.error();
    }

private:
    std::optional<SharedPool> pool_;
};

TEST_F(SharedPoolTest, recovers_the_sender) {
    Hash32 secret;
    secret.bytes.fill(7);
    auto transaction = transfer({}, 0).transaction;
    sign_transaction(transaction, *crypto::SecretKey::from(secret.bytes));
    const auto added = pool().add({.transaction = transaction, .sidecar = {}}, true);
    ASSERT_TRUE(added);
    EXPECT_EQ((*added)->sender, *recover_sender(transaction, Fork::prague));
    EXPECT_EQ((*added)->hash, transaction_hash(transaction));
    EXPECT_EQ((*added)->encoded_size, encode_transaction(transaction).size());
    EXPECT_TRUE((*added)->is_local && (*added)->has_priority);

    transaction.s = 0;
    EXPECT_EQ(pool().add({.transaction = transaction, .sidecar = {}}, true).error(),
              PoolError::invalid_signature);
}

TEST_F(SharedPoolTest, judges_several_as_it_judges_each) {
    Hash32 secret;
    secret.bytes.fill(7);
    const auto key = *crypto::SecretKey::from(secret.bytes);
    std::vector<PooledTransaction> several;
    for (std::uint64_t nonce = 0; nonce != 20; ++nonce) {
        auto transaction = transfer({}, nonce).transaction;
        sign_transaction(transaction, key);
        several.push_back({.transaction = std::move(transaction), .sidecar = {}});
    }
    several[3].transaction.s = 0;
    several[5].transaction.gas_limit = 100;
    several[9] = several[8];
    SharedPool one_by_one{config, prague_head(), accounts, hooks};
    const auto results = pool().add(several, true);
    ASSERT_EQ(results.size(), several.size());
    for (std::size_t i = 0; i != several.size(); ++i) {
        const auto expected = one_by_one.add(several[i], true);
        ASSERT_EQ(results[i].has_value(), expected.has_value()) << i;
        if (expected)
            EXPECT_EQ((*results[i])->hash, (*expected)->hash) << i;
        else
            EXPECT_EQ(results[i].error(), expected.error()) << i;
    }
    EXPECT_EQ(results[3].error(), PoolError::invalid_signature);
    EXPECT_EQ(results[9].error(), PoolError::already_known);
    EXPECT_EQ(pool().add(std::vector{several[0]}, true)[0].error(), PoolError::already_known);
}

TEST_F(SharedPoolTest, tells_the_senders_that_it_knows) {
    const auto known = transfer(alice, 0);
    ASSERT_TRUE(add(known));
    const std::array hashes{transaction_hash(transfer(bob, 0).transaction),
                            transaction_hash(known.transaction)};
    std::array<std::optional<Address>, 2> senders;
    pool().find_senders(hashes, senders);
    EXPECT_EQ(senders[0], std::nullopt);
    EXPECT_EQ(senders[1], alice);
}

TEST_F(SharedPoolTest, while_disabled_refuses_everything) {
    pool().set_enabled(false);
    EXPECT_EQ(refusal(transfer(alice, 0)), PoolError::pool_disabled);
    pool().set_enabled(true);
    EXPECT_TRUE(add(transfer(alice, 0)));
}

TEST_F(SharedPoolTest, knows_a_transaction_before_it_judges_it) {
    ASSERT_TRUE(add(transfer(alice, 0)));
    config.min_gas_price = 5000;
    pool().set_min_gas_price(5000);
    EXPECT_EQ(refusal(transfer(alice, 0)), PoolError::already_known);
}

TEST_F(SharedPoolTest, asks_for_permission_before_it_looks_at_the_account) {
    hooks.is_permitted = [this](const Address& sender) { return sender == alice; };
    EXPECT_TRUE(add(transfer(alice, 0)));
    EXPECT_EQ(refusal(transfer(bob, 5000)), PoolError::not_permitted);
}

TEST_F(SharedPoolTest, refuses_what_is_too_large) {
    config.max_transaction_bytes = 1000;
    auto big = transfer(alice, 0);
    big.transaction.data.assign(1000, 0);
    big.transaction.gas_limit = 1'000'000;
    EXPECT_EQ(refusal(big), PoolError::too_large);
}

TEST_F(SharedPoolTest, verifies_blobs_last_and_outside_its_lock) {
    int calls = 0;
    hooks.verify_blobs = [&](const Transaction&, const BlobSidecar&) {
        ++calls;
        static_cast<void>(pool().status());  // would deadlock under the lock
        return calls > 1;
    };
    const auto blob = blob_transfer(alice, 0, 1000);
    EXPECT_EQ(refusal(blob), PoolError::invalid_blobs);
    EXPECT_TRUE(add(blob));
    EXPECT_EQ(refusal(blob), PoolError::already_known);
    EXPECT_EQ(calls, 2);
}

TEST_F(SharedPoolTest, gives_priority_as_its_configuration_says) {
    config.no_local_priority = true;
    config.priority_senders = {bob};
    EXPECT_FALSE((*add(transfer(alice, 0)))->has_priority);
    EXPECT_TRUE((*add(transfer(bob, 0), false))->has_priority);
}

TEST_F(SharedPoolTest, the_minimum_price_changes_at_run_time) {
    const auto cheap = transfer(alice, 0, 900);
    ASSERT_EQ(add(cheap, false).error(), PoolError::gas_price_too_low);
    pool().set_min_gas_price(900);
    EXPECT_TRUE(add(cheap, false));
    EXPECT_EQ(pool().config().min_gas_price, uint256{900});
}

TEST_F(SharedPoolTest, reads_accounts_once_a_sender) {
    ASSERT_TRUE(add(transfer(alice, 0)));
    ASSERT_TRUE(add(transfer(alice, 1)));
    EXPECT_EQ(accounts->reads.load(), 1);
}

TEST_F(SharedPoolTest, a_head_reads_only_the_accounts_that_it_knows) {
    ASSERT_TRUE(add(transfer(alice, 0)));
    ASSERT_TRUE(add(transfer(alice, 1)));
    const auto next = std::make_shared<Table>(
        std::map<Address, AccountState>{{alice, {.nonce = 1, .balance = ether}}});
    std::vector<Address> changed{alice};
    for (std::uint64_t i = 0; i < 100; ++i) changed.push_back(address_of(1000 + i));
    const auto hash = transfer(alice, 0).hash;
    auto head = prague_head();
    head.number = 101;
    pool().on_head({.head = head,
                    .accounts = next,
                    .changed = changed,
                    .included = {&hash, 1},
                    .returned = {},
                    .returned_senders = {}});
    EXPECT_EQ(next->reads.load(), 1);
    EXPECT_EQ(pool().status().transactions, 1U);
    EXPECT_EQ(pool().head().number, 101U);
    EXPECT_EQ(pool().counters().removed[1][1][static_cast<std::size_t>(Removal::included)], 1U);
}

TEST_F(SharedPoolTest, takes_back_what_a_reorganisation_returns) {
    const auto lost = transfer(alice, 0);
    const auto head = prague_head();
    pool().on_head({.head = head,
                    .accounts = accounts,
                    .changed = {},
                    .included = {},
                    .returned = {&lost.transaction, 1},
                    .returned_senders = {&alice, 1}});
    EXPECT_EQ(pool().find(alice, 0)->hash, lost.hash);
}

TEST_F(SharedPoolTest, a_reorganisation_returns_blobs_with_the_sidecars_of_before) {
    hooks.verify_blobs = [](const Transaction&, const BlobSidecar&) { return true; };
    const auto blob = blob_transfer(alice, 0, 1000);
    ASSERT_TRUE(add(blob));
    const auto head = prague_head();
    pool().on_head({.head = head,
                    .accounts = accounts,
                    .changed = {},
                    .included = {&blob.hash, 1},
                    .returned = {},
                    .returned_senders = {}});
    ASSERT_EQ(pool().status().transactions, 0U);
    pool().on_head({.head = head,
                    .accounts = accounts,
                    .changed = {},
                    .included = {},
                    .returned = {&blob.transaction, 1},
                    .returned_senders = {&alice, 1}});
    const auto back = pool().find(blob.hash);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->sidecar, blob.sidecar);
    // A blob transaction of which nobody knows the sidecar cannot come back.
    const auto unknown = blob_transfer(bob, 0, 1000);
    pool().on_head({.head = head,
                    .accounts = accounts,
                    .changed = {},
                    .included = {},
                    .returned = {&unknown.transaction, 1},
                    .returned_senders = {&bob, 1}});
    EXPECT_FALSE(pool().find(unknown.hash));
}

TEST_F(SharedPoolTest, accounts_may_change_under_the_same_head) {
    const auto poor = std::make_shared<Table>(
        std::map<Address, AccountState>{{alice, {.nonce = 0, .balance = 0}}});
    const auto added = add(transfer(alice, 0));
    ASSERT_TRUE(added);
    pool().on_accounts(poor, {&alice, 1});
    EXPECT_EQ(pool().find_entry((*added)->hash)->waiting, Waiting::balance);
}

TEST_F(SharedPoolTest, tells_observers_in_order_and_outside_its_lock) {
    std::vector<std::string> told;
    const auto number = pool().add_observer(
        {.on_added =
             [&](const SharedTransaction& transaction) {
                 told.push_back("+" + std::to_string(transaction->transaction.nonce));
                 // An observer may change the pool; the change is told after this one.
                 if (transaction->transaction.nonce == 0) {
                     EXPECT_TRUE(add(transfer(alice, 1)));
                 }
             },
         .on_removed =
             [&](const SharedTransaction& transaction, Removal removal) {
                 told.push_back(std::string{to_string(removal)} +
                                std::to_string(transaction->transaction.nonce));
             }});
    ASSERT_TRUE(add(transfer(alice, 0)));
    EXPECT_EQ(pool().remove_sender(alice), 2U);
    EXPECT_EQ(told, (std::vector<std::string>{"+0", "+1", "dropped0", "dropped1"}));
    pool().remove_observer(number);
    ASSERT_TRUE(add(transfer(alice, 0)));
    EXPECT_EQ(told.size(), 4U);
}

TEST_F(SharedPoolTest, counts_by_origin_and_reason) {
    ASSERT_TRUE(add(transfer(alice, 0), true));
    ASSERT_TRUE(add(transfer(bob, 0), false));
    ASSERT_FALSE(add(transfer(bob, 500), false));
    ASSERT_FALSE(add(transfer(bob, 1, 1), false));
    pool().penalize(pool().find(bob, 0)->hash);
    ASSERT_EQ(pool().clear(), 2U);
    const auto counters = pool().counters();
    EXPECT_EQ(counters.added[1][1], 1U);
    EXPECT_EQ(counters.added[0][0], 1U);
    EXPECT_EQ(counters.rejected[0][0][static_cast<std::size_t>(PoolError::nonce_too_far)], 1U);
    EXPECT_EQ(counters.rejected[0][0][static_cast<std::size_t>(PoolError::gas_price_too_low)], 1U);
    EXPECT_EQ(counters.penalized[0][0], 1U);
    EXPECT_EQ(counters.removed[0][0][static_cast<std::size_t>(Removal::dropped)], 1U);
}

TEST_F(SharedPoolTest, content_is_complete_over_its_pieces) {
    for (std::uint64_t i = 0; i < 1500; ++i) ASSERT_TRUE(add(transfer(address_of(10 + i), 0)));
    const auto content = pool().content();
    ASSERT_EQ(content.size(), 1500U);
    EXPECT_EQ(content.back().transaction->sender, address_of(1509));
    EXPECT_EQ(pool().content(600).size(), 600U);
}

TEST_F(SharedPoolTest, selects_best_first) {
    ASSERT_TRUE(add(transfer(alice, 0, 2000)));
    ASSERT_TRUE(add(transfer(alice, 1, 1000)));
    ASSERT_TRUE(add(transfer(bob, 0, 1500)));
    auto selection = pool().select();
    std::vector<uint256> prices;
    while (const auto best = selection.best()) {
        prices.push_back(best->transaction.max_fee_per_gas);
        selection.take();
    }
    EXPECT_EQ(prices, (std::vector<uint256>{2000, 1500, 1000}));
}

// Senders, a chain that takes blocks, readers: all at once. The chain's nonces and the events must
// agree in the end.
TEST_F(SharedPoolTest, any_thread_may_call_it) {
    constexpr std::uint64_t threads = 3;
    constexpr std::uint64_t senders = 20;
    constexpr std::uint64_t nonces = 50;
    std::atomic<bool> is_done = false;
    Mutex mutex;
    std::map<Hash32, int> present;
    pool().add_observer({.on_added =
                             [&](const SharedTransaction& transaction) {
                                 const MutexLock lock{mutex};
                                 ++present[transaction->hash];
                             },
                         .on_removed =
                             [&](const SharedTransaction& transaction, Removal) {
                                 const MutexLock lock{mutex};
                                 if (--present[transaction->hash] == 0)
                                     present.erase(transaction->hash);
                             }});
    std::vector<std::thread> workers;
    for (std::uint64_t thread = 0; thread < threads; ++thread)
        workers.emplace_back([&, thread] {
            for (std::uint64_t nonce = 0; nonce < nonces; ++nonce)
                for (std::uint64_t i = 0; i < senders; ++i)
                    static_cast<void>(
                        add(transfer(address_of(thread * senders + i), nonce), i % 2 == 0));
        });
    workers.emplace_back([&] {
        while (!is_done) {
            static_cast<void>(pool().content_from(address_of(3)));
            static_cast<void>(pool().content(100));
            static_cast<void>(pool().counters());
        }
    });

    std::map<Address, AccountState> state;
    std::uint64_t included = 0;
    auto head = prague_head();
    while (included < threads * senders * nonces) {
        auto selection = pool().select();
        std::vector<Hash32> hashes;
        std::set<Address> changed;
        while (hashes.size() < 100) {
            const auto best = selection.best();
            if (!best) break;
            auto& account =
                state.try_emplace(best->sender, AccountState{.balance = ether}).first->second;
            ASSERT_EQ(account.nonce, best->transaction.nonce);
            ++account.nonce;
            hashes.push_back(best->hash);
            changed.insert(best->sender);
            selection.take();
        }
        included += hashes.size();
        ++head.number;
        const std::vector<Address> list{changed.begin(), changed.end()};
        pool().on_head({.head = head,
                        .accounts = std::make_shared<Table>(state),
                        .changed = list,
                        .included = hashes,
                        .returned = {},
                        .returned_senders = {}});
    }
    is_done = true;
    for (auto& worker : workers) worker.join();
    EXPECT_EQ(pool().status(), PoolStatus{});
    const MutexLock lock{mutex};
    EXPECT_TRUE(present.empty());
}

}  // namespace
}  // namespace meta138::txpool::test
