// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/types/receipt.hpp"

#include <cstdint>
#include <span>

namespace meta138::evm {

/// The machine just before an instruction. Views are valid during the call only.
struct Step {
    std::uint32_t pc = 0;
    std::uint8_t opcode = 0;
    std::int32_t depth = 0;          ///< 0 for the transaction's own frame.
    std::int64_t gas = 0;            ///< Left before the instruction.
    std::int64_t refund = 0;         ///< Collected so far in the transaction.
    std::span<const uint256> stack;  ///< Bottom first.
    ByteView memory;
    ByteView return_data;
    const Message* message = nullptr;  ///< Of the frame.
};

/// Observes execution. Every callback has an empty default; an Evm without a tracer pays nothing.
class Tracer {
public:
    virtual ~Tracer() = default;

    /// A frame, a precompile or a refused call or creation starts. `code` is what will run.
    virtual void on_frame_begin(const Message& message, ByteView code);
    virtual void on_step(const Step& step);
    /// The instruction of the last on_step() of this frame has been charged. For a call or creation
    /// the cost includes the gas handed to the new frame, whose on_frame_begin() follows. `status`
    /// is not success when the instruction halts the frame exceptionally.
    virtual void on_step_charged(std::int64_t gas_cost, Status status);
    virtual void on_log(const Log& log);
    virtual void on_selfdestruct(const Address& address, const Address& beneficiary,
                                 const uint256& balance);
    virtual void on_frame_end(const Message& message, Status status, std::int64_t gas_left,
                              ByteView output);
};

}  // namespace meta138::evm
