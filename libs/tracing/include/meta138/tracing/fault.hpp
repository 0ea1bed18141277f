// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/message.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/types/fork.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace meta138::tracing {

/// The opcode as traces name it: "PUSH1", or "opcode 0xc not defined".
[[nodiscard]] std::string opcode_name(std::uint8_t opcode);

/// Puts what went wrong into go-ethereum's words, which clients compare: "execution reverted",
/// "stack underflow (1 <=> 2)", "invalid opcode: INVALID". Told of each step, each charge and each
/// end of a frame, in this order, by the tracer that needs the words.
class FaultRecorder {
public:
    explicit FaultRecorder(Fork fork) : fork_{fork} {}

    void on_step(const evm::Step& step) noexcept;

    /// Of the last step; empty when it succeeded.
    [[nodiscard]] const std::string& on_step_charged(evm::Status status);

    /// Of a frame that ends; empty when it succeeded.
    [[nodiscard]] std::string on_frame_end(const evm::Message& message, evm::Status status);

    /// The address operand of the last step, a call: before any delegation was followed (EIP-7702).
    [[nodiscard]] const Address& called() const noexcept { return called_; }

private:
    [[nodiscard]] std::string text_of_step(evm::Status status) const;
    [[nodiscard]] std::string text_of_out_of_gas() const;

    Fork fork_;
    // The last step.
    std::uint8_t opcode_ = 0;
    std::size_t stack_size_ = 0;
    std::int64_t gas_ = 0;
    Address called_;
    std::string text_;  ///< Of a step that failed, until its frame has ended.
};

}  // namespace meta138::tracing
