// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/transaction_error.hpp"

namespace meta138 {
namespace {

struct Names {
    std::string_view exception;
    std::string_view phrase;
};

constexpr Names names_of(TransactionError error) noexcept {
    switch (error) {
        using enum TransactionError;
        case malformed: return {"RLP_INVALID_VALUE", "malformed transaction"};
        case type_not_supported: return {"TYPE_NOT_SUPPORTED", "transaction type not supported"};
        case type_1_tx_pre_fork:
            return {"TYPE_1_TX_PRE_FORK", "access list transaction before Berlin"};
        case type_2_tx_pre_fork:
            return {"TYPE_2_TX_PRE_FORK", "dynamic fee transaction before London"};
        case type_3_tx_pre_fork: return {"TYPE_3_TX_PRE_FORK", "blob transaction before Cancun"};
        case type_4_tx_pre_fork:
            return {"TYPE_4_TX_PRE_FORK", "set code transaction before Prague"};
        case invalid_chain_id: return {"INVALID_CHAINID", "signed for another chain id"};
        case invalid_signature_vrs: return {"INVALID_SIGNATURE_VRS", "invalid v, r, s values"};
        case ec_recovery_failed: return {"EC_RECOVERY_FAIL", "no sender fits the signature"};
        case nonce_is_max: return {"NONCE_IS_MAX", "nonce is 2^64 - 1"};
        case gas_limit_price_product_overflow:
            return {"GASLIMIT_PRICE_PRODUCT_OVERFLOW", "gas limit times price overflows 256 bits"};
        case priority_greater_than_max_fee_per_gas:
            return {"PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS",
                    "max priority fee per gas above max fee per gas"};
        case gas_limit_exceeds_maximum:
            return {"GAS_LIMIT_EXCEEDS_MAXIMUM", "gas limit above the cap of a transaction"};
        case initcode_size_exceeded:
            return {"INITCODE_SIZE_EXCEEDED", "init code above its maximum size"};
        case intrinsic_gas_too_low:
            return {"INTRINSIC_GAS_TOO_LOW", "intrinsic gas above the gas limit"};
        case intrinsic_gas_below_floor_gas_cost:
            return {"INTRINSIC_GAS_BELOW_FLOOR_GAS_COST",
                    "floor gas cost of the data above the gas limit"};
        case type_3_tx_contract_creation:
            return {"TYPE_3_TX_CONTRACT_CREATION", "blob transaction creates a contract"};
        case type_3_tx_zero_blobs:
            return {"TYPE_3_TX_ZERO_BLOBS", "blob transaction without blobs"};
        case type_3_tx_blob_count_exceeded:
            return {"TYPE_3_TX_BLOB_COUNT_EXCEEDED", "too many blobs in one transaction"};
        case type_3_tx_invalid_blob_versioned_hash:
            return {"TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH",
                    "blob versioned hash of an unknown version"};
        case type_3_tx_with_full_blobs:
            return {"TYPE_3_TX_WITH_FULL_BLOBS", "blob transaction with its blobs in a block"};
        case type_4_tx_contract_creation:
            return {"TYPE_4_TX_CONTRACT_CREATION", "set code transaction creates a contract"};
        case type_4_empty_authorization_list:
            return {"TYPE_4_EMPTY_AUTHORIZATION_LIST",
                    "set code transaction without authorizations"};
        case gas_allowance_exceeded:
            return {"GAS_ALLOWANCE_EXCEEDED", "gas limit above what the block has left"};
        case insufficient_max_fee_per_gas:
            return {"INSUFFICIENT_MAX_FEE_PER_GAS", "max fee per gas below the base fee"};
        case insufficient_max_fee_per_blob_gas:
            return {"INSUFFICIENT_MAX_FEE_PER_BLOB_GAS",
                    "max fee per blob gas below the blob base fee"};
        case type_3_tx_max_blob_gas_allowance_exceeded:
            return {"TYPE_3_TX_MAX_BLOB_GAS_ALLOWANCE_EXCEEDED",
                    "more blobs than the block has left"};
        case nonce_mismatch_too_low: return {"NONCE_MISMATCH_TOO_LOW", "nonce too low"};
        case nonce_mismatch_too_high: return {"NONCE_MISMATCH_TOO_HIGH", "nonce too high"};
        case sender_not_eoa: return {"SENDER_NOT_EOA", "the sender has code"};
        case insufficient_account_funds:
            return {"INSUFFICIENT_ACCOUNT_FUNDS", "balance below gas limit * price + value"};
    }
    return {"UNKNOWN", "unknown error"};
}

}  // namespace

std::string_view to_string(TransactionError error) noexcept {
    return names_of(error).phrase;
}

std::string_view exception_name(TransactionError error) noexcept {
    return names_of(error).exception;
}

}  // namespace meta138
