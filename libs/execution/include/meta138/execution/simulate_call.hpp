// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <span>

namespace meta138::execution {

/// What a simulation lets a call do that a transaction may not (Besu TransactionValidationParams).
/// By default nothing but what follows from its having no signature.
struct SimulationLicense {
    bool future_nonce = false;         ///< A nonce above the sender's, 2^64 - 1 included.
    bool low_nonce = false;            ///< A nonce below the sender's.
    bool underpriced = false;          ///< A price below the base fees.
    bool unfunded_gas = false;         ///< Gas that the sender cannot pay for: then it is free.
    bool unfunded_value = false;       ///< Then the call fails as an inner one would.
    bool sender_with_code = false;     ///< EIP-3607
    bool any_gas_limit = false;        ///< Above EIP-7825's cap.
    bool beyond_block_limits = false;  ///< More gas or blob gas than the block has left.
    /// Who gives each authorization of the call, in place of who has signed it; may be shorter than
    /// their list. Outlives the call.
    std::span<const std::optional<Address>> authorities{};
};

/// Whether a transaction that nobody has signed may run, under the license; the same rules in the
/// same order as Besu's, of which the first that it breaks is the error. What it would be charged.
[[nodiscard]] std::expected<TransactionCharges, TransactionError> validate_call(
    const ExecutionContext& in, const GasUsage& used, const Transaction& call,
    const Address& sender, const SimulationLicense& license);

/// Runs the call like a transaction, on a state that the caller throws away: the changes are in
/// `in.state`. The block's base fee is what `in.block` says: a caller without a price makes it 0.
[[nodiscard]] std::expected<TransactionResult, TransactionError> simulate_call(
    const ExecutionContext& in, const GasUsage& used, const Transaction& call,
    const Address& sender, const SimulationLicense& license);

/// What the sender of the transaction must have: its value, gas at its highest price, and blobs.
/// The largest number if it is 2^256 or more.
[[nodiscard]] uint256 upfront_cost(const Transaction& transaction) noexcept;

/// How an account is to look in place of how it does.
struct AccountOverride {
    std::optional<std::uint64_t> nonce;
    std::optional<uint256> balance;
    std::optional<Bytes> code;
    /// All storage there is; or with `keeps_storage` what is different about it.
    std::optional<std::map<uint256, uint256>> storage;
    bool keeps_storage = false;
};

/// Changes the account. Not within a transaction.
void apply_override(state::State& state, const Address& address, const AccountOverride& account);

}  // namespace meta138::execution
