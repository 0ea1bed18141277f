// SPDX-License-Identifier: Apache-2.0
#include "node_codec.hpp"
#include "trie_state.hpp"

#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/proof.hpp"
#include "meta138/trie/trie.hpp"

#include <algorithm>
#include <compare>
#include <utility>
#include <vector>

namespace meta138::trie {
namespace {

constexpr std::size_t key_nibbles = 64;

using Entries = std::span<const RangeEntry>;
using Verdict = std::expected<void, ProofError>;

/// The nodes of a proof by their hashes.
class ProofNodes {
public:
    explicit ProofNodes(std::span<const Bytes> proof) {
        std::vector<ByteView> nodes{proof.begin(), proof.end()};
        std::vector<Hash32> hashes(nodes.size());
        crypto::keccak256_batch(nodes, hashes);
        for (std::size_t i = 0; i < nodes.size(); ++i) nodes_.emplace_back(hashes[i], nodes[i]);
        std::ranges::sort(nodes_, {}, &std::pair<Hash32, ByteView>::first);
    }

    [[nodiscard]] std::optional<ByteView> find(ByteView hash) const noexcept {
        const auto wanted = Hash32::from(hash.first<32>());
        const auto found =
            std::ranges::lower_bound(nodes_, wanted, {}, &std::pair<Hash32, ByteView>::first);
        if (found == nodes_.end() || found->first != wanted) return std::nullopt;
        return found->second;
    }

private:
    std::vector<std::pair<Hash32, ByteView>> nodes_;
};

std::uint8_t nibble_of(const RangeEntry& entry, std::size_t depth) noexcept {
    return nibble_at(entry.key.bytes, depth);
}

/// The subtrie that the entries make below their first `depth` nibbles, which they share. Hashing
/// it as a trie takes a third of what a StackTrie takes, because it goes on for 8 nodes at once.
class Subtrie {
public:
    Subtrie(Entries entries, std::size_t depth) {
        for (const auto& entry : entries) state_.insert(entry.key.bytes, entry.value, depth);
        if (state_.root != nullptr) state_.hash_changed_nodes(1);
    }

    /// How a parent refers to it: no bytes for nothing.
    [[nodiscard]] ByteView reference() const noexcept {
        return state_.root != nullptr ? state_.root->reference_view() : ByteView{};
    }

private:
    TrieState state_;
};

/// A place in the trie and what the range has there.
struct Place {
    ByteView reference;
    std::size_t depth = 0;
    Entries entries;        // of the range, below this place
    bool at_first = false;  // this place is on the way to the first key of the range
    bool at_last = false;   // or to the last
};

/// Walks down the two ways that bound the range. A subtree between them must be exactly what the
/// range's entries make, which its reference decides; subtrees outside are the business of others.
class RangeVerifier {
public:
    RangeVerifier(const Hash32& first, std::optional<Hash32> last, std::span<const Bytes> proof)
        : first_{first}, last_{last}, nodes_{proof} {}

    Verdict check_root(const Hash32& root, Entries entries) {
        const auto rlp = nodes_.find(root.bytes);
        if (!rlp) return std::unexpected{ProofError::missing_node};
        return check_node(*rlp, {.reference = root.bytes,
                                 .depth = 0,
                                 .entries = entries,
                                 .at_first = true,
                                 .at_last = last_.has_value()});
    }

    [[nodiscard]] bool has_more() const noexcept { return has_more_; }

private:
    Verdict check(const Place& place, bool below_extension = false) {
        if (!place.at_first && !place.at_last) return check_inside(place);
        if (place.reference.empty()) return check_none(place.entries);
        if (place.reference.size() != 32)
            return check_node(place.reference, place, below_extension);
        const auto rlp = nodes_.find(place.reference);
        if (!rlp) return std::unexpected{ProofError::missing_node};
        if (rlp->size() < 32) return std::unexpected{ProofError::malformed_node};
        return check_node(*rlp, place, below_extension);
    }

    static Verdict check_none(Entries entries) {
        if (!entries.empty()) return std::unexpected{ProofError::wrong_entries};
        return {};
    }

    static Verdict check_inside(const Place& place) {
        if (!equal(Subtrie{place.entries, place.depth}.reference(), place.reference))
            return std::unexpected{ProofError::wrong_entries};
        return {};
    }

    Verdict check_node(ByteView rlp, const Place& place, bool below_extension = false) {
        const auto node = decode_node(rlp);
        if (!node || (below_extension && node->kind != NodeKind::branch))
            return std::unexpected{ProofError::malformed_node};
        switch (node->kind) {
            case NodeKind::leaf: return check_leaf(*node, place);
            case NodeKind::extension: return check_extension(*node, place);
            case NodeKind::branch: return check_branch(*node, place);
            case NodeKind::unloaded: break;
        }
        return std::unexpected{ProofError::malformed_node};
    }

    Verdict check_leaf(const NodeView& node, const Place& place) {
        const HexPrefixView path{node.path};
        if (place.depth + path.size() != key_nibbles)
            return std::unexpected{ProofError::malformed_node};
        if (place.at_first && compare(path, first_, place.depth) < 0)
            return check_none(place.entries);
        if (place.at_last && compare(path, *last_, place.depth) > 0) {
            has_more_ = true;
            return check_none(place.entries);
        }
        if (place.entries.size() != 1 ||
            !is_leaf_path(node.path, place.entries[0].key.bytes, place.depth) ||
            !equal(node.value, place.entries[0].value))
            return std::unexpected{ProofError::wrong_entries};
        return {};
    }

    Verdict check_extension(const NodeView& node, const Place& place) {
        const HexPrefixView path{node.path};
        const auto below = place.depth + path.size();
        if (below >= key_nibbles) return std::unexpected{ProofError::malformed_node};
        auto to_first = std::strong_ordering::greater;
        auto to_last = std::strong_ordering::less;
        if (place.at_first) to_first = compare(path, first_, place.depth);
        if (place.at_last) to_last = compare(path, *last_, place.depth);
        if (to_first < 0) return check_none(place.entries);
        if (to_last > 0) {
            has_more_ = true;
            return check_none(place.entries);
        }
        if (to_first > 0 && to_last < 0) return check_inside(place);
        for (const auto& entry : place.entries) {
            if (common_nibbles(path, entry.key.bytes, place.depth) != path.size())
                return std::unexpected{ProofError::wrong_entries};
        }
        return check({.reference = node.child(),
                      .depth = below,
                      .entries = place.entries,
                      .at_first = to_first == 0,
                      .at_last = to_last == 0},
                     true);
    }

    Verdict check_branch(const NodeView& node, const Place& place) {
        if (!node.value.empty() || place.depth >= key_nibbles)
            return std::unexpected{ProofError::malformed_node};
        const int first = place.at_first ? nibble_at(first_.bytes, place.depth) : -1;
        const int last = place.at_last ? nibble_at(last_->bytes, place.depth) : 16;
        auto entries = place.entries;
        for (int i = std::max(first, 0); i < 16; ++i) {
            const auto& child = node.children[static_cast<std::size_t>(i)];
            if (i > last) {
                has_more_ = has_more_ || !child.empty();
                continue;
            }
            const auto end = std::ranges::find_if(entries, [&](const RangeEntry& entry) {
                return nibble_of(entry, place.depth) != i;
            });
            const auto count = static_cast<std::size_t>(end - entries.begin());
            TRY(check({.reference = child,
                       .depth = place.depth + 1,
                       .entries = entries.first(count),
                       .at_first = i == first,
                       .at_last = i == last}));
            entries = entries.subspan(count);
        }
        return check_none(entries);
    }

    static std::strong_ordering compare(HexPrefixView path, const Hash32& key,
                                        std::size_t depth) noexcept {
        for (std::size_t i = 0; i < path.size(); ++i) {
            const auto order = path[i] <=> nibble_at(key.bytes, depth + i);
            if (order != 0) return order;
        }
        return std::strong_ordering::equal;
    }

    Hash32 first_;
    std::optional<Hash32> last_;  // none: the range has no end
    ProofNodes nodes_;
    bool has_more_ = false;
};

Verdict check_entries(const Hash32& first_key, Entries entries) {
    const Hash32* before = nullptr;
    for (const auto& entry : entries) {
        if (before != nullptr ? entry.key <= *before : entry.key < first_key)
            return std::unexpected{ProofError::unsorted_keys};
        if (entry.value.empty()) return std::unexpected{ProofError::empty_value};
        before = &entry.key;
    }
    return {};
}

Hash32 root_of(Entries entries) {
    Trie trie;
    for (const auto& entry : entries) trie.insert(entry.key.bytes, entry.value);
    return trie.root();
}

}  // namespace

std::expected<VerifiedRange, ProofError> verify_range_proof(const Hash32& root,
                                                            const Hash32& first_key,
                                                            std::span<const RangeEntry> entries,
                                                            std::span<const Bytes> proof) {
    TRY(check_entries(first_key, entries));
    if (proof.empty() || root == empty_root) {
        if (root_of(entries) != root) return std::unexpected{ProofError::wrong_entries};
        return VerifiedRange{.has_more = false};
    }
    RangeVerifier verifier{
        first_key, entries.empty() ? std::nullopt : std::optional{entries.back().key}, proof};
    TRY(verifier.check_root(root, entries));
    return VerifiedRange{.has_more = verifier.has_more()};
}

}  // namespace meta138::trie
