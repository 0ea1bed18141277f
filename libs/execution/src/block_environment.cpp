// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/block_environment.hpp"

#include "meta138/types/blob_gas.hpp"

namespace meta138::execution {

BlockEnvironment environment_of(const Header& header, const BlockRules& rules) {
    BlockEnvironment environment;
    auto& context = environment.context;
    context.coinbase = rules.beneficiary.value_or(header.coinbase);
    context.number = header.number;
    context.timestamp = header.timestamp;
    context.gas_limit = header.gas_limit;
    context.prev_randao =
        rules.fork >= Fork::paris ? to_uint256(header.prev_randao) : header.difficulty;
    context.base_fee_per_gas = header.base_fee_per_gas.value_or(uint256{});
    if (header.excess_blob_gas && rules.fork >= Fork::cancun)
        context.blob_base_fee = blob_base_fee(*header.excess_blob_gas, rules.blobs);
    context.chain_id = rules.chain_id;
    environment.parent_hash = header.parent_hash;
    environment.parent_beacon_block_root = header.parent_beacon_block_root;
    return environment;
}

}  // namespace meta138::execution
