// SPDX-License-Identifier: Apache-2.0
#include "meta138/storage/hashed_state.hpp"

#include "random_chain.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/trie/proof.hpp"
#include "meta138/trie/trie.hpp"

#include <gtest/gtest.h>

#include <map>

namespace meta138::storage {
namespace {

using test::initialize;
using test::open_in_memory;
using test::RandomChain;

constexpr test::ChainShape small{.addresses = 40, .keys = 12, .changes = 8, .max_transactions = 1};

Bytes leaf_of(const RangeAccount& account) {
    return rlp::encode_list(account.account.nonce, account.account.balance, account.storage_root,
                            account.account.code_hash);
}

std::vector<RangeAccount> accounts_from(const HashedState& state, const Hash32& first,
                                        std::size_t max = SIZE_MAX) {
    std::vector<RangeAccount> result;
    EXPECT_TRUE(state.for_each_account(first, [&](const RangeAccount& account) {
        result.push_back(account);
        return result.size() < max;
    }));
    return result;
}
std::vector<RangeSlot> slots_from(const HashedState& state, const Hash32& owner,
                                  const Hash32& first, std::size_t max = SIZE_MAX) {
    std::vector<RangeSlot> result;
    EXPECT_TRUE(state.for_each_slot(owner, first, [&](const RangeSlot& slot) {
        result.push_back(slot);
        return result.size() < max;
    }));
    return result;
}

Hash32 random_hash(RandomChain& chain) {
    Hash32 hash;
    for (auto& byte : hash.bytes) byte = static_cast<std::uint8_t>(chain.below(256));
    return hash;
}

class HashedStates : public testing::Test {
protected:
    static constexpr std::uint64_t blocks = 60;

    HashedStates() {
        initialize(*database, chain);
        roots.push_back(chain.genesis().block.header.state_root);
        for (std::uint64_t i = 0; i < blocks; ++i) {
            const auto& made = chain.next();
            roots.push_back(made.block.header.state_root);
            database->append(made.record());
        }
        snapshot = database->snapshot();
    }

    RandomChain chain{11, small};
    std::unique_ptr<Database> database = open_in_memory();
    std::vector<Hash32> roots;
    std::shared_ptr<const Snapshot> snapshot;
};

TEST_F(HashedStates, walk_over_all_accounts_and_slots_of_each_block) {
    for (std::uint64_t number = 0; number <= blocks; ++number) {
        const auto state = snapshot->hashed_state_at(number);
        ASSERT_NE(state, nullptr);
        trie::Trie accounts;
        for (const auto& account : accounts_from(*state, Hash32{})) {
            accounts.insert(account.address_hash.bytes, leaf_of(account));
            trie::Trie slots;
            for (const auto& slot : slots_from(*state, account.address_hash, Hash32{}))
                slots.insert(slot.key_hash.bytes, rlp::encode_integer(slot.value));
            EXPECT_EQ(slots.root(), account.storage_root);
        }
        EXPECT_EQ(accounts.root(), roots[number]) << number;
    }
}

TEST_F(HashedStates, prove_ranges_of_accounts) {
    for (std::uint64_t number = 0; number <= blocks; number += 3) {
        const auto state = snapshot->hashed_state_at(number);
        for (int i = 0; i < 20; ++i) {
            const auto first = random_hash(chain);
            const auto found = accounts_from(*state, first, 1 + chain.below(12));
            std::vector<Bytes> leaves;
            for (const auto& account : found) leaves.push_back(leaf_of(account));
            std::vector<trie::RangeEntry> entries;
            for (std::size_t k = 0; k < found.size(); ++k)
                entries.push_back({found[k].address_hash, leaves[k]});
            std::vector<Hash32> ends{first};
            if (!found.empty()) ends.push_back(found.back().address_hash);
            const auto proof = state->prove_accounts(ends);
            EXPECT_TRUE(trie::verify_range_proof(roots[number], first, entries, proof)) << number;
        }
    }
}

TEST_F(HashedStates, prove_ranges_of_slots) {
    const auto state = snapshot->hashed_state_at(blocks - 20);
    std::size_t proven = 0;
    for (const auto& account : accounts_from(*state, Hash32{})) {
        if (account.storage_root == EMPTY_TRIE_ROOT) continue;
        const auto first = random_hash(chain);
        const auto found = slots_from(*state, account.address_hash, first, 2);
        std::vector<Bytes> values;
        for (const auto& slot : found) values.push_back(rlp::encode_integer(slot.value));
        std::vector<trie::RangeEntry> entries;
        for (std::size_t k = 0; k < found.size(); ++k)
            entries.push_back({found[k].key_hash, values[k]});
        std::vector<Hash32> ends{first};
        if (!found.empty()) ends.push_back(found.back().key_hash);
        EXPECT_TRUE(trie::verify_range_proof(account.storage_root, first, entries,
                                             state->prove_slots(account.address_hash, ends)));
        ++proven;
    }
    EXPECT_GT(proven, 5U);
}

/// The nodes that a walk from the root on finds, by their paths.
void collect(std::map<Bytes, Bytes>& nodes, const Bytes& path,
             const std::function<std::optional<Bytes>(ByteView)>& node_at) {
    const auto rlp = node_at(path);
    ASSERT_TRUE(rlp);
    nodes[path] = *rlp;
    auto in = rlp::Reader::list(*rlp);
    std::vector<Bytes> items;  // empty where a node is embedded: none of these tries has one
    while (!in.empty()) {
        const bool is_string = in.is_string();
        items.push_back(is_string ? to_bytes(in.bytes()) : Bytes{});
        if (!is_string) in.raw_item();
    }
    const auto collect_child = [&](const Bytes& child, const Bytes& hash) {
        collect(nodes, child, node_at);
        ASSERT_TRUE(nodes.contains(child));
        EXPECT_TRUE(equal(crypto::keccak256(nodes.at(child)).bytes, hash));
    };
    if (items.size() == 17) {
        for (std::uint8_t i = 0; i < 16; ++i) {
            if (items[i].empty()) continue;
            auto child = path;
            child.push_back(i);
            collect_child(child, items[i]);
        }
        return;
    }
    ASSERT_EQ(items.size(), 2U);
    const auto prefix = trie::decode_hex_prefix(items[0]);
    ASSERT_TRUE(prefix);
    if (prefix->is_leaf) return;
    auto child = path;
    child.insert(child.end(), prefix->nibbles.begin(), prefix->nibbles.end());
    collect_child(child, items[1]);
}

TEST_F(HashedStates, have_a_node_where_the_trie_has_one_and_nowhere_else) {
    for (const std::uint64_t number : {std::uint64_t{0}, blocks / 2, blocks}) {
        const auto state = snapshot->hashed_state_at(number);
        const auto node_at = [&](ByteView path) { return state->account_node(path); };
        EXPECT_EQ(crypto::keccak256(node_at({}).value()), roots[number]);
        std::map<Bytes, Bytes> nodes;
        collect(nodes, {}, node_at);
        EXPECT_GT(nodes.size(), 10U);
        for (const auto& account : accounts_from(*state, Hash32{})) {
            auto path = trie::to_nibbles(account.address_hash.bytes);
            for (; !path.empty(); path.pop_back())
                EXPECT_EQ(node_at(path).has_value(), nodes.contains(path)) << path.size();
        }
        EXPECT_FALSE(node_at(Bytes(65, 0)));
        EXPECT_FALSE(node_at(Bytes(200, 0)));
    }
}

TEST_F(HashedStates, have_the_nodes_of_storage_tries) {
    const auto state = snapshot->hashed_state_at(blocks - 5);
    for (const auto& account : accounts_from(*state, Hash32{})) {
        const auto root = state->slot_node(account.address_hash, {});
        ASSERT_EQ(root.has_value(), account.storage_root != EMPTY_TRIE_ROOT);
        if (!root) continue;
        EXPECT_EQ(crypto::keccak256(*root), account.storage_root);
        std::map<Bytes, Bytes> nodes;
        collect(nodes, {},
                [&](ByteView path) { return state->slot_node(account.address_hash, path); });
    }
}

TEST_F(HashedStates, find_accounts_by_hash_and_codes) {
    const auto state = snapshot->hashed_state_at(blocks);
    for (const auto& account : accounts_from(*state, Hash32{})) {
        const auto found = state->account(account.address_hash);
        ASSERT_TRUE(found);
        EXPECT_EQ(found->account, account.account);
        const auto code = snapshot->find_code(account.account.code_hash);
        ASSERT_TRUE(code);
        EXPECT_EQ(crypto::keccak256(*code), account.account.code_hash);
    }
    EXPECT_FALSE(state->account(Hash32{}));
    EXPECT_FALSE(snapshot->find_code(Hash32{}));
    EXPECT_EQ(snapshot->find_code(EMPTY_CODE_HASH), Bytes{});
}

TEST_F(HashedStates, are_absent_where_no_state_is_retained) {
    EXPECT_EQ(snapshot->hashed_state_at(blocks + 1), nullptr);
    EXPECT_EQ(open_in_memory()->snapshot()->hashed_state_at(0), nullptr);
}

TEST(HashedState, gives_up_where_too_much_has_come_and_gone) {
    RandomChain chain{3, small};
    const auto database = open_in_memory();
    initialize(*database, chain);
    const auto owner = RandomChain::address(1);
    state::AccountDiff filled{.address = owner,
                              .account = Account{.nonce = 1, .balance = {}},
                              .storage_cleared = true,
                              .storage = {}};
    auto cleared = filled;
    cleared.storage.push_back({uint256{1}, uint256{7}});
    for (std::uint64_t i = 1; i <= max_rows_passed_by + 100; ++i)
        filled.storage.push_back({uint256{1'000 + i}, uint256{i}});
    // A block without the slots, one that sets them, and one more that clears them.
    for (const auto& change : {cleared, filled, cleared}) {
        auto made = chain.make({.accounts = {change}, .codes = {}});
        const auto head = database->snapshot()->head().value();
        made.block.header.number = head.header.number + 1;
        made.block.header.parent_hash = head.hash;
        made.block.header.state_root = database->commitment().root_after(made.diff);
        made.hash = block_hash(made.block.header);
        database->append(made.record());
    }
    const auto snapshot = database->snapshot();
    const auto hash = crypto::keccak256(owner.bytes);
    std::size_t count = 0;
    const auto counting = [&](const RangeSlot&) {
        ++count;
        return true;
    };
    EXPECT_TRUE(snapshot->hashed_state_at(3)->for_each_slot(hash, Hash32{}, counting));
    EXPECT_EQ(count, 1U);
    EXPECT_FALSE(snapshot->hashed_state_at(1)->for_each_slot(hash, Hash32{}, counting));
}

}  // namespace
}  // namespace meta138::storage
