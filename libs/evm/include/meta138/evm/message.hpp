// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"

#include <cstdint>
#include <string_view>

namespace meta138::evm {

enum class CallKind : std::uint8_t { call, callcode, delegatecall, staticcall, create, create2 };

constexpr bool is_create(CallKind kind) noexcept {
    return kind >= CallKind::create;
}

/// Yellow Paper 9.4: what a frame is started with.
struct Message {
    CallKind kind = CallKind::call;
    bool is_static = false;  ///< EIP-214: no state may change.
    /// EIP-7702: code_address was reached through a delegation, so a precompile there does not run.
    bool is_delegated = false;
    std::int32_t depth = 0;  ///< 0 for the transaction's own frame; at most 1024.
    std::int64_t gas = 0;
    Address
        recipient;  ///< Whose storage and balance the code works on; of a creation the new address.
    Address sender;        ///< CALLER.
    Address code_address;  ///< Whose code runs; unused in a creation.
    uint256 value;         ///< CALLVALUE; transferred by call and create only.
    ByteView input;        ///< Call data, or the init code of a creation. Must outlive the frame.
};

/// How a frame ended. Everything but success and revert is an exceptional halt, which consumes all
/// gas.
enum class Status : std::uint8_t {
    success,
    revert,
    out_of_gas,
    stack_underflow,
    stack_overflow,
    invalid_opcode,  ///< Undefined in this fork, or the designated INVALID (0xfe).
    invalid_jump,
    out_of_bounds_read,    ///< RETURNDATACOPY past the end of the return data (EIP-211).
    write_protection,      ///< A state change in a static frame.
    call_depth_exceeded,   ///< Of a frame that was refused: its gas goes back.
    insufficient_balance,  ///< Of a frame that was refused: its gas goes back.
    address_collision,     ///< EIP-684, EIP-7610.
    nonce_overflow,        ///< EIP-2681. Of a creation that was refused: its gas goes back.
    precompile_failure,
    initcode_size_exceeded,  ///< EIP-3860.
    code_size_exceeded,      ///< EIP-170.
    invalid_code_prefix,     ///< EIP-3541: new code begins with 0xef.
};

std::string_view to_string(Status status) noexcept;

/// How the outermost frame ended.
struct Result {
    Status status = Status::success;
    std::int64_t gas_left = 0;
    std::int64_t gas_refund = 0;  ///< Uncapped; may be negative only inside a transaction.
    Bytes output;                 ///< Return or revert data; of a successful creation empty.
};

}  // namespace meta138::evm
