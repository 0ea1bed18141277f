// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/conformance/trace.hpp"
#include "meta138/evm/tracer.hpp"

#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace meta138::conformance {

/// "out of gas", "stack underflow", ...: how a frame's end is called in traces and results.
[[nodiscard]] std::string_view error_text(evm::Status status) noexcept;

/// Writes a line of EIP-3155 for each instruction:
/// {"pc":0,"op":96,"gas":"0x..","gasCost":"0x3","memSize":0,"stack":[..],"depth":1,"refund":0,
/// "opName":"PUSH1"}, with "error" when the instruction halted its frame.
class JsonTracer final : public evm::Tracer {
public:
    JsonTracer(std::ostream& out, TraceDetails details) : out_{out}, details_{details} {}

    void on_step(const evm::Step& step) override;
    void on_step_charged(std::int64_t gas_cost, evm::Status status) override;

private:
    std::ostream& out_;
    TraceDetails details_;
    std::string head_;  // of the pending line, up to the cost
    std::string tail_;  // and after it
};

}  // namespace meta138::conformance
