// SPDX-License-Identifier: Apache-2.0
#include "operations.hpp"

#include "instructions_call.hpp"
#include "instructions_memory.hpp"
#include "instructions_state.hpp"
#include "opcode_table.hpp"
#include "pure_instructions.hpp"

#include <utility>

namespace meta138::evm {
namespace {

#define META138_OPERATION \
    [[maybe_unused]] const Operation *operation, uint256 *base, std::int64_t gas, Frame &frame
#define META138_CONTINUE(next_operation, next_base)                         \
    do {                                                                    \
        const Operation* const next_ = (next_operation);                    \
        META138_MUSTTAIL return next_->run(next_, (next_base), gas, frame); \
    } while (false)

[[gnu::always_inline]] inline uint256& slot(uint256* base, std::int16_t offset) noexcept {
    return *reinterpret_cast<uint256*>(reinterpret_cast<std::byte*>(base) + offset);
}

[[gnu::always_inline]] inline uint256* moved(uint256* base, std::int16_t offset) noexcept {
    return &slot(base, offset);
}

template <OperandKind kind>
[[gnu::always_inline]] inline const uint256& operand(const Operation* operation, uint256* base,
                                                     std::int16_t offset) noexcept {
    if constexpr (kind == OperandKind::constant) return *operation->constant;
    return slot(base, offset);
}

[[gnu::noinline]] Status leave(Frame& frame, Status status, uint256* sp,
                               std::int64_t gas) noexcept {
    frame.sp = sp;
    frame.gas = gas;
    return status;
}

/// Pays for the block that starts with `first`; says why the frame halts instead.
[[gnu::always_inline]] inline Status enter(const Operation* first, const uint256* base,
                                           std::int64_t& gas) noexcept {
    gas -= first->block.gas;
    if (gas < 0) [[unlikely]]
        return Status::out_of_gas;
    const auto height =
        static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(base) & (stack_alignment - 1));
    if (height - first->block.stack_bytes > first->block.stack_span) [[unlikely]]
        return height < first->block.stack_bytes ? Status::stack_underflow : Status::stack_overflow;
    return Status::success;
}

/// Goes on in another block, past its first operation.
#define META138_ENTER(first_operation, next_base)                                        \
    do {                                                                                 \
        const Operation* const first_ = (first_operation);                               \
        uint256* const entered_ = (next_base);                                           \
        if (const auto status = enter(first_, entered_, gas); status != Status::success) \
            [[unlikely]]                                                                 \
            return leave(frame, status, entered_, gas);                                  \
        META138_CONTINUE(first_ + 1, entered_);                                          \
    } while (false)

META138_HANDLER Status enter_block_operator(META138_OPERATION) {
    META138_ENTER(operation, base);
}

META138_HANDLER Status jump_operator(META138_OPERATION) {
    META138_ENTER(operation->target, moved(base, operation->to));
}

META138_HANDLER Status skip_operator(META138_OPERATION) {
    META138_CONTINUE(operation->target, base);
}

template <auto function>
META138_HANDLER Status unary_operator(META138_OPERATION) {
    slot(base, operation->to) = function(slot(base, operation->a));
    META138_CONTINUE(operation + 1, base);
}

template <auto function, OperandKind kind_a, OperandKind kind_b>
META138_HANDLER Status binary_operator(META138_OPERATION) {
    slot(base, operation->to) = function(operand<kind_a>(operation, base, operation->a),
                                         operand<kind_b>(operation, base, operation->b));
    META138_CONTINUE(operation + 1, base);
}

template <auto function>
META138_HANDLER Status ternary_operator(META138_OPERATION) {
    slot(base, operation->to) =
        function(slot(base, operation->a), slot(base, operation->b), slot(base, operation->c));
    META138_CONTINUE(operation + 1, base);
}

/// A shift by a constant: whole limbs are known here, bits at run time. 0 bits make the two shifts
/// of a neighbour's share 64, in two steps.
template <unsigned limbs>
META138_HANDLER Status shift_left_operator(META138_OPERATION) {
    const uint256 x = slot(base, operation->a);
    const auto bits = operation->number;
    uint256 result;
    for (unsigned i = limbs; i < 4; ++i) {
        const auto lower = i > limbs ? x.limbs[i - limbs - 1] >> 1 >> (63 - bits) : 0;
        result.limbs[i] = x.limbs[i - limbs] << bits | lower;
    }
    slot(base, operation->to) = result;
    META138_CONTINUE(operation + 1, base);
}

template <unsigned limbs>
META138_HANDLER Status shift_right_operator(META138_OPERATION) {
    const uint256 x = slot(base, operation->a);
    const auto bits = operation->number;
    uint256 result;
    for (unsigned i = 0; i + limbs < 4; ++i) {
        const auto upper = i + limbs + 1 < 4 ? x.limbs[i + limbs + 1] << 1 << (63 - bits) : 0;
        result.limbs[i] = x.limbs[i + limbs] >> bits | upper;
    }
    slot(base, operation->to) = result;
    META138_CONTINUE(operation + 1, base);
}

template <auto function>
META138_HANDLER Status environment_operator(META138_OPERATION) {
    slot(base, operation->to) = function(std::as_const(frame));
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status copy_operator(META138_OPERATION) {
    slot(base, operation->to) = slot(base, operation->a);
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status copy_two_operator(META138_OPERATION) {
    slot(base, operation->to) = slot(base, operation->a);
    slot(base, operation->c) = slot(base, operation->b);
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status exchange_operator(META138_OPERATION) {
    std::swap(slot(base, operation->a), slot(base, operation->b));
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status load_constant_operator(META138_OPERATION) {
    slot(base, operation->to) = *operation->constant;
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status gas_left_operator(META138_OPERATION) {
    slot(base, operation->to) = static_cast<std::uint64_t>(gas) + operation->ahead;
    META138_CONTINUE(operation + 1, base);
}

template <OperandKind kind>
META138_HANDLER Status calldataload_operator(META138_OPERATION) {
    const auto data = frame.message.input;
    if constexpr (kind == OperandKind::constant) {
        slot(base, operation->to) = load_padded(data, operation->number);
    } else {
        slot(base, operation->to) = load_padded(data, slot(base, operation->a));
    }
    META138_CONTINUE(operation + 1, base);
}

/// Makes [offset, offset + size) exist for an offset that the code pushes; false when out of gas.
[[gnu::always_inline]] inline bool expand_memory_at(Frame& frame, std::int64_t& gas,
                                                    std::uint64_t offset, std::uint64_t size) {
    return offset + size <= frame.memory.size() || grow_memory(frame, gas, offset + size);
}

template <OperandKind kind>
META138_HANDLER Status mload_operator(META138_OPERATION) {
    std::uint64_t offset = 0;
    if constexpr (kind == OperandKind::constant) {
        offset = operation->number;
        if (!expand_memory_at(frame, gas, offset, 32)) [[unlikely]]
            return leave(frame, Status::out_of_gas, base, gas);
    } else {
        const uint256& a = slot(base, operation->a);
        if (!expand_memory(frame, gas, a, 32)) [[unlikely]]
            return leave(frame, Status::out_of_gas, base, gas);
        offset = a.low64();
    }
    slot(base, operation->to) = load_be32(frame.memory.data() + offset);
    META138_CONTINUE(operation + 1, base);
}

template <OperandKind offset_kind, OperandKind value_kind>
META138_HANDLER Status mstore_operator(META138_OPERATION) {
    std::uint64_t offset = 0;
    if constexpr (offset_kind == OperandKind::constant) {
        static_assert(value_kind == OperandKind::slot);
        offset = operation->number;
        if (!expand_memory_at(frame, gas, offset, 32)) [[unlikely]]
            return leave(frame, Status::out_of_gas, base, gas);
    } else {
        const uint256& a = slot(base, operation->a);
        if (!expand_memory(frame, gas, a, 32)) [[unlikely]]
            return leave(frame, Status::out_of_gas, base, gas);
        offset = a.low64();
    }
    store_be32(frame.memory.data() + offset, operand<value_kind>(operation, base, operation->b));
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status mstore8_operator(META138_OPERATION) {
    const uint256& offset = slot(base, operation->a);
    if (!expand_memory(frame, gas, offset, 1)) [[unlikely]]
        return leave(frame, Status::out_of_gas, base, gas);
    frame.memory.data()[offset.low64()] =
        static_cast<std::uint8_t>(slot(base, operation->b).low64());
    META138_CONTINUE(operation + 1, base);
}

META138_HANDLER Status keccak256_fixed_operator(META138_OPERATION) {
    uint256 operands[2] = {operation->number & 0xffffffff, operation->number >> 32};
    if (keccak256(operands + 2, gas, frame) != Status::success) [[unlikely]]
        return leave(frame, Status::out_of_gas, base, gas);
    slot(base, operation->to) = operands[0];
    META138_CONTINUE(operation + 1, base);
}

/// An instruction of the general form, with its operands in place below `a`.
template <auto function>
META138_HANDLER Status general_operator(META138_OPERATION) {
    if (const auto status = function(moved(base, operation->a), gas, frame);
        status != Status::success) [[unlikely]]
        return leave(frame, status, base, gas);
    META138_CONTINUE(operation + 1, base);
}

template <auto function>
META138_HANDLER Status metered_operator(META138_OPERATION) {
    const auto ahead = static_cast<std::int64_t>(operation->ahead);
    gas += ahead;
    if (const auto status = function(moved(base, operation->a), gas, frame);
        status != Status::success) [[unlikely]]
        return leave(frame, status, base, gas);
    gas -= ahead;
    if (gas < 0) [[unlikely]]
        return leave(frame, Status::out_of_gas, base, gas);
    META138_CONTINUE(operation + 1, base);
}

template <Opcode op, auto function>
META138_HANDLER Status calling_operator(META138_OPERATION) {
    const auto ahead = static_cast<std::int64_t>(operation->ahead);
    gas += ahead;
    uint256* const sp = moved(base, operation->a);
    const auto status = function(sp, gas, frame);
    if (status == child_pending) {
        frame.operation = operation + 1;
        frame.base = base;
        frame.gas_ahead = ahead;
    }
    return leave(frame, status, sp - opcode_table[op].pops, gas);
}

META138_HANDLER Status stop_operator(META138_OPERATION) {
    frame.output = {};
    return leave(frame, Status::success, base, gas);
}

template <Status status>
META138_HANDLER Status halt_operator(META138_OPERATION) {
    const uint256* const sp = moved(base, operation->a);
    if (!expand_memory(frame, gas, sp[-1], sp[-2]))
        return leave(frame, Status::out_of_gas, base, gas);
    frame.output = frame.memory.view(sp[-1].low64(), sp[-2].low64());
    return leave(frame, status, base, gas);
}

META138_HANDLER Status selfdestruct_operator(META138_OPERATION) {
    frame.output = {};
    const auto status = selfdestruct(moved(base, operation->a), gas, frame);
    return leave(frame, status, base, gas);
}

template <Status status>
META138_HANDLER Status fail_operator(META138_OPERATION) {
    return leave(frame, status, base, gas);
}

/// The block a jump goes to; null when no JUMPDEST is there.
[[gnu::always_inline]] inline const Operation* find_target(const Frame& frame,
                                                           const uint256& target) noexcept {
    return target.fits_uint64() ? frame.translation->block_at(target.low64()) : nullptr;
}

META138_HANDLER Status jump_dynamic_operator(META138_OPERATION) {
    const auto* const target = find_target(frame, slot(base, operation->a));
    if (target == nullptr) [[unlikely]]
        return leave(frame, Status::invalid_jump, base, gas);
    META138_ENTER(target, moved(base, operation->to));
}

template <bool when>
META138_HANDLER Status jump_if_operator(META138_OPERATION) {
    const bool taken = slot(base, operation->a).is_zero() != when;
    if (taken) META138_ENTER(operation->target, moved(base, operation->to));
    META138_ENTER(operation + 1, moved(base, operation->to));
}

META138_HANDLER Status jump_if_invalid_operator(META138_OPERATION) {
    if (!slot(base, operation->a).is_zero()) return leave(frame, Status::invalid_jump, base, gas);
    META138_ENTER(operation + 1, moved(base, operation->to));
}

META138_HANDLER Status jump_if_dynamic_operator(META138_OPERATION) {
    if (slot(base, operation->a).is_zero())
        META138_ENTER(operation + 1, moved(base, operation->to));
    const auto* const target = find_target(frame, slot(base, operation->b));
    if (target == nullptr) [[unlikely]]
        return leave(frame, Status::invalid_jump, base, gas);
    META138_ENTER(target, moved(base, operation->to));
}

template <auto compare, bool when, OperandKind kind_a, OperandKind kind_b>
META138_HANDLER Status jump_if_compare_operator(META138_OPERATION) {
    const bool taken = compare(operand<kind_a>(operation, base, operation->a),
                               operand<kind_b>(operation, base, operation->b)) == when;
    if (taken) META138_ENTER(operation->target, moved(base, operation->to));
    META138_ENTER(operation + 1, moved(base, operation->to));
}

template <auto function>
Operator binary_of(OperandKind a, OperandKind b) {
    using enum OperandKind;
    if (a == constant) return b == constant ? nullptr : binary_operator<function, constant, slot>;
    return b == constant ? binary_operator<function, slot, constant>
                         : binary_operator<function, slot, slot>;
}

template <auto compare, bool when>
Operator compare_of(OperandKind a, OperandKind b) {
    using enum OperandKind;
    if (a == constant)
        return b == constant ? nullptr : jump_if_compare_operator<compare, when, constant, slot>;
    return b == constant ? jump_if_compare_operator<compare, when, slot, constant>
                         : jump_if_compare_operator<compare, when, slot, slot>;
}

template <auto compare>
Operator compare_of(bool when, OperandKind a, OperandKind b) {
    return when ? compare_of<compare, true>(a, b) : compare_of<compare, false>(a, b);
}

}  // namespace

std::optional<uint256> fold(std::uint8_t opcode, const uint256& a, const uint256& b,
                            const uint256& c) {
    switch (opcode) {
        case OP_ADD: return pure::add(a, b);
        case OP_MUL: return pure::mul(a, b);
        case OP_SUB: return pure::sub(a, b);
        case OP_DIV: return pure::div(a, b);
        case OP_SDIV: return pure::sdiv(a, b);
        case OP_MOD: return pure::mod(a, b);
        case OP_SMOD: return pure::smod(a, b);
        case OP_ADDMOD: return pure::addmod(a, b, c);
        case OP_MULMOD: return pure::mulmod(a, b, c);
        case OP_SIGNEXTEND: return pure::signextend(a, b);
        case OP_LT: return pure::lt(a, b);
        case OP_GT: return pure::gt(a, b);
        case OP_SLT: return pure::slt(a, b);
        case OP_SGT: return pure::sgt(a, b);
        case OP_EQ: return pure::eq(a, b);
        case OP_ISZERO: return pure::iszero(a);
        case OP_AND: return pure::bit_and(a, b);
        case OP_OR: return pure::bit_or(a, b);
        case OP_XOR: return pure::bit_xor(a, b);
        case OP_NOT: return pure::bit_not(a);
        case OP_BYTE: return pure::byte(a, b);
        case OP_SHL: return pure::shl(a, b);
        case OP_SHR: return pure::shr(a, b);
        case OP_SAR: return pure::sar(a, b);
        case OP_CLZ: return pure::clz(a);
        default: return std::nullopt;
    }
}

namespace operations {

Operator enter_block() {
    return enter_block_operator;
}
Operator fall_through() {
    return jump_operator;
}

Operator skip() {
    return skip_operator;
}

Operator unary(std::uint8_t opcode) {
    switch (opcode) {
        case OP_ISZERO: return unary_operator<pure::iszero>;
        case OP_NOT: return unary_operator<pure::bit_not>;
        case OP_CLZ: return unary_operator<pure::clz>;
        default: return nullptr;
    }
}

Operator binary(std::uint8_t opcode, OperandKind a, OperandKind b) {
    switch (opcode) {
        case OP_ADD: return binary_of<pure::add>(a, b);
        case OP_MUL: return binary_of<pure::mul>(a, b);
        case OP_SUB: return binary_of<pure::sub>(a, b);
        case OP_DIV: return binary_of<pure::div>(a, b);
        case OP_SDIV: return binary_of<pure::sdiv>(a, b);
        case OP_MOD: return binary_of<pure::mod>(a, b);
        case OP_SMOD: return binary_of<pure::smod>(a, b);
        case OP_SIGNEXTEND: return binary_of<pure::signextend>(a, b);
        case OP_LT: return binary_of<pure::lt>(a, b);
        case OP_GT: return binary_of<pure::gt>(a, b);
        case OP_SLT: return binary_of<pure::slt>(a, b);
        case OP_SGT: return binary_of<pure::sgt>(a, b);
        case OP_EQ: return binary_of<pure::eq>(a, b);
        case OP_AND: return binary_of<pure::bit_and>(a, b);
        case OP_OR: return binary_of<pure::bit_or>(a, b);
        case OP_XOR: return binary_of<pure::bit_xor>(a, b);
        case OP_BYTE: return binary_of<pure::byte>(a, b);
        case OP_SHL: return binary_of<pure::shl>(a, b);
        case OP_SHR: return binary_of<pure::shr>(a, b);
        case OP_SAR: return binary_of<pure::sar>(a, b);
        default: return nullptr;
    }
}

Operator ternary(std::uint8_t opcode) {
    switch (opcode) {
        case OP_ADDMOD: return ternary_operator<pure::addmod>;
        case OP_MULMOD: return ternary_operator<pure::mulmod>;
        default: return nullptr;
    }
}

Operator shift_left(unsigned limbs) {
    static constexpr Operator by_limbs[] = {shift_left_operator<0>, shift_left_operator<1>,
                                            shift_left_operator<2>, shift_left_operator<3>};
    return by_limbs[limbs];
}

Operator shift_right(unsigned limbs) {
    static constexpr Operator by_limbs[] = {shift_right_operator<0>, shift_right_operator<1>,
                                            shift_right_operator<2>, shift_right_operator<3>};
    return by_limbs[limbs];
}

Operator environment(std::uint8_t opcode) {
    switch (opcode) {
        case OP_ADDRESS: return environment_operator<known::address>;
        case OP_ORIGIN: return environment_operator<known::origin>;
        case OP_CALLER: return environment_operator<known::caller>;
        case OP_CALLVALUE: return environment_operator<known::callvalue>;
        case OP_CALLDATASIZE: return environment_operator<known::calldatasize>;
        case OP_GASPRICE: return environment_operator<known::gasprice>;
        case OP_RETURNDATASIZE: return environment_operator<known::returndatasize>;
        case OP_COINBASE: return environment_operator<known::coinbase>;
        case OP_TIMESTAMP: return environment_operator<known::timestamp>;
        case OP_NUMBER: return environment_operator<known::number>;
        case OP_PREVRANDAO: return environment_operator<known::prevrandao>;
        case OP_GASLIMIT: return environment_operator<known::gaslimit>;
        case OP_CHAINID: return environment_operator<known::chainid>;
        case OP_BASEFEE: return environment_operator<known::basefee>;
        case OP_BLOBBASEFEE: return environment_operator<known::blobbasefee>;
        case OP_MSIZE: return environment_operator<known::msize>;
        default: return nullptr;
    }
}

Operator copy() {
    return copy_operator;
}
Operator copy_two() {
    return copy_two_operator;
}
Operator exchange() {
    return exchange_operator;
}
Operator load_constant() {
    return load_constant_operator;
}
Operator gas_left() {
    return gas_left_operator;
}

Operator calldataload(OperandKind offset) {
    return offset == OperandKind::constant ? calldataload_operator<OperandKind::constant>
                                           : calldataload_operator<OperandKind::slot>;
}

Operator mload(OperandKind offset) {
    return offset == OperandKind::constant ? mload_operator<OperandKind::constant>
                                           : mload_operator<OperandKind::slot>;
}

Operator mstore(OperandKind offset, OperandKind value) {
    using enum OperandKind;
    if (offset == constant) return value == constant ? nullptr : mstore_operator<constant, slot>;
    return value == constant ? mstore_operator<slot, constant> : mstore_operator<slot, slot>;
}

Operator mstore8() {
    return mstore8_operator;
}
Operator keccak256_fixed() {
    return keccak256_fixed_operator;
}

Operator general(std::uint8_t opcode) {
    switch (opcode) {
        case OP_EXP: return general_operator<evm::exponentiate>;
        case OP_KECCAK256: return general_operator<evm::keccak256>;
        case OP_CALLDATACOPY: return general_operator<evm::calldatacopy>;
        case OP_CODECOPY: return general_operator<evm::codecopy>;
        case OP_RETURNDATACOPY: return general_operator<evm::returndatacopy>;
        case OP_MCOPY: return general_operator<evm::mcopy>;
        case OP_BALANCE: return general_operator<evm::balance>;
        case OP_EXTCODESIZE: return general_operator<evm::extcodesize>;
        case OP_EXTCODECOPY: return general_operator<evm::extcodecopy>;
        case OP_EXTCODEHASH: return general_operator<evm::extcodehash>;
        case OP_BLOCKHASH: return general_operator<evm::blockhash>;
        case OP_SELFBALANCE: return general_operator<evm::selfbalance>;
        case OP_BLOBHASH: return general_operator<evm::blobhash>;
        case OP_SLOAD: return general_operator<evm::sload>;
        case OP_TLOAD: return general_operator<evm::tload>;
        case OP_TSTORE: return general_operator<evm::tstore>;
        case OP_LOG0: return general_operator<evm::log<0>>;
        case OP_LOG1: return general_operator<evm::log<1>>;
        case OP_LOG2: return general_operator<evm::log<2>>;
        case OP_LOG3: return general_operator<evm::log<3>>;
        case OP_LOG4: return general_operator<evm::log<4>>;
        default: return nullptr;
    }
}

Operator metered(std::uint8_t opcode) {
    return opcode == OP_SSTORE ? metered_operator<evm::sstore> : nullptr;
}

Operator calling(std::uint8_t opcode) {
    switch (opcode) {
        case OP_CREATE: return calling_operator<OP_CREATE, evm::create<CallKind::create>>;
        case OP_CREATE2: return calling_operator<OP_CREATE2, evm::create<CallKind::create2>>;
        case OP_CALL: return calling_operator<OP_CALL, evm::call<CallKind::call>>;
        case OP_CALLCODE: return calling_operator<OP_CALLCODE, evm::call<CallKind::callcode>>;
        case OP_DELEGATECALL:
            return calling_operator<OP_DELEGATECALL, evm::call<CallKind::delegatecall>>;
        case OP_STATICCALL: return calling_operator<OP_STATICCALL, evm::call<CallKind::staticcall>>;
        default: return nullptr;
    }
}

Operator stop() {
    return stop_operator;
}

Operator halt_with_output(std::uint8_t opcode) {
    return opcode == OP_REVERT ? halt_operator<Status::revert> : halt_operator<Status::success>;
}

Operator selfdestruct() {
    return selfdestruct_operator;
}

Operator fail(Status status) {
    return status == Status::invalid_jump ? fail_operator<Status::invalid_jump>
                                          : fail_operator<Status::invalid_opcode>;
}

Operator jump() {
    return jump_operator;
}
Operator jump_dynamic() {
    return jump_dynamic_operator;
}
Operator jump_if(bool when) {
    return when ? jump_if_operator<true> : jump_if_operator<false>;
}
Operator jump_if_invalid() {
    return jump_if_invalid_operator;
}
Operator jump_if_dynamic() {
    return jump_if_dynamic_operator;
}

Operator jump_if_compare(std::uint8_t opcode, bool when, OperandKind a, OperandKind b) {
    switch (opcode) {
        case OP_LT: return compare_of<pure::is_less>(when, a, b);
        case OP_GT: return compare_of<pure::is_greater>(when, a, b);
        case OP_SLT: return compare_of<evm::pure::is_signed_less>(when, a, b);
        case OP_SGT: return compare_of<evm::pure::is_signed_greater>(when, a, b);
        case OP_EQ: return compare_of<pure::is_equal>(when, a, b);
        default: return nullptr;
    }
}

}  // namespace operations

Status run_translated(Frame& frame) {
    // What the waiting block had charged ahead went to the child's allowance; take it again.
    frame.gas -= std::exchange(frame.gas_ahead, 0);
    if (frame.gas < 0) return Status::out_of_gas;
    return frame.operation->run(frame.operation, frame.base, frame.gas, frame);
}

}  // namespace meta138::evm
