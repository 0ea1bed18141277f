// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "schema.hpp"
#include "versioned.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/trie/node_source.hpp"

#include <optional>
#include <span>

namespace meta138::storage {

/// A row of `accounts`, or of `storage`, with the hash that the trie has it under.
struct LeafRow {
    Hash32 key_hash;
    ByteView row;
};

/// The nodes of the state trie, or of one account's storage trie, as a block left them: branches
/// and extensions from their tables, leaves from the rows that they are about.
class TrieNodes final : public trie::NodeSource {
public:
    /// Of the state trie.
    explicit TrieNodes(const TableReader& reader) : reader_{reader} {}
    /// Of the storage trie of the account with that hash.
    TrieNodes(const TableReader& reader, const Hash32& address_hash)
        : reader_{reader}, address_hash_{address_hash} {}

    std::optional<Bytes> find_node(trie::NibbleView path, const Hash32& hash) override;
    /// The node at exactly that path; none where there is none, or where its parent embeds it.
    [[nodiscard]] std::optional<Bytes> node_exactly_at(trie::NibbleView path);
    /// Of the node at the root; none when the trie is empty.
    [[nodiscard]] std::optional<Hash32> root_hash();

    /// Rows that will probably be asked for, ascending; they spare a search. Valid until the next
    /// call.
    void expect(std::span<const LeafRow> rows) noexcept { expected_ = rows; }

private:
    [[nodiscard]] ByteView prefix() const noexcept {
        return address_hash_ ? ByteView{address_hash_->bytes} : ByteView{};
    }
    std::optional<Bytes> node_at(trie::NibbleView path);
    std::optional<Bytes> stored_node_at(trie::NibbleView path);
    std::optional<Bytes> leaf_at(trie::NibbleView path);
    [[nodiscard]] Bytes encode_leaf(trie::NibbleView path, const Hash32& key_hash,
                                    ByteView row) const;

    TableReader reader_;
    std::optional<Hash32> address_hash_;
    std::span<const LeafRow> expected_;
};

/// Whether the RLP of a node is a leaf's.
[[nodiscard]] bool is_leaf_node(ByteView rlp);

/// What the state trie holds of an account: rlp([nonce, balance, storage root, code hash]).
[[nodiscard]] Bytes encode_account_leaf(const schema::AccountRow& account);

}  // namespace meta138::storage
