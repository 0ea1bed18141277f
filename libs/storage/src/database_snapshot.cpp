// SPDX-License-Identifier: Apache-2.0
#include "database_snapshot.hpp"

#include <utility>

namespace meta138::storage {

using schema::Family;

DatabaseSnapshot::DatabaseSnapshot(std::shared_ptr<const Rocks> rocks)
    : rocks_{std::move(rocks)}, snapshot_{rocks_->database().GetSnapshot()} {
    try {
        const auto head = as_bytes(schema::mark::head_number);
        rocksdb::PinnableSlice row;
        if (!rocks_->get(Family::metadata, head, snapshot_, row)) return;
        const auto number =
            rocks_->decoded(schema::decode_number(to_view(row)), Family::metadata, head);
        head_ = header(number);
        if (!head_)
            rocks_->fail_on_row(Family::headers, schema::number_key(number).view(), "missing");
        oldest_block_ = mark_or(schema::mark::oldest_block, 0);
        oldest_state_ = mark_or(schema::mark::oldest_state, 0);
    } catch (...) {
        rocks_->database().ReleaseSnapshot(snapshot_);
        throw;
    }
}

DatabaseSnapshot::~DatabaseSnapshot() {
    rocks_->database().ReleaseSnapshot(snapshot_);
}

std::uint64_t DatabaseSnapshot::mark_or(std::string_view name, std::uint64_t otherwise) const {
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::metadata, as_bytes(name), snapshot_, row)) return otherwise;
    return rocks_->decoded(schema::decode_number(to_view(row)), Family::metadata, as_bytes(name));
}

std::optional<StoredHeader> DatabaseSnapshot::header(std::uint64_t number) const {
    if (head_ && number == head_->header.number) return head_;
    const auto key = schema::number_key(number);
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::headers, key.view(), snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_header_row(to_view(row)), Family::headers, key.view());
}

std::optional<Hash32> DatabaseSnapshot::block_hash(std::uint64_t number) const {
    const auto key = schema::number_key(number);
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::headers, key.view(), snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_header_hash(to_view(row)), Family::headers, key.view());
}

std::optional<std::uint64_t> DatabaseSnapshot::block_number(const Hash32& hash) const {
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::block_numbers, hash.bytes, snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_number(to_view(row)), Family::block_numbers, hash.bytes);
}

// The genesis block is kept always.
bool DatabaseSnapshot::has_body(std::uint64_t number) const {
    return number == 0 || number >= oldest_block_;
}

std::optional<Block> DatabaseSnapshot::block(std::uint64_t number) const {
    if (!has_body(number)) return std::nullopt;
    const auto stored = header(number);
    if (!stored) return std::nullopt;
    Block block{.header = stored->header, .transactions = {}, .ommers = {}, .withdrawals = {}};
    block.transactions.reserve(stored->transaction_count);
    for_each_row(Family::transactions, *stored, [&](ByteView key, ByteView row) {
        block.transactions.push_back(
            rocks_->decoded(schema::decode_transaction_row(row), Family::transactions, key)
                .transaction);
    });
    if (block.header.withdrawals_root) block.withdrawals.emplace();
    const auto key = schema::number_key(number);
    rocksdb::PinnableSlice row;
    if (rocks_->get(Family::bodies, key.view(), snapshot_, row)) {
        auto extra =
            rocks_->decoded(schema::decode_body_row(to_view(row)), Family::bodies, key.view());
        block.ommers = std::move(extra.ommers);
        block.withdrawals = std::move(extra.withdrawals);
    }
    return block;
}

void DatabaseSnapshot::for_each_row(Family family, const StoredHeader& header,
                                    const OnRow& on_row) const {
    if (header.transaction_count == 0) return;
    const auto rows = rocks_->iterate(family, snapshot_);
    std::uint32_t index = 0;
    for (rows->Seek(to_slice(schema::transaction_key(header.header.number, 0).view()));
         index < header.transaction_count; rows->Next(), ++index) {
        const auto key = schema::transaction_key(header.header.number, index);
        if (!rows->Valid() || !equal(to_view(rows->key()), key.view())) {
            rocks_->check(rows->status(), "read");
            rocks_->fail_on_row(family, key.view(), "missing");
        }
        on_row(key.view(), to_view(rows->value()));
    }
}

std::optional<StoredTransaction> DatabaseSnapshot::transaction(
    const TransactionLocation& at) const {
    const auto key = schema::transaction_key(at.block_number, at.index);
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::transactions, key.view(), snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_transaction_row(to_view(row)), Family::transactions,
                           key.view());
}

std::optional<StoredReceipt> DatabaseSnapshot::receipt(const TransactionLocation& at) const {
    const auto key = schema::transaction_key(at.block_number, at.index);
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::receipts, key.view(), snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_receipt_row(to_view(row)), Family::receipts, key.view());
}

std::optional<std::vector<StoredTransaction>> DatabaseSnapshot::transactions(
    std::uint64_t number) const {
    const auto stored = has_body(number) ? header(number) : std::nullopt;
    if (!stored) return std::nullopt;
    std::vector<StoredTransaction> result;
    result.reserve(stored->transaction_count);
    for_each_row(Family::transactions, *stored, [&](ByteView key, ByteView row) {
        result.push_back(
            rocks_->decoded(schema::decode_transaction_row(row), Family::transactions, key));
    });
    return result;
}

std::optional<std::vector<StoredReceipt>> DatabaseSnapshot::receipts(std::uint64_t number) const {
    const auto stored = has_body(number) ? header(number) : std::nullopt;
    if (!stored) return std::nullopt;
    std::vector<StoredReceipt> result;
    result.reserve(stored->transaction_count);
    for_each_row(Family::receipts, *stored, [&](ByteView key, ByteView row) {
        result.push_back(rocks_->decoded(schema::decode_receipt_row(row), Family::receipts, key));
    });
    return result;
}

std::optional<TransactionLocation> DatabaseSnapshot::find_transaction(const Hash32& hash) const {
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::transaction_index, hash.bytes, snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_location(to_view(row)), Family::transaction_index,
                           hash.bytes);
}

std::optional<Block> DatabaseSnapshot::side_block(const Hash32& hash) const {
    rocksdb::PinnableSlice row;
    if (!rocks_->get(Family::side_blocks, hash.bytes, snapshot_, row)) return std::nullopt;
    return rocks_->decoded(schema::decode_side_block(to_view(row)), Family::side_blocks,
                           hash.bytes);
}

}  // namespace meta138::storage
