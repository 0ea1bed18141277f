// SPDX-License-Identifier: Apache-2.0
#pragma once

// Memory expansion, and the instructions that copy to and from memory.
//
// Instructions outside the interpreter's own file have one form: operands are below `sp`, the first
// at sp[-1]; the result, if there is one, goes to the deepest operand's place (or sp[0] without
// operands). The interpreter has checked the stack and charged OpcodeInfo::base_gas.

#include "frame.hpp"

#include <bit>

namespace meta138::evm {

constexpr std::uint64_t words_of(std::uint64_t bytes) noexcept {
    return (bytes + 31) / 32;
}

/// Yellow Paper, equation 326: the price of that many words of memory.
constexpr std::int64_t memory_price(std::uint64_t words) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(G_memory) * words +
                                     words * words / 512);
}

/// Offsets and sizes from here on cost more than 2^51 gas, and are refused before the arithmetic of
/// memory_price() could overflow.
inline constexpr std::uint64_t memory_bound = std::uint64_t{1} << 35;

/// Charges for memory up to `end` bytes and grows it; false when out of gas.
[[gnu::noinline]] bool grow_memory(Frame& frame, std::int64_t& gas, std::uint64_t end);

/// Makes [offset, offset + size) exist; false when out of gas. Size 0 touches nothing.
[[gnu::always_inline]] inline bool expand_memory(Frame& frame, std::int64_t& gas,
                                                 const uint256& offset, std::uint64_t size) {
    if (size == 0) return true;
    if (!offset.fits_uint64() || offset.low64() >= memory_bound || size >= memory_bound)
        [[unlikely]]
        return false;
    const auto end = offset.low64() + size;
    if (end <= frame.memory.size()) [[likely]]
        return true;
    return grow_memory(frame, gas, end);
}
inline bool expand_memory(Frame& frame, std::int64_t& gas, const uint256& offset,
                          const uint256& size) {
    if (!size.fits_uint64()) return false;
    return expand_memory(frame, gas, offset, size.low64());
}

/// Charges `price` a word of `bytes`; false when out of gas. `bytes` is at most memory_bound.
inline bool charge_words(std::int64_t& gas, std::uint64_t bytes, std::int64_t price) noexcept {
    gas -= price * static_cast<std::int64_t>(words_of(bytes));
    return gas >= 0;
}

[[gnu::always_inline]] inline Status mload(uint256* sp, std::int64_t& gas, Frame& frame) {
    uint256& top = sp[-1];
    if (!expand_memory(frame, gas, top, 32)) return Status::out_of_gas;
    top = load_be32(frame.memory.data() + top.low64());
    return Status::success;
}

[[gnu::always_inline]] inline Status mstore(uint256* sp, std::int64_t& gas, Frame& frame) {
    const uint256& offset = sp[-1];
    if (!expand_memory(frame, gas, offset, 32)) return Status::out_of_gas;
    store_be32(frame.memory.data() + offset.low64(), sp[-2]);
    return Status::success;
}

[[gnu::always_inline]] inline Status mstore8(uint256* sp, std::int64_t& gas, Frame& frame) {
    const uint256& offset = sp[-1];
    if (!expand_memory(frame, gas, offset, 1)) return Status::out_of_gas;
    frame.memory.data()[offset.low64()] = static_cast<std::uint8_t>(sp[-2].low64());
    return Status::success;
}

/// Copies source[from, from + size) to memory, zeros where the source has ended.
Status copy_to_memory(Frame& frame, std::int64_t& gas, const uint256& offset, const uint256& from,
                      const uint256& size, ByteView source);

Status calldatacopy(uint256* sp, std::int64_t& gas, Frame& frame);
Status codecopy(uint256* sp, std::int64_t& gas, Frame& frame);
Status returndatacopy(uint256* sp, std::int64_t& gas, Frame& frame);
Status mcopy(uint256* sp, std::int64_t& gas, Frame& frame);
Status keccak256(uint256* sp, std::int64_t& gas, Frame& frame);

/// CALLDATALOAD of call data that may end before the word does.
uint256 load_padded(ByteView data, const uint256& offset) noexcept;

}  // namespace meta138::evm
