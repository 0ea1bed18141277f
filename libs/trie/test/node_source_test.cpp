// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/node_source.hpp"

#include "random_entries.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/stack_trie.hpp"
#include "meta138/trie/trie.hpp"

#include <gmock/gmock.h>

#include <map>

namespace meta138::trie {
namespace {

using test::Model;
using test::RandomEntries;

/// A node store by path, as a database would be.
class PathStore : public NodeSource {
public:
    std::optional<Bytes> find_node(NibbleView path, const Hash32& hash) override {
        static_cast<void>(hash);
        ++reads;
        const auto found = nodes.find({path.begin(), path.end()});
        if (found == nodes.end()) return std::nullopt;
        return found->second;
    }

    Trie::OnChange writer() {
        return [this](NibbleView path, ByteView rlp) {
            const Nibbles key{path.begin(), path.end()};
            if (rlp.empty())
                EXPECT_EQ(nodes.erase(key), 1U);
            else
                nodes[key] = to_bytes(rlp);
        };
    }

    std::map<Nibbles, Bytes> nodes;
    std::size_t reads = 0;
};

std::map<Nibbles, Bytes> nodes_of(const Model& model) {
    std::map<Nibbles, Bytes> nodes;
    StackTrie stack{[&](NibbleView path, const Hash32& hash, ByteView rlp) {
        EXPECT_EQ(crypto::keccak256(rlp), hash);
        nodes[{path.begin(), path.end()}] = to_bytes(rlp);
    }};
    for (const auto& [key, value] : model) stack.insert(key, value);
    static_cast<void>(stack.root());
    return nodes;
}

Hash32 root_of(const Model& model) {
    StackTrie stack;
    for (const auto& [key, value] : model) stack.insert(key, value);
    return stack.root();
}

TEST(NodeSource, holds_the_nodes_of_the_trie_and_no_others_after_every_commit) {
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        RandomEntries random{seed};
        const bool crowded = seed % 2 == 0;
        PathStore store;
        Model model;
        Hash32 root = empty_root;
        Trie kept{root, store};  // from commit to commit
        for (int commit = 0; commit < 20; ++commit) {
            SCOPED_TRACE(testing::Message() << seed << ' ' << commit);
            Trie reopened{root, store};
            auto& trie = seed % 3 == 0 ? kept : reopened;
            for (auto steps = random.below(12); steps-- > 0;) {
                auto key = crowded ? random.crowded_key() : random.bytes(2);
                if (random.below(5) < 2) {
                    if (!model.empty() && random.below(3) != 0)
                        key = std::next(model.begin(),
                                        static_cast<std::ptrdiff_t>(random.below(model.size())))
                                  ->first;
                    ASSERT_EQ(trie.erase(key), model.erase(key) == 1);
                } else {
                    const auto value = random.bytes(1 + random.below(40));
                    trie.insert(key, value);
                    model[key] = value;
                }
                if (random.below(5) == 0) {
                    ASSERT_EQ(trie.root(), root_of(model));
                }
            }
            root = trie.commit(store.writer());
            ASSERT_EQ(root, root_of(model));
            ASSERT_EQ(store.nodes, nodes_of(model));
        }
    }
}

TEST(NodeSource, is_asked_for_the_nodes_on_the_way_only) {
    RandomEntries random{1};
    PathStore store;
    Trie filled;
    for (int i = 0; i < 10'000; ++i) filled.insert(random.hash().bytes, random.bytes(32));
    const auto key = random.hash();
    filled.insert(key.bytes, as_bytes("a value"));
    const auto root = filled.commit(store.writer());

    Trie trie{root, store};
    EXPECT_EQ(trie.root(), root);
    EXPECT_EQ(store.reads, 0U);
    EXPECT_TRUE(equal(trie.find(key.bytes).value(), as_bytes("a value")));
    EXPECT_LE(store.reads, 7U);
    store.reads = 0;
    trie.insert(key.bytes, as_bytes("another value"));
    filled.insert(key.bytes, as_bytes("another value"));
    EXPECT_EQ(trie.root(), filled.root());
    EXPECT_EQ(trie.prove(key.bytes), filled.prove(key.bytes));
    EXPECT_EQ(store.reads, 0U);
}

TEST(NodeSource, is_not_written_to_when_nothing_changed) {
    PathStore store;
    RandomEntries random{2};
    Trie trie;
    for (int i = 0; i < 100; ++i) trie.insert(random.hash().bytes, random.bytes(32));
    const auto root = trie.commit(store.writer());
    const auto fail = [](NibbleView, ByteView) { ADD_FAILURE(); };
    EXPECT_EQ(trie.commit(fail), root);
    Trie reopened{root, store};
    static_cast<void>(reopened.find(random.hash().bytes));
    EXPECT_EQ(reopened.commit(fail), root);
}

TEST(NodeSource, that_lacks_a_node_leaves_the_trie_as_it_was) {
    RandomEntries random{3};
    PathStore store;
    Model model;
    for (int i = 0; i < 300; ++i) model[random.bytes(2)] = random.bytes(33);
    Trie filled;
    for (const auto& [key, value] : model) filled.insert(key, value);
    const auto root = filled.commit(store.writer());

    const auto complete = store.nodes;
    for (const auto& [path, rlp] : complete) {
        store.nodes = complete;
        store.nodes.erase(path);
        Trie trie{root, store};
        std::size_t missed = 0;
        for (const auto& [key, value] : model) {
            try {
                trie.erase(key);
                trie.insert(key, value);
            } catch (const MissingNode& missing) {
                ++missed;
                ASSERT_EQ(missing.path, path);
                ASSERT_EQ(missing.hash, crypto::keccak256(rlp));
            }
        }
        ASSERT_GE(missed, 1U);
        if (!path.empty()) {
            store.nodes = complete;
            ASSERT_EQ(trie.root(), root);
        }
    }
}

TEST(NodeSource, that_returns_a_wrong_node_lacks_it) {
    RandomEntries random{4};
    PathStore store;
    Trie filled;
    for (int i = 0; i < 50; ++i) filled.insert(random.hash().bytes, random.bytes(32));
    const auto key = random.hash();
    const auto root = filled.commit(store.writer());
    for (auto& [path, rlp] : store.nodes) rlp.back() ^= 1;
    Trie trie{root, store};
    EXPECT_THROW(static_cast<void>(trie.find(key.bytes)), MissingNode);
}

/// Nodes by hash, as a witness has them; no node is checked to be one of a trie.
class HashStore : public NodeSource {
public:
    std::optional<Bytes> find_node(NibbleView, const Hash32& hash) override {
        const auto found = nodes.find(hash);
        if (found == nodes.end()) return std::nullopt;
        return found->second;
    }
    Hash32 add(Bytes rlp) {
        const auto hash = crypto::keccak256(rlp);
        nodes[hash] = std::move(rlp);
        return hash;
    }
    std::map<Hash32, Bytes> nodes;
};

TEST(NodeSource, with_the_nodes_of_a_proof_is_enough_to_change_what_was_proven) {
    RandomEntries random{5};
    Trie filled;
    for (int i = 0; i < 1000; ++i) filled.insert(random.hash().bytes, random.bytes(32));
    const auto key = random.hash();
    const auto root = filled.root();
    HashStore witness;
    for (auto& node : filled.prove(key.bytes)) witness.add(std::move(node));
    Trie trie{root, witness};
    trie.insert(key.bytes, as_bytes("new"));
    filled.insert(key.bytes, as_bytes("new"));
    EXPECT_EQ(trie.root(), filled.root());
}

}  // namespace
}  // namespace meta138::trie
