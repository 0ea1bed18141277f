// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/types/fork.hpp"

#include <cstdint>
#include <string_view>

namespace meta138::evm {

// Yellow Paper, appendix H.2, and the EIPs that added to it.
// clang-format off
enum Opcode : std::uint8_t {
    OP_STOP = 0x00, OP_ADD, OP_MUL, OP_SUB, OP_DIV, OP_SDIV, OP_MOD, OP_SMOD, OP_ADDMOD, OP_MULMOD,
    OP_EXP, OP_SIGNEXTEND,
    OP_LT = 0x10, OP_GT, OP_SLT, OP_SGT, OP_EQ, OP_ISZERO, OP_AND, OP_OR, OP_XOR, OP_NOT, OP_BYTE,
    OP_SHL, OP_SHR, OP_SAR, OP_CLZ,
    OP_KECCAK256 = 0x20,
    OP_ADDRESS = 0x30, OP_BALANCE, OP_ORIGIN, OP_CALLER, OP_CALLVALUE, OP_CALLDATALOAD,
    OP_CALLDATASIZE, OP_CALLDATACOPY, OP_CODESIZE, OP_CODECOPY, OP_GASPRICE, OP_EXTCODESIZE,
    OP_EXTCODECOPY, OP_RETURNDATASIZE, OP_RETURNDATACOPY, OP_EXTCODEHASH,
    OP_BLOCKHASH = 0x40, OP_COINBASE, OP_TIMESTAMP, OP_NUMBER, OP_PREVRANDAO, OP_GASLIMIT, OP_CHAINID,
    OP_SELFBALANCE, OP_BASEFEE, OP_BLOBHASH, OP_BLOBBASEFEE,
    OP_POP = 0x50, OP_MLOAD, OP_MSTORE, OP_MSTORE8, OP_SLOAD, OP_SSTORE, OP_JUMP, OP_JUMPI, OP_PC,
    OP_MSIZE, OP_GAS, OP_JUMPDEST, OP_TLOAD, OP_TSTORE, OP_MCOPY, OP_PUSH0,
    OP_PUSH1 = 0x60, OP_PUSH32 = 0x7f,
    OP_DUP1 = 0x80, OP_DUP16 = 0x8f,
    OP_SWAP1 = 0x90, OP_SWAP16 = 0x9f,
    OP_LOG0 = 0xa0, OP_LOG1, OP_LOG2, OP_LOG3, OP_LOG4,
    OP_CREATE = 0xf0, OP_CALL, OP_CALLCODE, OP_RETURN, OP_DELEGATECALL, OP_CREATE2,
    OP_STATICCALL = 0xfa, OP_REVERT = 0xfd, OP_INVALID = 0xfe, OP_SELFDESTRUCT = 0xff,
};
// clang-format on

/// What is the same about an opcode in every fork that has it.
struct OpcodeInfo {
    std::string_view name;  ///< Empty: no fork defines it.
    Fork since = Fork::frontier;
    std::uint8_t pops = 0;    ///< Stack items it needs.
    std::uint8_t pushes = 0;  ///< Stack items it leaves in their place.
    std::uint16_t base_gas =
        0;  ///< Charged always; what depends on the fork or on operands comes on top.
};

const OpcodeInfo& info_of(std::uint8_t opcode) noexcept;

/// Bytes of immediate data behind the opcode: 0, or 1 to 32 for PUSH.
constexpr std::size_t immediate_size(std::uint8_t opcode) noexcept {
    return opcode >= OP_PUSH1 && opcode <= OP_PUSH32 ? opcode - OP_PUSH1 + 1u : 0u;
}

/// Whether the fork defines the opcode. INVALID (0xfe) counts as undefined.
inline bool is_defined(std::uint8_t opcode, Fork fork) noexcept {
    const auto& info = info_of(opcode);
    return !info.name.empty() && opcode != OP_INVALID && fork >= info.since;
}

}  // namespace meta138::evm
