// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace meta138::trie {

enum class ProofError : std::uint8_t {
    wrong_hash,      ///< A node that is not the one its parent, or the root, commits to.
    malformed_node,  ///< A node that no trie contains.
    missing_node,    ///< The proof ends before the key's place is reached.
    unused_node,     ///< A node after the key's place.
    unsorted_keys,   ///< Keys of a range that do not ascend, or begin before the range.
    empty_value,     ///< An entry of a range without a value.
    wrong_entries,   ///< Entries of a range that are not those of the trie.
};

std::string_view to_string(ProofError error) noexcept;

/// The value of `key` in the trie with that root, or none, as proven by the nodes on the way from
/// the root to the key in this order, without those that a parent embeds (EIP-1186; Trie::prove).
/// The nodes must be these and no others. The proof about the empty trie has no nodes, or rlp("").
[[nodiscard]] std::expected<std::optional<Bytes>, ProofError> verify_proof(
    const Hash32& root, ByteView key, std::span<const Bytes> proof);

/// An entry of a trie with hashed keys.
struct RangeEntry {
    Hash32 key;
    ByteView value;
};

struct VerifiedRange {
    bool has_more = false;  ///< The trie has entries after the last one of the range.
};

/// Verifies that `entries` are all entries of the trie with that root from `first_key` to the last
/// of them; without entries, that there are none from `first_key` on (devp2p snap.md, AccountRange
/// and StorageRanges).
///
/// `proof` has the nodes on the ways from the root to `first_key` and to the last entry, in any
/// order. Other nodes in it do no harm, because peers differ in what they send twice. Without a
/// proof the entries must be the whole trie.
[[nodiscard]] std::expected<VerifiedRange, ProofError> verify_range_proof(
    const Hash32& root, const Hash32& first_key, std::span<const RangeEntry> entries,
    std::span<const Bytes> proof);

}  // namespace meta138::trie
