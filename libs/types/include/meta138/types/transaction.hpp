// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <cstdint>
#include <optional>
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

}  // namespace meta138
