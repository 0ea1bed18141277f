// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "code.hpp"
#include "frame.hpp"
#include "interpreter.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace meta138::evm {

/// Code that has run often is translated into operations on stack slots.
///
/// Within a basic block the height of the stack relative to its start is known, so DUP, SWAP, POP
/// and PUSH need not run at all: an operation names the slots of its operands and of its result,
/// relative to the top of the stack at the start of the block (`base`). At the end of a block the
/// stack is as the interpreter would have left it, so that a frame can go over from the interpreter
/// to the translation at any JUMPDEST. A block charges the base gas of all its instructions, and
/// checks the stack for all of them, when it starts: should one of them fail, the frame halts and
/// all is undone in either order. Where an instruction can see the gas, what was charged ahead is
/// given back first.
struct Operation;

/// Runs from `operation` until the frame halts or waits for a child.
using Operator = Status(META138_HANDLER*)(const Operation* operation, uint256* base,
                                          std::int64_t gas, Frame& frame);

/// What a block takes, checked when it starts.
struct BlockRequirements {
    std::uint32_t gas = 0;          ///< Base gas of its instructions.
    std::uint32_t stack_bytes = 0;  ///< Least height of the stack, in bytes.
    std::uint32_t stack_span = 0;   ///< Highest height minus the least one, in bytes.
};

struct Operation {
    Operator run = nullptr;
    // Byte offsets from base.
    std::int16_t to = 0;
    std::int16_t a = 0;
    std::int16_t b = 0;
    std::int16_t c = 0;
    union {
        const uint256* constant;  ///< An operand that the code pushes.
        std::uint64_t number = 0;
    };
    union {
        const Operation* target;  ///< The first operation of a block.
        BlockRequirements block;  ///< Of a block's first operation.
        std::uint64_t ahead = 0;  ///< Gas charged already for what follows in the block.
    };
};

/// The operations of one code under the rules of one fork. Immutable.
class Translation {
public:
    Translation(const Code& code, Fork fork);
    Translation(const Translation&) = delete;
    Translation& operator=(const Translation&) = delete;

    [[nodiscard]] const Operation* begin() const noexcept { return operations_.data(); }
    /// The block that begins with the JUMPDEST at `pc`; null when none is there.
    [[nodiscard]] const Operation* block_at(std::uint64_t pc) const noexcept {
        if (!code_.is_jumpdest(pc)) return nullptr;
        return operations_.data() + jumpdest_operations_[code_.jumpdests_before(pc)];
    }

private:
    const Code& code_;
    std::vector<Operation> operations_;
    std::vector<uint256> constants_;
    std::vector<std::uint32_t> jumpdest_operations_;  // by rank of the JUMPDEST
};

/// Runs the frame from `frame.operation`, with its stack at `frame.sp`.
Status run_translated(Frame& frame);

}  // namespace meta138::evm
