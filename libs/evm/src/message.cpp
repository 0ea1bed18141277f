// SPDX-License-Identifier: Apache-2.0
#include "meta138/evm/message.hpp"

namespace meta138::evm {

std::string_view to_string(Status status) noexcept {
    switch (status) {
        case Status::success: return "success";
        case Status::revert: return "execution reverted";
        case Status::out_of_gas: return "out of gas";
        case Status::stack_underflow: return "stack underflow";
        case Status::stack_overflow: return "stack overflow";
        case Status::invalid_opcode: return "invalid opcode";
        case Status::invalid_jump: return "invalid jump destination";
        case Status::out_of_bounds_read: return "return data out of bounds";
        case Status::write_protection: return "write protection";
        case Status::call_depth_exceeded: return "max call depth exceeded";
        case Status::insufficient_balance: return "insufficient balance for transfer";
        case Status::address_collision: return "contract address collision";
        case Status::nonce_overflow: return "nonce overflow";
        case Status::precompile_failure: return "precompiled contract failed";
        case Status::initcode_size_exceeded: return "max initcode size exceeded";
        case Status::code_size_exceeded: return "max code size exceeded";
        case Status::invalid_code_prefix: return "invalid code: must not begin with 0xef";
    }
    return "unknown";
}

}  // namespace meta138::evm
