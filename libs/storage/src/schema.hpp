// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/trie/hex_prefix.hpp"
#include "meta138/types/account.hpp"
#include "meta138/types/block.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

/// The whole layout of the database: every column family, what its keys are made of and what its
/// rows hold. docs/formats/database.md is the same for people. Integers in keys are big-endian, so
/// that the order of keys is the order of numbers.
namespace meta138::storage::schema {

/// Goes up with every change that an older program could not read.
inline constexpr std::uint32_t version = 1;

enum class Family : std::uint8_t {
    /// Name of a mark (below) -> its value. One of each.
    metadata,

    // The chain.

    /// Number(8) -> hash(32) ++ rlp([total difficulty, block size, transaction count, header]). The
    /// only rows, with the one of block_numbers, that an empty block writes.
    headers,
    /// Hash(32) -> number(8). Canonical blocks alone.
    block_numbers,
    /// Number(8) ++ index(4) -> sender(20) ++ opaque transaction.
    transactions,
    /// Number(8) ++ index(4) -> rlp([receipt without bloom, gas used, first log index, revert
    /// reason]); the bloom follows from the logs.
    receipts,
    /// Number(8) -> rlp([[], ommers, withdrawals]): only of blocks that have any.
    bodies,
    /// Transaction hash(32) -> number(8) ++ index(4).
    transaction_index,
    /// Hash(32) -> number(8) ++ rlp(block): blocks off the canonical chain.
    side_blocks,

    // The state after the head, in the order of the tries.

    /// keccak256(address)(32) -> address(20) ++ account with its storage root (encode_account).
    accounts,
    /// keccak256(address)(32) ++ keccak256(slot)(32) -> slot ++ value (encode_slot).
    storage,
    /// keccak256(code)(32) -> code. Of the past too: never removed.
    codes,
    /// Path (path_key) -> RLP of the branch or extension there. A leaf is not stored: it follows
    /// from the row of `accounts` below its path.
    account_trie,
    /// keccak256(address)(32) ++ path (path_key) -> RLP of the branch or extension there.
    storage_trie,

    // The past of these: key ++ number(8) -> the row before that block changed it, empty when there
    // was none. The state after block M has the first of a key's rows with a number above M, and
    // the current row when there is none.

    accounts_history,
    storage_history,
    account_trie_history,
    storage_trie_history,

    /// Number(8) -> the keys that the block changed in the four (encode_changes): what to undo, and
    /// what to prune.
    changes,

    /// Kind(1) ++ the first 16 bytes of the address or topic ++ number(8) -> nothing: the block has
    /// such a log.
    log_index,
};
inline constexpr std::size_t family_count = 19;

[[nodiscard]] std::string_view name_of(Family family) noexcept;

/// The four tables whose past is kept.
enum class Table : std::uint8_t { accounts, storage, account_trie, storage_trie };
inline constexpr std::size_t table_count = 4;

[[nodiscard]] constexpr Family current_family(Table table) noexcept {
    switch (table) {
        case Table::accounts: return Family::accounts;
        case Table::storage: return Family::storage;
        case Table::account_trie: return Family::account_trie;
        case Table::storage_trie: return Family::storage_trie;
    }
    __builtin_unreachable();
}
[[nodiscard]] constexpr Family history_family(Table table) noexcept {
    switch (table) {
        case Table::accounts: return Family::accounts_history;
        case Table::storage: return Family::storage_history;
        case Table::account_trie: return Family::account_trie_history;
        case Table::storage_trie: return Family::storage_trie_history;
    }
    __builtin_unreachable();
}

/// Marks in `metadata`.
namespace mark {
inline constexpr std::string_view schema_version = "schema_version";  ///< 4 bytes.
inline constexpr std::string_view genesis_hash = "genesis_hash";      ///< 32 bytes.
inline constexpr std::string_view head_number = "head_number";        ///< 8 bytes.
inline constexpr std::string_view oldest_block = "oldest_block";      ///< 8 bytes.
inline constexpr std::string_view oldest_state = "oldest_state";      ///< 8 bytes.
}  // namespace mark

/// A key as it is put together: on the stack.
class Key {
public:
    Key() = default;
    explicit Key(ByteView bytes) { append(bytes); }

    Key& append(ByteView bytes) noexcept {
        std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
        size_ += bytes.size();
        return *this;
    }
    Key& append(std::uint8_t byte) noexcept {
        bytes_[size_++] = byte;
        return *this;
    }
    Key& append_number(std::uint64_t number) noexcept {
        for (int shift = 56; shift >= 0; shift -= 8)
            append(static_cast<std::uint8_t>(number >> shift));
        return *this;
    }
    Key& append_index(std::uint32_t index) noexcept {
        for (int shift = 24; shift >= 0; shift -= 8)
            append(static_cast<std::uint8_t>(index >> shift));
        return *this;
    }
    [[nodiscard]] ByteView view() const noexcept { return ByteView{bytes_}.first(size_); }

private:
    static constexpr std::size_t max_size = 32 + 1 + 32 + 8 + 4;
    std::array<std::uint8_t, max_size> bytes_{};
    std::size_t size_ = 0;
};

[[nodiscard]] inline Key number_key(std::uint64_t number) noexcept {
    return Key{}.append_number(number);
}
[[nodiscard]] inline Key transaction_key(std::uint64_t number, std::uint32_t index) noexcept {
    return Key{}.append_number(number).append_index(index);
}
[[nodiscard]] inline Key slot_key(const Hash32& address_hash, const Hash32& slot_hash) noexcept {
    return Key{}.append(address_hash.bytes).append(slot_hash.bytes);
}
[[nodiscard]] inline Key history_key(ByteView key, std::uint64_t number) noexcept {
    return Key{key}.append_number(number);
}
/// Nibbles(1) ++ the nibbles, two a byte: no path's key begins another's. `prefix` is nothing, or
/// keccak256(address).
[[nodiscard]] Key path_key(ByteView prefix, trie::NibbleView path) noexcept;

/// What a log index entry is about: the address, the topic at position kind - 1, or that the block
/// has logs at all.
enum class LogKind : std::uint8_t { address, topic0, topic1, topic2, topic3, any };
inline constexpr std::size_t log_value_size = 16;
/// Without the number.
[[nodiscard]] Key log_prefix(LogKind kind, ByteView value) noexcept;

// Rows. A row that no encoder makes is refused: the disk has changed it.

/// What is wrong with a row.
struct BadRow {
    std::string_view reason;
};
template <typename T>
using Decoded = std::expected<T, BadRow>;

[[nodiscard]] Bytes encode_number(std::uint64_t number);
[[nodiscard]] Decoded<std::uint64_t> decode_number(ByteView row);

[[nodiscard]] Bytes encode_location(const TransactionLocation& at);
[[nodiscard]] Decoded<TransactionLocation> decode_location(ByteView row);

[[nodiscard]] Bytes encode_header_row(const StoredHeader& header);
[[nodiscard]] Decoded<StoredHeader> decode_header_row(ByteView row);
/// Its first field alone.
[[nodiscard]] Decoded<Hash32> decode_header_hash(ByteView row);

[[nodiscard]] Bytes encode_transaction_row(const Address& sender, ByteView opaque);
[[nodiscard]] Decoded<StoredTransaction> decode_transaction_row(ByteView row);

[[nodiscard]] Bytes encode_receipt_row(const Receipt& receipt, std::uint64_t gas_used,
                                       std::uint32_t first_log_index, ByteView revert_reason);
[[nodiscard]] Decoded<StoredReceipt> decode_receipt_row(ByteView row);

/// What a block has besides its transactions.
[[nodiscard]] Bytes encode_body_row(const Block& block);
[[nodiscard]] Decoded<BlockBody> decode_body_row(ByteView row);

[[nodiscard]] Bytes encode_side_block(std::uint64_t number, const Block& block);
[[nodiscard]] Decoded<Block> decode_side_block(ByteView row);

struct AccountRow {
    Address address;
    Account account;
    Hash32 storage_root = EMPTY_TRIE_ROOT;

    friend bool operator==(const AccountRow&, const AccountRow&) = default;
};
/// Address(20) ++ nonce's size(1), with bit 7 if there is code and bit 6 if there is storage ++
/// balance's size(1) ++ nonce ++ balance [++ code hash(32)] [++ storage root(32)]; the numbers
/// without leading zeros.
[[nodiscard]] Bytes encode_account(const AccountRow& account);
[[nodiscard]] Decoded<AccountRow> decode_account(ByteView row);

struct SlotRow {
    uint256 key;
    uint256 value;  ///< Never zero.

    friend bool operator==(const SlotRow&, const SlotRow&) = default;
};
/// Key's size(1) ++ key ++ value, both without leading zeros.
[[nodiscard]] Bytes encode_slot(const SlotRow& slot);
[[nodiscard]] Decoded<SlotRow> decode_slot(ByteView row);

/// Keys of each of the four tables, ascending.
using ChangedKeys = std::array<std::vector<Bytes>, table_count>;
/// For each table: count(4), and for each key what it shares with the one before(1) ++ size of the
/// rest(1) ++ rest.
[[nodiscard]] Bytes encode_changes(const ChangedKeys& keys);
[[nodiscard]] Decoded<ChangedKeys> decode_changes(ByteView row);

}  // namespace meta138::storage::schema
