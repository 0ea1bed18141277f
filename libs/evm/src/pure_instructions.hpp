// SPDX-License-Identifier: Apache-2.0
#pragma once

// Instructions without side effects, as functions: the first parameter is the top of the stack. The
// interpreter, the translation and its constant folding share them.

#include "frame.hpp"

#include "meta138/base/uint256.hpp"

namespace meta138::evm {

namespace pure {

using Word = const uint256&;

constexpr uint256 flag(bool value) noexcept {
    return uint256{std::uint64_t{value}};
}

inline constexpr auto is_less = [](Word a, Word b) noexcept { return a < b; };
inline constexpr auto is_greater = [](Word a, Word b) noexcept { return a > b; };
inline constexpr auto is_signed_less = [](Word a, Word b) noexcept { return meta138::slt(a, b); };
inline constexpr auto is_signed_greater = [](Word a, Word b) noexcept {
    return meta138::sgt(a, b);
};
inline constexpr auto is_equal = [](Word a, Word b) noexcept { return a == b; };

inline constexpr auto add = [](Word a, Word b) noexcept { return a + b; };
inline constexpr auto mul = [](Word a, Word b) noexcept { return a * b; };
inline constexpr auto sub = [](Word a, Word b) noexcept { return a - b; };
inline constexpr auto div = [](Word a, Word b) noexcept { return a / b; };
inline constexpr auto sdiv = [](Word a, Word b) noexcept { return meta138::sdiv(a, b); };
inline constexpr auto mod = [](Word a, Word b) noexcept { return a % b; };
inline constexpr auto smod = [](Word a, Word b) noexcept { return meta138::smod(a, b); };
inline constexpr auto addmod = [](Word a, Word b, Word m) noexcept {
    return meta138::addmod(a, b, m);
};
inline constexpr auto mulmod = [](Word a, Word b, Word m) noexcept {
    return meta138::mulmod(a, b, m);
};
inline constexpr auto signextend = [](Word a, Word b) noexcept {
    return meta138::signextend(a, b);
};
inline constexpr auto lt = [](Word a, Word b) noexcept { return flag(is_less(a, b)); };
inline constexpr auto gt = [](Word a, Word b) noexcept { return flag(is_greater(a, b)); };
inline constexpr auto slt = [](Word a, Word b) noexcept { return flag(is_signed_less(a, b)); };
inline constexpr auto sgt = [](Word a, Word b) noexcept { return flag(is_signed_greater(a, b)); };
inline constexpr auto eq = [](Word a, Word b) noexcept { return flag(is_equal(a, b)); };
inline constexpr auto iszero = [](Word a) noexcept { return flag(a.is_zero()); };
inline constexpr auto bit_and = [](Word a, Word b) noexcept { return a & b; };
inline constexpr auto bit_or = [](Word a, Word b) noexcept { return a | b; };
inline constexpr auto bit_xor = [](Word a, Word b) noexcept { return a ^ b; };
inline constexpr auto bit_not = [](Word a) noexcept { return ~a; };
inline constexpr auto byte = [](Word a, Word b) noexcept { return byte_at(a, b); };
inline constexpr auto shl = [](Word a, Word b) noexcept { return meta138::shl(a, b); };
inline constexpr auto shr = [](Word a, Word b) noexcept { return meta138::shr(a, b); };
inline constexpr auto sar = [](Word a, Word b) noexcept { return meta138::sar(a, b); };
inline constexpr auto clz = [](Word a) noexcept { return uint256{meta138::clz(a)}; };

}  // namespace pure

/// What a frame knows without asking the host.
namespace known {

using F = const Frame&;

inline constexpr auto address = [](F f) { return to_uint256(f.message.recipient); };
inline constexpr auto origin = [](F f) { return to_uint256(f.environment->transaction.origin); };
inline constexpr auto caller = [](F f) { return to_uint256(f.message.sender); };
inline constexpr auto callvalue = [](F f) { return f.message.value; };
inline constexpr auto calldatasize = [](F f) { return uint256{f.message.input.size()}; };
inline constexpr auto codesize = [](F f) { return uint256{f.code->size()}; };
inline constexpr auto gasprice = [](F f) { return f.environment->transaction.gas_price; };
inline constexpr auto returndatasize = [](F f) { return uint256{f.return_data.size()}; };
inline constexpr auto coinbase = [](F f) { return to_uint256(f.environment->block.coinbase); };
inline constexpr auto timestamp = [](F f) { return uint256{f.environment->block.timestamp}; };
inline constexpr auto number = [](F f) { return uint256{f.environment->block.number}; };
inline constexpr auto prevrandao = [](F f) { return f.environment->block.prev_randao; };
inline constexpr auto gaslimit = [](F f) { return uint256{f.environment->block.gas_limit}; };
inline constexpr auto chainid = [](F f) { return uint256{f.environment->block.chain_id}; };
inline constexpr auto basefee = [](F f) { return f.environment->block.base_fee_per_gas; };
inline constexpr auto blobbasefee = [](F f) { return f.environment->block.blob_base_fee; };
inline constexpr auto msize = [](F f) { return uint256{f.memory.size()}; };

}  // namespace known

/// EXP, in the form of instructions_memory.hpp.
inline Status exponentiate(uint256* sp, std::int64_t& gas, Frame& frame) {
    gas -= frame.environment->schedule.exp_byte * sp[-2].byte_length();
    if (gas < 0) return Status::out_of_gas;
    sp[-2] = exp(sp[-1], sp[-2]);
    return Status::success;
}

}  // namespace meta138::evm
