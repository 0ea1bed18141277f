// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "code.hpp"
#include "gas_schedule.hpp"
#include "memory.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/host.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/evm/tracer.hpp"

#include <cstdint>
#include <memory>

namespace meta138::evm {

/// Yellow Paper 9.1.
inline constexpr std::size_t stack_limit = 1024;

/// Each frame's stack begins at a multiple of this, so that an address tells its height.
inline constexpr std::size_t stack_alignment = 64 * 1024;
static_assert(stack_alignment > stack_limit * sizeof(uint256));

struct Operation;
class Translation;

/// What stays the same for all frames of a transaction.
struct Environment {
    Host* host = nullptr;
    Fork fork = Fork::frontier;
    GasSchedule schedule;
    BlockContext block;
    TransactionContext transaction;
    Limits limits;
    Tracer* tracer = nullptr;
    std::int64_t refund_of_callers =
        0;  ///< Kept while tracing: what waiting frames have collected.
};

/// Not a way to end: the frame waits for the call or creation in `Frame::child`.
inline constexpr auto child_pending = static_cast<Status>(0xff);

/// Not a way to end: the interpreter has jumped backwards so often that it should hand over to the
/// translation. The frame stands at a JUMPDEST.
inline constexpr auto loop_is_hot = static_cast<Status>(0xfe);

/// One running frame: the machine state of the Yellow Paper (9.4.1), and what it needs at hand.
/// Frames are reused; begin() in machine.cpp sets every field.
struct Frame {
    const Environment* environment = nullptr;
    Host* host = nullptr;
    const Code* code = nullptr;
    uint256* stack = nullptr;  ///< The bottom; aligned to stack_alignment.
    Memory memory;
    ByteView return_data;
    Message message;

    // Where to go on, valid while the frame does not run. `sp` points past the top.
    const std::uint8_t* pc = nullptr;
    uint256* sp = nullptr;
    std::int64_t gas = 0;

    std::int64_t patience = 0;  ///< Jumps backwards before the interpreter leaves with loop_is_hot.

    // In place of pc, when the translation runs.
    const Translation* translation = nullptr;
    const Operation* operation = nullptr;
    uint256* base = nullptr;
    std::int64_t gas_ahead = 0;  ///< Of `gas`, what the waiting block had charged already.

    std::int64_t refund = 0;
    ByteView output;  ///< Of RETURN or REVERT, in `memory`.
    Checkpoint checkpoint{};

    // The call or creation that the frame waits for, and where in memory its output goes.
    Message child;
    std::uint64_t output_offset = 0;
    std::uint64_t output_size = 0;

    std::int64_t traced_gas = -1;  ///< Before the instruction under way; -1 when none is traced.

    std::shared_ptr<const Code> code_owner;
    Bytes precompile_output;  ///< What return_data points to after a precompile.
};

}  // namespace meta138::evm
