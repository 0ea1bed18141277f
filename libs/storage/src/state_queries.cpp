// SPDX-License-Identifier: Apache-2.0
// States of the past and of the head: views, proofs, ranges.
#include "database_snapshot.hpp"
#include "trie_nodes.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/trie/trie.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::storage {
namespace {

using schema::Family;
using schema::Table;

Hash32 hash_of(const Address& address) {
    return crypto::keccak256(address.bytes);
}
Hash32 hash_of(const uint256& slot) {
    return crypto::keccak256(to_hash32(slot).bytes);
}

std::optional<schema::AccountRow> find_account(const TableReader& tables,
                                               const Hash32& address_hash) {
    rocksdb::PinnableSlice row;
    if (!tables.get(Table::accounts, address_hash.bytes, row)) return std::nullopt;
    return tables.rocks().decoded(schema::decode_account(to_view(row)), Family::accounts,
                                  address_hash.bytes);
}

uint256 find_slot(const TableReader& tables, const Hash32& address_hash, const uint256& slot) {
    const auto key = schema::slot_key(address_hash, hash_of(slot));
    rocksdb::PinnableSlice row;
    if (!tables.get(Table::storage, key.view(), row)) return {};
    return tables.rocks()
        .decoded(schema::decode_slot(to_view(row)), Family::storage, key.view())
        .value;
}

/// The root of the account's storage with the changes.
Hash32 changed_storage_root(const TableReader& tables, const Hash32& address_hash,
                            const Hash32& root_before, const state::AccountDiff& diff) {
    const auto& root = diff.storage_cleared ? EMPTY_TRIE_ROOT : root_before;
    if (diff.storage.empty()) return root;
    TrieNodes nodes{tables, address_hash};
    trie::Trie slots{root, nodes};
    for (const auto& [key, value] : diff.storage) {
        const auto hash = hash_of(key);
        if (value.is_zero())
            slots.erase(hash.bytes);
        else
            slots.insert(hash.bytes, rlp::encode_integer(value));
    }
    return slots.root();
}

/// The state that some tables hold.
class TableState final : public state::StateView {
public:
    explicit TableState(const TableReader& tables) noexcept : tables_{tables} {}

    [[nodiscard]] std::optional<Account> account(const Address& address) const override {
        const auto row = find_account(tables_, hash_of(address));
        return row ? std::optional{row->account} : std::nullopt;
    }
    [[nodiscard]] uint256 storage(const Address& address, const uint256& key) const override {
        return find_slot(tables_, hash_of(address), key);
    }
    [[nodiscard]] state::SharedBytecode code(const Hash32& code_hash) const override {
        rocksdb::PinnableSlice code;
        if (code_hash == EMPTY_CODE_HASH) return state::make_bytecode({}, code_hash);
        if (!tables_.rocks().get(Family::codes, code_hash.bytes, tables_.snapshot(), code))
            tables_.rocks().fail_on_row(Family::codes, code_hash.bytes, "missing");
        return state::make_bytecode(to_bytes(to_view(code)), code_hash);
    }
    [[nodiscard]] bool has_storage(const Address& address) const override {
        const auto row = find_account(tables_, hash_of(address));
        return row && row->storage_root != EMPTY_TRIE_ROOT;
    }

private:
    TableReader tables_;
};

Hash32 hash_at(ByteView key, std::size_t offset) {
    Hash32 hash;
    std::ranges::copy(key.subspan(offset, Hash32::size()), hash.begin());
    return hash;
}

}  // namespace

std::optional<TableReader> DatabaseSnapshot::tables_at(std::uint64_t number) const {
    if (!head_ || number > head_->header.number || number < oldest_state_) return std::nullopt;
    if (number == head_->header.number) return TableReader{*rocks_, snapshot_};
    return TableReader{*rocks_, snapshot_, number};
}

std::unique_ptr<state::StateView> DatabaseSnapshot::state_at(std::uint64_t number) const {
    const auto tables = tables_at(number);
    if (!tables) return nullptr;
    return std::make_unique<TableState>(*tables);
}

std::optional<AccountProof> DatabaseSnapshot::prove(std::uint64_t number, const Address& address,
                                                    std::span<const uint256> keys) const {
    const auto tables = tables_at(number);
    if (!tables) return std::nullopt;
    try {
        const auto address_hash = hash_of(address);
        const auto account = find_account(*tables, address_hash);
        AccountProof proof;
        if (account) proof.account = account->account;
        proof.storage_root = account ? account->storage_root : EMPTY_TRIE_ROOT;
        TrieNodes account_nodes{*tables};
        trie::Trie accounts{account_nodes.root_hash().value_or(EMPTY_TRIE_ROOT), account_nodes};
        proof.account_proof = accounts.prove(address_hash.bytes);
        TrieNodes slot_nodes{*tables, address_hash};
        trie::Trie slots{proof.storage_root, slot_nodes};
        for (const auto& key : keys)
            proof.storage.push_back(
                {.key = key,
                 .value = account ? find_slot(*tables, address_hash, key) : uint256{},
                 .proof = slots.prove(hash_of(key).bytes)});
        return proof;
    } catch (const trie::MissingNode& missing) {
        throw IoError{
            fmt::format("the database {} is damaged: {}; check the disk, then restore a "
                        "backup or delete the folder and synchronise again",
                        rocks_->place(), missing.what())};
    }
}

std::optional<Hash32> DatabaseSnapshot::root_after(std::uint64_t number,
                                                   const state::StateDiff& diff) const {
    const auto tables = tables_at(number);
    if (!tables) return std::nullopt;
    try {
        TrieNodes nodes{*tables};
        trie::Trie accounts{nodes.root_hash().value_or(EMPTY_TRIE_ROOT), nodes};
        for (const auto& account : diff.accounts) {
            const auto address_hash = hash_of(account.address);
            if (!account.account) {
                accounts.erase(address_hash.bytes);
                continue;
            }
            const auto before = find_account(*tables, address_hash);
            const auto storage_root = changed_storage_root(
                *tables, address_hash, before ? before->storage_root : EMPTY_TRIE_ROOT, account);
            accounts.insert(address_hash.bytes,
                            encode_account_leaf({.address = account.address,
                                                 .account = *account.account,
                                                 .storage_root = storage_root}));
        }
        return accounts.root();
    } catch (const trie::MissingNode& missing) {
        throw IoError{
            fmt::format("the database {} is damaged: {}; check the disk, then restore a "
                        "backup or delete the folder and synchronise again",
                        rocks_->place(), missing.what())};
    }
}

std::optional<Hash32> DatabaseSnapshot::storage_root_after(std::uint64_t number,
                                                           const state::AccountDiff& diff) const {
    const auto tables = tables_at(number);
    if (!tables) return std::nullopt;
    const auto address_hash = hash_of(diff.address);
    const auto before = find_account(*tables, address_hash);
    return changed_storage_root(*tables, address_hash,
                                before ? before->storage_root : EMPTY_TRIE_ROOT, diff);
}

std::vector<RangeAccount> DatabaseSnapshot::accounts(std::uint64_t number, const Hash32& first,
                                                     std::size_t max) const {
    std::vector<RangeAccount> result;
    const auto tables = tables_at(number);
    if (!tables) return result;
    TableCursor rows{*tables, Table::accounts, {}};
    for (rows.seek(first.bytes); rows.valid() && result.size() < max; rows.next()) {
        const auto row =
            rocks_->decoded(schema::decode_account(rows.row()), Family::accounts, rows.key());
        result.push_back({.address_hash = hash_at(rows.key(), 0),
                          .address = row.address,
                          .account = row.account,
                          .storage_root = row.storage_root});
    }
    return result;
}

std::vector<RangeSlot> DatabaseSnapshot::slots(std::uint64_t number, const Address& address,
                                               const Hash32& first, std::size_t max) const {
    std::vector<RangeSlot> result;
    const auto tables = tables_at(number);
    if (!tables) return result;
    const auto address_hash = hash_of(address);
    TableCursor rows{*tables, Table::storage, address_hash.bytes};
    for (rows.seek(schema::slot_key(address_hash, first).view());
         rows.valid() && result.size() < max; rows.next()) {
        const auto row =
            rocks_->decoded(schema::decode_slot(rows.row()), Family::storage, rows.key());
        result.push_back(
            {.key_hash = hash_at(rows.key(), Hash32::size()), .key = row.key, .value = row.value});
    }
    return result;
}

}  // namespace meta138::storage
