// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/validate_transaction_form.hpp"

#include "meta138/base/try.hpp"

#include <algorithm>
#include <limits>

namespace meta138 {
namespace {

using Verdict = std::expected<void, TransactionError>;

constexpr std::uint8_t VERSIONED_HASH_VERSION_KZG = 0x01;  // EIP-4844
constexpr std::uint64_t MAX_BLOBS_PER_TX = 6;              // EIP-7594, Osaka and later

Verdict validate_type(TransactionType type, Fork fork) {
    switch (type) {
        using enum TransactionError;
        case TransactionType::legacy: return {};
        case TransactionType::access_list:
            if (fork < Fork::berlin) return std::unexpected{type_1_tx_pre_fork};
            return {};
        case TransactionType::dynamic_fee:
            if (fork < Fork::london) return std::unexpected{type_2_tx_pre_fork};
            return {};
        case TransactionType::blob:
            if (fork < Fork::cancun) return std::unexpected{type_3_tx_pre_fork};
            return {};
        case TransactionType::set_code:
            if (fork < Fork::prague) return std::unexpected{type_4_tx_pre_fork};
            return {};
    }
    return std::unexpected{TransactionError::type_not_supported};
}

Verdict validate_blobs(const Transaction& transaction, const TransactionRules& rules) {
    if (transaction.type != TransactionType::blob) return {};
    const auto& hashes = transaction.blob_versioned_hashes;
    if (!transaction.to) return std::unexpected{TransactionError::type_3_tx_contract_creation};
    if (hashes.empty()) return std::unexpected{TransactionError::type_3_tx_zero_blobs};
    const auto max_blobs = rules.fork >= Fork::osaka
                               ? std::min(MAX_BLOBS_PER_TX, rules.max_blobs_per_block)
                               : rules.max_blobs_per_block;
    if (hashes.size() > max_blobs)
        return std::unexpected{TransactionError::type_3_tx_blob_count_exceeded};
    const auto is_kzg = [](const Hash32& hash) { return hash[0] == VERSIONED_HASH_VERSION_KZG; };
    if (!std::ranges::all_of(hashes, is_kzg))
        return std::unexpected{TransactionError::type_3_tx_invalid_blob_versioned_hash};
    return {};
}

Verdict validate_authorizations(const Transaction& transaction) {
    if (transaction.type != TransactionType::set_code) return {};
    if (!transaction.to) return std::unexpected{TransactionError::type_4_tx_contract_creation};
    if (transaction.authorization_list.empty())
        return std::unexpected{TransactionError::type_4_empty_authorization_list};
    return {};
}

Verdict validate_fees(const Transaction& transaction) {
    if (transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas)
        return std::unexpected{TransactionError::priority_greater_than_max_fee_per_gas};
    if (!checked_mul(transaction.max_fee_per_gas, transaction.gas_limit))
        return std::unexpected{TransactionError::gas_limit_price_product_overflow};
    return {};
}

Verdict validate_gas_limit(const Transaction& transaction, const TransactionRules& rules) {
    const auto gas_limit = transaction.gas_limit;
    if (rules.fork >= Fork::osaka && gas_limit > rules.gas_limit_cap)
        return std::unexpected{TransactionError::gas_limit_exceeds_maximum};
    if (rules.fork >= Fork::shanghai && !transaction.to &&
        transaction.data.size() > MAX_INITCODE_SIZE)
        return std::unexpected{TransactionError::initcode_size_exceeded};
    if (intrinsic_gas(transaction, rules.fork) > gas_limit)
        return std::unexpected{TransactionError::intrinsic_gas_too_low};
    if (rules.fork >= Fork::prague && floor_data_gas(transaction) > gas_limit)
        return std::unexpected{TransactionError::intrinsic_gas_below_floor_gas_cost};
    return {};
}

}  // namespace

Verdict validate_transaction_form(const Transaction& transaction, const TransactionRules& rules) {
    TRY(validate_type(transaction.type, rules.fork));
    if (transaction.chain_id && *transaction.chain_id != rules.chain_id)
        return std::unexpected{TransactionError::invalid_chain_id};
    if (transaction.nonce == std::numeric_limits<std::uint64_t>::max())  // EIP-2681
        return std::unexpected{TransactionError::nonce_is_max};
    TRY(validate_blobs(transaction, rules));
    TRY(validate_authorizations(transaction));
    TRY(validate_fees(transaction));
    return validate_gas_limit(transaction, rules);
}

}  // namespace meta138
