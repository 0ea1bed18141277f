// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace meta138 {

/// Why a transaction may not stand in a block: the checks on the transaction alone
/// (validate_transaction_form, recover_sender) and those against the sender's account and the
/// block.
enum class TransactionError : std::uint8_t {
    // The transaction alone.
    malformed,                         ///< Not the encoding of a transaction.
    type_not_supported,                ///< EIP-2718: a type that no fork knows.
    type_1_tx_pre_fork,                ///< EIP-2930 before Berlin.
    type_2_tx_pre_fork,                ///< EIP-1559 before London.
    type_3_tx_pre_fork,                ///< EIP-4844 before Cancun.
    type_4_tx_pre_fork,                ///< EIP-7702 before Prague.
    invalid_chain_id,                  ///< EIP-155, EIP-2930: signed for another chain.
    invalid_signature_vrs,             ///< r, s or v out of range; s above half the order (EIP-2).
    ec_recovery_failed,                ///< No public key fits the signature.
    nonce_is_max,                      ///< EIP-2681: a nonce of 2^64 - 1.
    gas_limit_price_product_overflow,  ///< Gas limit times price is 2^256 or more.
    priority_greater_than_max_fee_per_gas,  ///< EIP-1559.
    gas_limit_exceeds_maximum,              ///< EIP-7825.
    initcode_size_exceeded,                 ///< EIP-3860.
    intrinsic_gas_too_low,                  ///< The gas limit is below the intrinsic gas.
    intrinsic_gas_below_floor_gas_cost,     ///< EIP-7623: below the floor for the data.
    type_3_tx_contract_creation,            ///< EIP-4844: `to` is absent.
    type_3_tx_zero_blobs,                   ///< EIP-4844.
    type_3_tx_blob_count_exceeded,          ///< EIP-4844, EIP-7594: more than one may carry.
    type_3_tx_invalid_blob_versioned_hash,  ///< EIP-4844: not VERSIONED_HASH_VERSION_KZG.
    type_3_tx_with_full_blobs,              ///< EIP-4844: the network form inside a block.
    type_4_tx_contract_creation,            ///< EIP-7702: `to` is absent.
    type_4_empty_authorization_list,        ///< EIP-7702.

    // Against the block.
    gas_allowance_exceeded,                     ///< More gas than the block has left.
    insufficient_max_fee_per_gas,               ///< Below the block's base fee.
    insufficient_max_fee_per_blob_gas,          ///< EIP-4844: below the block's blob base fee.
    type_3_tx_max_blob_gas_allowance_exceeded,  ///< EIP-4844: more blobs than the block has left.

    // Against the sender's account.
    nonce_mismatch_too_low,
    nonce_mismatch_too_high,
    sender_not_eoa,  ///< EIP-3607: has code, which is not a delegation (EIP-7702).
    insufficient_account_funds,
};

/// A phrase for people: "intrinsic gas above the gas limit".
std::string_view to_string(TransactionError error) noexcept;

/// The name of the conformance fixtures, without its prefix "TransactionException.":
/// "INTRINSIC_GAS_TOO_LOW".
std::string_view exception_name(TransactionError error) noexcept;

}  // namespace meta138
