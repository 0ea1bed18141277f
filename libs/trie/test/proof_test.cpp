// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/proof.hpp"

#include "random_entries.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/trie/trie.hpp"

#include <gmock/gmock.h>

#include <set>

namespace meta138::trie {
namespace {

using test::Model;
using test::RandomEntries;

struct Filled {
    Model model;
    Trie trie;
    Hash32 root;

    void insert(const Bytes& key, const Bytes& value) {
        model[key] = value;
        trie.insert(key, value);
    }
};

Filled crowded_trie(std::uint64_t seed, std::size_t entries) {
    RandomEntries random{seed};
    Filled filled;
    for (std::size_t i = 0; i < entries; ++i)
        filled.insert(random.crowded_key(), random.bytes(1 + random.below(50)));
    filled.root = filled.trie.root();
    return filled;
}

TEST(Proof, of_any_key_proves_its_value_or_absence) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SCOPED_TRACE(seed);
        auto filled = crowded_trie(seed, 1 + seed);
        RandomEntries random{seed + 1000};
        for (int i = 0; i < 100; ++i) {
            const auto key = random.crowded_key(6);
            const auto verified = verify_proof(filled.root, key, filled.trie.prove(key));
            ASSERT_TRUE(verified) << to_string(verified.error());
            const auto expected = filled.model.find(key);
            ASSERT_EQ(verified->has_value(), expected != filled.model.end());
            if (*verified) {
                ASSERT_EQ(**verified, expected->second);
            }
        }
    }
}

TEST(Proof, is_rejected_with_any_bit_flipped) {
    auto filled = crowded_trie(7, 60);
    for (const auto& [key, value] : filled.model) {
        auto proof = filled.trie.prove(key);
        for (auto& node : proof) {
            for (std::size_t bit = 0; bit < 8 * node.size(); ++bit) {
                node[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
                ASSERT_EQ(verify_proof(filled.root, key, proof).error(), ProofError::wrong_hash);
                node[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            }
        }
    }
}

TEST(Proof, is_rejected_without_one_of_its_nodes) {
    auto filled = crowded_trie(8, 60);
    for (const auto& [key, value] : filled.model) {
        const auto proof = filled.trie.prove(key);
        for (std::size_t i = 0; i < proof.size(); ++i) {
            auto shorter = proof;
            shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
            ASSERT_FALSE(verify_proof(filled.root, key, shorter));
        }
    }
}

TEST(Proof, is_rejected_with_a_node_too_many) {
    auto filled = crowded_trie(9, 60);
    for (const auto& [key, value] : filled.model) {
        auto proof = filled.trie.prove(key);
        proof.push_back(proof.back());
        ASSERT_EQ(verify_proof(filled.root, key, proof).error(), ProofError::unused_node);
    }
}

TEST(Proof, of_the_empty_trie_has_no_nodes) {
    EXPECT_THAT(Trie{}.prove(as_bytes("dog")), testing::IsEmpty());
    const std::vector<Bytes> empty_string{{0x80}};
    const std::vector<Bytes> empty_list{{0xc0}};
    EXPECT_EQ(verify_proof(empty_root, as_bytes("dog"), {}), std::nullopt);
    EXPECT_EQ(verify_proof(empty_root, as_bytes("dog"), empty_string), std::nullopt);
    EXPECT_EQ(verify_proof(empty_root, as_bytes("dog"), empty_list).error(),
              ProofError::unused_node);
    EXPECT_EQ(verify_proof(Hash32{}, as_bytes("dog"), {}).error(), ProofError::missing_node);
}

struct RangeTrie {
    std::vector<std::pair<Hash32, Bytes>> entries;  // ascending
    Trie trie;
    Hash32 root;

    /// Keys that share a prefix of `shared` bytes, to have long extensions.
    RangeTrie(std::uint64_t seed, std::size_t size, std::size_t shared = 0) {
        RandomEntries random{seed};
        std::map<Hash32, Bytes> model;
        while (model.size() < size) {
            auto key = random.hash();
            std::fill_n(key.begin(), shared, std::uint8_t{0x5a});
            model[key] = random.bytes(1 + random.below(60));
        }
        entries.assign(model.begin(), model.end());
        for (const auto& [key, value] : entries) trie.insert(key.bytes, value);
        root = trie.root();
    }

    [[nodiscard]] std::vector<RangeEntry> range(std::size_t from, std::size_t to) const {
        std::vector<RangeEntry> result;
        for (std::size_t i = from; i < to; ++i)
            result.push_back({.key = entries[i].first, .value = entries[i].second});
        return result;
    }

    std::vector<Bytes> proof_of(std::initializer_list<Hash32> keys) {
        std::set<Bytes> nodes;
        for (const auto& key : keys) {
            for (auto& node : trie.prove(key.bytes)) nodes.insert(std::move(node));
        }
        return {nodes.begin(), nodes.end()};
    }
};

Hash32 just_before(Hash32 key) {
    for (std::size_t i = 32; i-- > 0 && key[i]-- == 0;) {
    }
    return key;
}

Hash32 just_after(Hash32 key) {
    for (std::size_t i = 32; i-- > 0 && ++key[i] == 0;) {
    }
    return key;
}

constexpr Hash32 no_key{};

void expect_range(RangeTrie& trie, const Hash32& first, std::size_t from, std::size_t to) {
    const auto range = trie.range(from, to);
    const auto proof =
        range.empty() ? trie.proof_of({first}) : trie.proof_of({first, range.back().key});
    const auto verified = verify_range_proof(trie.root, first, range, proof);
    ASSERT_TRUE(verified) << to_string(verified.error());
    EXPECT_EQ(verified->has_more, to < trie.entries.size());
}

TEST(RangeProof, accepts_every_range_that_begins_at_an_entry_or_in_a_gap) {
    for (const std::size_t shared : std::initializer_list<std::size_t>{0, 5, 30}) {
        RangeTrie trie{shared + 1, 40, shared};
        for (std::size_t from = 0; from < trie.entries.size(); ++from) {
            for (std::size_t to = from + 1; to <= trie.entries.size(); ++to) {
                SCOPED_TRACE(testing::Message() << shared << ' ' << from << ' ' << to);
                const auto& first = trie.entries[from].first;
                expect_range(trie, first, from, to);
                expect_range(trie, just_before(first), from, to);
                expect_range(trie, from == 0 ? no_key : just_after(trie.entries[from - 1].first),
                             from, to);
            }
        }
    }
}

TEST(RangeProof, accepts_the_end_of_the_trie) {
    for (const std::size_t size : std::initializer_list<std::size_t>{1, 2, 40}) {
        RangeTrie trie{size, size};
        const auto after = just_after(trie.entries.back().first);
        expect_range(trie, after, size, size);
        const auto& last = trie.entries.back().first;
        EXPECT_EQ(verify_range_proof(trie.root, last, {}, trie.proof_of({last})).error(),
                  ProofError::wrong_entries);
    }
}

TEST(RangeProof, rejects_an_empty_range_before_the_last_entry) {
    RangeTrie trie{3, 40};
    for (const auto& [key, value] : trie.entries) {
        const auto first = just_before(key);
        EXPECT_FALSE(verify_range_proof(trie.root, first, {}, trie.proof_of({first})));
    }
}

TEST(RangeProof, accepts_the_whole_trie_without_a_proof) {
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 2, 40}) {
        RangeTrie trie{size, size};
        const auto verified = verify_range_proof(trie.root, no_key, trie.range(0, size), {});
        ASSERT_TRUE(verified);
        EXPECT_FALSE(verified->has_more);
        if (size > 0) {
            EXPECT_FALSE(verify_range_proof(trie.root, no_key, trie.range(1, size), {}));
        }
    }
}

TEST(RangeProof, rejects_a_missing_entry) {
    RangeTrie trie{4, 60};
    const auto range = trie.range(10, 50);
    const auto proof = trie.proof_of({range.front().key, range.back().key});
    for (std::size_t i = 0; i < range.size(); ++i) {
        auto gap = range;
        gap.erase(gap.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(verify_range_proof(trie.root, range.front().key, gap, proof)) << i;
        EXPECT_FALSE(verify_range_proof(trie.root, range.front().key, gap,
                                        trie.proof_of({range.front().key, gap.back().key})) &&
                     i + 1 != range.size())
            << i;
    }
}

TEST(RangeProof, rejects_an_added_entry) {
    RangeTrie trie{5, 60};
    const auto range = trie.range(10, 50);
    const auto proof = trie.proof_of({range.front().key, range.back().key});
    const Bytes value{1};
    for (std::size_t i = 0; i + 1 < range.size(); ++i) {
        auto more = range;
        more.insert(more.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                    {.key = just_after(range[i].key), .value = value});
        EXPECT_FALSE(verify_range_proof(trie.root, range.front().key, more, proof)) << i;
    }
    auto more = range;
    more.push_back({.key = just_after(range.back().key), .value = value});
    EXPECT_FALSE(verify_range_proof(trie.root, range.front().key, more, proof));
    EXPECT_FALSE(verify_range_proof(trie.root, range.front().key, more,
                                    trie.proof_of({range.front().key, more.back().key})));
}

TEST(RangeProof, rejects_a_modified_entry) {
    RangeTrie trie{6, 60};
    const auto range = trie.range(10, 50);
    const auto proof = trie.proof_of({range.front().key, range.back().key});
    for (std::size_t i = 0; i < range.size(); ++i) {
        auto value = to_bytes(range[i].value);
        value[0] ^= 1;
        auto changed = range;
        changed[i].value = value;
        EXPECT_FALSE(verify_range_proof(trie.root, range.front().key, changed, proof)) << i;
        changed = range;
        changed[i].key[31] ^= 1;
        EXPECT_FALSE(verify_range_proof(trie.root, no_key, changed, proof)) << i;
        changed = range;
        changed[i].value = {};
        EXPECT_EQ(verify_range_proof(trie.root, range.front().key, changed, proof).error(),
                  ProofError::empty_value);
    }
}

TEST(RangeProof, rejects_keys_that_do_not_ascend) {
    RangeTrie trie{7, 20};
    auto range = trie.range(5, 15);
    const auto first = range.front().key;
    const auto proof = trie.proof_of({first, range.back().key});
    std::swap(range[3], range[4]);
    EXPECT_EQ(verify_range_proof(trie.root, first, range, proof).error(),
              ProofError::unsorted_keys);
    range[3] = range[4];
    EXPECT_EQ(verify_range_proof(trie.root, first, range, proof).error(),
              ProofError::unsorted_keys);
    EXPECT_EQ(verify_range_proof(trie.root, just_after(first), trie.range(5, 15), proof).error(),
              ProofError::unsorted_keys);
}

TEST(RangeProof, is_rejected_with_any_bit_of_a_needed_node_flipped) {
    RangeTrie trie{8, 60};
    const auto range = trie.range(10, 50);
    auto proof = trie.proof_of({range.front().key, range.back().key});
    for (auto& node : proof) {
        for (std::size_t bit = 0; bit < 8 * node.size(); ++bit) {
            node[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
            ASSERT_EQ(verify_range_proof(trie.root, range.front().key, range, proof).error(),
                      ProofError::missing_node);
            node[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        }
    }
}

TEST(RangeProof, tolerates_nodes_that_it_does_not_need) {
    RangeTrie trie{9, 60};
    const auto range = trie.range(10, 50);
    auto proof = trie.proof_of({range.front().key, range.back().key});
    proof.push_back(proof.front());
    proof.push_back({0xff});
    EXPECT_TRUE(verify_range_proof(trie.root, range.front().key, range, proof));
}

}  // namespace
}  // namespace meta138::trie
