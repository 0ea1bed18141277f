// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "translation.hpp"

#include "meta138/evm/opcodes.hpp"

#include <cstdint>
#include <optional>

namespace meta138::evm {

/// Where an operand is.
enum class OperandKind : std::uint8_t { slot, constant };

/// The value of a pure instruction whose operands are known; the first operand is the stack's top.
/// Absent for instructions that are not pure.
std::optional<uint256> fold(std::uint8_t opcode, const uint256& a, const uint256& b,
                            const uint256& c);

namespace operations {

// Operators by what they do. `to`, `a`, `b`, `c`, `constant`, `number` and `target` are the fields
// of Operation that they read. A null operator means that there is none for these operand kinds.

Operator enter_block();               ///< block
Operator fall_through();              ///< base += to; target
Operator skip();                      ///< goes on at target, inside of a block
Operator unary(std::uint8_t opcode);  ///< to, a
Operator binary(std::uint8_t opcode, OperandKind a, OperandKind b);  ///< to, a, b, constant
Operator ternary(std::uint8_t opcode);                               ///< to, a, b, c
Operator shift_left(unsigned limbs);                     ///< to, a; number: bits below 64
Operator shift_right(unsigned limbs);                    ///< to, a; number: bits below 64
Operator environment(std::uint8_t opcode);               ///< to
Operator copy();                                         ///< to, a
Operator copy_two();                                     ///< to ← a, then c ← b
Operator exchange();                                     ///< a and b
Operator load_constant();                                ///< to, constant
Operator gas_left();                                     ///< to, ahead
Operator calldataload(OperandKind offset);               ///< to, a or number
Operator mload(OperandKind offset);                      ///< to, a or number
Operator mstore(OperandKind offset, OperandKind value);  ///< a or number; b or constant
Operator mstore8();                                      ///< a, b
Operator keccak256_fixed();  ///< to; number: offset and size in 32 bits each
Operator general(
    std::uint8_t opcode);  ///< a: where sp is. The result is where the instruction puts it.
Operator metered(
    std::uint8_t opcode);  ///< The same with `ahead`, for instructions that see the gas.
Operator calling(std::uint8_t opcode);  ///< The same; leaves with child_pending.
Operator stop();
Operator halt_with_output(std::uint8_t opcode);  ///< a: where sp is
Operator selfdestruct();                         ///< a: where sp is
Operator fail(Status status);
Operator jump();              ///< base += to; target
Operator jump_dynamic();      ///< a; base += to
Operator jump_if(bool when);  ///< a; base += to; target, or the block that follows
Operator jump_if_invalid();   ///< a; base += to; fails, or the block that follows
Operator jump_if_dynamic();   ///< a is the condition, b the target; base += to
/// The jump_if that compares by itself. Null when the opcode is no comparison.
Operator jump_if_compare(std::uint8_t opcode, bool when, OperandKind a, OperandKind b);

}  // namespace operations
}  // namespace meta138::evm
