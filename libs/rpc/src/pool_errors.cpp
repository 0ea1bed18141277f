// SPDX-License-Identifier: Apache-2.0
#include "pool_errors.hpp"

namespace meta138::rpc {

RpcError to_rpc_error(txpool::PoolError refusal) {
    using enum txpool::PoolError;
    const auto as_params = [&] {
        return RpcError{error::invalid_params.code, std::string{txpool::to_string(refusal)}};
    };
    const auto as_refusal = [&] {
        return RpcError{-32000, std::string{txpool::to_string(refusal)}};
    };
    switch (refusal) {
        case pool_disabled: return error::tx_pool_disabled;
        case already_known: return error::transaction_already_known;
        case fee_cap_exceeded: return error::tx_feecap_exceeded;
        case gas_price_too_low: return error::gas_price_too_low;
        case type_not_active: return error::invalid_transaction_type;
        case gas_limit_cap: return error::exceeds_transaction_gas_limit_cap;
        case invalid_signature: return error::invalid_transaction_signature;
        case wrong_chain_id: return error::wrong_chain_id;
        case tip_above_fee_cap: return error::max_priority_fee_per_gas_exceeds_max_fee_per_gas;
        case intrinsic_gas: return error::intrinsic_gas_exceeds_limit;
        case invalid_blobs: return error::blobs_failed_kzg_validation;
        case chain_id_required: return error::replay_protected_signature_required;
        case block_gas_limit: return error::exceeds_block_gas_limit;
        case not_permitted:
        case sender_not_eoa: return error::tx_sender_not_authorized;
        case state_unavailable: return error::chain_head_world_state_not_available;
        case insufficient_funds: return error::transaction_upfront_cost_exceeds_balance;
        case nonce_too_low: return error::nonce_too_low;
        case nonce_too_far: return error::nonce_too_far_in_future_for_sender;
        case replacement_underpriced: return error::transaction_replacement_underpriced;
        case nonce_overflow:
        case initcode_too_large:
        case upfront_cost_overflow:
        case invalid_form:
        case too_many_blobs:
        case too_large: return as_params();
        case sender_limit:
        case pool_full: return as_refusal();
    }
    return error::internal_error;
}

}  // namespace meta138::rpc
