// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/transaction.hpp"

#include "message_to.hpp"
#include "set_delegations.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/validate_transaction_form.hpp"

#include <algorithm>
#include <limits>

namespace meta138::execution {

namespace {

using Verdict = std::expected<void, TransactionError>;

Verdict validate_room(const ExecutionContext& in, const GasUsage& used,
                      const Transaction& transaction) {
    // The machine counts gas in 63 bits, and so do headers (validate_header).
    if (transaction.gas_limit > in.block.context.gas_limit - used.gas ||
        transaction.gas_limit > std::numeric_limits<std::int64_t>::max())
        return std::unexpected{TransactionError::gas_allowance_exceeded};
    if (blob_gas(transaction) > in.rules.blobs.max * GAS_PER_BLOB - used.blob_gas)
        return std::unexpected{TransactionError::type_3_tx_max_blob_gas_allowance_exceeded};
    return {};
}

Verdict validate_fees(const ExecutionContext& in, const Transaction& transaction) {
    const auto& block = in.block.context;
    if (transaction.max_fee_per_gas < block.base_fee_per_gas)
        return std::unexpected{TransactionError::insufficient_max_fee_per_gas};
    if (transaction.type == TransactionType::blob &&
        transaction.max_fee_per_blob_gas < block.blob_base_fee)
        return std::unexpected{TransactionError::insufficient_max_fee_per_blob_gas};
    return {};
}

/// The most that the transaction may take from its sender; absent if that is 2^256 or more.
std::optional<uint256> max_cost(const Transaction& transaction) {
    const auto gas_fee = checked_mul(transaction.gas_limit, transaction.max_fee_per_gas);
    const auto blob_fee = checked_mul(blob_gas(transaction), transaction.max_fee_per_blob_gas);
    if (!gas_fee || !blob_fee) return std::nullopt;
    const auto fees = checked_add(*gas_fee, *blob_fee);
    return fees ? checked_add(*fees, transaction.value) : std::nullopt;
}

Verdict validate_sender(state::State& state, const Transaction& transaction,
                        const Address& sender) {
    const auto nonce = state.nonce(sender);
    if (nonce > transaction.nonce) return std::unexpected{TransactionError::nonce_mismatch_too_low};
    if (nonce < transaction.nonce)
        return std::unexpected{TransactionError::nonce_mismatch_too_high};
    const auto cost = max_cost(transaction);
    if (!cost || state.balance(sender) < *cost)
        return std::unexpected{TransactionError::insufficient_account_funds};
    // EIP-3607, for all forks; EIP-7702.
    if (state.code_hash(sender) != EMPTY_CODE_HASH && !state.delegate(sender))
        return std::unexpected{TransactionError::sender_not_eoa};
    return {};
}

void charge_sender(const ExecutionContext& in, const Transaction& transaction,
                   const Address& sender, const TransactionCharges& charges) {
    in.state.set_nonce(sender, in.state.nonce(sender) + 1);
    if (charges.is_waived) return;
    in.state.subtract_balance(sender, charges.gas_price * transaction.gas_limit + charges.blob_fee);
}

/// EIP-2929, EIP-2930, EIP-3651: what is warm from the start. Precompiles are so by nature.
void warm_up(const ExecutionContext& in, const Transaction& transaction, const Address& sender) {
    if (in.rules.fork < Fork::berlin) return;
    in.state.warm_account(sender);
    if (transaction.to) in.state.warm_account(*transaction.to);
    if (in.rules.fork >= Fork::shanghai) in.state.warm_account(in.block.context.coinbase);
    for (const auto& [address, storage_keys] : transaction.access_list) {
        in.state.warm_account(address);
        for (const auto& key : storage_keys) in.state.access_storage(address, to_uint256(key));
    }
}

evm::Message creation_message(const Address& created) {
    evm::Message message;
    message.kind = evm::CallKind::create;
    message.recipient = created;
    return message;
}

evm::Result run(const ExecutionContext& in, const Transaction& transaction, const Address& sender,
                const TransactionCharges& charges, const std::optional<Address>& created) {
    auto message = created ? creation_message(*created) : message_to(*transaction.to, in.state);
    message.gas = static_cast<std::int64_t>(transaction.gas_limit - charges.intrinsic_gas);
    message.sender = sender;
    message.value = transaction.value;
    message.input = transaction.data;
    return in.evm.execute(message, {.origin = sender,
                                    .gas_price = charges.gas_price,
                                    .blob_versioned_hashes = transaction.blob_versioned_hashes});
}

/// Yellow Paper 6.2, EIP-3529: at most a half, later a fifth of what was used comes back.
std::uint64_t capped_refund(Fork fork, std::uint64_t gas_used, std::int64_t refund) {
    const std::uint64_t quotient = fork >= Fork::london ? 5 : 2;
    META138_ASSERT(refund >= 0);
    return std::min(gas_used / quotient, static_cast<std::uint64_t>(refund));
}

void pay_fees(const ExecutionContext& in, const Transaction& transaction, const Address& sender,
              const TransactionCharges& charges, std::uint64_t gas_used) {
    const auto& block = in.block.context;
    const auto& gas_price = charges.gas_price;
    if (!charges.is_waived)
        in.state.add_balance(sender, gas_price * (transaction.gas_limit - gas_used));
    // Only a simulated call may pay less than the base fee.
    const bool has_tip = !charges.is_waived && gas_price > block.base_fee_per_gas;
    const auto fee = has_tip ? (gas_price - block.base_fee_per_gas) * gas_used : uint256{};
    // A fee of nothing touches the coinbase as well: before EIP-161 it comes into being.
    if (!fee.is_zero() || in.rules.fork < Fork::spurious_dragon)
        in.state.add_balance(block.coinbase, fee);
    else
        in.state.touch(block.coinbase);
}

}  // namespace

std::expected<TransactionCharges, TransactionError> validate_transaction(
    const ExecutionContext& in, const GasUsage& used, const Transaction& transaction,
    const Address& sender) {
    TRY(validate_transaction_form(transaction,
                                  {.fork = in.rules.fork,
                                   .chain_id = in.rules.chain_id,
                                   .max_blobs_per_block = in.rules.blobs.max,
                                   .gas_limit_cap = in.rules.transaction_gas_limit_cap}));
    if (in.rules.limits_transaction_gas_always &&
        transaction.gas_limit > in.rules.transaction_gas_limit_cap)
        return std::unexpected{TransactionError::gas_limit_exceeds_maximum};
    TRY(validate_room(in, used, transaction));
    TRY(validate_fees(in, transaction));
    TRY(validate_sender(in.state, transaction, sender));

    const auto& block = in.block.context;
    return TransactionCharges{
        .intrinsic_gas = intrinsic_gas(transaction, in.rules.fork),
        .floor_gas = in.rules.fork >= Fork::prague ? floor_data_gas(transaction) : 0,
        .gas_price = std::min(transaction.max_priority_fee_per_gas,
                              transaction.max_fee_per_gas - block.base_fee_per_gas) +
                     block.base_fee_per_gas,
        .blob_fee = block.blob_base_fee * blob_gas(transaction),
    };
}

TransactionResult apply_transaction(const ExecutionContext& in, const Transaction& transaction,
                                    const Address& sender, const TransactionCharges& charges) {
    in.state.begin_transaction();
    std::optional<Address> created;
    if (!transaction.to) created = evm::create_address(sender, in.state.nonce(sender));
    charge_sender(in, transaction, sender, charges);
    warm_up(in, transaction, sender);
    const auto authorization_refund = set_delegations(in.state, transaction.authorization_list,
                                                      charges.authorities, in.rules.chain_id);

    auto ran = run(in, transaction, sender, charges, created);

    TransactionResult result;
    result.status = ran.status;
    result.output = std::move(ran.output);
    result.created = created;
    const auto refund = (result.succeeded() ? ran.gas_refund : 0) + authorization_refund;
    const auto used = transaction.gas_limit - static_cast<std::uint64_t>(ran.gas_left);
    result.gas_refunded = capped_refund(in.rules.fork, used, refund);
    result.max_gas_used = std::max(used, charges.floor_gas);
    result.gas_used = std::max(used - result.gas_refunded, charges.floor_gas);

    pay_fees(in, transaction, sender, charges, result.gas_used);
    result.logs = in.state.finish_transaction(in.rules.fork >= Fork::spurious_dragon);
    return result;
}

}  // namespace meta138::execution
