// SPDX-License-Identifier: Apache-2.0
#include "block_writer.hpp"

#include "log_index.hpp"
#include "schema.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/crypto/keccak.hpp"

#include <fmt/format.h>

#include <vector>

namespace meta138::storage {
namespace {

using schema::Family;

/// A block of column families' rows in the making.
class Rows {
public:
    Rows(const Rocks& rocks, rocksdb::WriteBatch& batch) : rocks_{&rocks}, batch_{&batch} {}

    void put(Family family, ByteView key, ByteView row) {
        rocks_->check(batch_->Put((*rocks_)[family], to_slice(key), to_slice(row)),
                      "write a block");
    }
    void remove(Family family, ByteView key) {
        rocks_->check(batch_->Delete((*rocks_)[family], to_slice(key)), "remove a block");
    }

private:
    const Rocks* rocks_;
    rocksdb::WriteBatch* batch_;
};

/// Of the whole block's RLP, without encoding it.
std::uint64_t block_size(const Block& block, std::size_t header_size,
                         const std::vector<Bytes>& transactions) {
    std::size_t payload = header_size;
    std::size_t list = 0;
    for (std::size_t i = 0; i < transactions.size(); ++i)
        list += block.transactions[i].type == TransactionType::legacy
                    ? transactions[i].size()
                    : rlp::encoded_size(ByteView{transactions[i]});
    payload += rlp::list_size(list);
    list = 0;
    for (const auto& ommer : block.ommers) list += encode_header(ommer).size();
    payload += rlp::list_size(list);
    if (block.withdrawals) {
        list = 0;
        for (const auto& withdrawal : *block.withdrawals)
            list += encode_withdrawal(withdrawal).size();
        payload += rlp::list_size(list);
    }
    return rlp::list_size(payload);
}

void write_transactions(Rows& rows, const BlockRecord& record,
                        const std::vector<Bytes>& transactions) {
    const auto number = record.block.header.number;
    std::vector<ByteView> views(transactions.begin(), transactions.end());
    std::vector<Hash32> hashes(views.size());
    crypto::keccak256_batch(views, hashes);
    for (std::uint32_t i = 0; i < transactions.size(); ++i) {
        rows.put(Family::transactions, schema::transaction_key(number, i).view(),
                 schema::encode_transaction_row(record.senders[i], transactions[i]));
        rows.put(Family::transaction_index, hashes[i].bytes,
                 schema::encode_location({.block_number = number, .index = i}));
    }
}

void write_receipts(Rows& rows, const BlockRecord& record) {
    const auto number = record.block.header.number;
    std::uint64_t gas_before = 0;
    std::uint32_t first_log_index = 0;
    for (std::uint32_t i = 0; i < record.receipts.size(); ++i) {
        const auto& receipt = record.receipts[i];
        const auto reason =
            record.revert_reasons.empty() ? ByteView{} : ByteView{record.revert_reasons[i]};
        rows.put(Family::receipts, schema::transaction_key(number, i).view(),
                 schema::encode_receipt_row(receipt, receipt.cumulative_gas_used - gas_before,
                                            first_log_index, reason));
        gas_before = receipt.cumulative_gas_used;
        first_log_index += static_cast<std::uint32_t>(receipt.logs.size());
    }
    for_each_log_key(number, record.receipts,
                     [&](ByteView key) { rows.put(Family::log_index, key, {}); });
}

bool has_extra_body(const Block& block) {
    return !block.ommers.empty() || (block.withdrawals && !block.withdrawals->empty());
}

}  // namespace

StoredHeader write_block_rows(const Rocks& rocks, rocksdb::WriteBatch& batch,
                              const BlockRecord& record, const StoredHeader* parent) {
    const auto& block = record.block;
    const auto number = block.header.number;
    META138_ASSERT(record.senders.size() == block.transactions.size());
    META138_ASSERT(record.receipts.size() == block.transactions.size());
    META138_ASSERT(record.revert_reasons.empty() ||
                   record.revert_reasons.size() == block.transactions.size());

    std::vector<Bytes> transactions;
    transactions.reserve(block.transactions.size());
    for (const auto& transaction : block.transactions)
        transactions.push_back(encode_transaction(transaction));

    const StoredHeader header{
        .header = block.header,
        .hash = record.hash,
        .total_difficulty =
            block.header.difficulty + (parent != nullptr ? parent->total_difficulty : uint256{}),
        .block_size = block_size(block, encode_header(block.header).size(), transactions),
        .transaction_count = static_cast<std::uint32_t>(transactions.size()),
    };
    Rows rows{rocks, batch};
    const auto key = schema::number_key(number);
    rows.put(Family::headers, key.view(), schema::encode_header_row(header));
    rows.put(Family::block_numbers, record.hash.bytes, key.view());
    rows.put(Family::metadata, as_bytes(schema::mark::head_number), key.view());
    write_transactions(rows, record, transactions);
    write_receipts(rows, record);
    if (has_extra_body(block)) rows.put(Family::bodies, key.view(), schema::encode_body_row(block));
    return header;
}

void remove_body(const Rocks& rocks, rocksdb::WriteBatch& batch, const StoredHeader& header) {
    Rows rows{rocks, batch};
    const auto number = header.header.number;
    std::vector<Receipt> receipts;
    for (std::uint32_t i = 0; i < header.transaction_count; ++i) {
        const auto key = schema::transaction_key(number, i);
        rocksdb::PinnableSlice row;
        if (!rocks.get(Family::transactions, key.view(), nullptr, row) ||
            row.size() < Address::size())
            rocks.fail_on_row(Family::transactions, key.view(), "missing");
        const auto opaque = to_view(row).subspan(Address::size());
        rows.remove(Family::transaction_index, crypto::keccak256(opaque).bytes);
        rows.remove(Family::transactions, key.view());
        if (!rocks.get(Family::receipts, key.view(), nullptr, row))
            rocks.fail_on_row(Family::receipts, key.view(), "missing");
        receipts.push_back(
            rocks.decoded(schema::decode_receipt_row(to_view(row)), Family::receipts, key.view())
                .receipt);
        rows.remove(Family::receipts, key.view());
    }
    for_each_log_key(number, receipts, [&](ByteView key) { rows.remove(Family::log_index, key); });
    rows.remove(Family::bodies, schema::number_key(number).view());
}

}  // namespace meta138::storage
