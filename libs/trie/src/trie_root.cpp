// SPDX-License-Identifier: Apache-2.0
#include "node_codec.hpp"
#include "trie_state.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace meta138::trie {
namespace {

// Below so many changed entries a thread costs more than it gains.
constexpr std::size_t min_changes_for_threads = 512;
// Subtrees are hashed together until they have about so many changed entries: enough to fill the
// lanes of keccak256_batch at every level, few enough to stay in the L2 cache from the deepest to
// the highest.
constexpr std::size_t changes_at_a_time = 2048;

/// The changed nodes that hang `levels` levels below a changed node, where the branches above
/// change too.
void collect_subtrees(Node* node, std::size_t levels, std::vector<Node*>& subtrees) {
    if (node == nullptr || !node->is_dirty()) return;
    if (levels == 0) {
        subtrees.push_back(node);
    } else if (node->kind == NodeKind::branch) {
        for (Node* child : static_cast<Branch*>(node)->children)
            collect_subtrees(child, levels - 1, subtrees);
    } else if (node->kind == NodeKind::extension) {
        collect_subtrees(static_cast<Extension*>(node)->child, levels - 1, subtrees);
    }
}

}  // namespace

void TrieState::hash_changed_nodes(unsigned threads) {
    if (changes < min_changes_for_threads) threads = 1;
    threads = std::max(threads, 1U);
    if (hashers.size() < threads) hashers.resize(threads);
    if (threads > 1 || changes > changes_at_a_time) hash_subtrees(threads);
    hashers[0].update(std::span{&root, 1});
}

void TrieState::hash_subtrees(unsigned threads) {
    std::vector<Node*> subtrees;
    collect_subtrees(root, 2, subtrees);  // two levels of branches give up to 256
    const std::size_t shares = std::max<std::size_t>(changes / changes_at_a_time, 4 * threads);
    const std::size_t share = std::max<std::size_t>(1, subtrees.size() / shares);
    std::atomic<std::size_t> next = 0;
    const auto work = [&](Hasher& hasher) {
        for (;;) {
            const auto from = next.fetch_add(share);
            if (from >= subtrees.size()) return;
            const auto count = std::min(share, subtrees.size() - from);
            hasher.update(std::span{subtrees}.subspan(from, count));
        }
    };
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < threads; ++i)
        workers.emplace_back([&work, &hasher = hashers[i]] { work(hasher); });
    work(hashers[0]);
}

Hash32 Trie::root(unsigned threads) {
    auto& state = *state_;
    if (state.root == nullptr) {
        state.root_hash = empty_root;
    } else if (state.root->is_dirty()) {
        state.hash_changed_nodes(threads);
        if (state.root->reference_size == 32)
            state.root_hash.bytes = state.root->reference;
        else
            state.root_hash = crypto::keccak256(state.root->reference_view());
    }
    state.changes = 0;
    return state.root_hash;
}

void TrieState::commit_node(Node& node, Nibbles& path, const Trie::OnChange& on_change) {
    if (!node.unsaved) return;
    node.unsaved = false;
    if (node.reference_size == 32 || path.empty()) {
        Bytes rlp(encoded_node_size(node));
        write_node(rlp.data(), node, rlp.size());
        on_change(path, rlp);
        node.stored = true;
    } else if (node.stored) {  // was longer before
        on_change(path, {});
        node.stored = false;
    }
    if (node.kind == NodeKind::branch) {
        const auto& branch = static_cast<const Branch&>(node);
        for (std::uint8_t i = 0; i < 16; ++i) {
            if (branch.children[i] == nullptr) continue;
            path.push_back(i);
            commit_node(*branch.children[i], path, on_change);
            path.pop_back();
        }
    } else if (node.kind == NodeKind::extension) {
        const auto& extension = static_cast<const Extension&>(node);
        const HexPrefixView below{extension.path()};
        for (std::size_t i = 0; i < below.size(); ++i) path.push_back(below[i]);
        commit_node(*extension.child, path, on_change);
        path.resize(path.size() - below.size());
    }
}

Hash32 Trie::commit(const OnChange& on_change, unsigned threads) {
    const auto hash = root(threads);
    for (const auto& path : state_->vacated) on_change(path, {});
    state_->vacated.clear();
    Nibbles path;
    if (state_->root != nullptr) state_->commit_node(*state_->root, path, on_change);
    return hash;
}

void SecureTrie::insert(ByteView key, ByteView value) {
    trie_.insert(crypto::keccak256(key).bytes, value);
}
bool SecureTrie::erase(ByteView key) {
    return trie_.erase(crypto::keccak256(key).bytes);
}
std::optional<ByteView> SecureTrie::find(ByteView key) {
    return trie_.find(crypto::keccak256(key).bytes);
}
std::vector<Bytes> SecureTrie::prove(ByteView key) {
    return trie_.prove(crypto::keccak256(key).bytes);
}

}  // namespace meta138::trie
