// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/validate_for_pool.hpp"

#include "meta138/base/try.hpp"
#include "meta138/types/blob_gas.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/validate_transaction_form.hpp"

#include <algorithm>
#include <limits>

namespace meta138::txpool {
namespace {

using Verdict = std::expected<void, PoolError>;

Fork first_fork_of(TransactionType type) {
    switch (type) {
        case TransactionType::legacy: return Fork::frontier;
        case TransactionType::access_list: return Fork::berlin;
        case TransactionType::dynamic_fee: return Fork::london;
        case TransactionType::blob: return Fork::cancun;
        case TransactionType::set_code: return Fork::prague;
    }
    return Fork::frontier;
}

Verdict validate_price(const Transaction& transaction, bool is_local, bool is_priority,
                       const PoolConfig& config) {
    if (is_local && !config.fee_cap.is_zero() && transaction.max_fee_per_gas > config.fee_cap)
        return std::unexpected{PoolError::fee_cap_exceeded};
    if (!is_priority && transaction.max_fee_per_gas < config.min_gas_price)
        return std::unexpected{PoolError::gas_price_too_low};
    return {};
}

PoolError to_pool_error(TransactionError error) {
    switch (error) {
        using enum TransactionError;
        case type_1_tx_pre_fork:
        case type_2_tx_pre_fork:
        case type_3_tx_pre_fork:
        case type_4_tx_pre_fork:
        case type_not_supported: return PoolError::type_not_active;
        case invalid_chain_id: return PoolError::wrong_chain_id;
        case nonce_is_max: return PoolError::nonce_overflow;
        case gas_limit_price_product_overflow: return PoolError::upfront_cost_overflow;
        case priority_greater_than_max_fee_per_gas: return PoolError::tip_above_fee_cap;
        case gas_limit_exceeds_maximum: return PoolError::gas_limit_cap;
        case initcode_size_exceeded: return PoolError::initcode_too_large;
        case intrinsic_gas_too_low:
        case intrinsic_gas_below_floor_gas_cost: return PoolError::intrinsic_gas;
        case type_3_tx_blob_count_exceeded: return PoolError::too_many_blobs;
        default: return PoolError::invalid_form;
    }
}

Verdict validate_form(const Transaction& transaction, bool has_sender, const PoolHead& head) {
    const auto fork = head.next_fork;
    if (fork < first_fork_of(transaction.type)) return std::unexpected{PoolError::type_not_active};
    if (transaction.nonce == std::numeric_limits<std::uint64_t>::max())
        return std::unexpected{PoolError::nonce_overflow};
    if (fork >= Fork::osaka && transaction.gas_limit > head.gas_limit_cap)
        return std::unexpected{PoolError::gas_limit_cap};
    if (fork >= Fork::shanghai && !transaction.to &&
        transaction.data.size() > head.max_initcode_size)
        return std::unexpected{PoolError::initcode_too_large};
    if (!has_sender) return std::unexpected{PoolError::invalid_signature};
    if (transaction.chain_id && *transaction.chain_id != head.chain_id)
        return std::unexpected{PoolError::wrong_chain_id};
    if (transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas)
        return std::unexpected{PoolError::tip_above_fee_cap};
    if (!upfront_cost(transaction)) return std::unexpected{PoolError::upfront_cost_overflow};
    if (intrinsic_gas(transaction, fork) > transaction.gas_limit ||
        (fork >= Fork::prague && floor_data_gas(transaction) > transaction.gas_limit))
        return std::unexpected{PoolError::intrinsic_gas};
    return {};
}

/// The rules that are left: those of blobs and authorizations.
Verdict validate_rest(const Transaction& transaction, const PoolHead& head) {
    const auto verdict =
        validate_transaction_form(transaction, {.fork = head.next_fork,
                                                .chain_id = head.chain_id,
                                                .max_blobs_per_block = head.max_blobs_per_block,
                                                .gas_limit_cap = head.gas_limit_cap});
    if (verdict) return {};
    // A private chain's own limit for init code is above.
    if (verdict.error() == TransactionError::initcode_size_exceeded) return {};
    return std::unexpected{to_pool_error(verdict.error())};
}

Verdict validate_sidecar(const PooledTransaction& pooled, const PoolHead& head) {
    if (pooled.transaction.type != TransactionType::blob) return {};
    if (!pooled.sidecar) return std::unexpected{PoolError::invalid_blobs};
    const std::uint8_t version = head.next_fork >= Fork::osaka ? 1 : 0;  // EIP-7594
    if (pooled.sidecar->version != version) return std::unexpected{PoolError::invalid_blobs};
    return {};
}

}  // namespace

bool has_priority(const PoolConfig& config, const Address& sender, bool is_local) {
    if (is_local && !config.no_local_priority) return true;
    return std::ranges::find(config.priority_senders, sender) != config.priority_senders.end();
}

std::expected<void, PoolError> validate_for_pool(const PooledTransaction& pooled,
                                                 const std::optional<Address>& sender,
                                                 bool is_local, const PoolConfig& config,
                                                 const PoolHead& head) {
    const auto& transaction = pooled.transaction;
    const bool is_priority =
        sender ? has_priority(config, *sender, is_local) : is_local && !config.no_local_priority;
    TRY(validate_price(transaction, is_local, is_priority, config));
    TRY(validate_form(transaction, sender.has_value(), head));
    TRY(validate_rest(transaction, head));
    TRY(validate_sidecar(pooled, head));
    if (is_local && config.strict_replay_protection && !transaction.chain_id)
        return std::unexpected{PoolError::chain_id_required};
    if (transaction.gas_limit > head.gas_limit) return std::unexpected{PoolError::block_gas_limit};
    return {};
}

std::optional<uint256> upfront_cost(const Transaction& transaction) {
    const auto gas = checked_mul(transaction.max_fee_per_gas, transaction.gas_limit);
    const auto blobs = checked_mul(transaction.max_fee_per_blob_gas, blob_gas(transaction));
    if (!gas || !blobs) return std::nullopt;
    const auto fees = checked_add(*gas, *blobs);
    return fees ? checked_add(*fees, transaction.value) : std::nullopt;
}

}  // namespace meta138::txpool
