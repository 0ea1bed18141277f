// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "hasher.hpp"
#include "node.hpp"
#include "node_pool.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/trie/trie.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace meta138::trie {

/// The nodes from the root down to where an operation takes place. They count as changed only once
/// the operation has all it needs: a missing node leaves the trie as it was.
class Trail {
public:
    void push(Node* node) noexcept {
        META138_ASSERT(size_ < nodes_.size());
        nodes_[size_++] = node;
    }
    /// From the lowest up to one that counts as changed already, as do all above it.
    void mark_changed() const noexcept {
        for (std::size_t i = size_; i-- > 0 && !nodes_[i]->is_dirty();) nodes_[i]->mark_changed();
    }

private:
    std::array<Node*, 2 * max_key_size + 1> nodes_;
    std::size_t size_ = 0;
};

inline std::size_t nibble_count(ByteView key) noexcept {
    return 2 * key.size();
}

/// The place of a node in its parent, where another can be put in its stead: it takes over the node
/// store's entry at this path.
inline void replace(NodePool& pool, Node*& slot, Node* with) {
    with->stored = slot->stored;
    release(pool, std::exchange(slot, with));
}

/// Where an entry is, and what its going away may change.
struct EntryPlace {
    Node** leaf = nullptr;  // null when the value is the branch's own
    std::size_t leaf_depth = 0;
    Node** branch = nullptr;  // that has the entry; null when the root is the leaf
    std::size_t branch_depth = 0;
    Node** extension = nullptr;  // right above the branch
};

/// The nodes of a trie, or of a subtrie whose keys share their first nibbles.
struct TrieState {
    NodePool pool;
    Node* root = nullptr;
    NodeSource* source = nullptr;
    /// Paths at which the node store has a node and the trie has none any more.
    std::vector<Nibbles> vacated;
    /// Inserted and erased entries since the last root().
    std::size_t changes = 0;
    Hash32 root_hash = empty_root;  // as of the last root()
    std::vector<Hasher> hashers;    // one a thread

    /// Puts the node that `slot` refers to by hash into the slot. `slot` is at the first `depth`
    /// nibbles of `key`, and if `branch_child` is a nibble, at that child of it.
    void load(Node*& slot, ByteView key, std::size_t depth, int branch_child = -1);
    /// Sets the value, which is not empty, of a key; the root stands at its nibble `depth`.
    void insert(ByteView key, ByteView value, std::size_t depth = 0);
    /// Pushes the extensions and branches above the entry onto the trail.
    std::optional<EntryPlace> find_entry(ByteView key, Trail& trail);
    /// Removes a branch that has one entry left: the child at `nibble`, or its value.
    void collapse(const EntryPlace& place, ByteView key, std::optional<std::uint8_t> nibble);
    /// The store's node at that path, if it has one, is obsolete.
    void vacate(bool stored, NibbleView path) {
        if (stored) vacated.emplace_back(path.begin(), path.end());
    }
    void hash_changed_nodes(unsigned threads);
    void hash_subtrees(unsigned threads);
    void commit_node(Node& node, Nibbles& path, const Trie::OnChange& on_change);
};

}  // namespace meta138::trie
