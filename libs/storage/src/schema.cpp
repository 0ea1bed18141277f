// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <limits>

namespace meta138::storage::schema {
namespace {

constexpr std::uint8_t has_code = 0x80;
constexpr std::uint8_t has_storage = 0x40;
constexpr std::uint8_t size_mask = 0x3f;

std::unexpected<BadRow> bad(std::string_view reason) {
    return std::unexpected{BadRow{reason}};
}

/// Takes a row apart from its front.
class RowReader {
public:
    explicit RowReader(ByteView row) noexcept : rest_{row} {}

    /// Of exactly that size; nothing, and an error from then on, when there is less.
    ByteView take(std::size_t size) noexcept {
        if (failed_ || size > rest_.size()) {
            failed_ = true;
            return {};
        }
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    ByteView take_rest() noexcept { return take(rest_.size()); }
    std::uint8_t byte() noexcept {
        const auto taken = take(1);
        return taken.empty() ? std::uint8_t{0} : taken[0];
    }
    template <typename Fixed>
    Fixed fixed() noexcept {
        Fixed result;
        const auto taken = take(Fixed::size());
        if (!taken.empty()) std::ranges::copy(taken, result.begin());
        return result;
    }
    template <typename T>
    T big_endian(std::size_t size = sizeof(T)) noexcept {
        T result = 0;
        for (const auto byte : take(size)) result = static_cast<T>(result << 8 | byte);
        return result;
    }
    /// Without leading zeros, at most 32 bytes.
    uint256 trimmed(std::size_t size) noexcept {
        const auto taken = take(size);
        if (taken.size() > 32 || (!taken.empty() && taken[0] == 0)) failed_ = true;
        if (failed_) return {};
        Hash32 word;
        std::ranges::copy(taken, word.begin() + static_cast<std::ptrdiff_t>(32 - taken.size()));
        return load_be32(word.data());
    }
    [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] bool finished() const noexcept { return !failed_ && rest_.empty(); }

private:
    ByteView rest_;
    bool failed_ = false;
};

void append(Bytes& out, ByteView bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void append_trimmed(Bytes& out, const uint256& value) {
    const auto word = to_hash32(value);
    append(out, ByteView{word.bytes}.last(value.byte_length()));
}

}  // namespace

std::string_view name_of(Family family) noexcept {
    switch (family) {
        case Family::metadata: return "metadata";
        case Family::headers: return "headers";
        case Family::block_numbers: return "block_numbers";
        case Family::transactions: return "transactions";
        case Family::receipts: return "receipts";
        case Family::bodies: return "bodies";
        case Family::transaction_index: return "transaction_index";
        case Family::side_blocks: return "side_blocks";
        case Family::accounts: return "accounts";
        case Family::storage: return "storage";
        case Family::codes: return "codes";
        case Family::account_trie: return "account_trie";
        case Family::storage_trie: return "storage_trie";
        case Family::accounts_history: return "accounts_history";
        case Family::storage_history: return "storage_history";
        case Family::account_trie_history: return "account_trie_history";
        case Family::storage_trie_history: return "storage_trie_history";
        case Family::changes: return "changes";
        case Family::log_index: return "log_index";
    }
    __builtin_unreachable();
}

Key path_key(ByteView prefix, trie::NibbleView path) noexcept {
    META138_ASSERT(path.size() <= 64);
    Key key{prefix};
    key.append(static_cast<std::uint8_t>(path.size()));
    for (std::size_t i = 0; i < path.size(); i += 2) {
        const auto low = i + 1 < path.size() ? path[i + 1] : std::uint8_t{0};
        key.append(static_cast<std::uint8_t>(path[i] << 4 | low));
    }
    return key;
}

Key log_prefix(LogKind kind, ByteView value) noexcept {
    Key key;
    key.append(static_cast<std::uint8_t>(kind));
    if (value.empty()) return key.append(std::array<std::uint8_t, log_value_size>{});
    return key.append(value.first(log_value_size));
}

Bytes encode_number(std::uint64_t number) {
    return to_bytes(number_key(number).view());
}
Decoded<std::uint64_t> decode_number(ByteView row) {
    RowReader in{row};
    const auto number = in.big_endian<std::uint64_t>();
    if (!in.finished()) return bad("not a number of 8 bytes");
    return number;
}

Bytes encode_location(const TransactionLocation& at) {
    return to_bytes(transaction_key(at.block_number, at.index).view());
}
Decoded<TransactionLocation> decode_location(ByteView row) {
    RowReader in{row};
    const TransactionLocation at{
        .block_number = in.big_endian<std::uint64_t>(),
        .index = in.big_endian<std::uint32_t>(),
    };
    if (!in.finished()) return bad("not a number of 8 bytes and an index of 4");
    return at;
}

Bytes encode_header_row(const StoredHeader& header) {
    rlp::Writer out;
    out.raw(header.hash.bytes);
    out.list([&] {
        out.integer(header.total_difficulty)
            .integer(header.block_size)
            .integer(std::uint64_t{header.transaction_count});
        write_header(out, header.header);
    });
    return out.take();
}

Decoded<Hash32> decode_header_hash(ByteView row) {
    RowReader in{row};
    const auto hash = in.fixed<Hash32>();
    if (in.failed()) return bad("no hash");
    return hash;
}

Decoded<StoredHeader> decode_header_row(ByteView row) {
    TRY_LET(const auto hash, decode_header_hash(row));
    auto in = rlp::Reader::list(row.subspan(Hash32::size()));
    StoredHeader header;
    header.hash = hash;
    header.total_difficulty = in.integer<uint256>();
    header.block_size = in.integer<std::uint64_t>();
    header.transaction_count = in.integer<std::uint32_t>();
    header.header = read_header(in);
    if (!in.finish()) return bad("not the RLP of a header row");
    return header;
}

Bytes encode_transaction_row(const Address& sender, ByteView opaque) {
    Bytes row;
    row.reserve(sender.size() + opaque.size());
    append(row, sender.bytes);
    append(row, opaque);
    return row;
}

Decoded<StoredTransaction> decode_transaction_row(ByteView row) {
    RowReader in{row};
    const auto sender = in.fixed<Address>();
    auto transaction = decode_transaction(in.take_rest());
    if (in.failed() || !transaction) return bad("not a sender and a transaction");
    return StoredTransaction{.transaction = *std::move(transaction), .sender = sender};
}

Bytes encode_receipt_row(const Receipt& receipt, std::uint64_t gas_used,
                         std::uint32_t first_log_index, ByteView revert_reason) {
    rlp::Writer out;
    out.list([&] {
        write_receipt_without_bloom(out, receipt);
        out.integer(gas_used).integer(std::uint64_t{first_log_index}).string(revert_reason);
    });
    return out.take();
}

Decoded<StoredReceipt> decode_receipt_row(ByteView row) {
    auto in = rlp::Reader::list(row);
    StoredReceipt receipt;
    receipt.receipt = read_receipt_without_bloom(in);
    receipt.gas_used = in.integer<std::uint64_t>();
    receipt.first_log_index = in.integer<std::uint32_t>();
    receipt.revert_reason = to_bytes(in.bytes());
    if (!in.finish()) return bad("not the RLP of a receipt row");
    return receipt;
}

Bytes encode_body_row(const Block& block) {
    return encode_block_body(
        {.transactions = {}, .ommers = block.ommers, .withdrawals = block.withdrawals});
}
Decoded<BlockBody> decode_body_row(ByteView row) {
    auto body = decode_block_body(row);
    if (!body) return bad("not the RLP of a block's body");
    return *std::move(body);
}

Bytes encode_side_block(std::uint64_t number, const Block& block) {
    auto row = encode_number(number);
    append(row, encode_block(block));
    return row;
}
Decoded<Block> decode_side_block(ByteView row) {
    RowReader in{row};
    const auto number = in.big_endian<std::uint64_t>();
    auto block = decode_block(in.take_rest());
    if (in.failed() || !block || block->header.number != number)
        return bad("not a number and the RLP of its block");
    return *std::move(block);
}

Bytes encode_account(const AccountRow& row) {
    const auto& account = row.account;
    const uint256 nonce{account.nonce};
    const bool with_code = account.code_hash != EMPTY_CODE_HASH;
    const bool with_storage = row.storage_root != EMPTY_TRIE_ROOT;
    Bytes out;
    out.reserve(Address::size() + 2 + nonce.byte_length() + account.balance.byte_length() + 64);
    append(out, row.address.bytes);
    out.push_back(static_cast<std::uint8_t>(nonce.byte_length() | (with_code ? has_code : 0) |
                                            (with_storage ? has_storage : 0)));
    out.push_back(static_cast<std::uint8_t>(account.balance.byte_length()));
    append_trimmed(out, nonce);
    append_trimmed(out, account.balance);
    if (with_code) append(out, account.code_hash.bytes);
    if (with_storage) append(out, row.storage_root.bytes);
    return out;
}

Decoded<AccountRow> decode_account(ByteView row) {
    RowReader in{row};
    AccountRow result;
    result.address = in.fixed<Address>();
    const auto flags = in.byte();
    const auto balance_size = in.byte();
    const auto nonce = in.trimmed(flags & size_mask);
    result.account.nonce = nonce.low64();
    result.account.balance = in.trimmed(balance_size);
    if ((flags & has_code) != 0) {
        result.account.code_hash = in.fixed<Hash32>();
        if (result.account.code_hash == EMPTY_CODE_HASH) return bad("a code hash of no code");
    }
    if ((flags & has_storage) != 0) {
        result.storage_root = in.fixed<Hash32>();
        if (result.storage_root == EMPTY_TRIE_ROOT) return bad("a storage root of no storage");
    }
    if (!in.finished() || !nonce.fits_uint64()) return bad("not an account");
    return result;
}

Bytes encode_slot(const SlotRow& slot) {
    META138_ASSERT(!slot.value.is_zero());
    Bytes out;
    out.reserve(1 + slot.key.byte_length() + slot.value.byte_length());
    out.push_back(static_cast<std::uint8_t>(slot.key.byte_length()));
    append_trimmed(out, slot.key);
    append_trimmed(out, slot.value);
    return out;
}

Decoded<SlotRow> decode_slot(ByteView row) {
    RowReader in{row};
    SlotRow slot;
    slot.key = in.trimmed(in.byte());
    slot.value = in.trimmed(in.left());
    if (!in.finished() || slot.value.is_zero()) return bad("not a slot and its value");
    return slot;
}

Bytes encode_changes(const ChangedKeys& keys) {
    Bytes out;
    for (const auto& table : keys) {
        append(out, Key{}.append_index(static_cast<std::uint32_t>(table.size())).view());
        ByteView before;
        for (const auto& key : table) {
            const auto shared =
                static_cast<std::size_t>(std::ranges::mismatch(before, key).in1 - before.begin());
            META138_ASSERT(key.size() <= std::numeric_limits<std::uint8_t>::max());
            out.push_back(static_cast<std::uint8_t>(shared));
            out.push_back(static_cast<std::uint8_t>(key.size() - shared));
            append(out, ByteView{key}.subspan(shared));
            before = key;
        }
    }
    return out;
}

Decoded<ChangedKeys> decode_changes(ByteView row) {
    RowReader in{row};
    ChangedKeys keys;
    for (auto& table : keys) {
        const auto count = in.big_endian<std::uint32_t>();
        if (count > in.left() / 2) return bad("more keys than there are bytes");
        table.reserve(count);
        ByteView before;
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::size_t shared = in.byte();
            const std::size_t rest = in.byte();
            if (shared > before.size() || shared + rest > 65) return bad("not a list of keys");
            auto& key = table.emplace_back(before.begin(),
                                           before.begin() + static_cast<std::ptrdiff_t>(shared));
            append(key, in.take(rest));
            before = key;
        }
    }
    if (!in.finished()) return bad("not a list of keys");
    return keys;
}

}  // namespace meta138::storage::schema
