// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/trie/hex_prefix.hpp"
#include "meta138/trie/node_source.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::trie {

/// The root of a trie without entries: keccak256(rlp("")).
inline constexpr Hash32 empty_root = literals::operator""_hash32(
    "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421", 66);

/// Keys may have any length up to this; the keys of Ethereum's tries have at most 32 bytes.
inline constexpr std::size_t max_key_size = 255;

/// One entry of a batch: a key and its new value, or none to erase it.
struct Update {
    ByteView key;
    std::optional<ByteView> value;
};

struct TrieState;

/// A Merkle Patricia trie (Yellow Paper appendix D) from byte strings to byte strings that are not
/// empty.
///
/// Everything that is touched stays in memory; the rest may lie in a NodeSource and is loaded when
/// an operation gets there. root() hashes only the nodes above changed entries. Not for two threads
/// at once.
class Trie {
public:
    /// An empty trie.
    Trie();
    /// The trie with that root, whose nodes are in `source`, which outlives it. Nothing is loaded
    /// yet.
    Trie(const Hash32& root, NodeSource& source);
    ~Trie();
    Trie(Trie&&) noexcept;
    Trie& operator=(Trie&&) noexcept;

    /// Sets the value of a key; the empty value erases the key. Throws MissingNode.
    void insert(ByteView key, ByteView value);
    /// True when there was such a key. Throws MissingNode.
    bool erase(ByteView key);
    /// The value of a key, valid until the trie changes. Throws MissingNode.
    [[nodiscard]] std::optional<ByteView> find(ByteView key);
    /// Inserts and erases as if one by one. Faster than that for thousands of updates, and fastest
    /// when the keys ascend. Throws MissingNode, then with some of the updates applied.
    void apply(std::span<const Update> updates);

    [[nodiscard]] bool empty() const noexcept;

    /// The root hash. Hashes the nodes above what changed since the last call, up to `threads`
    /// subtrees in parallel when there are enough of them.
    [[nodiscard]] Hash32 root(unsigned threads = 1);

    /// Hands out what has to be written to the node store, and takes it for written: first the
    /// paths whose node went away (with an empty `rlp`), then the nodes that are new or changed.
    /// Nodes that their parent embeds are not stored, the root always is. Returns the root.
    using OnChange = std::function<void(NibbleView path, ByteView rlp)>;
    Hash32 commit(const OnChange& on_change, unsigned threads = 1);

    /// The RLP of the nodes from the root towards `key`, without those that a parent embeds: the
    /// proof of the key's value, or that it has none (EIP-1186). Throws MissingNode.
    [[nodiscard]] std::vector<Bytes> prove(ByteView key);

    /// What the nodes in memory take, about.
    [[nodiscard]] std::size_t memory_bytes() const noexcept;

private:
    std::unique_ptr<TrieState> state_;
};

/// A trie whose keys are hashed with keccak256 first: Ethereum's state and storage tries.
class SecureTrie {
public:
    SecureTrie() = default;
    explicit SecureTrie(Trie trie) noexcept : trie_{std::move(trie)} {}

    void insert(ByteView key, ByteView value);
    bool erase(ByteView key);
    [[nodiscard]] std::optional<ByteView> find(ByteView key);
    [[nodiscard]] Hash32 root(unsigned threads = 1) { return trie_.root(threads); }
    [[nodiscard]] std::vector<Bytes> prove(ByteView key);

    /// The trie over the hashed keys.
    [[nodiscard]] Trie& hashed() noexcept { return trie_; }

private:
    Trie trie_;
};

}  // namespace meta138::trie
