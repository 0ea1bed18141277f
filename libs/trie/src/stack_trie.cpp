// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/stack_trie.hpp"

#include "path.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <algorithm>

namespace meta138::trie {
namespace {

std::size_t item_size(const NodeReference& child) noexcept {
    if (child.size == 0) return 1;
    return child.is_hash() ? 33 : child.size;
}

std::uint8_t* write_item(std::uint8_t* out, const NodeReference& child) noexcept {
    if (child.size == 0 || child.is_hash()) *out++ = child.is_hash() ? 0xa0 : 0x80;
    return std::ranges::copy(child.view(), out).out;
}

}  // namespace

void StackTrie::insert(ByteView key, ByteView value) {
    META138_ASSERT(key.size() <= max_key_size && !value.empty());
    next_key_.resize(2 * key.size());
    for (std::size_t i = 0; i < next_key_.size(); ++i) next_key_[i] = nibble_at(key, i);
    if (has_entry_) {
        const auto [old_rest, new_rest] = std::ranges::mismatch(key_, next_key_);
        META138_ASSERT(new_rest != next_key_.end() &&
                       (old_rest == key_.end() || *old_rest < *new_rest));
        const auto depth = static_cast<std::size_t>(new_rest - next_key_.begin());
        if (depth == key_.size()) {
            branch_at(depth).value = value_;
        } else {
            const auto child = fold(depth + 1);
            branch_at(depth).children[key_[depth]] = child;
        }
    }
    std::swap(key_, next_key_);
    value_.assign(value.begin(), value.end());
    has_entry_ = true;
}

Hash32 StackTrie::root() {
    if (!has_entry_) return empty_root;
    const auto top = fold(0);
    has_entry_ = false;
    Hash32 hash;
    if (top.is_hash()) {
        hash.bytes = top.bytes;
    } else {
        hash = crypto::keccak256(top.view());
        if (on_node_) on_node_({}, hash, top.view());
    }
    return hash;
}

// Finishes the newest leaf and all branches whose child paths begin after `start`, and returns the
// node that holds them at `start`.
NodeReference StackTrie::fold(std::size_t start) {
    const auto parent_start = [this, start] {
        return open_ == 0 ? start : std::max(branches_[open_ - 1].depth + 1, start);
    };
    auto node = finish_leaf(parent_start());
    while (open_ > 0 && branches_[open_ - 1].depth >= start) {
        auto& branch = branches_[open_ - 1];
        branch.children[key_[branch.depth]] = node;
        node = finish_branch(branch);
        --open_;
        if (parent_start() < branch.depth)
            node = finish_extension(parent_start(), branch.depth, node);
    }
    return node;
}

StackTrie::OpenBranch& StackTrie::branch_at(std::size_t depth) {
    if (open_ > 0 && branches_[open_ - 1].depth == depth) return branches_[open_ - 1];
    if (open_ == branches_.size()) branches_.emplace_back();
    auto& branch = branches_[open_++];
    branch.depth = depth;
    branch.children.fill({});
    branch.value.clear();
    return branch;
}

NodeReference StackTrie::finish_leaf(std::size_t start) {
    const auto path = NibbleView{key_}.subspan(start);
    std::array<std::uint8_t, hex_prefix_size(2 * max_key_size)> encoded;
    write_hex_prefix(encoded.data(), path, true);
    const auto encoded_path = ByteView{encoded}.first(hex_prefix_size(path.size()));
    const auto payload = rlp::encoded_size(encoded_path) + rlp::encoded_size(value_);
    rlp_.resize(rlp::list_size(payload));
    auto* out = rlp::write_list_header(rlp_.data(), payload);
    rlp::write_string(rlp::write_string(out, encoded_path), value_);
    return finish_node(start);
}

NodeReference StackTrie::finish_branch(const OpenBranch& branch) {
    std::size_t payload = rlp::encoded_size(branch.value);
    for (const auto& child : branch.children) payload += item_size(child);
    rlp_.resize(rlp::list_size(payload));
    auto* out = rlp::write_list_header(rlp_.data(), payload);
    for (const auto& child : branch.children) out = write_item(out, child);
    rlp::write_string(out, branch.value);
    return finish_node(branch.depth);
}

NodeReference StackTrie::finish_extension(std::size_t start, std::size_t end,
                                          const NodeReference& child) {
    const auto path = NibbleView{key_}.subspan(start, end - start);
    std::array<std::uint8_t, hex_prefix_size(2 * max_key_size)> encoded;
    write_hex_prefix(encoded.data(), path, false);
    const auto encoded_path = ByteView{encoded}.first(hex_prefix_size(path.size()));
    const auto payload = rlp::encoded_size(encoded_path) + item_size(child);
    rlp_.resize(rlp::list_size(payload));
    auto* out = rlp::write_list_header(rlp_.data(), payload);
    write_item(rlp::write_string(out, encoded_path), child);
    return finish_node(start);
}

NodeReference StackTrie::finish_node(std::size_t start) {
    NodeReference reference;
    if (rlp_.size() < reference.bytes.size()) {
        std::ranges::copy(rlp_, reference.bytes.begin());
        reference.size = static_cast<std::uint8_t>(rlp_.size());
        return reference;
    }
    const auto hash = crypto::keccak256(rlp_);
    if (on_node_) on_node_(NibbleView{key_}.first(start), hash, rlp_);
    reference.bytes = hash.bytes;
    reference.size = 32;
    return reference;
}

}  // namespace meta138::trie
