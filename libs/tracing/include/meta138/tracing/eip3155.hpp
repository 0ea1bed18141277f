// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/evm/tracer.hpp"
#include "meta138/tracing/fault.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace meta138::tracing {

/// What an EIP-3155 line shows.
struct Eip3155Options {
    bool stack = true;
    bool memory = false;
    bool return_data = false;
    bool summary = true;  ///< A last line with the output and the gas used.
};

/// Writes a line of JSON for each instruction (EIP-3155), with go-ethereum's order of fields:
///
///     {"pc":0,"op":96,"gas":"0x5208","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,
///      "opName":"PUSH1"}
///
/// An instruction that fails has its `error`. `gasCost` of a call or creation includes the gas
/// handed to the new frame. When the transaction's own frame has ended, a line sums up:
///
///     {"output":"","gasUsed":"0x3"}
///
/// Its gas is the frame's: without the intrinsic gas, before refunds.
class Eip3155Tracer final : public evm::Tracer {
public:
    /// Gets each line, with its line feed; the text is valid during the call only.
    using Sink = std::move_only_function<void(std::string_view line)>;

    Eip3155Tracer(Fork fork, Sink sink, Eip3155Options options = {});

    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;
    void on_frame_end(const evm::Message& message, evm::Status status, std::int64_t gas_left,
                      ByteView output) override;

private:
    Sink sink_;
    Eip3155Options options_;
    FaultRecorder faults_;
    // The line under way: what stands before the cost, and what behind. Kept for their memory.
    std::string head_;
    std::string tail_;
};

}  // namespace meta138::tracing
