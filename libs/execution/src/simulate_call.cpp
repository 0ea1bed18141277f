// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/simulate_call.hpp"

#include "meta138/base/try.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/validate_transaction_form.hpp"

#include <algorithm>
#include <limits>

namespace meta138::execution {

namespace {

using Verdict = std::expected<void, TransactionError>;

constexpr auto uint64_max = std::numeric_limits<std::uint64_t>::max();

Verdict validate_form(const ExecutionContext& in, const Transaction& call,
                      const SimulationLicense& license) {
    const TransactionRules rules{
        .fork = in.rules.fork,
        .chain_id = in.rules.chain_id,
        .max_blobs_per_block = in.rules.blobs.max,
        .gas_limit_cap = license.any_gas_limit ? uint64_max : in.rules.transaction_gas_limit_cap};
    const auto verdict = validate_transaction_form(call, rules);
    if (verdict || verdict.error() != TransactionError::nonce_is_max || !license.future_nonce)
        return verdict;
    auto other = call;
    other.nonce = 0;
    return validate_transaction_form(other, rules);
}

Verdict validate_room(const ExecutionContext& in, const GasUsage& used, const Transaction& call,
                      const SimulationLicense& license) {
    // The machine counts gas in 63 bits.
    if (call.gas_limit > std::numeric_limits<std::int64_t>::max())
        return std::unexpected{TransactionError::gas_allowance_exceeded};
    if (license.beyond_block_limits) return {};
    if (used.gas > in.block.context.gas_limit ||
        call.gas_limit > in.block.context.gas_limit - used.gas)
        return std::unexpected{TransactionError::gas_allowance_exceeded};
    if (blob_gas(call) + used.blob_gas > in.rules.blobs.max * GAS_PER_BLOB)
        return std::unexpected{TransactionError::type_3_tx_max_blob_gas_allowance_exceeded};
    return {};
}

Verdict validate_prices(const ExecutionContext& in, const Transaction& call,
                        const SimulationLicense& license) {
    if (license.underpriced) return {};
    const auto& block = in.block.context;
    if (call.max_fee_per_gas < block.base_fee_per_gas)
        return std::unexpected{TransactionError::insufficient_max_fee_per_gas};
    if (call.type == TransactionType::blob && call.max_fee_per_blob_gas < block.blob_base_fee)
        return std::unexpected{TransactionError::insufficient_max_fee_per_blob_gas};
    return {};
}

Verdict validate_sender(state::State& state, const Transaction& call, const Address& sender,
                        const SimulationLicense& license) {
    const auto balance = state.balance(sender);
    const bool lacks_funds = license.unfunded_gas ? !license.unfunded_value && balance < call.value
                                                  : balance < upfront_cost(call);
    if (lacks_funds) return std::unexpected{TransactionError::insufficient_account_funds};
    const auto nonce = state.nonce(sender);
    if (!license.low_nonce && call.nonce < nonce)
        return std::unexpected{TransactionError::nonce_mismatch_too_low};
    if (!license.future_nonce && call.nonce > nonce)
        return std::unexpected{TransactionError::nonce_mismatch_too_high};
    if (!license.sender_with_code && state.code_hash(sender) != EMPTY_CODE_HASH &&
        !state.delegate(sender))
        return std::unexpected{TransactionError::sender_not_eoa};
    return {};
}

/// EIP-1559, for prices below the base fee as well.
uint256 effective_price(const Transaction& call, const uint256& base_fee) {
    if (call.max_fee_per_gas <= base_fee) return call.max_fee_per_gas;
    return std::min(call.max_priority_fee_per_gas, call.max_fee_per_gas - base_fee) + base_fee;
}

}  // namespace

uint256 upfront_cost(const Transaction& transaction) noexcept {
    const auto largest = ~uint256{};
    const auto gas = checked_mul(transaction.gas_limit, transaction.max_fee_per_gas);
    const auto blobs = checked_mul(blob_gas(transaction), transaction.max_fee_per_blob_gas);
    if (!gas || !blobs) return largest;
    const auto fees = checked_add(*gas, *blobs);
    const auto cost = fees ? checked_add(*fees, transaction.value) : std::nullopt;
    return cost.value_or(largest);
}

std::expected<TransactionCharges, TransactionError> validate_call(
    const ExecutionContext& in, const GasUsage& used, const Transaction& call,
    const Address& sender, const SimulationLicense& license) {
    TRY(validate_form(in, call, license));
    TRY(validate_prices(in, call, license));
    TRY(validate_room(in, used, call, license));
    TRY(validate_sender(in.state, call, sender, license));

    const auto& block = in.block.context;
    TransactionCharges charges{
        .intrinsic_gas = intrinsic_gas(call, in.rules.fork),
        .floor_gas = in.rules.fork >= Fork::prague ? floor_data_gas(call) : 0,
        .gas_price = effective_price(call, block.base_fee_per_gas),
        .blob_fee = block.blob_base_fee * blob_gas(call),
    };
    charges.authorities = license.authorities;
    // Both products fit: validate_form has seen to it.
    const auto fees = checked_add(charges.gas_price * call.gas_limit, charges.blob_fee);
    charges.is_waived = !fees || in.state.balance(sender) < *fees;
    return charges;
}

std::expected<TransactionResult, TransactionError> simulate_call(const ExecutionContext& in,
                                                                 const GasUsage& used,
                                                                 const Transaction& call,
                                                                 const Address& sender,
                                                                 const SimulationLicense& license) {
    TRY_LET(const auto charges, validate_call(in, used, call, sender, license));
    return apply_transaction(in, call, sender, charges);
}

void apply_override(state::State& state, const Address& address, const AccountOverride& account) {
    state.begin_transaction();
    state.create_if_absent(address);
    if (account.nonce) state.set_nonce(address, *account.nonce);
    if (account.balance) state.set_balance(address, *account.balance);
    if (account.code) state.set_code(address, state::make_bytecode(*account.code));
    static_cast<void>(state.finish_transaction(false));
    if (!account.storage) return;
    if (!account.keeps_storage) state.clear_storage(address);
    state.begin_transaction();
    for (const auto& [key, value] : *account.storage) state.set_storage(address, key, value);
    static_cast<void>(state.finish_transaction(false));
}

}  // namespace meta138::execution
