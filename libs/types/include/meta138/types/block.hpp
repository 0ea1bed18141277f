// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/types/transaction.hpp"

#include <cstdint>
#include <optional>
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

}  // namespace meta138
