// SPDX-License-Identifier: Apache-2.0
#include "memory_host.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/opcodes.hpp"

#include <gtest/gtest.h>

#include <random>

namespace meta138::evm {
namespace {

constexpr Address contract = {{2}};

struct Run {
    Result result;
    test::MemoryHost::World world;
};

Run run(ByteView code, Fork fork, std::int64_t gas, TranslationPolicy translation) {
    test::MemoryHost host;
    host.world.accounts[contract] = {
        .nonce = 1, .balance = 1000, .code = to_bytes(code), .storage = {{1, 1}, {2, 0xffff}}};
    host.original = host.world.accounts;
    CodeCache cache;
    Evm evm{host, cache, fork, {.number = 9}, {.translation = translation}};
    auto result = evm.execute({.gas = gas,
                               .recipient = contract,
                               .sender = {{1}},
                               .code_address = contract,
                               .value = {},
                               .input = as_bytes("some call data, a little longer than one word")},
                              {.origin = {{1}}, .gas_price = 1, .blob_versioned_hashes = {}});
    return {std::move(result), std::move(host.world)};
}

/// A program of random instructions that mostly does not fail: enough operands to begin with, jumps
/// to JUMPDESTs, small memory offsets.
Bytes random_program(std::mt19937_64& random) {
    Bytes code;
    std::vector<std::size_t> jumpdests;
    const auto push = [&](std::uint64_t value) {
        code.push_back(OP_PUSH1 + 1);
        code.push_back(static_cast<std::uint8_t>(value >> 8));
        code.push_back(static_cast<std::uint8_t>(value));
    };
    for (int i = 0; i < 20; ++i) push(random() % 300);
    static constexpr std::uint8_t plain[] = {OP_ADD,          OP_MUL,
                                             OP_SUB,          OP_DIV,
                                             OP_SDIV,         OP_MOD,
                                             OP_SMOD,         OP_ADDMOD,
                                             OP_MULMOD,       OP_EXP,
                                             OP_SIGNEXTEND,   OP_LT,
                                             OP_GT,           OP_SLT,
                                             OP_SGT,          OP_EQ,
                                             OP_ISZERO,       OP_ISZERO,
                                             OP_AND,          OP_OR,
                                             OP_XOR,          OP_NOT,
                                             OP_BYTE,         OP_SHL,
                                             OP_SHR,          OP_SAR,
                                             OP_CLZ,          OP_CALLDATALOAD,
                                             OP_CALLDATASIZE, OP_GAS,
                                             OP_PC,           OP_MSIZE,
                                             OP_POP,          OP_SLOAD,
                                             OP_SSTORE,       OP_ADDRESS,
                                             OP_SELFBALANCE,  OP_RETURNDATASIZE,
                                             OP_CODESIZE};
    const auto length = 10 + random() % 150;
    for (std::size_t i = 0; i < length; ++i) {
        switch (random() % 10) {
            case 0: push(random() % 70); break;
            case 1: code.push_back(static_cast<std::uint8_t>(OP_DUP1 + random() % 16)); break;
            case 2:
            case 3: code.push_back(static_cast<std::uint8_t>(OP_SWAP1 + random() % 16)); break;
            case 4:
                push(random() % 200);
                code.push_back(random() % 2 == 0 ? OP_MLOAD : OP_MSTORE);
                break;
            case 5:
                if (random() % 3 == 0) {
                    jumpdests.push_back(code.size());
                    code.push_back(OP_JUMPDEST);
                } else if (!jumpdests.empty()) {
                    code.push_back(static_cast<std::uint8_t>(OP_LT + random() % 6));
                    push(jumpdests[random() % jumpdests.size()]);
                    code.push_back(OP_JUMPI);
                }
                break;
            case 6:
                push(random() % 64);
                push(random() % 64);
                code.push_back(random() % 2 == 0 ? OP_KECCAK256 : OP_LOG0);
                break;
            default: code.push_back(plain[random() % std::size(plain)]);
        }
    }
    // The stack as it stands, into memory, and out.
    for (int i = 0; i < 8; ++i) {
        push(static_cast<std::uint64_t>(32 * i));
        code.push_back(OP_MSTORE);
    }
    push(256);
    push(0);
    code.push_back(OP_RETURN);
    return code;
}

TEST(Translation, ends_as_the_interpreter_does) {
    std::mt19937_64 random{138};
    int succeeded = 0;
    for (int i = 0; i < 3000; ++i) {
        const auto code = random_program(random);
        const auto fork = static_cast<Fork>(random() % fork_count);
        const auto gas = static_cast<std::int64_t>(random() % 200'000);
        const auto interpreted = run(code, fork, gas, TranslationPolicy::never);
        succeeded += interpreted.result.status == Status::success ? 1 : 0;
        for (const auto policy : {TranslationPolicy::always, TranslationPolicy::when_hot}) {
            const auto translated = run(code, fork, gas, policy);
            ASSERT_EQ(translated.result.gas_left, interpreted.result.gas_left) << to_hex(code);
            ASSERT_EQ(translated.result.output, interpreted.result.output) << to_hex(code);
            ASSERT_EQ(translated.result.gas_refund, interpreted.result.gas_refund) << to_hex(code);
            ASSERT_EQ(translated.world, interpreted.world) << to_hex(code);
        }
    }
    EXPECT_GT(succeeded, 100);  // else the programs would test nothing but failure
}

TEST(Translation, takes_over_in_the_middle_of_a_loop) {
    // Sums 1000, 999, ... 1 on the stack; the interpreter hands over at the JUMPDEST.
    const auto code = *decode_hex_digits("5f6103e85b80910190600190038080600457505f5260205ff3");
    const auto interpreted = run(code, Fork::osaka, 1'000'000, TranslationPolicy::never);
    const auto translated = run(code, Fork::osaka, 1'000'000, TranslationPolicy::when_hot);
    EXPECT_EQ(translated.result.status, interpreted.result.status);
    EXPECT_EQ(translated.result.gas_left, interpreted.result.gas_left);
    EXPECT_EQ(translated.result.output, interpreted.result.output);
}

TEST(Translation, survives_code_that_shuffles_the_whole_stack) {
    Bytes code;
    for (int i = 0; i < 1000; ++i) {
        code.push_back(OP_PUSH1);
        code.push_back(static_cast<std::uint8_t>(i));
    }
    code.push_back(OP_JUMPDEST);
    for (int i = 0; i < 3000; ++i) {
        code.push_back(static_cast<std::uint8_t>(OP_SWAP1 + i * 7 % 16));
        if (i % 5 == 0) code.push_back(OP_POP);
        if (i % 11 == 0) code.push_back(static_cast<std::uint8_t>(OP_DUP1 + i % 16));
    }
    code.push_back(OP_JUMPDEST);
    for (const auto op : {OP_MSIZE, OP_MSTORE, OP_MSIZE, OP_MSTORE, OP_MSIZE, OP_MSTORE})
        code.push_back(op);
    for (const auto byte : {0x60, 0x60, 0x5f, 0xf3})
        code.push_back(static_cast<std::uint8_t>(byte));
    const auto interpreted = run(code, Fork::osaka, 1'000'000, TranslationPolicy::never);
    const auto translated = run(code, Fork::osaka, 1'000'000, TranslationPolicy::always);
    EXPECT_EQ(interpreted.result.status, Status::success);
    EXPECT_EQ(translated.result.output, interpreted.result.output);
    EXPECT_EQ(translated.result.gas_left, interpreted.result.gas_left);
}

}  // namespace
}  // namespace meta138::evm
