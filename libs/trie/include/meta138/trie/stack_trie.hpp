// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/trie/hex_prefix.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace meta138::trie {

/// How a parent refers to a node: its hash, or its whole RLP when that is shorter than 32 bytes. No
/// bytes stand for no node.
struct NodeReference {
    std::array<std::uint8_t, 32> bytes{};
    std::uint8_t size = 0;

    [[nodiscard]] bool is_hash() const noexcept { return size == 32; }
    [[nodiscard]] ByteView view() const noexcept { return ByteView{bytes}.first(size); }
    friend bool operator==(const NodeReference& a, const NodeReference& b) noexcept {
        return equal(a.view(), b.view());
    }
};

/// The root of entries that arrive in ascending order of their keys, in memory that grows with the
/// depth of the trie only.
class StackTrie {
public:
    /// Called for each finished node that its parent refers to by hash, and for the root.
    using OnNode = std::function<void(NibbleView path, const Hash32& hash, ByteView rlp)>;

    StackTrie() = default;
    explicit StackTrie(OnNode on_node) : on_node_{std::move(on_node)} {}

    /// The key must be greater than all before it, the value not empty.
    void insert(ByteView key, ByteView value);

    /// The root of everything inserted. The stack is empty afterwards.
    [[nodiscard]] Hash32 root();

private:
    // A branch on the way to the newest key; its children left of that key are finished.
    struct OpenBranch {
        std::size_t depth = 0;
        std::array<NodeReference, 16> children;
        Bytes value;
    };

    // Paths of children begin at a nibble of the key: 0 for the root, one past the branch for
    // others.
    NodeReference fold(std::size_t start);
    NodeReference finish_leaf(std::size_t start);
    NodeReference finish_branch(const OpenBranch& branch);
    NodeReference finish_extension(std::size_t start, std::size_t end, const NodeReference& child);
    NodeReference finish_node(std::size_t start);
    OpenBranch& branch_at(std::size_t depth);

    OnNode on_node_;
    Nibbles key_;  // the newest, whose leaf is still open
    Nibbles next_key_;
    Bytes value_;
    bool has_entry_ = false;
    std::vector<OpenBranch> branches_;  // the shallowest first; from open_ on they are spare
    std::size_t open_ = 0;
    Bytes rlp_;  // of the node that is being finished
};

}  // namespace meta138::trie
