// SPDX-License-Identifier: Apache-2.0
#include "node_codec.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <algorithm>

namespace meta138::trie {
namespace {

constexpr std::size_t branch_items = 17;
constexpr std::uint8_t hash_header = 0xa0;  // of a string of 32 bytes

/// A child in the form of NodeView::children.
ByteView read_reference(rlp::Reader& in) noexcept {
    if (in.is_list()) {
        const auto embedded = in.raw_item();
        if (embedded.size() >= 32) in.fail(rlp::DecodeErrorKind::wrong_length);
        return embedded;
    }
    const auto hash = in.bytes();
    if (!hash.empty() && hash.size() != 32) in.fail(rlp::DecodeErrorKind::wrong_length);
    return hash;
}

std::size_t count_items(ByteView rlp) noexcept {
    auto in = rlp::Reader::list(rlp);
    std::size_t count = 0;
    for (; !in.empty() && count <= branch_items; ++count) in.raw_item();
    return in.failed() ? 0 : count;
}

std::optional<NodeView> decode_branch(ByteView rlp) noexcept {
    NodeView node{.kind = NodeKind::branch, .path = {}, .value = {}, .children = {}};
    auto in = rlp::Reader::list(rlp);
    std::size_t entries = 0;
    for (auto& child : node.children) {
        child = read_reference(in);
        if (!child.empty()) ++entries;
    }
    node.value = in.bytes();
    if (!node.value.empty()) ++entries;
    if (!in.finish() || entries < 2) return std::nullopt;
    return node;
}

std::optional<NodeView> decode_short_node(ByteView rlp) noexcept {
    NodeView node;
    auto in = rlp::Reader::list(rlp);
    node.path = in.bytes();
    if (!HexPrefixView::is_valid(node.path)) return std::nullopt;
    const HexPrefixView path{node.path};
    if (path.is_leaf()) {
        node.kind = NodeKind::leaf;
        node.value = in.bytes();
        if (node.value.empty()) return std::nullopt;
    } else {
        node.kind = NodeKind::extension;
        node.children[0] = read_reference(in);
        if (path.size() == 0 || node.child().empty()) return std::nullopt;
    }
    if (!in.finish()) return std::nullopt;
    return node;
}

std::size_t reference_item_size(const Node& child) noexcept {
    return child.reference_size == 32 ? 33 : child.reference_size;
}

std::uint8_t* write_reference(std::uint8_t* out, const Node& child) noexcept {
    if (child.reference_size == 32) *out++ = hash_header;
    std::memcpy(out, child.reference.data(), child.reference_size);
    return out + child.reference_size;
}

std::size_t payload_size(const Node& node) noexcept {
    switch (node.kind) {
        case NodeKind::leaf: {
            const auto& leaf = static_cast<const Leaf&>(node);
            return rlp::encoded_size(leaf.path()) + rlp::encoded_size(leaf.value());
        }
        case NodeKind::extension: {
            const auto& extension = static_cast<const Extension&>(node);
            return rlp::encoded_size(extension.path()) + reference_item_size(*extension.child);
        }
        case NodeKind::branch: {
            const auto& branch = static_cast<const Branch&>(node);
            std::size_t size =
                branch.value != nullptr ? rlp::encoded_size(branch.value->view()) : 1;
            for (const auto* child : branch.children)
                size += child != nullptr ? reference_item_size(*child) : 1;
            return size;
        }
        case NodeKind::unloaded: break;
    }
    META138_ASSERT(node.kind != NodeKind::unloaded);
    return 0;
}

Node* load_child(NodePool& pool, ByteView reference, std::size_t nibbles_left,
                 bool below_extension) {
    if (reference.size() == 32)
        return new_unloaded(pool, Hash32::from(reference.first<32>()), below_extension);
    Node* node = load_node(pool, reference, nibbles_left);
    if (node == nullptr || (below_extension && node->kind != NodeKind::branch)) return nullptr;
    std::ranges::copy(reference, node->reference.begin());
    node->reference_size = static_cast<std::uint8_t>(reference.size());
    node->stored = false;
    node->unsaved = false;
    return node;
}

Node* load_branch(NodePool& pool, const NodeView& view, std::size_t nibbles_left) {
    if (nibbles_left == 0) return nullptr;
    auto* branch = new_branch(pool);
    for (std::size_t i = 0; i < 16; ++i) {
        if (view.children[i].empty()) continue;
        branch->children[i] = load_child(pool, view.children[i], nibbles_left - 1, false);
        if (branch->children[i] == nullptr) return nullptr;
    }
    if (!view.value.empty()) branch->value = new_branch_value(pool, view.value);
    return branch;
}

}  // namespace

std::optional<NodeView> decode_node(ByteView rlp) noexcept {
    return count_items(rlp) == branch_items ? decode_branch(rlp) : decode_short_node(rlp);
}

std::size_t encoded_node_size(const Node& node) noexcept {
    return rlp::list_size(payload_size(node));
}

void write_node(std::uint8_t* out, const Node& node, std::size_t size) noexcept {
    // The payload of `size` bytes: list_size() inverted.
    std::size_t payload = size - 1;
    if (payload > 55) {
        std::size_t size_bytes = 1;
        while (rlp::list_size(size - 1 - size_bytes) != size) ++size_bytes;
        payload = size - 1 - size_bytes;
    }
    out = rlp::write_list_header(out, payload);
    switch (node.kind) {
        case NodeKind::leaf: {
            const auto& leaf = static_cast<const Leaf&>(node);
            rlp::write_string(rlp::write_string(out, leaf.path()), leaf.value());
            return;
        }
        case NodeKind::extension: {
            const auto& extension = static_cast<const Extension&>(node);
            write_reference(rlp::write_string(out, extension.path()), *extension.child);
            return;
        }
        case NodeKind::branch: {
            const auto& branch = static_cast<const Branch&>(node);
            for (const auto* child : branch.children) {
                if (child != nullptr)
                    out = write_reference(out, *child);
                else
                    *out++ = 0x80;
            }
            rlp::write_string(out, branch.value != nullptr ? branch.value->view() : ByteView{});
            return;
        }
        case NodeKind::unloaded: return;
    }
}

// What was allocated for a malformed node stays unused in the pool: it is bounded by the node's
// size.
Node* load_node(NodePool& pool, ByteView rlp, std::size_t nibbles_left) {
    const auto view = decode_node(rlp);
    if (!view) return nullptr;
    if (view->kind == NodeKind::branch) return load_branch(pool, *view, nibbles_left);

    const HexPrefixView path{view->path};
    if (path.size() > nibbles_left) return nullptr;
    if (view->kind == NodeKind::leaf) {
        auto* leaf = new_leaf(pool, view->path.size(), view->value);
        std::ranges::copy(view->path, leaf->path_data());
        return leaf;
    }
    Node* child = load_child(pool, view->child(), nibbles_left - path.size(), true);
    if (child == nullptr) return nullptr;
    auto* extension = ::new (pool.allocate(Extension::block_size(view->path.size())))
        Extension{view->path.size(), child};
    std::ranges::copy(view->path, extension->path_data());
    return extension;
}

}  // namespace meta138::trie
