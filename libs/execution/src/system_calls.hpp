// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/hex.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/execution/transaction.hpp"

#include <cstdint>

namespace meta138::execution {

/// EIP-4788: the caller of system contracts.
inline constexpr Address SYSTEM_ADDRESS =
    literals::operator""_address("0xfffffffffffffffffffffffffffffffffffffffe", 42);
/// EIP-4788
inline constexpr Address BEACON_ROOTS_ADDRESS =
    literals::operator""_address("0x000f3df6d732807ef1319fb7b8bb8522d0beac02", 42);
/// EIP-2935
inline constexpr Address HISTORY_STORAGE_ADDRESS =
    literals::operator""_address("0x0000f90827f1c53a10cb7a02335b175320002935", 42);
/// Gas of a call to a system contract, which nobody pays and which the block does not count.
inline constexpr std::int64_t SYSTEM_TRANSACTION_GAS = 30'000'000;

/// Calls the contract as the system does before and after transactions (execution-specs
/// process_system_transaction), and makes what it changed final. Does nothing, successfully, where
/// there is no code.
evm::Result call_system_contract(const ExecutionContext& in, const Address& contract,
                                 ByteView input);

}  // namespace meta138::execution
