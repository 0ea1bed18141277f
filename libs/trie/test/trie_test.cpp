// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/trie.hpp"

#include "random_entries.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/trie/ordered_list_root.hpp"
#include "meta138/trie/stack_trie.hpp"

#include <gmock/gmock.h>

namespace meta138::trie {
namespace {

using test::Model;
using test::RandomEntries;

Hash32 stack_root(const Model& model) {
    StackTrie stack;
    for (const auto& [key, value] : model) stack.insert(key, value);
    return stack.root();
}

TEST(Trie, has_the_empty_root_without_entries) {
    EXPECT_EQ(Trie{}.root(), empty_root);
}

TEST(Trie, finds_what_was_inserted_last) {
    Trie trie;
    trie.insert(as_bytes("doge"), as_bytes("coin"));
    trie.insert(as_bytes("do"), as_bytes("verb"));
    trie.insert(as_bytes("doge"), as_bytes("a longer value than before, in another block"));
    EXPECT_TRUE(equal(trie.find(as_bytes("doge")).value(),
                      as_bytes("a longer value than before, in another block")));
    EXPECT_TRUE(equal(trie.find(as_bytes("do")).value(), as_bytes("verb")));
    EXPECT_EQ(trie.find(as_bytes("dog")), std::nullopt);
    EXPECT_EQ(trie.find(as_bytes("doges")), std::nullopt);
    EXPECT_EQ(trie.find({}), std::nullopt);
}

TEST(Trie, takes_the_empty_value_for_an_erasure) {
    Trie trie;
    trie.insert(as_bytes("dog"), as_bytes("puppy"));
    trie.insert(as_bytes("dog"), {});
    EXPECT_TRUE(trie.empty());
    EXPECT_EQ(trie.root(), empty_root);
}

TEST(Trie, says_whether_an_erased_key_was_there) {
    Trie trie;
    trie.insert(as_bytes("dog"), as_bytes("puppy"));
    EXPECT_FALSE(trie.erase(as_bytes("do")));
    EXPECT_TRUE(trie.erase(as_bytes("dog")));
    EXPECT_FALSE(trie.erase(as_bytes("dog")));
}

TEST(Trie, behaves_as_a_map_under_random_operations) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE(seed);
        RandomEntries random{seed};
        Trie trie;
        Model model;
        for (int step = 0; step < 150; ++step) {
            const auto key = random.crowded_key();
            if (random.below(3) == 0) {
                ASSERT_EQ(trie.erase(key), model.erase(key) == 1);
            } else {
                const auto value = random.bytes(1 + random.below(random.below(4) == 0 ? 600 : 40));
                trie.insert(key, value);
                model[key] = value;
            }
            if (random.below(4) == 0) {
                ASSERT_EQ(trie.root(), stack_root(model)) << step;
            }
            const auto probe = random.crowded_key();
            const auto found = trie.find(probe);
            const auto expected = model.find(probe);
            ASSERT_EQ(found.has_value(), expected != model.end());
            if (found) {
                ASSERT_TRUE(equal(*found, expected->second));
            }
        }
        ASSERT_EQ(trie.root(), stack_root(model));
        while (!model.empty()) {
            const auto victim =
                std::next(model.begin(), static_cast<std::ptrdiff_t>(random.below(model.size())));
            ASSERT_TRUE(trie.erase(victim->first));
            model.erase(victim);
            ASSERT_EQ(trie.root(), stack_root(model));
        }
        ASSERT_TRUE(trie.empty());
    }
}

TEST(Trie, applies_a_batch_as_if_one_by_one) {
    RandomEntries random{17};
    std::vector<Bytes> keys;
    std::vector<Bytes> values;
    constexpr std::size_t count = 10'000;
    for (std::size_t i = 0; i < count; ++i) {
        keys.push_back(random.bytes(random.below(3)));  // many of them more than once
        if (random.below(2) == 0) keys.back().insert(keys.back().begin(), 9, std::uint8_t{1});
        values.push_back(random.bytes(random.below(40)));
    }
    Trie batch;
    Trie one_by_one;
    std::vector<Update> updates;
    for (std::size_t i = 0; i < count; ++i) {
        one_by_one.insert(keys[i], values[i]);
        auto value = values[i].empty() ? std::nullopt : std::optional{ByteView{values[i]}};
        updates.push_back({.key = keys[i], .value = value});
    }
    batch.apply(updates);
    EXPECT_EQ(batch.root(), one_by_one.root());
}

TEST(Trie, has_the_same_root_in_parallel) {
    RandomEntries random{138};
    Trie serial;
    Trie parallel;
    for (int round = 0; round < 5; ++round) {
        for (int i = 0; i < 3000; ++i) {
            const auto key = random.hash();
            const auto value = random.bytes(1 + random.below(100));
            serial.insert(key.bytes, value);
            parallel.insert(key.bytes, value);
        }
        ASSERT_EQ(parallel.root(4), serial.root());
    }
}

TEST(Trie, has_the_same_root_in_parallel_when_all_keys_share_a_prefix) {
    RandomEntries random{139};
    Trie serial;
    Trie parallel;
    for (int i = 0; i < 2000; ++i) {
        auto key = random.hash();
        std::fill_n(key.begin(), 10, std::uint8_t{7});
        const auto value = random.bytes(1 + random.below(100));
        serial.insert(key.bytes, value);
        parallel.insert(key.bytes, value);
    }
    EXPECT_EQ(parallel.root(3), serial.root());
}

TEST(OrderedListRoot, is_the_root_of_the_trie_from_index_to_item) {
    for (const std::size_t size : std::initializer_list<std::size_t>{
             0, 1, 2, 3, 17, 127, 128, 129, 130, 255, 256, 257, 300, 1000}) {
        RandomEntries random{size};
        std::vector<Bytes> items;
        Trie trie;
        for (std::size_t i = 0; i < size; ++i) {
            items.push_back(random.bytes(1 + random.below(200)));
            trie.insert(rlp::encode_integer(i), items.back());
        }
        EXPECT_EQ(ordered_list_root(items), trie.root()) << size;
    }
}

}  // namespace
}  // namespace meta138::trie
