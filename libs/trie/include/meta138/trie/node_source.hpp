// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/trie/hex_prefix.hpp"

#include <optional>
#include <stdexcept>

namespace meta138::trie {

/// Where a trie's nodes live while they are not in memory: a database keyed by path, a witness
/// keyed by hash. Only nodes that their parents refer to by hash are asked for, and the root.
class NodeSource {
public:
    virtual ~NodeSource() = default;
    /// The RLP of the node at `path` whose keccak256 is `hash`, or none. What does not hash to
    /// `hash` is taken for none.
    virtual std::optional<Bytes> find_node(NibbleView path, const Hash32& hash) = 0;
};

/// A node that an operation needed and the source did not have. The trie is as it was before the
/// operation.
struct MissingNode : std::runtime_error {
    MissingNode(Nibbles at, const Hash32& node_hash);

    Nibbles path;
    Hash32 hash;
};

}  // namespace meta138::trie
