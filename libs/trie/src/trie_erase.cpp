// SPDX-License-Identifier: Apache-2.0
#include "node.hpp"
#include "trie_state.hpp"

#include "meta138/trie/trie.hpp"

#include <optional>
#include <utility>

namespace meta138::trie {
namespace {

/// What is left in a branch when an entry has gone.
struct Rest {
    std::size_t entries = 0;
    std::optional<std::uint8_t> nibble;  // of a child, if there is one
};

Rest rest_of(const Branch& branch, const Node* gone, bool value_stays) noexcept {
    Rest rest;
    for (std::uint8_t i = 0; i < 16; ++i) {
        if (branch.children[i] == nullptr || branch.children[i] == gone) continue;
        ++rest.entries;
        rest.nibble = i;
    }
    if (value_stays && branch.value != nullptr) ++rest.entries;
    return rest;
}

/// A node that was alone in its branch, as it looks from the start of `path`, which leads to it.
Node* lifted(NodePool& pool, PathBuffer& path, Node* only) {
    switch (only->kind) {
        case NodeKind::leaf: {
            const auto* leaf = static_cast<const Leaf*>(only);
            return new_leaf(pool, path.append(HexPrefixView{leaf->path()}).view(), leaf->value());
        }
        case NodeKind::extension: {
            const auto* extension = static_cast<const Extension*>(only);
            return new_extension(pool, path.append(HexPrefixView{extension->path()}).view(),
                                 extension->child);
        }
        case NodeKind::branch: return new_extension(pool, path.view(), only);
        case NodeKind::unloaded: break;
    }
    META138_ASSERT(only->kind != NodeKind::unloaded);
    return nullptr;
}

}  // namespace

std::optional<EntryPlace> TrieState::find_entry(ByteView key, Trail& trail) {
    EntryPlace place;
    Node** extension_above = nullptr;
    Node** slot = &root;
    std::size_t depth = 0;
    while (Node* node = *slot) {
        switch (node->kind) {
            case NodeKind::unloaded: load(*slot, key, depth); break;
            case NodeKind::leaf:
                if (!is_leaf_path(static_cast<Leaf*>(node)->path(), key, depth))
                    return std::nullopt;
                place.leaf = slot;
                place.leaf_depth = depth;
                return place;
            case NodeKind::extension: {
                auto* extension = static_cast<Extension*>(node);
                const HexPrefixView path{extension->path()};
                if (common_nibbles(path, key, depth) != path.size()) return std::nullopt;
                trail.push(node);
                extension_above = slot;
                depth += path.size();
                slot = &extension->child;
                break;
            }
            case NodeKind::branch: {
                auto* branch = static_cast<Branch*>(node);
                trail.push(node);
                place.branch = slot;
                place.branch_depth = depth;
                place.extension = std::exchange(extension_above, nullptr);
                if (depth == nibble_count(key)) {
                    if (branch->value == nullptr) return std::nullopt;
                    return place;
                }
                slot = &branch->children[nibble_at(key, depth++)];
                break;
            }
        }
    }
    return std::nullopt;
}

bool Trie::erase(ByteView key) {
    auto& state = *state_;
    if (key.size() > max_key_size) return false;
    Trail trail;
    const auto place = state.find_entry(key, trail);
    if (!place) return false;

    Rest rest;
    if (place->branch != nullptr) {
        auto& branch = static_cast<Branch&>(**place->branch);
        rest = rest_of(branch, place->leaf != nullptr ? *place->leaf : nullptr,
                       place->leaf != nullptr);
        // What joins with its surroundings must be in memory before anything changes.
        if (rest.entries == 1 && rest.nibble) {
            auto& only = branch.children[*rest.nibble];
            if (only->kind == NodeKind::unloaded)
                state.load(only, key, place->branch_depth, *rest.nibble);
        }
    }

    trail.mark_changed();
    ++state.changes;
    if (place->leaf != nullptr) {
        Node* gone = std::exchange(*place->leaf, nullptr);
        state.vacate(gone->stored, PathBuffer{key, place->leaf_depth}.view());
        release(state.pool, gone);
    } else {
        auto& branch = static_cast<Branch&>(**place->branch);
        release(state.pool, std::exchange(branch.value, nullptr));
    }
    if (rest.entries == 1) state.collapse(*place, key, rest.nibble);
    return true;
}

// A branch needs two entries. Its only one joins with the extension above, if there is one, and
// with the leaf or extension that it is: what stands for all of them starts where the first of them
// did.
void TrieState::collapse(const EntryPlace& place, ByteView key,
                         std::optional<std::uint8_t> nibble) {
    auto& branch = static_cast<Branch&>(**place.branch);
    PathBuffer path;
    if (place.extension != nullptr)
        path.append(HexPrefixView{static_cast<Extension*>(*place.extension)->path()});

    Node* merged = nullptr;
    if (nibble) {
        Node* only = branch.children[*nibble];
        merged = lifted(pool, path.push(*nibble), only);
        if (only->kind != NodeKind::branch) {
            vacate(only->stored, PathBuffer{key, place.branch_depth}.push(*nibble).view());
            trie::release(pool, only);
        }
    } else {
        merged = new_leaf(pool, path.view(), branch.value->view());
        trie::release(pool, branch.value);
    }

    if (place.extension != nullptr) {
        vacate(branch.stored, PathBuffer{key, place.branch_depth}.view());
        trie::release(pool, &branch);
        replace(pool, *place.extension, merged);
    } else {
        replace(pool, *place.branch, merged);
    }
}

}  // namespace meta138::trie
