// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"
#include "meta138/types/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

namespace meta138 {

using Bloom = FixedBytes<256>;     ///< Yellow Paper 4.3.1, the bloom filter of logs.
using BlockNonce = FixedBytes<8>;  ///< Proof-of-work nonce; in IBFT 2 genesis files a vote.

/// A block header of any fork, with the field names of execution-specs. The optional fields arrived
/// in this order, and a header that has one has all before it.
struct Header {
    Hash32 parent_hash;
    Hash32 ommers_hash;
    Address coinbase;
    Hash32 state_root;
    Hash32 transactions_root;
    Hash32 receipt_root;
    Bloom bloom;
    uint256 difficulty;
    std::uint64_t number = 0;
    std::uint64_t gas_limit = 0;
    std::uint64_t gas_used = 0;
    std::uint64_t timestamp = 0;  ///< Seconds since the Unix epoch.
    Bytes extra_data;
    Hash32 prev_randao;  ///< Before Paris: mix_hash of the proof of work; in QBFT a constant.
    BlockNonce nonce;
    std::optional<uint256> base_fee_per_gas;         ///< London (EIP-1559)
    std::optional<Hash32> withdrawals_root;          ///< Shanghai (EIP-4895)
    std::optional<std::uint64_t> blob_gas_used;      ///< Cancun (EIP-4844)
    std::optional<std::uint64_t> excess_blob_gas;    ///< Cancun (EIP-4844)
    std::optional<Hash32> parent_beacon_block_root;  ///< Cancun (EIP-4788)
    std::optional<Hash32> requests_hash;             ///< Prague (EIP-7685)

    friend bool operator==(const Header&, const Header&) = default;
};

/// EIP-4895: a withdrawal pushed by the consensus layer.
struct Withdrawal {
    std::uint64_t index = 0;
    std::uint64_t validator_index = 0;
    Address address;
    std::uint64_t amount = 0;  ///< In Gwei.

    friend bool operator==(const Withdrawal&, const Withdrawal&) = default;
};

struct Block {
    Header header;
    std::vector<Transaction> transactions;
    std::vector<Header> ommers;
    std::optional<std::vector<Withdrawal>> withdrawals;  ///< Shanghai and later.

    friend bool operator==(const Block&, const Block&) = default;
};

/// A block without its header: what eth/ messages carry.
struct BlockBody {
    std::vector<Transaction> transactions;
    std::vector<Header> ommers;
    std::optional<std::vector<Withdrawal>> withdrawals;  ///< Shanghai and later.

    friend bool operator==(const BlockBody&, const BlockBody&) = default;
};

// Decoding is strict about form: canonical RLP, sizes, no more fields than there are. Which
// optional fields a header must have is for the fork to say, not for the decoder.

/// rlp([parent_hash, ommers_hash, ..., nonce] and the optional fields in their order).
std::expected<Header, rlp::DecodeError> decode_header(ByteView encoded);
/// `header` must be well-formed (is_well_formed).
Bytes encode_header(const Header& header);
Header read_header(rlp::Reader& in);
void write_header(rlp::Writer& out, const Header& header);

/// No optional field is set behind one that is not: only then a header has an encoding.
bool is_well_formed(const Header& header) noexcept;

/// keccak256 of the encoded header.
Hash32 block_hash(const Header& header);

/// EIP-4895: rlp([index, validator_index, address, amount]).
std::expected<Withdrawal, rlp::DecodeError> decode_withdrawal(ByteView encoded);
Bytes encode_withdrawal(const Withdrawal& withdrawal);
Withdrawal read_withdrawal(rlp::Reader& in);
void write_withdrawal(rlp::Writer& out, const Withdrawal& withdrawal);

/// rlp([header, transactions, ommers]), and withdrawals if the block has them.
std::expected<Block, rlp::DecodeError> decode_block(ByteView encoded);
Bytes encode_block(const Block& block);
Block read_block(rlp::Reader& in);
void write_block(rlp::Writer& out, const Block& block);

/// rlp([transactions, ommers]), and withdrawals if the block has them.
std::expected<BlockBody, rlp::DecodeError> decode_block_body(ByteView encoded);
Bytes encode_block_body(const BlockBody& body);
BlockBody read_block_body(rlp::Reader& in);
void write_block_body(rlp::Writer& out, const BlockBody& body);

/// Header.transactions_root: the root of the trie from rlp(index) to the opaque transaction.
Hash32 transactions_root(std::span<const Transaction> transactions);
/// Header.ommers_hash: keccak256 of the list of ommers.
Hash32 ommers_hash(std::span<const Header> ommers);
/// Header.withdrawals_root: the root of the trie from rlp(index) to the withdrawal.
Hash32 withdrawals_root(std::span<const Withdrawal> withdrawals);

}  // namespace meta138
