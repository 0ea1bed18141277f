// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/stack_trie.hpp"

#include "random_entries.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <gmock/gmock.h>

#include <vector>

namespace meta138::trie {
namespace {

using test::Model;
using test::RandomEntries;

TEST(StackTrie, has_the_empty_root_without_entries) {
    EXPECT_EQ(StackTrie{}.root(), empty_root);
}

TEST(StackTrie, is_empty_after_its_root_and_can_be_used_again) {
    StackTrie stack;
    stack.insert(as_bytes("dog"), as_bytes("puppy"));
    const auto root = stack.root();
    EXPECT_EQ(stack.root(), empty_root);
    stack.insert(as_bytes("dog"), as_bytes("puppy"));
    EXPECT_EQ(stack.root(), root);
}

TEST(StackTrie, has_the_root_of_the_trie_with_keys_that_are_prefixes_of_others) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        RandomEntries random{seed};
        Model model;
        for (std::size_t i = random.below(40) + 1; i-- > 0;)
            model[random.crowded_key()] = random.bytes(1 + random.below(50));
        StackTrie stack;
        Trie trie;
        for (const auto& [key, value] : model) {
            stack.insert(key, value);
            trie.insert(key, value);
        }
        ASSERT_EQ(stack.root(), trie.root()) << seed;
    }
}

TEST(StackTrie, reports_children_before_their_parents_and_the_root_last) {
    RandomEntries random{1};
    Model model;
    for (int i = 0; i < 200; ++i) model[random.bytes(4)] = random.bytes(40);
    std::vector<Nibbles> paths;
    Hash32 last;
    StackTrie stack{[&](NibbleView path, const Hash32& hash, ByteView rlp) {
        EXPECT_EQ(crypto::keccak256(rlp), hash);
        paths.emplace_back(path.begin(), path.end());
        last = hash;
    }};
    for (const auto& [key, value] : model) stack.insert(key, value);
    EXPECT_EQ(stack.root(), last);
    EXPECT_TRUE(paths.back().empty());
    for (std::size_t i = 1; i < paths.size(); ++i) {
        const auto& before = paths[i - 1];
        const bool below = before.size() > paths[i].size() &&
                           std::equal(paths[i].begin(), paths[i].end(), before.begin());
        EXPECT_TRUE(below || before < paths[i]) << i;
    }
}

TEST(StackTrieDeathTest, stops_when_keys_do_not_ascend) {
    StackTrie stack;
    stack.insert(as_bytes("dog"), as_bytes("puppy"));
    EXPECT_DEATH(stack.insert(as_bytes("dog"), as_bytes("puppy")), "");
    EXPECT_DEATH(stack.insert(as_bytes("do"), as_bytes("verb")), "");
    EXPECT_DEATH(stack.insert(as_bytes("cat"), as_bytes("kitten")), "");
    EXPECT_DEATH(stack.insert(as_bytes("doge"), {}), "");
}

}  // namespace
}  // namespace meta138::trie
