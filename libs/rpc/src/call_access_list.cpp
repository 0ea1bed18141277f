// SPDX-License-Identifier: Apache-2.0
#include "call_access_list.hpp"

#include "meta138/evm/opcodes.hpp"
#include "meta138/evm/precompiles.hpp"

namespace meta138::rpc {

AccessList AccessListTracer::access_list() const {
    AccessList list;
    for (const auto& [address, keys] : accounts_) {
        auto& entry = list.emplace_back();
        entry.address = address;
        for (const auto& key : keys) entry.storage_keys.push_back(to_hash32(key));
    }
    return list;
}

void AccessListTracer::on_step(const evm::Step& step) {
    const auto size = step.stack.size();
    switch (step.opcode) {
        case evm::OP_SLOAD:
        case evm::OP_SSTORE:
            if (size >= 1) accounts_[step.message->recipient].insert(step.stack[size - 1]);
            return;
        case evm::OP_BALANCE:
        case evm::OP_EXTCODESIZE:
        case evm::OP_EXTCODECOPY:
        case evm::OP_EXTCODEHASH:
        case evm::OP_SELFDESTRUCT:
            if (size >= 1) add(to_address(step.stack[size - 1]));
            return;
        case evm::OP_CALL:
        case evm::OP_CALLCODE:
        case evm::OP_DELEGATECALL:
        case evm::OP_STATICCALL:
            if (size >= 2) add(to_address(step.stack[size - 2]));
            return;
        default: return;
    }
}

void AccessListTracer::add(const Address& address) {
    if (!warm_.contains(address) && !evm::is_precompile(address, fork_)) accounts_[address];
}

}  // namespace meta138::rpc
