// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/execute_block.hpp"

#include "state_transition.hpp"

#include "meta138/crypto/secp256k1.hpp"
#include "meta138/execution/validate_block.hpp"
#include "meta138/types/requests.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <gmock/gmock.h>

namespace meta138::execution {
namespace {

/// A block with one transfer, whose header is filled in from what executing it gives.
struct ExecuteBlock : testing::Test {
    explicit ExecuteBlock(Fork fork = Fork::osaka) : rules{mainnet_rules(fork)} {
        view.set_account(sender, 0, 1'000'000'000);
        if (fork >= Fork::prague) {
            view.set_account(rules.withdrawal_request_contract_address, 1, 0, {0x00});
            view.set_account(rules.consolidation_request_contract_address, 1, 0, {0x00});
        }
        Transaction tx;
        tx.gas_limit = 21000;
        tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 7;
        tx.to = "0x00000000000000000000000000000000000007e2"_address;
        tx.value = 5;
        sign_transaction(tx, key);
        block.transactions = {tx};

        auto& header = block.header;
        header.number = 1000;
        header.gas_limit = 30'000'000;
        if (fork >= Fork::london) header.base_fee_per_gas = 7;
        if (fork >= Fork::shanghai) block.withdrawals.emplace();
        if (fork >= Fork::cancun) header.blob_gas_used = header.excess_blob_gas = 0;
        if (fork >= Fork::prague) header.requests_hash = EMPTY_REQUESTS_HASH;
        fill_in();
    }

    void fill_in() {
        BlockExecutor executor{resources, rules, environment_of(block.header, rules)};
        executor.begin();
        ASSERT_TRUE(executor.execute(block.transactions[0], sender));
        if (rules.fork < Fork::byzantium)
            executor.receipts()[0].post_state_root = view.root_after(state.diff());
        ASSERT_TRUE(executor.finish({}, {}));
        block.header.gas_used = executor.used().gas;
        block.header.receipt_root = receipts_root(executor.receipts());
        block.header.bloom = bloom_of(executor.receipts());
        block.header.state_root = view.root_after(state.diff());
        state.reset();
    }

    std::expected<BlockResult, InvalidBlock> execute() {
        return execute_block(block, {&sender, 1}, rules, resources, view);
    }
    std::optional<InvalidBlock> error() {
        const auto result = execute();
        return result ? std::nullopt : std::optional{result.error()};
    }
    std::optional<BlockRule> broken_rule() {
        const auto found = error();
        return found ? std::optional{found->rule} : std::nullopt;
    }

    crypto::SecretKey key = *crypto::SecretKey::from(to_hash32(0x138).bytes);
    Address sender = crypto::address_of(crypto::public_key(key));
    BlockRules rules;
    Block block;
    state::MapState view;
    state::State state{view};
    NoBlockHashes hashes;
    evm::CodeCache codes;
    BlockExecutor::Resources resources{.state = state, .block_hashes = hashes, .code_cache = codes};
};

using testing::Optional;

TEST_F(ExecuteBlock, accepts_a_block_that_keeps_its_promises) {
    const auto result = execute();
    ASSERT_TRUE(result) << to_string(result.error());
    EXPECT_EQ(result->receipts.size(), 1);
    view.apply(result->diff);
    EXPECT_EQ(view.root(), block.header.state_root);
}

TEST_F(ExecuteBlock, compares_the_gas) {
    block.header.gas_used = 21001;
    EXPECT_THAT(error(), Optional(InvalidBlock{.rule = BlockRule::gas_used,
                                               .got = std::uint64_t{21000},
                                               .expected = std::uint64_t{21001}}));
}

TEST_F(ExecuteBlock, compares_the_blob_gas) {
    block.header.blob_gas_used = 131072;
    EXPECT_THAT(broken_rule(), Optional(BlockRule::blob_gas_used));
}

TEST_F(ExecuteBlock, compares_the_receipts) {
    block.header.receipt_root[0] ^= 1;
    EXPECT_THAT(broken_rule(), Optional(BlockRule::receipt_root));
}

TEST_F(ExecuteBlock, compares_the_bloom) {
    block.header.bloom[0] ^= 1;
    EXPECT_THAT(broken_rule(), Optional(BlockRule::bloom));
}

TEST_F(ExecuteBlock, compares_the_requests) {
    block.header.requests_hash->bytes[0] ^= 1;
    EXPECT_THAT(broken_rule(), Optional(BlockRule::requests_hash));
}

TEST_F(ExecuteBlock, compares_the_state) {
    block.header.state_root[0] ^= 1;
    EXPECT_THAT(broken_rule(), Optional(BlockRule::state_root));
}

TEST_F(ExecuteBlock, names_the_transaction_that_may_not_stand_there) {
    block.transactions[0].nonce = 1;
    EXPECT_THAT(error(), Optional(InvalidBlock{
                             .rule = BlockRule::transaction,
                             .index = 0,
                             .transaction_error = TransactionError::nonce_mismatch_too_high}));
}

TEST_F(ExecuteBlock, an_invalid_block_leaves_the_view_alone) {
    const auto root = view.root();
    block.header.state_root[0] ^= 1;
    EXPECT_TRUE(broken_rule());
    EXPECT_EQ(view.root(), root);
}

struct ExecuteFrontierBlock : ExecuteBlock {
    ExecuteFrontierBlock() : ExecuteBlock{Fork::frontier} {}
};

TEST_F(ExecuteFrontierBlock, receipts_have_the_state_after_the_transaction) {  // EIP-658
    const auto result = execute();
    ASSERT_TRUE(result) << to_string(result.error());
    ASSERT_TRUE(result->receipts[0].post_state_root);
    EXPECT_NE(*result->receipts[0].post_state_root, block.header.state_root);  // the reward
}

TEST_F(ExecuteBlock, errors_read_as_a_sentence) {
    block.header.gas_used = 21001;
    EXPECT_EQ(to_string(*error()), "gas_used: got 21000, expected 21001");
}

TEST(RecoverSenders, finds_them_in_order_with_any_number_of_threads) {
    std::vector<Transaction> transactions(50);
    std::vector<Address> expected;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        const auto key = crypto::SecretKey::from(to_hash32(i + 1).bytes);
        sign_transaction(transactions[i], *key);
        expected.push_back(crypto::address_of(crypto::public_key(*key)));
    }
    for (const unsigned threads : {0U, 1U, 2U, 16U})
        EXPECT_EQ(recover_senders(transactions, Fork::london, threads), expected);
}

TEST(RecoverSenders, names_the_first_transaction_without_a_sender) {
    std::vector<Transaction> transactions(20);
    const auto key = crypto::SecretKey::from(to_hash32(1).bytes);
    for (auto& transaction : transactions) sign_transaction(transaction, *key);
    transactions[11].s = uint256::max();
    transactions[13].s = 0;
    const auto senders = recover_senders(transactions, Fork::london, 4);
    ASSERT_FALSE(senders);
    EXPECT_EQ(senders.error().rule, BlockRule::sender);
    EXPECT_EQ(senders.error().index, 11);
    EXPECT_EQ(senders.error().transaction_error, TransactionError::invalid_signature_vrs);
}

}  // namespace
}  // namespace meta138::execution
