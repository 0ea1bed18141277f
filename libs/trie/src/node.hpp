// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "node_pool.hpp"
#include "path.hpp"

#include "meta138/base/bytes.hpp"

#include <array>
#include <cstdint>
#include <new>
#include <type_traits>

namespace meta138::trie {

enum class NodeKind : std::uint8_t { leaf, extension, branch, unloaded };

/// What all nodes in memory begin with.
struct Node {
    explicit Node(NodeKind node_kind) noexcept : kind{node_kind} {}

    std::array<std::uint8_t, 32> reference;  // the hash, or the whole RLP when it is shorter
    std::uint8_t reference_size = 0;         // 0: changed since it was computed
    NodeKind kind;
    bool stored = false;           // the node store has a node at this path
    bool below_extension = false;  // of an unloaded node: it can only be a branch
    bool unsaved = true;           // differs from the node store

    [[nodiscard]] bool is_dirty() const noexcept { return reference_size == 0; }
    void mark_changed() noexcept {
        reference_size = 0;
        unsaved = true;
    }
    [[nodiscard]] ByteView reference_view() const noexcept {
        return ByteView{reference}.first(reference_size);
    }
};

/// Its path (in hex-prefix encoding) and its value follow it in memory.
struct Leaf : Node {
    Leaf(std::size_t path_bytes, std::size_t value_bytes) noexcept
        : Node{NodeKind::leaf},
          path_size{static_cast<std::uint16_t>(path_bytes)},
          value_size{static_cast<std::uint32_t>(value_bytes)} {}

    std::uint16_t path_size;
    std::uint32_t value_size;

    static std::size_t block_size(std::size_t path_bytes, std::size_t value_bytes) noexcept {
        return sizeof(Leaf) + path_bytes + value_bytes;
    }
    [[nodiscard]] std::uint8_t* path_data() noexcept {
        return reinterpret_cast<std::uint8_t*>(this + 1);
    }
    [[nodiscard]] std::uint8_t* value_data() noexcept { return path_data() + path_size; }
    [[nodiscard]] ByteView path() const noexcept {
        return {reinterpret_cast<const std::uint8_t*>(this + 1), path_size};
    }
    [[nodiscard]] ByteView value() const noexcept {
        return {path().data() + path_size, value_size};
    }
};

/// Its path (in hex-prefix encoding) follows it in memory. The child is a branch, or unloaded.
struct Extension : Node {
    Extension(std::size_t path_bytes, Node* below) noexcept
        : Node{NodeKind::extension},
          path_size{static_cast<std::uint16_t>(path_bytes)},
          child{below} {}

    std::uint16_t path_size;
    Node* child;

    static std::size_t block_size(std::size_t path_bytes) noexcept {
        return sizeof(Extension) + path_bytes;
    }
    [[nodiscard]] std::uint8_t* path_data() noexcept {
        return reinterpret_cast<std::uint8_t*>(this + 1);
    }
    [[nodiscard]] ByteView path() const noexcept {
        return {reinterpret_cast<const std::uint8_t*>(this + 1), path_size};
    }
};

/// The value of a key that ends at a branch; its bytes follow it in memory.
struct BranchValue {
    std::uint32_t size;

    static std::size_t block_size(std::size_t value_bytes) noexcept {
        return sizeof(BranchValue) + value_bytes;
    }
    [[nodiscard]] ByteView view() const noexcept {
        return {reinterpret_cast<const std::uint8_t*>(this + 1), size};
    }
};

struct Branch : Node {
    Branch() noexcept : Node{NodeKind::branch} {}

    std::array<Node*, 16> children{};
    BranchValue* value = nullptr;
};

static_assert(std::is_trivially_destructible_v<Leaf> && std::is_trivially_destructible_v<Branch> &&
              std::is_trivially_destructible_v<Extension>);

// Each makes a changed node.

inline Leaf* new_leaf(NodePool& pool, std::size_t path_bytes, ByteView value) {
    auto* leaf = ::new (pool.allocate(Leaf::block_size(path_bytes, value.size())))
        Leaf{path_bytes, value.size()};
    if (!value.empty()) std::memcpy(leaf->value_data(), value.data(), value.size());
    return leaf;
}
/// For what follows the first `depth` nibbles of the key.
inline Leaf* new_leaf(NodePool& pool, ByteView key, std::size_t depth, ByteView value) {
    auto* leaf = new_leaf(pool, hex_prefix_size(2 * key.size() - depth), value);
    write_leaf_path(leaf->path_data(), key, depth);
    return leaf;
}
inline Leaf* new_leaf(NodePool& pool, NibbleView path, ByteView value) {
    auto* leaf = new_leaf(pool, hex_prefix_size(path.size()), value);
    write_hex_prefix(leaf->path_data(), path, true);
    return leaf;
}
inline Extension* new_extension(NodePool& pool, NibbleView path, Node* child) {
    const auto path_bytes = hex_prefix_size(path.size());
    auto* extension =
        ::new (pool.allocate(Extension::block_size(path_bytes))) Extension{path_bytes, child};
    write_hex_prefix(extension->path_data(), path, false);
    return extension;
}
inline Branch* new_branch(NodePool& pool) {
    return ::new (pool.allocate(sizeof(Branch))) Branch;
}
inline BranchValue* new_branch_value(NodePool& pool, ByteView value) {
    auto* result = ::new (pool.allocate(BranchValue::block_size(value.size())))
        BranchValue{static_cast<std::uint32_t>(value.size())};
    std::memcpy(static_cast<void*>(result + 1), value.data(), value.size());
    return result;
}
inline Node* new_unloaded(NodePool& pool, const Hash32& hash, bool below_extension) {
    auto* node = ::new (pool.allocate(sizeof(Node))) Node{NodeKind::unloaded};
    node->reference = hash.bytes;
    node->reference_size = 32;
    node->stored = true;
    node->unsaved = false;
    node->below_extension = below_extension;
    return node;
}

inline void release(NodePool& pool, BranchValue* value) {
    if (value != nullptr) pool.release(value, BranchValue::block_size(value->size));
}
/// Frees the node itself, not what it points to.
inline void release(NodePool& pool, Node* node) {
    switch (node->kind) {
        case NodeKind::leaf: {
            const auto* leaf = static_cast<Leaf*>(node);
            return pool.release(node, Leaf::block_size(leaf->path_size, leaf->value_size));
        }
        case NodeKind::extension:
            return pool.release(node,
                                Extension::block_size(static_cast<Extension*>(node)->path_size));
        case NodeKind::branch: return pool.release(node, sizeof(Branch));
        case NodeKind::unloaded: return pool.release(node, sizeof(Node));
    }
}

}  // namespace meta138::trie
