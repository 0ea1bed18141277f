// SPDX-License-Identifier: Apache-2.0
#include "commitment.hpp"

#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace meta138::storage {
namespace {

using schema::Family;
using schema::Table;

/// A row to be written, or to be removed when it is empty.
struct Rewrite {
    schema::Key key;
    Bytes row;
    std::size_t order = 0;  // of several for one key the last counts
};

bool less_key(const Rewrite& a, const Rewrite& b) {
    return std::ranges::lexicographical_compare(a.key.view(), b.key.view());
}
bool same_key(const Rewrite& a, const Rewrite& b) {
    return equal(a.key.view(), b.key.view());
}

/// Sorts by key; of several for one key the last stays.
void sort_out(std::vector<Rewrite>& rewrites) {
    std::ranges::sort(rewrites, [](const Rewrite& a, const Rewrite& b) {
        return same_key(a, b) ? a.order < b.order : less_key(a, b);
    });
    const auto first = std::unique(rewrites.rbegin(), rewrites.rend(), same_key).base();
    rewrites.erase(rewrites.begin(), first);
}

/// Whether nothing of the account's storage before counts any more.
bool is_whole(const state::AccountDiff& diff) {
    return !diff.account || diff.storage_cleared;
}

unsigned hashing_threads() {
    static const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
    return threads;
}

/// Writes all of a table's rows under a prefix anew: those that are not in `rewrites` go away.
void rewrite_all(const Rocks& rocks, Table table, ByteView prefix,
                 const std::vector<Rewrite>& rewrites, TableWriter& writer) {
    const auto rows = rocks.iterate(schema::current_family(table), nullptr);
    rows->Seek(to_slice(prefix));
    const auto key_of_row = [&]() -> std::optional<ByteView> {
        if (!rows->Valid() || !rows->key().starts_with(to_slice(prefix))) return std::nullopt;
        return to_view(rows->key());
    };
    auto next = rewrites.begin();
    for (;;) {
        const auto key = key_of_row();
        if (!key && next == rewrites.end()) break;
        const bool is_new = next != rewrites.end() &&
                            (!key || std::ranges::lexicographical_compare(next->key.view(), *key));
        if (is_new) {
            writer.change(table, next->key.view(), {}, next->row);
            ++next;
            continue;
        }
        const bool is_rewritten = next != rewrites.end() && equal(next->key.view(), *key);
        writer.change(table, *key, to_view(rows->value()),
                      is_rewritten ? ByteView{next->row} : ByteView{});
        if (is_rewritten) ++next;
        rows->Next();
    }
    rocks.check(rows->status(), "read");
}

void rewrite_some(const Rocks& rocks, Table table, const std::vector<Rewrite>& rewrites,
                  TableWriter& writer) {
    rocksdb::PinnableSlice before;
    for (const auto& [key, row, order] : rewrites) {
        const bool found = rocks.get(schema::current_family(table), key.view(), nullptr, before);
        writer.change(table, key.view(), found ? to_view(before) : ByteView{}, row);
    }
}

}  // namespace

Commitment::Commitment(const Rocks& rocks, std::size_t cache_bytes)
    : rocks_{&rocks}, cache_bytes_{cache_bytes}, head_{rocks, nullptr}, account_nodes_{head_} {}

void Commitment::forget() {
    pending_.reset();
    storage_tries_.clear();
    account_trie_.reset();
}

std::size_t Commitment::memory_bytes() const noexcept {
    std::size_t bytes = account_trie_ ? account_trie_->memory_bytes() : 0;
    for (const auto& [hash, storage] : storage_tries_)
        bytes += sizeof(StorageTrie) + storage->trie.memory_bytes();
    return bytes;
}

Hash32 Commitment::root_after(const state::StateDiff& diff) {
    if (pending_ && pending_->accounts == diff.accounts) return pending_->root;
    try {
        auto next = describe(diff);
        if (!account_trie_)
            account_trie_.emplace(account_nodes_.root_hash().value_or(EMPTY_TRIE_ROOT),
                                  account_nodes_);
        if (pending_) take_back(*pending_, next);
        pending_.reset();
        apply(next);
        pending_ = std::move(next);
        return pending_->root;
    } catch (const trie::MissingNode& missing) {
        forget();
        throw IoError{fmt::format(
            "the database {} is damaged: {}; check the disk, then restore a backup or delete the "
            "folder and synchronise again",
            rocks_->place(), missing.what())};
    } catch (...) {
        forget();
        throw;
    }
}

Commitment::Pending Commitment::describe(const state::StateDiff& diff) const {
    Pending next;
    next.accounts = diff.accounts;
    std::vector<ByteView> addresses;
    std::vector<Hash32> slots;
    for (const auto& account : next.accounts) {
        addresses.emplace_back(account.address.bytes);
        next.first_slots.push_back(slots.size());
        for (const auto& slot : account.storage) slots.push_back(to_hash32(slot.key));
    }
    next.first_slots.push_back(slots.size());
    next.address_hashes.resize(addresses.size());
    crypto::keccak256_batch(addresses, next.address_hashes);
    std::vector<ByteView> slot_views(slots.size());
    std::ranges::transform(slots, slot_views.begin(),
                           [](const Hash32& slot) { return ByteView{slot.bytes}; });
    next.slot_hashes.resize(slots.size());
    crypto::keccak256_batch(slot_views, next.slot_hashes);

    for (const auto& hash : next.address_hashes) {
        rocksdb::PinnableSlice row;
        auto& before = next.before.emplace_back();
        auto& storage_root = next.storage_roots_before.emplace_back(EMPTY_TRIE_ROOT);
        if (!head_.get(Table::accounts, hash.bytes, row)) continue;
        before = to_bytes(to_view(row));
        storage_root = rocks_->decoded(schema::decode_account(before), Family::accounts, hash.bytes)
                           .storage_root;
    }
    return next;
}

// Accounts that the next diff has too get their leaves from there.
void Commitment::take_back(const Pending& old, const Pending& next) {
    std::unordered_map<Hash32, std::size_t> in_next;
    for (std::size_t i = 0; i < next.accounts.size(); ++i)
        in_next.emplace(next.address_hashes[i], i);
    for (std::size_t i = 0; i < old.accounts.size(); ++i) {
        const auto& hash = old.address_hashes[i];
        if (is_whole(old.accounts[i]))
            storage_tries_.erase(hash);  // the database still has it as it was
        else
            take_back_slots(old, i);
        if (in_next.contains(hash)) continue;
        if (old.before[i].empty())
            account_trie_->erase(hash.bytes);
        else
            account_trie_->insert(hash.bytes, encode_account_leaf(rocks_->decoded(
                                                  schema::decode_account(old.before[i]),
                                                  Family::accounts, hash.bytes)));
    }
}

void Commitment::take_back_slots(const Pending& old, std::size_t i) {
    if (old.accounts[i].storage.empty()) return;
    const auto& address_hash = old.address_hashes[i];
    auto& trie = storage_trie(address_hash, old.storage_roots_before[i]).trie;
    rocksdb::PinnableSlice row;
    for (auto slot = old.first_slots[i]; slot < old.first_slots[i + 1]; ++slot) {
        const auto& slot_hash = old.slot_hashes[slot];
        const auto key = schema::slot_key(address_hash, slot_hash);
        if (!head_.get(Table::storage, key.view(), row)) {
            trie.erase(slot_hash.bytes);
            continue;
        }
        const auto before =
            rocks_->decoded(schema::decode_slot(to_view(row)), Family::storage, key.view());
        trie.insert(slot_hash.bytes, rlp::encode_integer(before.value));
    }
}

void Commitment::apply(Pending& next) {
    std::vector<LeafRow> expected;
    for (std::size_t i = 0; i < next.accounts.size(); ++i)
        if (!next.before[i].empty())
            expected.push_back({.key_hash = next.address_hashes[i], .row = next.before[i]});
    std::ranges::sort(expected, {}, &LeafRow::key_hash);
    account_nodes_.expect(expected);

    std::vector<Bytes> leaves(next.accounts.size());
    std::vector<trie::Update> updates(next.accounts.size());
    for (std::size_t i = 0; i < next.accounts.size(); ++i) {
        const auto& diff = next.accounts[i];
        const auto storage_root = apply_storage(next, i);
        updates[i].key = next.address_hashes[i].bytes;
        auto& after = next.after.emplace_back();
        if (!diff.account) continue;
        const schema::AccountRow row{
            .address = diff.address, .account = *diff.account, .storage_root = storage_root};
        after = schema::encode_account(row);
        leaves[i] = encode_account_leaf(row);
        updates[i].value = leaves[i];
    }
    std::ranges::sort(updates, [](const trie::Update& a, const trie::Update& b) {
        return std::ranges::lexicographical_compare(a.key, b.key);
    });
    account_trie_->apply(updates);
    account_nodes_.expect({});
    next.root = account_trie_->root(hashing_threads());
}

/// Returns the storage root.
Hash32 Commitment::apply_storage(const Pending& next, std::size_t i) {
    const auto& diff = next.accounts[i];
    const auto& address_hash = next.address_hashes[i];
    const bool whole = is_whole(diff);
    if (whole) storage_tries_.erase(address_hash);
    const auto& root_before = whole ? EMPTY_TRIE_ROOT : next.storage_roots_before[i];
    if (!diff.account || diff.storage.empty()) return root_before;

    auto& trie = storage_trie(address_hash, root_before).trie;
    std::vector<Bytes> values(diff.storage.size());
    std::vector<trie::Update> updates(diff.storage.size());
    for (std::size_t slot = 0; slot < diff.storage.size(); ++slot) {
        updates[slot].key = next.slot_hashes[next.first_slots[i] + slot].bytes;
        if (diff.storage[slot].value.is_zero()) continue;
        values[slot] = rlp::encode_integer(diff.storage[slot].value);
        updates[slot].value = values[slot];
    }
    std::ranges::sort(updates, [](const trie::Update& a, const trie::Update& b) {
        return std::ranges::lexicographical_compare(a.key, b.key);
    });
    trie.apply(updates);
    return trie.root(hashing_threads());
}

Commitment::StorageTrie& Commitment::storage_trie(const Hash32& address_hash, const Hash32& root) {
    auto& trie = storage_tries_[address_hash];
    if (!trie) trie = std::make_unique<StorageTrie>(head_, address_hash, root);
    return *trie;
}

void Commitment::commit(const state::StateDiff& diff, TableWriter& writer) {
    static_cast<void>(root_after(diff));
    const auto done = std::move(*pending_);
    pending_.reset();
    try {
        for (std::size_t i = 0; i < done.accounts.size(); ++i) {
            writer.change(Table::accounts, done.address_hashes[i].bytes, done.before[i],
                          done.after[i]);
            commit_storage(done, i, writer);
        }
        commit_nodes(&*account_trie_, nullptr, false, writer);
    } catch (...) {
        forget();
        throw;
    }
    // Reading the nodes of the next blocks again is cheaper than an account of who used what.
    if (memory_bytes() > cache_bytes_) forget();
}

void Commitment::commit_storage(const Pending& done, std::size_t i, TableWriter& writer) {
    const auto& diff = done.accounts[i];
    const auto& address_hash = done.address_hashes[i];
    const bool had_storage = done.storage_roots_before[i] != EMPTY_TRIE_ROOT;
    const bool whole = is_whole(diff) && had_storage;
    const bool has_new = diff.account && !diff.storage.empty();
    if (!whole && !has_new) return;

    std::vector<Rewrite> slots;
    for (std::size_t slot = 0; has_new && slot < diff.storage.size(); ++slot) {
        const auto& [key, value] = diff.storage[slot];
        const auto& slot_hash = done.slot_hashes[done.first_slots[i] + slot];
        slots.push_back(
            {.key = schema::slot_key(address_hash, slot_hash),
             .row = value.is_zero() ? Bytes{} : schema::encode_slot({.key = key, .value = value}),
             .order = slot});
    }
    std::ranges::sort(slots, less_key);
    if (whole)
        rewrite_all(*rocks_, Table::storage, address_hash.bytes, slots, writer);
    else
        rewrite_some(*rocks_, Table::storage, slots, writer);
    const auto trie = storage_tries_.find(address_hash);
    commit_nodes(trie == storage_tries_.end() ? nullptr : &trie->second->trie, &address_hash, whole,
                 writer);
}

/// `whole`: nodes that are in the database and not in the trie in memory go away.
void Commitment::commit_nodes(trie::Trie* trie, const Hash32* address_hash, bool whole,
                              TableWriter& writer) {
    const auto prefix = address_hash != nullptr ? ByteView{address_hash->bytes} : ByteView{};
    std::vector<Rewrite> nodes;
    if (trie != nullptr) {
        static_cast<void>(trie->commit([&](trie::NibbleView path, ByteView rlp) {
            const bool is_stored = !rlp.empty() && !is_leaf_node(rlp);
            nodes.push_back({.key = schema::path_key(prefix, path),
                             .row = is_stored ? to_bytes(rlp) : Bytes{},
                             .order = nodes.size()});
        }));
    }
    sort_out(nodes);
    const auto table = address_hash != nullptr ? Table::storage_trie : Table::account_trie;
    if (whole)
        rewrite_all(*rocks_, table, prefix, nodes, writer);
    else
        rewrite_some(*rocks_, table, nodes, writer);
}

}  // namespace meta138::storage
