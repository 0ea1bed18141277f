// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rocks.hpp"
#include "schema.hpp"
#include "trie_nodes.hpp"
#include "versioned.hpp"

#include "meta138/base/bytes.hpp"
#include "meta138/state/state_commitment.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/trie/trie.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace meta138::storage {

/// The tries of the head's state. They are the database's, plus what is pending: a diff whose root
/// was asked for and which may never be written. Belongs to the thread that writes.
class Commitment final : public state::StateCommitment {
public:
    /// Keeps about `cache_bytes` of trie nodes in memory between blocks.
    Commitment(const Rocks& rocks, std::size_t cache_bytes);

    /// As often as wanted, with any diffs from the head's state. Asking for the same one again
    /// costs nothing.
    [[nodiscard]] Hash32 root_after(const state::StateDiff& diff) override;

    /// Hands the state with `diff` applied to the writer and takes it for written: rows, slots and
    /// trie nodes.
    void commit(const state::StateDiff& diff, TableWriter& writer);

    /// The database was changed without us, or a write failed.
    void forget();

    [[nodiscard]] std::size_t memory_bytes() const noexcept;

private:
    struct StorageTrie {
        StorageTrie(const TableReader& reader, const Hash32& address_hash, const Hash32& root)
            : nodes{reader, address_hash}, trie{root, nodes} {}
        TrieNodes nodes;
        trie::Trie trie;
    };
    /// A diff with what the head has in its place.
    struct Pending {
        std::vector<state::AccountDiff> accounts;
        std::vector<Hash32> address_hashes;
        std::vector<std::size_t> first_slots;  // of each account, in slot_hashes
        std::vector<Hash32> slot_hashes;
        std::vector<Bytes> before;  // rows; empty: no account
        std::vector<Hash32> storage_roots_before;
        std::vector<Bytes> after;
        Hash32 root;
    };

    [[nodiscard]] Pending describe(const state::StateDiff& diff) const;
    void take_back(const Pending& old, const Pending& next);
    void take_back_slots(const Pending& old, std::size_t i);
    void apply(Pending& next);
    Hash32 apply_storage(const Pending& next, std::size_t i);
    StorageTrie& storage_trie(const Hash32& address_hash, const Hash32& root);
    void commit_storage(const Pending& done, std::size_t i, TableWriter& writer);
    void commit_nodes(trie::Trie* trie, const Hash32* address_hash, bool whole,
                      TableWriter& writer);

    const Rocks* rocks_;
    std::size_t cache_bytes_;
    TableReader head_;
    TrieNodes account_nodes_;
    std::optional<trie::Trie> account_trie_;
    std::unordered_map<Hash32, std::unique_ptr<StorageTrie>> storage_tries_;  // by address hash
    std::optional<Pending> pending_;
};

}  // namespace meta138::storage
