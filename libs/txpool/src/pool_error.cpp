// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/pool_error.hpp"

#include <array>

namespace meta138::txpool {
namespace {

struct Row {
    PoolError error;
    std::string_view name;
    std::string_view text;
};

using enum PoolError;

// Names that Besu has are its TransactionInvalidReason's.
constexpr std::array<Row, pool_error_count> rows{{
    {pool_disabled, "TX_POOL_DISABLED", "the pool is off: the node is not in sync yet"},
    {already_known, "TRANSACTION_ALREADY_KNOWN", "this transaction is in the pool already"},
    {fee_cap_exceeded, "TX_FEECAP_EXCEEDED",
     "the price is above the cap for local transactions (rpc-tx-feecap)"},
    {gas_price_too_low, "GAS_PRICE_TOO_LOW",
     "the price is below this pool's minimum (tx-pool-min-gas-price)"},
    {type_not_active, "INVALID_TRANSACTION_FORMAT", "the chain does not have its type yet"},
    {nonce_overflow, "NONCE_OVERFLOW", "the nonce is 2^64 - 1"},
    {gas_limit_cap, "EXCEEDS_TRANSACTION_GAS_LIMIT",
     "the gas limit is above the cap for one transaction"},
    {initcode_too_large, "INITCODE_TOO_LARGE", "the init code is above the chain's limit"},
    {invalid_signature, "INVALID_SIGNATURE", "the signature fits no sender"},
    {wrong_chain_id, "WRONG_CHAIN_ID", "it is signed for another chain"},
    {tip_above_fee_cap, "MAX_PRIORITY_FEE_PER_GAS_EXCEEDS_MAX_FEE_PER_GAS",
     "the max priority fee is above the max fee"},
    {upfront_cost_overflow, "UPFRONT_COST_EXCEEDS_UINT256",
     "what it may cost does not fit into 256 bits"},
    {intrinsic_gas, "INTRINSIC_GAS_EXCEEDS_GAS_LIMIT",
     "the gas limit is below what it costs before it runs"},
    {invalid_form, "INVALID_TRANSACTION_FORMAT", "it breaks a rule of its type"},
    {too_many_blobs, "TOTAL_BLOB_GAS_TOO_HIGH", "it has more blobs than a block may have"},
    {invalid_blobs, "INVALID_BLOBS", "its blobs are missing, or their proofs are wrong"},
    {too_large, "TRANSACTION_TOO_LARGE", "it has more bytes than this pool takes"},
    {chain_id_required, "REPLAY_PROTECTED_SIGNATURE_REQUIRED",
     "this node takes only transactions that are signed for its chain"},
    {block_gas_limit, "EXCEEDS_BLOCK_GAS_LIMIT", "the gas limit is above the block's"},
    {not_permitted, "TX_SENDER_NOT_AUTHORIZED", "its sender is not on the list of accounts"},
    {state_unavailable, "CHAIN_HEAD_WORLD_STATE_NOT_AVAILABLE",
     "the state of the head cannot be read"},
    {insufficient_funds, "UPFRONT_COST_EXCEEDS_BALANCE",
     "its sender does not own what it may cost"},
    {nonce_too_low, "NONCE_TOO_LOW", "its sender has used the nonce"},
    {sender_not_eoa, "TX_SENDER_NOT_AUTHORIZED", "its sender is a contract"},
    {nonce_too_far, "NONCE_TOO_FAR_IN_FUTURE_FOR_SENDER",
     "the nonce is too far above its sender's (tx-pool-max-future-by-sender)"},
    {replacement_underpriced, "TRANSACTION_REPLACEMENT_UNDERPRICED",
     "another one with its nonce is in the pool, and it does not pay enough more "
     "(tx-pool-price-bump)"},
    {sender_limit, "SENDER_LIMIT_EXCEEDED", "its sender has its share of the pool"},
    {pool_full, "POOL_FULL", "the pool is full of transactions that are worth more"},
}};

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (static_cast<std::size_t>(rows[i].error) != i) return false;
    return true;
}
static_assert(is_in_order());

}  // namespace

std::string_view name_of(PoolError error) noexcept {
    return rows[static_cast<std::size_t>(error)].name;
}

std::string_view to_string(PoolError error) noexcept {
    return rows[static_cast<std::size_t>(error)].text;
}

}  // namespace meta138::txpool
