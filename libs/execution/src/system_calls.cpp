// SPDX-License-Identifier: Apache-2.0
#include "system_calls.hpp"

#include "message_to.hpp"

namespace meta138::execution {

evm::Result call_system_contract(const ExecutionContext& in, const Address& contract,
                                 ByteView input) {
    if (in.state.code_hash(contract) == EMPTY_CODE_HASH) return {};
    in.state.begin_transaction();
    auto message = message_to(contract, in.state);
    message.gas = SYSTEM_TRANSACTION_GAS;
    message.sender = SYSTEM_ADDRESS;
    message.input = input;
    auto result = in.evm.execute(message, {.origin = SYSTEM_ADDRESS,
                                           .gas_price = in.block.context.base_fee_per_gas,
                                           .blob_versioned_hashes = {}});
    in.state.finish_transaction(true);
    return result;
}

}  // namespace meta138::execution
