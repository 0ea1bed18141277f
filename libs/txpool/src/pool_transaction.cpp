// SPDX-License-Identifier: Apache-2.0
#include "meta138/txpool/pool_transaction.hpp"

namespace meta138::txpool {

std::string_view to_string(Removal removal) noexcept {
    switch (removal) {
        case Removal::included: return "included";
        case Removal::nonce_used: return "nonce_used";
        case Removal::replaced: return "replaced";
        case Removal::evicted: return "evicted";
        case Removal::expired: return "expired";
        case Removal::invalidated: return "invalidated";
        case Removal::penalized: return "penalized";
        case Removal::dropped: return "dropped";
    }
    return "";
}

std::string_view to_string(Waiting waiting) noexcept {
    switch (waiting) {
        case Waiting::nothing: return "nothing";
        case Waiting::nonce_gap: return "nonce_gap";
        case Waiting::balance: return "balance";
        case Waiting::base_fee: return "base_fee";
        case Waiting::blob_base_fee: return "blob_base_fee";
        case Waiting::block_gas_limit: return "block_gas_limit";
        case Waiting::min_gas_price: return "min_gas_price";
    }
    return "";
}

std::string_view explanation_of(Waiting waiting) noexcept {
    switch (waiting) {
        case Waiting::nothing: return "executable: the next block may take it";
        case Waiting::nonce_gap: return "a transaction of its sender with a lower nonce is missing";
        case Waiting::balance:
            return "its sender's balance does not cover it and those with lower nonces";
        case Waiting::base_fee:
            return "it, or one with a lower nonce, offers less than the base fee of the next block";
        case Waiting::blob_base_fee:
            return "it, or one with a lower nonce, offers less than the next blob base fee";
        case Waiting::block_gas_limit:
            return "it, or one with a lower nonce, has a gas limit above that of a block";
        case Waiting::min_gas_price:
            return "it, or one with a lower nonce, offers less than this node's min-gas-price";
    }
    return "";
}

}  // namespace meta138::txpool
