// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meta138::txpool {

/// Why the pool did not take a transaction. In the order in which the rules are checked, which is
/// Besu's: the first rule that is broken is the error.
enum class PoolError : std::uint8_t {
    pool_disabled,      ///< The node is not in sync: see SharedPool::set_enabled.
    already_known,      ///< This very transaction is in the pool.
    fee_cap_exceeded,   ///< A local one that offers more for its gas than PoolConfig::fee_cap.
    gas_price_too_low,  ///< Below PoolConfig::min_gas_price, and not of a priority sender.

    // The transaction alone.
    type_not_active,        ///< Its type comes with a later fork.
    nonce_overflow,         ///< EIP-2681: a nonce of 2^64 - 1.
    gas_limit_cap,          ///< EIP-7825: above the cap for one transaction.
    initcode_too_large,     ///< EIP-3860.
    invalid_signature,      ///< No sender can be recovered.
    wrong_chain_id,         ///< Signed for another chain.
    tip_above_fee_cap,      ///< EIP-1559: the priority fee is above the max fee.
    upfront_cost_overflow,  ///< Gas limit times price plus value is 2^256 or more.
    intrinsic_gas,          ///< The gas limit is below the intrinsic gas, or EIP-7623's floor.
    invalid_form,           ///< EIP-4844, EIP-7702: a contract creation, a list that must not be
                            ///< empty, a versioned hash of another version.
    too_many_blobs,         ///< More than a block, or one transaction, may have.
    invalid_blobs,          ///< No sidecar, one of the wrong version, or its proofs are wrong.
    too_large,              ///< Its bytes exceed PoolConfig::max_transaction_bytes.
    chain_id_required,      ///< Strict replay protection: a local one must be signed for a chain.
    block_gas_limit,        ///< The gas limit is above the block's.

    // Against the sender's account.
    not_permitted,            ///< The sender is not on the list of accounts.
    state_unavailable,        ///< The state of the head cannot be read.
    insufficient_funds,       ///< The sender cannot pay for this transaction alone.
    nonce_too_low,            ///< The account has used this nonce.
    sender_not_eoa,           ///< EIP-3607: the sender has code that is not a delegation.
    nonce_too_far,            ///< PoolConfig::max_future_by_sender or more above the account's.
    replacement_underpriced,  ///< Same sender and nonce as another, without the price bump.

    // Against the rest of the pool.
    sender_limit,  ///< The sender has its share in count or bytes, all with lower nonces.
    pool_full,     ///< Everything in the pool is worth more.
};

inline constexpr std::size_t pool_error_count = static_cast<std::size_t>(PoolError::pool_full) + 1;

/// The name in logs and metrics, Besu's where it has one: "NONCE_TOO_LOW".
std::string_view name_of(PoolError error) noexcept;

/// A sentence for people that says what to do: "the sender's nonce is higher: ...".
std::string_view to_string(PoolError error) noexcept;

}  // namespace meta138::txpool
