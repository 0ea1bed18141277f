// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

namespace meta138 {

/// One log record (Yellow Paper 4.3.1): at most four topics.
struct Log {
    Address address;
    std::vector<Hash32> topics;
    Bytes data;

    friend bool operator==(const Log&, const Log&) = default;
};

/// What a transaction did, as the receipts trie holds it.
struct Receipt {
    TransactionType type = TransactionType::legacy;
    bool succeeded = false;                 ///< Byzantium and later (EIP-658).
    std::optional<Hash32> post_state_root;  ///< Before Byzantium, in place of the status.
    std::uint64_t cumulative_gas_used = 0;  ///< Of the block up to and including this transaction.
    Bloom bloom;
    std::vector<Log> logs;

    friend bool operator==(const Receipt&, const Receipt&) = default;
};

/// rlp([address, topics, data]), with at most four topics.
Log read_log(rlp::Reader& in);
void write_log(rlp::Writer& out, const Log& log);

/// keccak256 of the list of logs: what state tests compare.
Hash32 logs_hash(std::span<const Log> logs);

/// The opaque form that the receipts trie holds: rlp([status or post-state root, cumulative gas,
/// bloom, logs]), after the type's byte unless it is legacy (EIP-2718). The decoder does not
/// compare the bloom with the logs.
std::expected<Receipt, rlp::DecodeError> decode_receipt(ByteView opaque);
Bytes encode_receipt(const Receipt& receipt);

/// The next item of a list of receipts, as eth/68 sends them: a list (legacy), or a string with an
/// opaque form.
Receipt read_receipt(rlp::Reader& in);
void write_receipt(rlp::Writer& out, const Receipt& receipt);

/// A receipt as eth/69 sends it (EIP-7642): rlp([type, status or post-state root, cumulative gas,
/// logs]). The reader computes the bloom from the logs.
Receipt read_receipt_without_bloom(rlp::Reader& in);
void write_receipt_without_bloom(rlp::Writer& out, const Receipt& receipt);

/// Header.receipt_root: the root of the trie from rlp(index) to the opaque receipt.
Hash32 receipts_root(std::span<const Receipt> receipts);

/// The bloom filter of the logs' addresses and topics (Yellow Paper 4.3.1).
Bloom bloom_of(std::span<const Log> logs) noexcept;
/// Header.bloom: the union of the receipts' blooms.
Bloom bloom_of(std::span<const Receipt> receipts) noexcept;

/// Adds an address or a topic to a bloom filter.
void add_to_bloom(Bloom& bloom, ByteView entry) noexcept;
/// The filter may hold `entry`; if not, no log of its block has it.
bool may_contain(const Bloom& bloom, ByteView entry) noexcept;

}  // namespace meta138
