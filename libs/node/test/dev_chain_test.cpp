// SPDX-License-Identifier: Apache-2.0
#include "dev/dev_chain.hpp"

#include "dev/accounts.hpp"
#include "dev/genesis.hpp"
#include "pool_feed.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gtest/gtest.h>

namespace meta138::node {
namespace {

using namespace literals;

constexpr Address stranger = "0x00000000000000000000000000000000000000ee"_address;

DevOptions options_with_funds() {
    DevOptions options;
    options.enabled = true;
    options.balance = uint256{1'000'000'000'000'000'000};
    return options;
}

txpool::PoolConfig free_pool() {
    txpool::PoolConfig config;
    config.min_gas_price = 0;
    return config;
}

BlockProductionOptions free_blocks() {
    BlockProductionOptions options;
    options.min_gas_price = 0;
    return options;
}

/// A development chain in memory whose thread is there for its alarms; the tests run on it.
class DevChainTest : public testing::Test {
protected:
    DevChainTest() {
        chain.add_listener([this](const blockchain::HeadEvent& event) { feed_head(pool, event); });
        dev.set_automine(false);
    }

    [[nodiscard]] std::uint64_t head() const { return chain.view()->head().header.number; }
    [[nodiscard]] const Header& header() {
        view = chain.view();
        return view->head().header;
    }
    [[nodiscard]] uint256 balance(const Address& address) const {
        return accounts_of(chain.view())->account(address).balance;
    }
    /// The first account pays one wei to the stranger.
    void pay(std::uint64_t nonce) {
        Transaction transaction;
        transaction.type = TransactionType::dynamic_fee;
        transaction.chain_id = 138;
        transaction.nonce = nonce;
        transaction.gas_limit = 21'000;
        transaction.max_fee_per_gas = uint256{10'000'000'000};
        transaction.to = stranger;
        transaction.value = uint256{1};
        const auto& account = dev_accounts().front();
        sign_transaction(transaction, *crypto::SecretKey::from(account.secret_key.bytes));
        ASSERT_TRUE(pool.add({transaction, std::nullopt}, true).has_value());
    }

    bool everybody_may_send = true;
    DevOptions options = options_with_funds();
    Genesis genesis = dev_genesis(options);
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    std::unique_ptr<blockchain::Consensus> consensus = blockchain::make_trusting_consensus(genesis);
    blockchain::Chain chain{*database, genesis, *consensus};
    txpool::SharedPool pool{free_pool(), pool_head_of(*chain.view()), accounts_of(chain.view())};
    telemetry::Metrics metrics;
    BlockProducer producer{
        chain, pool,   free_blocks(), [this](const Address&) { return everybody_may_send; },
        {},    metrics};
    ChainThread thread{100, [](const std::exception_ptr&) {}};
    DevChain dev{chain, pool, producer, thread, options};
    std::shared_ptr<const blockchain::ChainView> view;
};

TEST_F(DevChainTest, seals_what_the_pool_holds_in_the_order_of_nonces) {
    pay(1);
    pay(0);
    dev.mine(1, std::nullopt);
    EXPECT_EQ(head(), 1U);
    EXPECT_EQ(balance(stranger), uint256{2});
    EXPECT_EQ(pool.status().transactions, 0U);
}

TEST_F(DevChainTest, seals_no_empty_block_by_itself) {
    dev.set_automine(true);
    thread.run([&] { dev.settle(); });
    EXPECT_EQ(head(), 0U);
    pay(0);
    thread.run([&] { dev.settle(); });
    EXPECT_EQ(head(), 1U);
}

TEST_F(DevChainTest, leaves_out_who_may_not_send_any_more) {
    pay(0);
    pay(1);
    everybody_may_send = false;
    dev.mine(1, std::nullopt);
    EXPECT_EQ(balance(stranger), uint256{});
}

TEST_F(DevChainTest, takes_back_changes_by_hand_and_blocks_in_their_order) {
    const auto outer = dev.snapshot();
    dev.set_balance(stranger, uint256{5});
    dev.mine(1, std::nullopt);
    const auto inner = dev.snapshot();
    dev.set_balance(stranger, uint256{6});
    dev.set_storage(stranger, uint256{1}, uint256{2});
    dev.mine(2, std::nullopt);
    EXPECT_TRUE(dev.revert(inner));
    EXPECT_EQ(head(), 1U);
    EXPECT_EQ(balance(stranger), uint256{5});
    EXPECT_TRUE(dev.revert(outer));
    EXPECT_EQ(head(), 0U);
    EXPECT_EQ(balance(stranger), uint256{});
    EXPECT_FALSE(dev.revert(outer));
}

TEST_F(DevChainTest, seals_on_top_of_what_was_changed_by_hand) {
    dev.set_balance(stranger, uint256{7});
    pay(0);
    dev.mine(1, std::nullopt);
    EXPECT_EQ(balance(stranger), uint256{8});
    EXPECT_EQ(header().state_root, database->commitment().root_after({}));
}

TEST_F(DevChainTest, drops_what_waits_when_it_goes_back) {
    const auto mark = dev.snapshot();
    pay(0);
    EXPECT_TRUE(dev.revert(mark));
    EXPECT_EQ(pool.status().transactions, 0U);
}

TEST_F(DevChainTest, has_the_wishes_for_one_block_only) {
    dev.wishes().base_fee_per_gas = uint256{1234};
    dev.wishes().prev_randao = Hash32{};
    ASSERT_TRUE(dev.set_next_timestamp(header().timestamp + 1000));
    dev.mine(1, std::nullopt);
    EXPECT_EQ(header().base_fee_per_gas, uint256{1234});
    EXPECT_EQ(header().timestamp, 1000U);
    dev.mine(1, std::nullopt);
    EXPECT_NE(header().base_fee_per_gas, uint256{1234});
    EXPECT_FALSE(dev.set_next_timestamp(header().timestamp));
}

TEST_F(DevChainTest, goes_back_to_the_genesis_block) {
    dev.set_balance(stranger, uint256{5});
    dev.mine(3, 60);
    dev.impersonate(stranger);
    EXPECT_TRUE(dev.reset());
    EXPECT_EQ(head(), 0U);
    EXPECT_EQ(balance(stranger), uint256{});
    EXPECT_FALSE(dev.is_impersonated(stranger));
}

TEST(DevAccounts, have_the_addresses_of_their_keys) {
    for (const auto& account : dev_accounts()) {
        const auto key = crypto::SecretKey::from(account.secret_key.bytes);
        ASSERT_TRUE(key.has_value());
        EXPECT_EQ(crypto::address_of(crypto::public_key(*key)), account.address);
    }
}

}  // namespace
}  // namespace meta138::node
