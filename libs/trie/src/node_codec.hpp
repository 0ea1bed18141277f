// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node.hpp"

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace meta138::trie {

/// The fields of an encoded node, read in place.
struct NodeView {
    NodeKind kind{};  // never unloaded
    ByteView path;    // of a leaf or an extension, in hex-prefix encoding
    ByteView value;   // of a leaf; of a branch, and then empty for none
    /// References as they stand in the RLP: the hash without its header, or a whole embedded node.
    /// Empty for none. An extension's is the first.
    std::array<ByteView, 16> children;

    [[nodiscard]] ByteView child() const noexcept { return children[0]; }
};

/// Strict: none for anything that encoding a node never makes (a branch with less than two entries,
/// an extension without path, an empty value, a path with stray bits, an embedded node of 32 bytes
/// or more). Embedded nodes are not looked into.
std::optional<NodeView> decode_node(ByteView rlp) noexcept;

/// The size of a node's RLP. References of children must be known.
std::size_t encoded_node_size(const Node& node) noexcept;
/// Writes encoded_node_size(node) bytes, which is `size`.
void write_node(std::uint8_t* out, const Node& node, std::size_t size) noexcept;

/// The node of this RLP with nodes embedded in it, and unloaded nodes where it refers to hashes;
/// null when it is malformed in any way, a path longer than `nibbles_left` included. The node has
/// no reference yet.
Node* load_node(NodePool& pool, ByteView rlp, std::size_t nibbles_left);

}  // namespace meta138::trie
