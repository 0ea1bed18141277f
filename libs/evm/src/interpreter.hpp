// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frame.hpp"

#include <array>
#include <cstdint>

// Threaded dispatch: every instruction ends in a jump to the next one's handler, with the machine's
// registers in the processor's. preserve_none leaves nothing to save around such a jump; clang 19
// cannot combine it with the frames that sanitizers make.
#if defined(__clang__)
#define META138_MUSTTAIL [[clang::musttail]]
#if defined(__x86_64__) && defined(__OPTIMIZE__) && !__has_feature(address_sanitizer) && \
    !__has_feature(thread_sanitizer) && !__has_feature(undefined_behavior_sanitizer)
#define META138_HANDLER __attribute__((preserve_none))
#endif
#else
#define META138_MUSTTAIL  // g++ makes sibling calls when it optimises
#endif
#ifndef META138_HANDLER
#define META138_HANDLER
#endif

namespace meta138::evm {

struct InstructionSet;

/// Runs from the instruction at `pc` until the frame halts or waits for a child. `sp` points past
/// the top of the stack.
using Handler = Status(META138_HANDLER*)(const std::uint8_t* pc, uint256* sp, std::int64_t gas,
                                         Frame& frame, const InstructionSet& instructions);

/// What each opcode does in one fork.
struct InstructionSet {
    std::array<Handler, 256> handlers;
};

/// The instructions of the fork. With `traced`, the tracer of the environment sees each step.
const InstructionSet& instruction_set(Fork fork, bool traced) noexcept;

/// Runs the frame from where it stands. On return the frame's pc, sp and gas say where it stopped.
Status run(Frame& frame, const InstructionSet& instructions);

/// Tells the tracer what the frame's last instruction cost, and shows it the one at `pc`.
void trace_instruction(Frame& frame, const std::uint8_t* pc, uint256* sp, std::int64_t gas);

/// Tells the tracer how the instruction was charged that ended a run of the frame.
void trace_end_of_run(Frame& frame, Status status);

}  // namespace meta138::evm
