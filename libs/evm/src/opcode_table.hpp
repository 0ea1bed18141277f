// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/opcodes.hpp"

#include <array>

namespace meta138::evm {

/// Yellow Paper, appendix G: gas tiers that no fork has changed.
enum : std::uint16_t {
    G_zero = 0,
    G_jumpdest = 1,
    G_base = 2,
    G_verylow = 3,
    G_low = 5,
    G_mid = 8,
    G_high = 10,
    G_exp = 10,
    G_blockhash = 20,
    G_keccak256 = 30,
    G_log = 375,
    G_create = 32000,
    WARM_STORAGE_READ_COST = 100,  // EIP-2929
};

namespace detail {

consteval std::array<OpcodeInfo, 256> make_opcode_table() {
    std::array<OpcodeInfo, 256> t{};
    constexpr auto frontier = Fork::frontier;
    t[OP_STOP] = {"STOP", frontier, 0, 0, G_zero};
    t[OP_ADD] = {"ADD", frontier, 2, 1, G_verylow};
    t[OP_MUL] = {"MUL", frontier, 2, 1, G_low};
    t[OP_SUB] = {"SUB", frontier, 2, 1, G_verylow};
    t[OP_DIV] = {"DIV", frontier, 2, 1, G_low};
    t[OP_SDIV] = {"SDIV", frontier, 2, 1, G_low};
    t[OP_MOD] = {"MOD", frontier, 2, 1, G_low};
    t[OP_SMOD] = {"SMOD", frontier, 2, 1, G_low};
    t[OP_ADDMOD] = {"ADDMOD", frontier, 3, 1, G_mid};
    t[OP_MULMOD] = {"MULMOD", frontier, 3, 1, G_mid};
    t[OP_EXP] = {"EXP", frontier, 2, 1, G_exp};
    t[OP_SIGNEXTEND] = {"SIGNEXTEND", frontier, 2, 1, G_low};
    t[OP_LT] = {"LT", frontier, 2, 1, G_verylow};
    t[OP_GT] = {"GT", frontier, 2, 1, G_verylow};
    t[OP_SLT] = {"SLT", frontier, 2, 1, G_verylow};
    t[OP_SGT] = {"SGT", frontier, 2, 1, G_verylow};
    t[OP_EQ] = {"EQ", frontier, 2, 1, G_verylow};
    t[OP_ISZERO] = {"ISZERO", frontier, 1, 1, G_verylow};
    t[OP_AND] = {"AND", frontier, 2, 1, G_verylow};
    t[OP_OR] = {"OR", frontier, 2, 1, G_verylow};
    t[OP_XOR] = {"XOR", frontier, 2, 1, G_verylow};
    t[OP_NOT] = {"NOT", frontier, 1, 1, G_verylow};
    t[OP_BYTE] = {"BYTE", frontier, 2, 1, G_verylow};
    t[OP_SHL] = {"SHL", Fork::constantinople, 2, 1, G_verylow};  // EIP-145
    t[OP_SHR] = {"SHR", Fork::constantinople, 2, 1, G_verylow};
    t[OP_SAR] = {"SAR", Fork::constantinople, 2, 1, G_verylow};
    t[OP_CLZ] = {"CLZ", Fork::osaka, 1, 1, G_low};  // EIP-7939
    t[OP_KECCAK256] = {"KECCAK256", frontier, 2, 1, G_keccak256};
    t[OP_ADDRESS] = {"ADDRESS", frontier, 0, 1, G_base};
    t[OP_BALANCE] = {"BALANCE", frontier, 1, 1, G_zero};
    t[OP_ORIGIN] = {"ORIGIN", frontier, 0, 1, G_base};
    t[OP_CALLER] = {"CALLER", frontier, 0, 1, G_base};
    t[OP_CALLVALUE] = {"CALLVALUE", frontier, 0, 1, G_base};
    t[OP_CALLDATALOAD] = {"CALLDATALOAD", frontier, 1, 1, G_verylow};
    t[OP_CALLDATASIZE] = {"CALLDATASIZE", frontier, 0, 1, G_base};
    t[OP_CALLDATACOPY] = {"CALLDATACOPY", frontier, 3, 0, G_verylow};
    t[OP_CODESIZE] = {"CODESIZE", frontier, 0, 1, G_base};
    t[OP_CODECOPY] = {"CODECOPY", frontier, 3, 0, G_verylow};
    t[OP_GASPRICE] = {"GASPRICE", frontier, 0, 1, G_base};
    t[OP_EXTCODESIZE] = {"EXTCODESIZE", frontier, 1, 1, G_zero};
    t[OP_EXTCODECOPY] = {"EXTCODECOPY", frontier, 4, 0, G_zero};
    t[OP_RETURNDATASIZE] = {"RETURNDATASIZE", Fork::byzantium, 0, 1, G_base};     // EIP-211
    t[OP_RETURNDATACOPY] = {"RETURNDATACOPY", Fork::byzantium, 3, 0, G_verylow};  // EIP-211
    t[OP_EXTCODEHASH] = {"EXTCODEHASH", Fork::constantinople, 1, 1, G_zero};      // EIP-1052
    t[OP_BLOCKHASH] = {"BLOCKHASH", frontier, 1, 1, G_blockhash};
    t[OP_COINBASE] = {"COINBASE", frontier, 0, 1, G_base};
    t[OP_TIMESTAMP] = {"TIMESTAMP", frontier, 0, 1, G_base};
    t[OP_NUMBER] = {"NUMBER", frontier, 0, 1, G_base};
    t[OP_PREVRANDAO] = {"PREVRANDAO", frontier, 0, 1, G_base};
    t[OP_GASLIMIT] = {"GASLIMIT", frontier, 0, 1, G_base};
    t[OP_CHAINID] = {"CHAINID", Fork::istanbul, 0, 1, G_base};         // EIP-1344
    t[OP_SELFBALANCE] = {"SELFBALANCE", Fork::istanbul, 0, 1, G_low};  // EIP-1884
    t[OP_BASEFEE] = {"BASEFEE", Fork::london, 0, 1, G_base};           // EIP-3198
    t[OP_BLOBHASH] = {"BLOBHASH", Fork::cancun, 1, 1, G_verylow};      // EIP-4844
    t[OP_BLOBBASEFEE] = {"BLOBBASEFEE", Fork::cancun, 0, 1, G_base};   // EIP-7516
    t[OP_POP] = {"POP", frontier, 1, 0, G_base};
    t[OP_MLOAD] = {"MLOAD", frontier, 1, 1, G_verylow};
    t[OP_MSTORE] = {"MSTORE", frontier, 2, 0, G_verylow};
    t[OP_MSTORE8] = {"MSTORE8", frontier, 2, 0, G_verylow};
    t[OP_SLOAD] = {"SLOAD", frontier, 1, 1, G_zero};
    t[OP_SSTORE] = {"SSTORE", frontier, 2, 0, G_zero};
    t[OP_JUMP] = {"JUMP", frontier, 1, 0, G_mid};
    t[OP_JUMPI] = {"JUMPI", frontier, 2, 0, G_high};
    t[OP_PC] = {"PC", frontier, 0, 1, G_base};
    t[OP_MSIZE] = {"MSIZE", frontier, 0, 1, G_base};
    t[OP_GAS] = {"GAS", frontier, 0, 1, G_base};
    t[OP_JUMPDEST] = {"JUMPDEST", frontier, 0, 0, G_jumpdest};
    t[OP_TLOAD] = {"TLOAD", Fork::cancun, 1, 1, WARM_STORAGE_READ_COST};    // EIP-1153
    t[OP_TSTORE] = {"TSTORE", Fork::cancun, 2, 0, WARM_STORAGE_READ_COST};  // EIP-1153
    t[OP_MCOPY] = {"MCOPY", Fork::cancun, 3, 0, G_verylow};                 // EIP-5656
    t[OP_PUSH0] = {"PUSH0", Fork::shanghai, 0, 1, G_base};                  // EIP-3855
    constexpr std::string_view push[] = {
        "PUSH1",  "PUSH2",  "PUSH3",  "PUSH4",  "PUSH5",  "PUSH6",  "PUSH7",  "PUSH8",
        "PUSH9",  "PUSH10", "PUSH11", "PUSH12", "PUSH13", "PUSH14", "PUSH15", "PUSH16",
        "PUSH17", "PUSH18", "PUSH19", "PUSH20", "PUSH21", "PUSH22", "PUSH23", "PUSH24",
        "PUSH25", "PUSH26", "PUSH27", "PUSH28", "PUSH29", "PUSH30", "PUSH31", "PUSH32"};
    constexpr std::string_view dup[] = {"DUP1",  "DUP2",  "DUP3",  "DUP4",  "DUP5",  "DUP6",
                                        "DUP7",  "DUP8",  "DUP9",  "DUP10", "DUP11", "DUP12",
                                        "DUP13", "DUP14", "DUP15", "DUP16"};
    constexpr std::string_view swap[] = {"SWAP1",  "SWAP2",  "SWAP3",  "SWAP4",  "SWAP5",  "SWAP6",
                                         "SWAP7",  "SWAP8",  "SWAP9",  "SWAP10", "SWAP11", "SWAP12",
                                         "SWAP13", "SWAP14", "SWAP15", "SWAP16"};
    for (std::uint8_t i = 0; i < 32; ++i) t[OP_PUSH1 + i] = {push[i], frontier, 0, 1, G_verylow};
    for (std::uint8_t i = 0; i < 16; ++i) {
        t[OP_DUP1 + i] = {dup[i], frontier, static_cast<std::uint8_t>(i + 1),
                          static_cast<std::uint8_t>(i + 2), G_verylow};
        t[OP_SWAP1 + i] = {swap[i], frontier, static_cast<std::uint8_t>(i + 2),
                           static_cast<std::uint8_t>(i + 2), G_verylow};
    }
    t[OP_LOG0] = {"LOG0", frontier, 2, 0, G_log};
    t[OP_LOG1] = {"LOG1", frontier, 3, 0, 2 * G_log};
    t[OP_LOG2] = {"LOG2", frontier, 4, 0, 3 * G_log};
    t[OP_LOG3] = {"LOG3", frontier, 5, 0, 4 * G_log};
    t[OP_LOG4] = {"LOG4", frontier, 6, 0, 5 * G_log};
    t[OP_CREATE] = {"CREATE", frontier, 3, 1, G_create};
    t[OP_CALL] = {"CALL", frontier, 7, 1, G_zero};
    t[OP_CALLCODE] = {"CALLCODE", frontier, 7, 1, G_zero};
    t[OP_RETURN] = {"RETURN", frontier, 2, 0, G_zero};
    t[OP_DELEGATECALL] = {"DELEGATECALL", Fork::homestead, 6, 1, G_zero};  // EIP-7
    t[OP_CREATE2] = {"CREATE2", Fork::constantinople, 4, 1, G_create};     // EIP-1014
    t[OP_STATICCALL] = {"STATICCALL", Fork::byzantium, 6, 1, G_zero};      // EIP-214
    t[OP_REVERT] = {"REVERT", Fork::byzantium, 2, 0, G_zero};              // EIP-140
    t[OP_INVALID] = {"INVALID", frontier, 0, 0, G_zero};
    t[OP_SELFDESTRUCT] = {"SELFDESTRUCT", frontier, 1, 0, G_zero};
    return t;
}

}  // namespace detail

inline constexpr std::array<OpcodeInfo, 256> opcode_table = detail::make_opcode_table();

}  // namespace meta138::evm
