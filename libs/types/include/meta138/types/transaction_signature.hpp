// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/crypto/secp256k1.hpp"
#include "meta138/types/fork.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>

namespace meta138 {

/// What the sender signs: keccak256 of the transaction without its signature. A legacy transaction
/// with a chain id signs that too (EIP-155).
Hash32 signing_hash(const Transaction& transaction);

/// The account that signed, under the rules of `fork`: s at most half the order from Homestead on
/// (EIP-2), a legacy chain id not before Spurious Dragon (EIP-155).
/// Fails with invalid_signature_vrs or ec_recovery_failed.
std::expected<Address, TransactionError> recover_sender(const Transaction& transaction, Fork fork);

/// recover_sender of each of `transactions`, into `out` of the same size: several signatures at a
/// time where the processor can (crypto::recover_addresses).
void recover_senders(std::span<const Transaction> transactions, Fork fork,
                     std::span<std::expected<Address, TransactionError>> out);

/// Sets y_parity, r and s to `secret`'s signature of the rest.
void sign_transaction(Transaction& transaction, const crypto::SecretKey& secret);

/// EIP-7702: what an authority signs.
Hash32 signing_hash(const Authorization& authorization);

/// EIP-7702: the account that gave its consent, unless the signature is invalid (a y parity above
/// 1, an s above half the order).
std::optional<Address> recover_authority(const Authorization& authorization);

/// Sets y_parity, r and s to `secret`'s signature of the rest.
void sign_authorization(Authorization& authorization, const crypto::SecretKey& secret);

}  // namespace meta138
