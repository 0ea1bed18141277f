// SPDX-License-Identifier: Apache-2.0
#include "meta138/tracing/fault.hpp"

#include "meta138/base/uint256.hpp"
#include "meta138/evm/opcodes.hpp"

#include <fmt/format.h>

#include <utility>

namespace meta138::tracing {

namespace {

constexpr std::size_t stack_limit = 1024;

/// EIP-2200: SSTORE needs more gas than a call that moves value hands on for nothing.
constexpr std::int64_t sstore_sentry = 2300;

bool is_call(std::uint8_t opcode) {
    return opcode == evm::OP_CALL || opcode == evm::OP_CALLCODE || opcode == evm::OP_DELEGATECALL ||
           opcode == evm::OP_STATICCALL;
}

/// go-ethereum has one text a reason; what is most likely wrong with such an input.
std::string text_of_precompile(const Address& address, ByteView input) {
    switch (address[19]) {
        case 0x06:
        case 0x07: return "bn256: malformed point";
        case 0x08:
            return input.size() % 192 != 0 ? "bad elliptic curve pairing size"
                                           : "bn256: malformed point";
        case 0x09: return input.size() != 213 ? "invalid input length" : "invalid final flag";
        case 0x0a:
            return input.size() != 192 ? "invalid input length" : "error verifying kzg proof";
        default: return "invalid input length";
    }
}

}  // namespace

std::string opcode_name(std::uint8_t opcode) {
    const auto name = evm::info_of(opcode).name;
    return name.empty() ? fmt::format("opcode {:#x} not defined", opcode) : std::string{name};
}

void FaultRecorder::on_step(const evm::Step& step) noexcept {
    opcode_ = step.opcode;
    stack_size_ = step.stack.size();
    gas_ = step.gas;
    if (is_call(opcode_) && stack_size_ >= 2) called_ = to_address(step.stack[stack_size_ - 2]);
}

const std::string& FaultRecorder::on_step_charged(evm::Status status) {
    if (status == evm::Status::success)
        text_.clear();
    else
        text_ = text_of_step(status);
    return text_;
}

std::string FaultRecorder::on_frame_end(const evm::Message& message, evm::Status status) {
    auto text = std::exchange(text_, {});
    switch (status) {
        case evm::Status::success: return {};
        case evm::Status::precompile_failure:
            return text_of_precompile(message.code_address, message.input);
        case evm::Status::nonce_overflow: return "nonce uint64 overflow";
        case evm::Status::out_of_gas:
            // No step failed: the gas ran out when the code was to be kept.
            if (text.empty() && is_create(message.kind))
                return "contract creation code storage out of gas";
            break;
        case evm::Status::revert:
        case evm::Status::stack_underflow:
        case evm::Status::stack_overflow:
        case evm::Status::invalid_opcode:
        case evm::Status::invalid_jump:
        case evm::Status::out_of_bounds_read:
        case evm::Status::write_protection:
        case evm::Status::call_depth_exceeded:
        case evm::Status::insufficient_balance:
        case evm::Status::address_collision:
        case evm::Status::initcode_size_exceeded:
        case evm::Status::code_size_exceeded:
        case evm::Status::invalid_code_prefix: break;
    }
    return text.empty() ? std::string{to_string(status)} : text;
}

std::string FaultRecorder::text_of_step(evm::Status status) const {
    const auto& info = evm::info_of(opcode_);
    if (status == evm::Status::stack_underflow)
        return fmt::format("stack underflow ({} <=> {})", stack_size_, info.pops);
    if (status == evm::Status::stack_overflow)
        return fmt::format("stack limit reached {} ({})", stack_size_,
                           stack_limit + info.pops - info.pushes);
    if (status == evm::Status::invalid_opcode)
        return fmt::format("invalid opcode: {}", opcode_name(opcode_));
    if (status == evm::Status::out_of_gas) return text_of_out_of_gas();
    return std::string{to_string(status)};
}

std::string FaultRecorder::text_of_out_of_gas() const {
    if (opcode_ == evm::OP_SSTORE && fork_ >= Fork::istanbul && gas_ <= sstore_sentry)
        return "out of gas: not enough gas for reentrancy sentry";
    return "out of gas";
}

}  // namespace meta138::tracing
