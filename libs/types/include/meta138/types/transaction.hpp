// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

namespace meta138 {

/// EIP-2718 transaction types.
enum class TransactionType : std::uint8_t {
    legacy = 0,
    access_list = 1,  ///< EIP-2930
    dynamic_fee = 2,  ///< EIP-1559
    blob = 3,         ///< EIP-4844
    set_code = 4,     ///< EIP-7702
};

/// EIP-2930: storage that a transaction declares it will touch.
struct AccessListEntry {
    Address address;
    std::vector<Hash32> storage_keys;

    friend bool operator==(const AccessListEntry&, const AccessListEntry&) = default;
};
using AccessList = std::vector<AccessListEntry>;

/// EIP-7702: an account's signed consent to run the code at `address` as its own.
struct Authorization {
    uint256 chain_id;  ///< 0: valid on every chain.
    Address address;
    std::uint64_t nonce = 0;
    uint256 y_parity;  ///< Any value below 2^8 decodes; only 0 and 1 recover.
    uint256 r;
    uint256 s;

    friend bool operator==(const Authorization&, const Authorization&) = default;
};

/// A signed transaction of any type. Fields that a type lacks stay at their defaults.
struct Transaction {
    TransactionType type = TransactionType::legacy;
    /// Absent in a legacy transaction without replay protection (before EIP-155).
    std::optional<std::uint64_t> chain_id;
    std::uint64_t nonce = 0;
    /// Legacy and EIP-2930: the gas price, here and in max_fee_per_gas.
    uint256 max_priority_fee_per_gas;
    uint256 max_fee_per_gas;
    std::uint64_t gas_limit = 0;
    std::optional<Address> to;  ///< Absent: contract creation.
    uint256 value;
    Bytes data;
    AccessList access_list;
    uint256 max_fee_per_blob_gas;
    std::vector<Hash32> blob_versioned_hashes;
    std::vector<Authorization> authorization_list;
    std::uint8_t y_parity = 0;  ///< 0 or 1; of legacy signatures derived from v.
    uint256 r;
    uint256 s;

    friend bool operator==(const Transaction&, const Transaction&) = default;
};

struct TransactionDecodeError {
    enum class Kind : std::uint8_t {
        empty,               ///< No bytes.
        type_not_supported,  ///< The first byte is no list and no type of TransactionType.
        malformed,           ///< What follows is not that type's list of fields: see rlp.
    };
    Kind kind{};
    rlp::DecodeError rlp;  ///< Of malformed; its offset counts from the first byte, the type's.

    friend bool operator==(const TransactionDecodeError&, const TransactionDecodeError&) = default;
};

std::string to_string(const TransactionDecodeError& error);

/// The opaque form, in which transactions are hashed, put into the transactions trie and sent
/// through JSON-RPC: a list (legacy), or the type's byte and a list (EIP-2718).
///
/// Strict about form: canonical RLP, sizes, a y parity of 0 or 1, a legacy v of 27, 28 or at least
/// 35 (EIP-155) that leaves a chain id below 2^64. What a fork allows, and whether `to` may be
/// absent, is validate_transaction_form's.
std::expected<Transaction, TransactionDecodeError> decode_transaction(ByteView opaque);

/// The inverse of decode_transaction. A legacy transaction with a chain id has EIP-155's v.
Bytes encode_transaction(const Transaction& transaction);

/// The next item of a block's list of transactions: a list (legacy), or a string with an opaque
/// form.
Transaction read_transaction(rlp::Reader& in);
void write_transaction(rlp::Writer& out, const Transaction& transaction);

/// keccak256 of the opaque form.
Hash32 transaction_hash(const Transaction& transaction);

}  // namespace meta138
