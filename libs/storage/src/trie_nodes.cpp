// SPDX-License-Identifier: Apache-2.0
#include "trie_nodes.hpp"

#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/hex_prefix.hpp"

#include <algorithm>
#include <utility>

namespace meta138::storage {
namespace {

constexpr std::size_t max_path_size = 2 * Hash32::size();

/// The least key below a path.
Hash32 first_key_below(trie::NibbleView path) {
    Hash32 key;
    for (std::size_t i = 0; i < path.size(); ++i)
        key[i / 2] = static_cast<std::uint8_t>(key[i / 2] | path[i] << (i % 2 == 0 ? 4 : 0));
    return key;
}

bool is_below(const Hash32& key, trie::NibbleView path) {
    for (std::size_t i = 0; i < path.size(); ++i)
        if ((key[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15) != path[i]) return false;
    return true;
}

/// Whether the RLP is a branch's whose child at that nibble has that hash.
bool refers_to(ByteView branch, std::uint8_t nibble, const Hash32& hash) {
    auto in = rlp::Reader::list(branch);
    for (std::uint8_t i = 0; i < nibble; ++i) in.raw_item();
    const bool is_hash = in.is_string();
    return is_hash && equal(in.bytes(), hash.bytes) && !in.failed();
}

}  // namespace

bool is_leaf_node(ByteView rlp) {
    auto in = rlp::Reader::list(rlp);
    const auto path = in.is_string() ? in.bytes() : ByteView{};
    static_cast<void>(in.raw_item());
    constexpr std::uint8_t leaf_flag = 0x20;
    return in.empty() && !in.failed() && !path.empty() && (path[0] & leaf_flag) != 0;
}

Bytes encode_account_leaf(const schema::AccountRow& row) {
    return rlp::encode_list(row.account.nonce, row.account.balance, row.storage_root,
                            row.account.code_hash);
}

std::optional<Bytes> TrieNodes::find_node(trie::NibbleView path, const Hash32&) {
    if (path.size() > max_path_size) return std::nullopt;
    return node_at(path);
}

std::optional<Hash32> TrieNodes::root_hash() {
    const auto root = node_at({});
    if (!root) return std::nullopt;
    return crypto::keccak256(*root);
}

std::optional<Bytes> TrieNodes::stored_node_at(trie::NibbleView path) {
    const auto table = address_hash_ ? schema::Table::storage_trie : schema::Table::account_trie;
    rocksdb::PinnableSlice row;
    if (!reader_.get(table, schema::path_key(prefix(), path).view(), row)) return std::nullopt;
    return to_bytes(to_view(row));
}

std::optional<Bytes> TrieNodes::node_at(trie::NibbleView path) {
    auto stored = stored_node_at(path);
    return stored ? std::move(stored) : leaf_at(path);
}

std::optional<Bytes> TrieNodes::node_exactly_at(trie::NibbleView path) {
    if (path.size() > max_path_size) return std::nullopt;
    if (auto stored = stored_node_at(path)) return stored;
    auto leaf = leaf_at(path);
    // Without a row at the root the trie has one leaf at most. Elsewhere a leaf hangs from a
    // branch.
    if (!leaf || path.empty()) return leaf;
    const auto parent = stored_node_at(path.first(path.size() - 1));
    if (!parent || !refers_to(*parent, path.back(), crypto::keccak256(*leaf))) return std::nullopt;
    return leaf;
}

std::optional<Bytes> TrieNodes::leaf_at(trie::NibbleView path) {
    const auto first = first_key_below(path);
    const auto expected = std::ranges::lower_bound(expected_, first, {}, &LeafRow::key_hash);
    if (expected != expected_.end() && is_below(expected->key_hash, path))
        return encode_leaf(path, expected->key_hash, expected->row);

    const auto table = address_hash_ ? schema::Table::storage : schema::Table::accounts;
    TableCursor cursor{reader_, table, prefix()};
    cursor.seek(schema::Key{prefix()}.append(first.bytes).view());
    if (!cursor.valid()) return std::nullopt;
    const auto key = cursor.key();
    if (key.size() != prefix().size() + Hash32::size())
        reader_.rocks().fail_on_row(schema::current_family(table), key, "under a wrong key");
    Hash32 key_hash;
    std::ranges::copy(key.last(Hash32::size()), key_hash.begin());
    if (!is_below(key_hash, path)) return std::nullopt;
    return encode_leaf(path, key_hash, cursor.row());
}

Bytes TrieNodes::encode_leaf(trie::NibbleView path, const Hash32& key_hash, ByteView row) const {
    const auto nibbles = trie::to_nibbles(key_hash.bytes);
    const auto rest = trie::encode_hex_prefix(trie::NibbleView{nibbles}.subspan(path.size()), true);
    const auto& rocks = reader_.rocks();
    const auto value =
        address_hash_
            ? rlp::encode_integer(
                  rocks.decoded(schema::decode_slot(row), schema::Family::storage, key_hash.bytes)
                      .value)
            : encode_account_leaf(rocks.decoded(schema::decode_account(row),
                                                schema::Family::accounts, key_hash.bytes));
    return rlp::encode_list(ByteView{rest}, ByteView{value});
}

}  // namespace meta138::storage
