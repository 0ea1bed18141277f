// SPDX-License-Identifier: Apache-2.0
#include "hasher.hpp"

#include "node_codec.hpp"

#include "meta138/crypto/keccak.hpp"

#include <algorithm>

namespace meta138::trie {

void Hasher::update(std::span<Node* const> subtrees) {
    for (auto& level : levels_) level.clear();
    for (Node* node : subtrees) collect(node, 0);
    for (std::size_t level = levels_.size(); level-- > 0;) hash_level(levels_[level]);
}

void Hasher::collect(Node* node, std::size_t level) {
    if (node == nullptr || !node->is_dirty()) return;
    if (levels_.size() == level) levels_.emplace_back();
    levels_[level].push_back(node);
    if (node->kind == NodeKind::branch) {
        const auto& children = static_cast<Branch*>(node)->children;
        for (const Node* child : children) __builtin_prefetch(child);
        for (Node* child : children) collect(child, level + 1);
    } else if (node->kind == NodeKind::extension) {
        collect(static_cast<Extension*>(node)->child, level + 1);
    }
}

void Hasher::hash_level(std::span<Node* const> nodes) {
    for (Node* node : nodes) {
        const auto size = encoded_node_size(*node);
        if (size < node->reference.size()) {
            write_node(node->reference.data(), *node, size);
            node->reference_size = static_cast<std::uint8_t>(size);
            continue;
        }
        if (buffer_.size() < filled_ + size)
            buffer_.resize(std::max(2 * buffer_.size(), filled_ + size));
        write_node(buffer_.data() + filled_, *node, size);
        filled_ += size;
        nodes_[count_] = node;
        sizes_[count_] = size;
        if (++count_ == batch_nodes) hash_batch();
    }
    hash_batch();
}

void Hasher::hash_batch() {
    std::array<ByteView, batch_nodes> inputs;
    std::array<Hash32, batch_nodes> hashes;
    const std::uint8_t* at = buffer_.data();
    for (std::size_t i = 0; i < count_; at += sizes_[i], ++i) inputs[i] = {at, sizes_[i]};
    crypto::keccak256_batch(std::span{inputs}.first(count_), std::span{hashes}.first(count_));
    for (std::size_t i = 0; i < count_; ++i) {
        nodes_[i]->reference = hashes[i].bytes;
        nodes_[i]->reference_size = 32;
    }
    count_ = 0;
    filled_ = 0;
}

}  // namespace meta138::trie
