// SPDX-License-Identifier: Apache-2.0
#include "meta138/storage/hashed_state.hpp"

#include "database_snapshot.hpp"
#include "trie_nodes.hpp"

#include "meta138/trie/trie.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace meta138::storage {
namespace {

using schema::Family;
using schema::Table;

Hash32 last_hash_of(ByteView key) {
    Hash32 hash;
    std::ranges::copy(key.last(Hash32::size()), hash.begin());
    return hash;
}

class TableHashedState final : public HashedState {
public:
    explicit TableHashedState(const TableReader& tables) : tables_{tables} {}

    [[nodiscard]] std::optional<RangeAccount> account(const Hash32& address_hash) const override {
        rocksdb::PinnableSlice row;
        if (!tables_.get(Table::accounts, address_hash.bytes, row)) return std::nullopt;
        return decoded_account(address_hash.bytes, to_view(row));
    }

    bool for_each_account(
        const Hash32& first,
        const std::function<bool(const RangeAccount&)>& on_account) const override {
        TableCursor rows{tables_, Table::accounts, {}};
        rows.give_up_after(max_rows_passed_by);
        for (rows.seek(first.bytes); rows.valid(); rows.next())
            if (!on_account(decoded_account(rows.key(), rows.row()))) return true;
        return !rows.gave_up();
    }

    bool for_each_slot(const Hash32& address_hash, const Hash32& first,
                       const std::function<bool(const RangeSlot&)>& on_slot) const override {
        TableCursor rows{tables_, Table::storage, address_hash.bytes};
        rows.give_up_after(max_rows_passed_by);
        for (rows.seek(schema::slot_key(address_hash, first).view()); rows.valid(); rows.next()) {
            const auto row = tables_.rocks().decoded(schema::decode_slot(rows.row()),
                                                     Family::storage, rows.key());
            if (!on_slot(
                    {.key_hash = last_hash_of(rows.key()), .key = row.key, .value = row.value}))
                return true;
        }
        return !rows.gave_up();
    }

    [[nodiscard]] std::vector<Bytes> prove_accounts(std::span<const Hash32> keys) const override {
        TrieNodes nodes{tables_};
        return prove(nodes, nodes.root_hash().value_or(EMPTY_TRIE_ROOT), keys);
    }
    [[nodiscard]] std::vector<Bytes> prove_slots(const Hash32& address_hash,
                                                 std::span<const Hash32> keys) const override {
        const auto owner = account(address_hash);
        TrieNodes nodes{tables_, address_hash};
        return prove(nodes, owner ? owner->storage_root : EMPTY_TRIE_ROOT, keys);
    }

    [[nodiscard]] std::optional<Bytes> account_node(
        std::span<const std::uint8_t> path) const override {
        return TrieNodes{tables_}.node_exactly_at(path);
    }
    [[nodiscard]] std::optional<Bytes> slot_node(
        const Hash32& address_hash, std::span<const std::uint8_t> path) const override {
        return TrieNodes{tables_, address_hash}.node_exactly_at(path);
    }

private:
    [[nodiscard]] RangeAccount decoded_account(ByteView key, ByteView encoded) const {
        const auto row =
            tables_.rocks().decoded(schema::decode_account(encoded), Family::accounts, key);
        return {.address_hash = last_hash_of(key),
                .address = row.address,
                .account = row.account,
                .storage_root = row.storage_root};
    }

    [[nodiscard]] std::vector<Bytes> prove(TrieNodes& nodes, const Hash32& root,
                                           std::span<const Hash32> keys) const {
        std::vector<Bytes> proof;
        std::set<Bytes> seen;
        trie::Trie trie{root, nodes};
        try {
            for (const auto& key : keys)
                for (auto& node : trie.prove(key.bytes))
                    if (seen.insert(node).second) proof.push_back(std::move(node));
        } catch (const trie::MissingNode& missing) {
            throw IoError{
                fmt::format("the database {} is damaged: {}; check the disk, then restore a "
                            "backup or delete the folder and synchronise again",
                            tables_.rocks().place(), missing.what())};
        }
        return proof;
    }

    TableReader tables_;
};

}  // namespace

std::unique_ptr<const HashedState> DatabaseSnapshot::hashed_state_at(std::uint64_t number) const {
    const auto tables = tables_at(number);
    if (!tables) return nullptr;
    return std::make_unique<const TableHashedState>(*tables);
}

std::optional<Bytes> DatabaseSnapshot::find_code(const Hash32& code_hash) const {
    rocksdb::PinnableSlice code;
    if (code_hash == EMPTY_CODE_HASH) return Bytes{};
    if (!rocks_->get(Family::codes, code_hash.bytes, snapshot_, code)) return std::nullopt;
    return to_bytes(to_view(code));
}

}  // namespace meta138::storage
