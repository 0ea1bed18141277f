// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/proof.hpp"

#include "node_codec.hpp"

#include "meta138/base/try.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <utility>

namespace meta138::trie {
namespace {

constexpr std::uint8_t empty_string_code = 0x80;

bool is_proof_of_empty_trie(std::span<const Bytes> proof) noexcept {
    return proof.empty() || (proof.size() == 1 && equal(proof[0], ByteView{&empty_string_code, 1}));
}

/// Takes the nodes of a proof one by one.
class ProofReader {
public:
    explicit ProofReader(std::span<const Bytes> proof) noexcept : rest_{proof} {}

    /// The RLP of the node that `reference` stands for.
    std::expected<ByteView, ProofError> next(ByteView reference) {
        const bool is_root = std::exchange(at_root_, false);
        if (reference.size() != 32) return reference;  // embedded
        if (rest_.empty()) return std::unexpected{ProofError::missing_node};
        const ByteView rlp = rest_.front();
        rest_ = rest_.subspan(1);
        if (!equal(crypto::keccak256(rlp).bytes, reference))
            return std::unexpected{ProofError::wrong_hash};
        if (rlp.size() < 32 && !is_root) return std::unexpected{ProofError::malformed_node};
        return rlp;
    }

    [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

private:
    std::span<const Bytes> rest_;
    bool at_root_ = true;
};

/// A step down the trie: where to go on, or what was found.
struct Step {
    ByteView reference;  // empty: here ends the way
    std::size_t depth = 0;
    ByteView value;  // empty: the key has none
};

Step step_from(const NodeView& node, ByteView key, std::size_t depth) noexcept {
    switch (node.kind) {
        case NodeKind::leaf:
            if (!is_leaf_path(node.path, key, depth)) return {};
            return {.reference = {}, .depth = depth, .value = node.value};
        case NodeKind::extension: {
            const HexPrefixView path{node.path};
            if (common_nibbles(path, key, depth) != path.size()) return {};
            return {.reference = node.child(), .depth = depth + path.size(), .value = {}};
        }
        case NodeKind::branch:
            if (depth == 2 * key.size())
                return {.reference = {}, .depth = depth, .value = node.value};
            return {
                .reference = node.children[nibble_at(key, depth)], .depth = depth + 1, .value = {}};
        case NodeKind::unloaded: break;
    }
    return {};
}

}  // namespace

std::string_view to_string(ProofError error) noexcept {
    switch (error) {
        case ProofError::wrong_hash: return "a node that its parent does not commit to";
        case ProofError::malformed_node: return "a malformed node";
        case ProofError::missing_node: return "a missing node";
        case ProofError::unused_node: return "a node that proves nothing";
        case ProofError::unsorted_keys: return "keys that are not in ascending order";
        case ProofError::empty_value: return "an empty value";
        case ProofError::wrong_entries: return "entries that are not those of the trie";
    }
    return "an unknown error";
}

std::expected<std::optional<Bytes>, ProofError> verify_proof(const Hash32& root, ByteView key,
                                                             std::span<const Bytes> proof) {
    if (root == empty_root) {
        if (is_proof_of_empty_trie(proof)) return std::nullopt;
        return std::unexpected{ProofError::unused_node};
    }
    ProofReader nodes{proof};
    Step step{.reference = root.bytes, .depth = 0, .value = {}};
    bool below_extension = false;
    while (!step.reference.empty()) {
        TRY_LET(const auto rlp, nodes.next(step.reference));
        const auto node = decode_node(rlp);
        if (!node || (below_extension && node->kind != NodeKind::branch))
            return std::unexpected{ProofError::malformed_node};
        below_extension = node->kind == NodeKind::extension;
        step = step_from(*node, key, step.depth);
    }
    if (!nodes.empty()) return std::unexpected{ProofError::unused_node};
    if (step.value.empty()) return std::nullopt;
    return to_bytes(step.value);
}

}  // namespace meta138::trie
