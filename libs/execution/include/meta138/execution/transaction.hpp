// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_error.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

namespace meta138::execution {

/// Where transactions of a block run: the references outlive it. `evm` works on `state`.
struct ExecutionContext {
    state::State& state;
    evm::Evm& evm;
    const BlockRules& rules;
    const BlockEnvironment& block;
};

/// Gas of a block's transactions so far.
struct GasUsage {
    std::uint64_t gas = 0;
    std::uint64_t blob_gas = 0;  ///< EIP-4844
};

/// What a valid transaction is charged, whatever it does.
struct TransactionCharges {
    std::uint64_t intrinsic_gas = 0;
    std::uint64_t floor_gas = 0;  ///< EIP-7623; zero before Prague.
    uint256 gas_price;            ///< Effective (EIP-1559), in wei.
    uint256 blob_fee;             ///< EIP-4844, in wei.
    /// Nothing is paid for gas: of a simulated call whose sender cannot.
    bool is_waived = false;
    /// Of a simulated call: who gives each authorization, in place of who has signed it.
    std::span<const std::optional<Address>> authorities{};
};

/// Whether `transaction` by `sender` may stand next in the block (execution-specs check_transaction
/// and validate_transaction): its form, what the block has left, its fees, the sender's nonce,
/// funds and code. The first rule that it breaks is the error.
[[nodiscard]] std::expected<TransactionCharges, TransactionError> validate_transaction(
    const ExecutionContext& in, const GasUsage& used, const Transaction& transaction,
    const Address& sender);

/// What a transaction did.
struct TransactionResult {
    evm::Status status = evm::Status::success;
    std::uint64_t gas_used = 0;      ///< Charged to the sender: after refunds, at least the floor.
    std::uint64_t gas_refunded = 0;  ///< Of what was used, after the cap.
    std::uint64_t max_gas_used = 0;  ///< Before refunds, at least the floor.
    Bytes output;                    ///< Return or revert data; of a successful creation empty.
    std::optional<Address> created;  ///< By a creation, failed ones included.
    std::vector<Log> logs;

    [[nodiscard]] bool succeeded() const noexcept { return status == evm::Status::success; }
};

/// Runs a transaction that validate_transaction() accepted in this state, and makes its changes
/// final (Yellow Paper 6.2; execution-specs process_transaction). Its nonce is taken to be the
/// sender's.
TransactionResult apply_transaction(const ExecutionContext& in, const Transaction& transaction,
                                    const Address& sender, const TransactionCharges& charges);

}  // namespace meta138::execution
