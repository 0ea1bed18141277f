// SPDX-License-Identifier: Apache-2.0
#include "interpreter.hpp"

#include "instructions_call.hpp"
#include "instructions_memory.hpp"
#include "instructions_state.hpp"
#include "opcode_table.hpp"
#include "pure_instructions.hpp"

#include <utility>

namespace meta138::evm {
namespace {

// What every handler gets and hands on.
#define META138_PARAMS                                                   \
    const std::uint8_t *pc, uint256 *sp, std::int64_t gas, Frame &frame, \
        const InstructionSet &instructions
#define META138_NEXT(next_pc, next_sp)                                                      \
    do {                                                                                    \
        const std::uint8_t* const next_ = (next_pc);                                        \
        META138_MUSTTAIL return instructions.handlers[*next_](next_, (next_sp), gas, frame, \
                                                              instructions);                \
    } while (false)

std::size_t stack_bytes(const uint256* sp) noexcept {
    return reinterpret_cast<std::uintptr_t>(sp) & (stack_alignment - 1);
}

Status leave(Frame& frame, Status status, const std::uint8_t* pc, uint256* sp,
             std::int64_t gas) noexcept {
    frame.pc = pc;
    frame.sp = sp;
    frame.gas = gas;
    return status;
}

/// The stack has what the opcode needs, and room for what it leaves; its base gas is paid.
template <Opcode op>
[[gnu::always_inline]] inline Status charge_base(const uint256* sp, std::int64_t& gas) noexcept {
    constexpr const OpcodeInfo& info = opcode_table[op];
    if constexpr (info.pops > 0) {
        if (stack_bytes(sp) < info.pops * sizeof(uint256)) [[unlikely]]
            return Status::stack_underflow;
    }
    if constexpr (info.pushes > info.pops) {
        if (stack_bytes(sp) > (stack_limit - 1) * sizeof(uint256)) [[unlikely]]
            return Status::stack_overflow;
    }
    if constexpr (info.base_gas > 0) {
        gas -= info.base_gas;
        if (gas < 0) [[unlikely]]
            return Status::out_of_gas;
    }
    return Status::success;
}

#define META138_CHARGE_BASE(op)                                                                   \
    if (const auto charged = charge_base<(op)>(sp, gas); charged != Status::success) [[unlikely]] \
    return leave(frame, charged, pc, sp, gas)

template <Opcode op>
constexpr int stack_change = opcode_table[op].pushes - opcode_table[op].pops;

template <Opcode op, auto function>
META138_HANDLER Status unary(META138_PARAMS) {
    META138_CHARGE_BASE(op);
    sp[-1] = function(sp[-1]);
    META138_NEXT(pc + 1, sp);
}

template <Opcode op, auto function>
META138_HANDLER Status binary(META138_PARAMS) {
    META138_CHARGE_BASE(op);
    sp[-2] = function(sp[-1], sp[-2]);
    META138_NEXT(pc + 1, sp - 1);
}

template <Opcode op, auto function>
META138_HANDLER Status ternary(META138_PARAMS) {
    META138_CHARGE_BASE(op);
    sp[-3] = function(sp[-1], sp[-2], sp[-3]);
    META138_NEXT(pc + 1, sp - 2);
}

/// Pushes something that the frame knows.
template <Opcode op, auto function>
META138_HANDLER Status environment(META138_PARAMS) {
    META138_CHARGE_BASE(op);
    sp[0] = function(std::as_const(frame));
    META138_NEXT(pc + 1, sp + 1);
}

/// An instruction with charges of its own, or that may fail.
template <Opcode op, auto function>
META138_HANDLER Status general(META138_PARAMS) {
    META138_CHARGE_BASE(op);
    if (const auto status = function(sp, gas, frame); status != Status::success) [[unlikely]]
        return leave(frame, status, pc, sp, gas);
    META138_NEXT(pc + 1, sp + stack_change<op>);
}

/// Starts a child frame: leaves with the operands off the stack and the next instruction in pc.
template <Opcode op, auto function>
META138_HANDLER Status calling(META138_PARAMS) {
    static_cast<void>(instructions);
    META138_CHARGE_BASE(op);
    const auto status = function(sp, gas, frame);
    if (status != child_pending) return leave(frame, status, pc, sp, gas);
    return leave(frame, status, pc + 1, sp - opcode_table[op].pops, gas);
}

template <std::size_t size>
META138_HANDLER Status push(META138_PARAMS) {
    constexpr auto op = static_cast<Opcode>(OP_PUSH1 + size - 1);
    META138_CHARGE_BASE(op);
    if constexpr (size <= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, pc + 1, sizeof word);
        sp[0] = std::byteswap(word) >> (64 - 8 * size);
    } else if constexpr (size == 32) {
        sp[0] = load_be32(pc + 1);
    } else {
        // The word that ends with the immediate; its upper bytes are code before it, or what the
        // padding of Code holds.
        std::uint8_t word[32] = {};
        std::memcpy(word + 32 - size, pc + 1, size);
        sp[0] = load_be32(word);
    }
    META138_NEXT(pc + 1 + size, sp + 1);
}

META138_HANDLER Status push0(META138_PARAMS) {
    META138_CHARGE_BASE(OP_PUSH0);
    sp[0] = uint256{};
    META138_NEXT(pc + 1, sp + 1);
}

template <std::size_t n>
META138_HANDLER Status dup(META138_PARAMS) {
    META138_CHARGE_BASE(static_cast<Opcode>(OP_DUP1 + n - 1));
    sp[0] = sp[-static_cast<std::ptrdiff_t>(n)];
    META138_NEXT(pc + 1, sp + 1);
}

template <std::size_t n>
META138_HANDLER Status swap(META138_PARAMS) {
    META138_CHARGE_BASE(static_cast<Opcode>(OP_SWAP1 + n - 1));
    std::swap(sp[-1], sp[-1 - static_cast<std::ptrdiff_t>(n)]);
    META138_NEXT(pc + 1, sp);
}

META138_HANDLER Status pop(META138_PARAMS) {
    META138_CHARGE_BASE(OP_POP);
    META138_NEXT(pc + 1, sp - 1);
}

META138_HANDLER Status jumpdest(META138_PARAMS) {
    META138_CHARGE_BASE(OP_JUMPDEST);
    META138_NEXT(pc + 1, sp);
}

/// Where a jump goes; null when that is no JUMPDEST.
[[gnu::always_inline]] inline const std::uint8_t* jump_target(const Frame& frame,
                                                              const uint256& target) noexcept {
    if (!target.fits_uint64() || !frame.code->is_jumpdest(target.low64())) return nullptr;
    return frame.code->begin() + target.low64();
}

/// Counts a jump backwards; true when it is time to translate.
[[gnu::always_inline]] inline bool is_hot(Frame& frame, const std::uint8_t* from,
                                          const std::uint8_t* to) noexcept {
    return to < from && --frame.patience == 0;
}

META138_HANDLER Status jump(META138_PARAMS) {
    META138_CHARGE_BASE(OP_JUMP);
    const auto* const target = jump_target(frame, sp[-1]);
    if (target == nullptr) [[unlikely]]
        return leave(frame, Status::invalid_jump, pc, sp, gas);
    if (is_hot(frame, pc, target)) [[unlikely]]
        return leave(frame, loop_is_hot, target, sp - 1, gas);
    META138_NEXT(target, sp - 1);
}

META138_HANDLER Status jumpi(META138_PARAMS) {
    META138_CHARGE_BASE(OP_JUMPI);
    if (!sp[-2].is_zero()) {
        const auto* const target = jump_target(frame, sp[-1]);
        if (target == nullptr) [[unlikely]]
            return leave(frame, Status::invalid_jump, pc, sp, gas);
        if (is_hot(frame, pc, target)) [[unlikely]]
            return leave(frame, loop_is_hot, target, sp - 2, gas);
        META138_NEXT(target, sp - 2);
    }
    META138_NEXT(pc + 1, sp - 2);
}

META138_HANDLER Status program_counter(META138_PARAMS) {
    META138_CHARGE_BASE(OP_PC);
    sp[0] = static_cast<std::uint64_t>(pc - frame.code->begin());
    META138_NEXT(pc + 1, sp + 1);
}

META138_HANDLER Status gas_left(META138_PARAMS) {
    META138_CHARGE_BASE(OP_GAS);
    sp[0] = static_cast<std::uint64_t>(gas);
    META138_NEXT(pc + 1, sp + 1);
}

META138_HANDLER Status stop(META138_PARAMS) {
    static_cast<void>(instructions);
    frame.output = {};
    return leave(frame, Status::success, pc, sp, gas);
}

template <Opcode op, Status status>
META138_HANDLER Status halt_with_output(META138_PARAMS) {
    static_cast<void>(instructions);
    META138_CHARGE_BASE(op);
    if (!expand_memory(frame, gas, sp[-1], sp[-2]))
        return leave(frame, Status::out_of_gas, pc, sp, gas);
    frame.output = frame.memory.view(sp[-1].low64(), sp[-2].low64());
    return leave(frame, status, pc, sp, gas);
}

META138_HANDLER Status destroy(META138_PARAMS) {
    static_cast<void>(instructions);
    META138_CHARGE_BASE(OP_SELFDESTRUCT);
    frame.output = {};
    const auto status = selfdestruct(sp, gas, frame);
    return leave(frame, status, pc, sp, gas);
}

META138_HANDLER Status undefined(META138_PARAMS) {
    static_cast<void>(instructions);
    return leave(frame, Status::invalid_opcode, pc, sp, gas);
}

constexpr InstructionSet make_all() {
    InstructionSet set{};
    auto& h = set.handlers;
    h.fill(undefined);
    h[OP_STOP] = stop;
    h[OP_ADD] = binary<OP_ADD, pure::add>;
    h[OP_MUL] = binary<OP_MUL, pure::mul>;
    h[OP_SUB] = binary<OP_SUB, pure::sub>;
    h[OP_DIV] = binary<OP_DIV, pure::div>;
    h[OP_SDIV] = binary<OP_SDIV, pure::sdiv>;
    h[OP_MOD] = binary<OP_MOD, pure::mod>;
    h[OP_SMOD] = binary<OP_SMOD, pure::smod>;
    h[OP_ADDMOD] = ternary<OP_ADDMOD, pure::addmod>;
    h[OP_MULMOD] = ternary<OP_MULMOD, pure::mulmod>;
    h[OP_EXP] = general<OP_EXP, exponentiate>;
    h[OP_SIGNEXTEND] = binary<OP_SIGNEXTEND, pure::signextend>;
    h[OP_LT] = binary<OP_LT, pure::lt>;
    h[OP_GT] = binary<OP_GT, pure::gt>;
    h[OP_SLT] = binary<OP_SLT, pure::slt>;
    h[OP_SGT] = binary<OP_SGT, pure::sgt>;
    h[OP_EQ] = binary<OP_EQ, pure::eq>;
    h[OP_ISZERO] = unary<OP_ISZERO, pure::iszero>;
    h[OP_AND] = binary<OP_AND, pure::bit_and>;
    h[OP_OR] = binary<OP_OR, pure::bit_or>;
    h[OP_XOR] = binary<OP_XOR, pure::bit_xor>;
    h[OP_NOT] = unary<OP_NOT, pure::bit_not>;
    h[OP_BYTE] = binary<OP_BYTE, pure::byte>;
    h[OP_SHL] = binary<OP_SHL, pure::shl>;
    h[OP_SHR] = binary<OP_SHR, pure::shr>;
    h[OP_SAR] = binary<OP_SAR, pure::sar>;
    h[OP_CLZ] = unary<OP_CLZ, pure::clz>;
    h[OP_KECCAK256] = general<OP_KECCAK256, keccak256>;

    h[OP_ADDRESS] = environment<OP_ADDRESS, known::address>;
    h[OP_ORIGIN] = environment<OP_ORIGIN, known::origin>;
    h[OP_CALLER] = environment<OP_CALLER, known::caller>;
    h[OP_CALLVALUE] = environment<OP_CALLVALUE, known::callvalue>;
    h[OP_CALLDATALOAD] = general<OP_CALLDATALOAD, [](uint256* sp, std::int64_t&, Frame& frame) {
        sp[-1] = load_padded(frame.message.input, sp[-1]);
        return Status::success;
    }>;
    h[OP_CALLDATASIZE] = environment<OP_CALLDATASIZE, known::calldatasize>;
    h[OP_CALLDATACOPY] = general<OP_CALLDATACOPY, calldatacopy>;
    h[OP_CODESIZE] = environment<OP_CODESIZE, known::codesize>;
    h[OP_CODECOPY] = general<OP_CODECOPY, codecopy>;
    h[OP_GASPRICE] = environment<OP_GASPRICE, known::gasprice>;
    h[OP_RETURNDATASIZE] = environment<OP_RETURNDATASIZE, known::returndatasize>;
    h[OP_RETURNDATACOPY] = general<OP_RETURNDATACOPY, returndatacopy>;

    h[OP_BALANCE] = general<OP_BALANCE, balance>;
    h[OP_EXTCODESIZE] = general<OP_EXTCODESIZE, extcodesize>;
    h[OP_EXTCODECOPY] = general<OP_EXTCODECOPY, extcodecopy>;
    h[OP_EXTCODEHASH] = general<OP_EXTCODEHASH, extcodehash>;
    h[OP_BLOCKHASH] = general<OP_BLOCKHASH, blockhash>;
    h[OP_SELFBALANCE] = general<OP_SELFBALANCE, selfbalance>;
    h[OP_BLOBHASH] = general<OP_BLOBHASH, blobhash>;

    h[OP_COINBASE] = environment<OP_COINBASE, known::coinbase>;
    h[OP_TIMESTAMP] = environment<OP_TIMESTAMP, known::timestamp>;
    h[OP_NUMBER] = environment<OP_NUMBER, known::number>;
    h[OP_PREVRANDAO] = environment<OP_PREVRANDAO, known::prevrandao>;
    h[OP_GASLIMIT] = environment<OP_GASLIMIT, known::gaslimit>;
    h[OP_CHAINID] = environment<OP_CHAINID, known::chainid>;
    h[OP_BASEFEE] = environment<OP_BASEFEE, known::basefee>;
    h[OP_BLOBBASEFEE] = environment<OP_BLOBBASEFEE, known::blobbasefee>;

    h[OP_POP] = pop;
    h[OP_MLOAD] = general<OP_MLOAD, mload>;
    h[OP_MSTORE] = general<OP_MSTORE, mstore>;
    h[OP_MSTORE8] = general<OP_MSTORE8, mstore8>;
    h[OP_SLOAD] = general<OP_SLOAD, sload>;
    h[OP_SSTORE] = general<OP_SSTORE, sstore>;
    h[OP_JUMP] = jump;
    h[OP_JUMPI] = jumpi;
    h[OP_PC] = program_counter;
    h[OP_MSIZE] = environment<OP_MSIZE, known::msize>;
    h[OP_GAS] = gas_left;
    h[OP_JUMPDEST] = jumpdest;
    h[OP_TLOAD] = general<OP_TLOAD, tload>;
    h[OP_TSTORE] = general<OP_TSTORE, tstore>;
    h[OP_MCOPY] = general<OP_MCOPY, mcopy>;

    h[OP_PUSH0] = push0;
    [&]<std::size_t... i>(std::index_sequence<i...>) {
        ((h[OP_PUSH1 + i] = push<i + 1>), ...);
    }(std::make_index_sequence<32>{});
    [&]<std::size_t... i>(std::index_sequence<i...>) {
        ((h[OP_DUP1 + i] = dup<i + 1>), ...);
        ((h[OP_SWAP1 + i] = swap<i + 1>), ...);
    }(std::make_index_sequence<16>{});

    h[OP_LOG0] = general<OP_LOG0, log<0>>;
    h[OP_LOG1] = general<OP_LOG1, log<1>>;
    h[OP_LOG2] = general<OP_LOG2, log<2>>;
    h[OP_LOG3] = general<OP_LOG3, log<3>>;
    h[OP_LOG4] = general<OP_LOG4, log<4>>;
    h[OP_CREATE] = calling<OP_CREATE, create<CallKind::create>>;
    h[OP_CALL] = calling<OP_CALL, call<CallKind::call>>;
    h[OP_CALLCODE] = calling<OP_CALLCODE, call<CallKind::callcode>>;
    h[OP_RETURN] = halt_with_output<OP_RETURN, Status::success>;
    h[OP_DELEGATECALL] = calling<OP_DELEGATECALL, call<CallKind::delegatecall>>;
    h[OP_CREATE2] = calling<OP_CREATE2, create<CallKind::create2>>;
    h[OP_STATICCALL] = calling<OP_STATICCALL, call<CallKind::staticcall>>;
    h[OP_REVERT] = halt_with_output<OP_REVERT, Status::revert>;
    h[OP_SELFDESTRUCT] = destroy;
    return set;
}

constexpr std::array<InstructionSet, fork_count> make_instruction_sets() {
    std::array<InstructionSet, fork_count> sets{};
    for (std::size_t fork = 0; fork < fork_count; ++fork) {
        sets[fork] = make_all();
        for (std::size_t op = 0; op < 256; ++op) {
            if (opcode_table[op].name.empty() || opcode_table[op].since > static_cast<Fork>(fork))
                sets[fork].handlers[op] = undefined;
        }
    }
    return sets;
}

constexpr std::array<InstructionSet, fork_count> instruction_sets = make_instruction_sets();

/// Stands in for every opcode while tracing: settles the instruction before, shows the one to come,
/// runs it, and gets control back from its dispatch.
META138_HANDLER Status trace_step(META138_PARAMS) {
    trace_instruction(frame, pc, sp, gas);
    const auto& plain = instruction_sets[std::to_underlying(frame.environment->fork)];
    META138_MUSTTAIL return plain.handlers[*pc](pc, sp, gas, frame, instructions);
}

constexpr InstructionSet make_tracing_set() {
    InstructionSet set{};
    set.handlers.fill(trace_step);
    return set;
}

constexpr InstructionSet tracing_set = make_tracing_set();

}  // namespace

const InstructionSet& instruction_set(Fork fork, bool traced) noexcept {
    return traced ? tracing_set : instruction_sets[std::to_underlying(fork)];
}

Status run(Frame& frame, const InstructionSet& instructions) {
    return instructions.handlers[*frame.pc](frame.pc, frame.sp, frame.gas, frame, instructions);
}

}  // namespace meta138::evm
