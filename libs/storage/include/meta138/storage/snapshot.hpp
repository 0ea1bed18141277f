// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::storage {

/// A header with what is known of its block without reading its body.
struct StoredHeader {
    Header header;
    Hash32 hash;
    uint256 total_difficulty;
    std::uint64_t block_size = 0;  ///< Bytes of the block's RLP.
    std::uint32_t transaction_count = 0;
};

struct StoredTransaction {
    Transaction transaction;
    Address sender;
};

/// A receipt with what its block's other receipts say about it.
struct StoredReceipt {
    Receipt receipt;  ///< With its bloom.
    std::uint64_t gas_used = 0;
    std::uint32_t first_log_index = 0;  ///< In the block.
    Bytes revert_reason;                ///< Empty unless it was recorded.
};

struct TransactionLocation {
    std::uint64_t block_number = 0;
    std::uint32_t index = 0;
};

/// EIP-1186 proof material: Merkle nodes from the root down.
struct AccountProof {
    std::optional<Account> account;
    Hash32 storage_root;
    std::vector<Bytes> account_proof;
    struct Slot {
        uint256 key;
        uint256 value;
        std::vector<Bytes> proof;
    };
    std::vector<Slot> storage;
};

/// An account in the order of the state trie.
struct RangeAccount {
    Hash32 address_hash;
    Address address;
    Account account;
    Hash32 storage_root;
};
struct RangeSlot {
    Hash32 key_hash;
    uint256 key;
    uint256 value;
};

class HashedState;

/// A position of a log query: blocks whose logs may match.
struct LogQuery {
    std::uint64_t from_block = 0;
    std::uint64_t to_block = 0;  ///< Included.
    /// Any of these; empty: any address.
    std::vector<Address> addresses;
    /// For each position any of these; an empty position matches anything (eth_getLogs).
    std::vector<std::vector<Hash32>> topics;
};

/// The chain as it was at one moment: the same answers for as long as it is held. All of it may be
/// called from any thread. Throws IoError.
class Snapshot {
public:
    virtual ~Snapshot() = default;

    /// Absent: an empty database.
    [[nodiscard]] virtual std::optional<StoredHeader> head() const = 0;

    // Canonical blocks. Absent: beyond the head, or no longer retained.
    [[nodiscard]] virtual std::optional<StoredHeader> header(std::uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<Hash32> block_hash(std::uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<std::uint64_t> block_number(const Hash32& hash) const = 0;
    [[nodiscard]] virtual std::optional<Block> block(std::uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<StoredTransaction> transaction(
        const TransactionLocation& at) const = 0;
    [[nodiscard]] virtual std::optional<StoredReceipt> receipt(
        const TransactionLocation& at) const = 0;
    /// All of the block's, in order; absent when the block is not there.
    [[nodiscard]] virtual std::optional<std::vector<StoredTransaction>> transactions(
        std::uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<std::vector<StoredReceipt>> receipts(
        std::uint64_t number) const = 0;
    [[nodiscard]] virtual std::optional<TransactionLocation> find_transaction(
        const Hash32& hash) const = 0;

    // Blocks off the canonical chain.
    [[nodiscard]] virtual std::optional<Block> side_block(const Hash32& hash) const = 0;

    /// The oldest block whose body and receipts are retained, and the oldest whose state is.
    [[nodiscard]] virtual std::uint64_t oldest_block() const = 0;
    [[nodiscard]] virtual std::uint64_t oldest_state() const = 0;

    // States. The view reads through this snapshot, which must outlive it.

    /// The state after the block with that number; null when it is not retained.
    [[nodiscard]] virtual std::unique_ptr<state::StateView> state_at(
        std::uint64_t number) const = 0;
    /// Absent when the state, or its trie nodes, are not retained.
    [[nodiscard]] virtual std::optional<AccountProof> prove(
        std::uint64_t number, const Address& address, std::span<const uint256> keys) const = 0;
    /// The root that the state after that block would have with `diff` on top of it: for
    /// simulations. Absent when the state, or its trie nodes, are not retained.
    [[nodiscard]] virtual std::optional<Hash32> root_after(std::uint64_t number,
                                                           const state::StateDiff& diff) const = 0;
    /// The root of the account's storage with its part of such a diff.
    [[nodiscard]] virtual std::optional<Hash32> storage_root_after(
        std::uint64_t number, const state::AccountDiff& diff) const = 0;
    /// Accounts from `first` on, in the order of their hashes, at most `max`.
    [[nodiscard]] virtual std::vector<RangeAccount> accounts(std::uint64_t number,
                                                             const Hash32& first,
                                                             std::size_t max) const = 0;
    /// Slots of an account from `first` on, in the order of their hashes, at most `max`.
    [[nodiscard]] virtual std::vector<RangeSlot> slots(std::uint64_t number, const Address& address,
                                                       const Hash32& first,
                                                       std::size_t max) const = 0;

    /// The state after the block with that number by the hashes of its addresses and slots
    /// (hashed_state.hpp); null when it is not retained.
    [[nodiscard]] virtual std::unique_ptr<const HashedState> hashed_state_at(
        std::uint64_t number) const = 0;
    /// Of any state that ever was; absent when no account had such code.
    [[nodiscard]] virtual std::optional<Bytes> find_code(const Hash32& code_hash) const = 0;

    /// Calls `on_block` with the numbers of the blocks whose logs may match, ascending, until it
    /// returns false.
    virtual void find_log_blocks(const LogQuery& query,
                                 const std::function<bool(std::uint64_t)>& on_block) const = 0;
};

}  // namespace meta138::storage
