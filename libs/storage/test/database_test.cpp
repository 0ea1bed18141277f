// SPDX-License-Identifier: Apache-2.0
#include "meta138/storage/database.hpp"

#include "random_chain.hpp"

#include "meta138/trie/proof.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace meta138::storage {
namespace {

using test::initialize;
using test::MadeBlock;
using test::open_in_memory;
using test::RandomChain;

/// For tests that look at whole states often.
constexpr test::ChainShape small{.addresses = 20, .keys = 8, .changes = 6};

void expect_block(const Snapshot& snapshot, const MadeBlock& made) {
    const auto number = made.block.header.number;
    const auto header = snapshot.header(number);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->header, made.block.header);
    EXPECT_EQ(header->hash, made.hash);
    EXPECT_EQ(header->total_difficulty, uint256{number + 1});
    EXPECT_EQ(header->block_size, encode_block(made.block).size());
    EXPECT_EQ(header->transaction_count, made.block.transactions.size());
    EXPECT_EQ(snapshot.block_hash(number), made.hash);
    EXPECT_EQ(snapshot.block_number(made.hash), number);
    EXPECT_EQ(snapshot.block(number), made.block);
    const auto transactions = snapshot.transactions(number);
    const auto receipts = snapshot.receipts(number);
    ASSERT_TRUE(transactions && receipts);
    ASSERT_EQ(transactions->size(), made.block.transactions.size());
    ASSERT_EQ(receipts->size(), made.block.transactions.size());
    std::uint64_t gas = 0;
    std::uint32_t logs = 0;
    for (std::uint32_t i = 0; i < transactions->size(); ++i) {
        const auto at = snapshot.find_transaction(transaction_hash(made.block.transactions[i]));
        ASSERT_TRUE(at);
        EXPECT_EQ(at->block_number, number);
        EXPECT_EQ(at->index, i);
        const auto transaction = snapshot.transaction(*at);
        const auto receipt = snapshot.receipt(*at);
        ASSERT_TRUE(transaction && receipt);
        EXPECT_EQ(transaction->transaction, made.block.transactions[i]);
        EXPECT_EQ(transaction->sender, made.senders[i]);
        EXPECT_EQ((*transactions)[i].transaction, transaction->transaction);
        EXPECT_EQ((*transactions)[i].sender, transaction->sender);
        EXPECT_EQ(receipt->receipt, made.receipts[i]);
        EXPECT_EQ((*receipts)[i].receipt, receipt->receipt);
        EXPECT_EQ(receipt->gas_used, made.receipts[i].cumulative_gas_used - gas);
        EXPECT_EQ(receipt->first_log_index, logs);
        EXPECT_EQ(receipt->revert_reason, made.revert_reasons[i]);
        gas = made.receipts[i].cumulative_gas_used;
        logs += static_cast<std::uint32_t>(made.receipts[i].logs.size());
    }
}

TEST(Database, is_empty_at_first) {
    const auto database = open_in_memory();
    const auto snapshot = database->snapshot();
    EXPECT_FALSE(snapshot->head());
    EXPECT_FALSE(snapshot->header(0));
    EXPECT_FALSE(snapshot->block(0));
    EXPECT_EQ(snapshot->state_at(0), nullptr);
    EXPECT_FALSE(snapshot->prove(0, Address{}, {}));
}

TEST(Database, gives_back_what_was_appended) {
    RandomChain chain{1};
    const auto database = open_in_memory();
    initialize(*database, chain);
    expect_block(*database->snapshot(), chain.genesis());
    std::vector<MadeBlock> blocks;
    for (int i = 0; i < 40; ++i) {
        blocks.push_back(chain.next());
        database->append(blocks.back().record());
    }
    const auto snapshot = database->snapshot();
    for (const auto& block : blocks) expect_block(*snapshot, block);
    EXPECT_EQ(snapshot->head()->hash, blocks.back().hash);
    EXPECT_FALSE(snapshot->header(41));
    EXPECT_FALSE(snapshot->block(41));
    EXPECT_FALSE(snapshot->receipts(41));
    EXPECT_FALSE(snapshot->find_transaction(Hash32{}));
    EXPECT_FALSE(snapshot->transaction({.block_number = 1, .index = 1000}));
}

TEST(Database, keeps_ommers_and_withdrawals) {
    RandomChain chain{2};
    const auto database = open_in_memory();
    initialize(*database, chain);
    auto made = chain.make({});
    made.block.header.base_fee_per_gas = 7;
    made.block.header.withdrawals_root = Hash32{};
    made.block.withdrawals = {{.index = 1, .validator_index = 2, .address = {}, .amount = 3}};
    made.block.ommers = {chain.genesis().block.header};
    made.hash = block_hash(made.block.header);
    database->append(made.record());
    expect_block(*database->snapshot(), made);
}

TEST(Database, gives_empty_withdrawals_back_without_a_row) {
    RandomChain chain{2};
    const auto database = open_in_memory();
    initialize(*database, chain);
    auto made = chain.make({});
    made.block.header.base_fee_per_gas = 7;
    made.block.header.withdrawals_root = EMPTY_TRIE_ROOT;
    made.block.withdrawals.emplace();
    made.hash = block_hash(made.block.header);
    database->append(made.record());
    expect_block(*database->snapshot(), made);
}

TEST(Database, knows_the_state_after_every_block) {
    RandomChain chain{3, small};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 60; ++i) database->append(chain.next().record());
    const auto snapshot = database->snapshot();
    for (std::uint64_t number = 0; number <= 60; ++number)
        test::expect_state(*snapshot, number, chain.states()[number], small);
    EXPECT_EQ(snapshot->state_at(61), nullptr);
}

TEST(Database, finds_the_codes_of_accounts) {
    RandomChain chain{4};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 20; ++i) database->append(chain.next().record());
    const auto snapshot = database->snapshot();
    const auto view = snapshot->state_at(20);
    for (const auto& [address, entry] : chain.states().back()) {
        const auto code = view->code(entry.account.code_hash);
        ASSERT_NE(code, nullptr);
        EXPECT_EQ(crypto::keccak256(code->bytes), entry.account.code_hash);
    }
}

TEST(Database, a_snapshot_stays_as_it_was) {
    RandomChain chain{5};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 5; ++i) database->append(chain.next().record());
    const auto old = database->snapshot();
    const auto head = chain.head();
    for (int i = 0; i < 5; ++i) database->append(chain.next().record());
    EXPECT_EQ(old->head()->hash, head.hash);
    EXPECT_FALSE(old->header(6));
    for (std::uint64_t number = 0; number <= 5; ++number)
        test::expect_state(*old, number, chain.states()[number]);
}

TEST(Database, takes_blocks_off_the_chain) {
    RandomChain chain{6, small};
    const auto database = open_in_memory();
    initialize(*database, chain);
    std::vector<MadeBlock> blocks{chain.genesis()};
    for (int round = 0; round < 30; ++round) {
        for (auto more = chain.below(6); more-- > 0;) {
            blocks.push_back(chain.next());
            ASSERT_EQ(database->commitment().root_after(blocks.back().diff),
                      blocks.back().block.header.state_root);
            database->append(blocks.back().record());
        }
        for (auto fewer = chain.below(4); fewer-- > 0 && blocks.size() > 1;) {
            const auto gone = blocks.back();
            blocks.pop_back();
            chain.rewind(blocks.back());
            database->unwind();
            const auto snapshot = database->snapshot();
            EXPECT_EQ(snapshot->head()->hash, blocks.back().hash);
            EXPECT_FALSE(snapshot->block_number(gone.hash));
            EXPECT_FALSE(snapshot->header(gone.block.header.number));
            EXPECT_EQ(snapshot->side_block(gone.hash), gone.block);
            for (const auto& transaction : gone.block.transactions)
                EXPECT_FALSE(snapshot->find_transaction(transaction_hash(transaction)));
        }
        const auto snapshot = database->snapshot();
        for (const auto& block : blocks) expect_block(*snapshot, block);
        const auto number = chain.below(blocks.size());
        test::expect_state(*snapshot, number, chain.states()[number], small);
        test::expect_state(*snapshot, blocks.size() - 1, chain.states().back(), small);
    }
}

TEST(Database, keeps_blocks_off_the_chain) {
    RandomChain chain{7};
    const auto database = open_in_memory();
    initialize(*database, chain);
    const auto side = chain.make(chain.random_diff(3));
    database->append(chain.next().record());
    database->put_side_block(side.block, side.hash);
    const auto snapshot = database->snapshot();
    EXPECT_EQ(snapshot->side_block(side.hash), side.block);
    EXPECT_FALSE(snapshot->side_block(chain.head().hash));
}

TEST(Database, lists_accounts_and_slots_of_any_block_in_the_order_of_their_hashes) {
    RandomChain chain{8};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 30; ++i) database->append(chain.next().record());
    const auto snapshot = database->snapshot();
    for (std::uint64_t number = 0; number <= 30; ++number) {
        const auto& state = chain.states()[number];
        std::size_t count = 0;
        Hash32 first;
        for (;;) {  // in small pieces
            const auto accounts = snapshot->accounts(number, first, 7);
            for (std::size_t i = 0; i < accounts.size(); ++i) {
                ASSERT_EQ(accounts[i].address_hash, crypto::keccak256(accounts[i].address.bytes));
                ASSERT_TRUE(i == 0 || accounts[i - 1].address_hash < accounts[i].address_hash);
                const auto found = state.find(accounts[i].address);
                ASSERT_NE(found, state.end());
                ASSERT_EQ(accounts[i].account, found->second.account);
                const auto slots = snapshot->slots(number, accounts[i].address, Hash32{}, 1000);
                ASSERT_EQ(slots.size(), found->second.storage.size());
                for (const auto& slot : slots) {
                    ASSERT_EQ(slot.key_hash, crypto::keccak256(to_hash32(slot.key).bytes));
                    ASSERT_EQ(slot.value, found->second.storage.at(slot.key));
                }
            }
            count += accounts.size();
            if (accounts.size() < 7) break;
            first = accounts.back().address_hash;
            for (std::size_t i = 32; i-- > 0 && ++first[i] == 0;) {
            }
        }
        EXPECT_EQ(count, state.size()) << number;
    }
}

TEST(Database, proves_accounts_and_slots_at_any_block) {
    RandomChain chain{9};
    const auto database = open_in_memory();
    initialize(*database, chain);
    for (int i = 0; i < 30; ++i) database->append(chain.next().record());
    const auto snapshot = database->snapshot();
    for (std::uint64_t number = 0; number <= 30; ++number) {
        const auto root = snapshot->header(number)->header.state_root;
        for (std::uint64_t i = 0; i < 60; i += 3) {
            const auto address = RandomChain::address(i);
            const std::vector<uint256> keys{0, 1, 2, 3, 4, uint256::max(), uint256::max() - 1, 99};
            const auto proof = snapshot->prove(number, address, keys);
            ASSERT_TRUE(proof);
            const auto leaf = trie::verify_proof(root, crypto::keccak256(address.bytes).bytes,
                                                 proof->account_proof);
            ASSERT_TRUE(leaf) << trie::to_string(leaf.error()) << " " << i << " at " << number;
            ASSERT_EQ(leaf->has_value(), proof->account.has_value());
            for (const auto& slot : proof->storage) {
                const auto value = trie::verify_proof(
                    proof->storage_root, crypto::keccak256(to_hash32(slot.key).bytes).bytes,
                    slot.proof);
                ASSERT_TRUE(value) << trie::to_string(value.error());
                ASSERT_EQ(value->has_value(), !slot.value.is_zero());
            }
        }
    }
}

}  // namespace
}  // namespace meta138::storage
