// SPDX-License-Identifier: Apache-2.0
#include "meta138/test/contracts.hpp"

#include "meta138/crypto/keccak.hpp"
#include "meta138/test/assembler.hpp"

#include <array>

namespace meta138::test {

namespace {

Hash32 word_of(const Address& address) {
    Hash32 word;
    std::ranges::copy(address, word.begin() + 12);
    return word;
}

Hash32 mapping_slot(const Address& key, const Hash32& base) {
    std::array<std::uint8_t, 64> input{};
    std::ranges::copy(word_of(key), input.begin());
    std::ranges::copy(base, input.begin() + 32);
    return crypto::keccak256(input);
}

Bytes call(std::uint32_t selector, std::initializer_list<Hash32> arguments) {
    Bytes data;
    for (int shift = 24; shift >= 0; shift -= 8)
        data.push_back(static_cast<std::uint8_t>(selector >> shift));
    for (const auto& argument : arguments)
        data.insert(data.end(), argument.begin(), argument.end());
    return data;
}

}  // namespace

Bytes token_code() {
    // The stacks are written from the bottom to the top.
    static const auto code = assemble(R"(
        PUSH0 CALLDATALOAD 0xe0 SHR
        DUP1 0xa9059cbb EQ @transfer JUMPI
        DUP1 0x23b872dd EQ @transferFrom JUMPI
        PUSH0 PUSH0 REVERT
    :transferFrom
        POP
        0x04 CALLDATALOAD PUSH0 MSTORE 0x01 0x20 MSTORE 0x40 PUSH0 KECCAK256 0x20 MSTORE
        CALLER PUSH0 MSTORE 0x40 PUSH0 KECCAK256
        DUP1 SLOAD 0x44 CALLDATALOAD
        DUP2 DUP2 GT @fail JUMPI
        SWAP1 SUB SWAP1 SSTORE
        0x44 CALLDATALOAD 0x24 CALLDATALOAD 0x04 CALLDATALOAD @move JUMP
    :transfer
        POP
        0x24 CALLDATALOAD 0x04 CALLDATALOAD CALLER
    :move
        DUP1 PUSH0 MSTORE PUSH0 0x20 MSTORE 0x40 PUSH0 KECCAK256
        DUP1 SLOAD
        DUP5 DUP2 LT @fail JUMPI
        DUP5 SWAP1 SUB SWAP1 SSTORE
        DUP2 PUSH0 MSTORE 0x40 PUSH0 KECCAK256
        DUP1 SLOAD DUP5 ADD SWAP1 SSTORE
        DUP3 PUSH0 MSTORE
        0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 0x20 PUSH0 LOG3
        0x01 PUSH0 MSTORE 0x20 PUSH0 RETURN
    :fail
        PUSH0 PUSH0 REVERT
    )");
    return code;
}

uint256 balance_slot(const Address& owner) {
    return to_uint256(mapping_slot(owner, Hash32{}));
}

uint256 allowance_slot(const Address& owner, const Address& spender) {
    return to_uint256(mapping_slot(spender, mapping_slot(owner, to_hash32(uint256{1}))));
}

Bytes transfer_call(const Address& to, const uint256& amount) {
    return call(0xa9059cbb, {word_of(to), to_hash32(amount)});
}

Bytes pair_code() {
    static const auto code = assemble(R"(
        0x05 SLOAD 0x01 EQ ISZERO @fail JUMPI
        PUSH0 0x05 SSTORE
        0x24 CALLDATALOAD
        PUSH0 SLOAD DUP1 0x80 SHR SWAP1 0xffffffffffffffffffffffffffffffff AND
        DUP3 @swapped JUMPI @ready JUMP
    :swapped
        SWAP1
    :ready
        0x04 CALLDATALOAD
        DUP1 0x03e5 MUL
        DUP1 DUP5 MUL
        SWAP1 DUP4 0x03e8 MUL ADD
        SWAP1 DIV
        DUP1 DUP5 SUB
        DUP3 DUP5 ADD
        DUP7 @pack JUMPI
        SWAP1
    :pack
        0x80 SHL OR PUSH0 SSTORE
        0x23b872dd 0xe0 SHL PUSH0 MSTORE CALLER 0x04 MSTORE ADDRESS 0x24 MSTORE DUP2 0x44 MSTORE
        0x20 PUSH0 0x64 PUSH0 PUSH0 DUP10 0x01 ADD SLOAD GAS CALL
        ISZERO @fail JUMPI
        0xa9059cbb 0xe0 SHL PUSH0 MSTORE CALLER 0x04 MSTORE DUP1 0x24 MSTORE
        0x20 PUSH0 0x44 PUSH0 PUSH0 DUP10 0x02 SUB SLOAD GAS CALL
        ISZERO @fail JUMPI
        PUSH0 MSTORE 0x20 MSTORE
        CALLER 0xd78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822
        0x40 PUSH0 LOG2
        0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1 0x40 PUSH0 LOG1
        0x01 0x05 SSTORE STOP
    :fail
        PUSH0 PUSH0 REVERT
    )");
    return code;
}

Bytes swap_call(const uint256& amount, unsigned direction) {
    return call(0x94b918de, {to_hash32(amount), to_hash32(uint256{direction})});
}

}  // namespace meta138::test
