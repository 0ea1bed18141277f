// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/storage/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace meta138::storage {

/// Rows of the past that a walk over a range passes by, at most, without finding one that the state
/// has: what has come and gone since costs searches and yields nothing.
inline constexpr std::uint64_t max_rows_passed_by = 20'000;

/// The state after one block by the keys that its tries have: hashes of addresses and slots. For
/// snap sync and whoever walks over a whole state.
///
/// Reads through the snapshot that it came from, which must outlive it. One thread at a time.
/// Throws IoError.
class HashedState {
public:
    virtual ~HashedState() = default;

    [[nodiscard]] virtual std::optional<RangeAccount> account(const Hash32& address_hash) const = 0;

    /// Calls `on_account` with the accounts from `first` on, ascending, until it returns false.
    /// False: gave up before the end, having passed by max_rows_passed_by; the accounts told of are
    /// all there are up to the last of them.
    virtual bool for_each_account(
        const Hash32& first, const std::function<bool(const RangeAccount&)>& on_account) const = 0;
    /// The same with an account's slots.
    virtual bool for_each_slot(const Hash32& address_hash, const Hash32& first,
                               const std::function<bool(const RangeSlot&)>& on_slot) const = 0;

    /// The nodes on the ways from the root to these keys, each once: what a range between two keys
    /// is proven with. Empty for an empty trie.
    [[nodiscard]] virtual std::vector<Bytes> prove_accounts(std::span<const Hash32> keys) const = 0;
    [[nodiscard]] virtual std::vector<Bytes> prove_slots(const Hash32& address_hash,
                                                         std::span<const Hash32> keys) const = 0;

    /// The RLP of the node at that path (a nibble a byte) of the state trie; absent when there is
    /// none, or when its parent embeds it.
    [[nodiscard]] virtual std::optional<Bytes> account_node(
        std::span<const std::uint8_t> path) const = 0;
    /// The same of an account's storage trie.
    [[nodiscard]] virtual std::optional<Bytes> slot_node(
        const Hash32& address_hash, std::span<const std::uint8_t> path) const = 0;
};

}  // namespace meta138::storage
