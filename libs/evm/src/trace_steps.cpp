// SPDX-License-Identifier: Apache-2.0
#include "interpreter.hpp"

namespace meta138::evm {

void trace_instruction(Frame& frame, const std::uint8_t* pc, uint256* sp, std::int64_t gas) {
    Tracer& tracer = *frame.environment->tracer;
    if (frame.traced_gas >= 0) tracer.on_step_charged(frame.traced_gas - gas, Status::success);
    frame.traced_gas = gas;
    tracer.on_step(Step{
        .pc = static_cast<std::uint32_t>(pc - frame.code->begin()),
        .opcode = *pc,
        .depth = frame.message.depth,
        .gas = gas,
        .refund = frame.environment->refund_of_callers + frame.refund,
        .stack = {frame.stack, sp},
        .memory = frame.memory.view(),
        .return_data = frame.return_data,
        .message = &frame.message,
    });
}

void trace_end_of_run(Frame& frame, Status status) {
    if (frame.traced_gas < 0) return;
    const auto before = std::exchange(frame.traced_gas, -1);
    frame.environment->tracer->on_step_charged(before - frame.gas,
                                               status == child_pending ? Status::success : status);
}

}  // namespace meta138::evm
