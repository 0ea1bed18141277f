// SPDX-License-Identifier: Apache-2.0
// Any bytecode, in any fork: the interpreter, the interpreter under a tracer and the translation
// must come to the same end in the same world, and never crash.
#include "../test/memory_host.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/tracer.hpp"

using namespace meta138;

namespace {

constexpr Address sender = {{1}};
constexpr Address contract = {{2}};

struct Run {
    evm::Result result;
    evm::test::MemoryHost::World world;
};

Run run(ByteView code, ByteView input, Fork fork, std::int64_t gas,
        evm::TranslationPolicy translation, evm::Tracer* tracer) {
    evm::test::MemoryHost host;
    host.world.accounts[sender] = {.nonce = 1, .balance = 1'000'000, .code = {}, .storage = {}};
    host.world.accounts[contract] = {
        .nonce = 1, .balance = 1000, .code = to_bytes(code), .storage = {{1, 1}, {2, 0xffff}}};
    host.original = host.world.accounts;
    evm::CodeCache cache;
    const evm::BlockContext block{.coinbase = {{3}},
                                  .number = 1000,
                                  .timestamp = 1'700'000'000,
                                  .gas_limit = 30'000'000,
                                  .prev_randao = 42,
                                  .base_fee_per_gas = 7,
                                  .blob_base_fee = 1,
                                  .chain_id = 138};
    evm::Evm machine{host, cache, fork, block, {.translation = translation}, tracer};
    auto result = machine.execute({.gas = gas,
                                   .recipient = contract,
                                   .sender = sender,
                                   .code_address = contract,
                                   .value = 3,
                                   .input = input},
                                  {.origin = sender, .gas_price = 10, .blob_versioned_hashes = {}});
    return {std::move(result), std::move(host.world)};
}

/// The translation may name another reason for an exceptional halt, as it checks a block at once.
bool is_same_end(evm::Status a, evm::Status b) {
    const auto is_exceptional = [](evm::Status status) {
        return status != evm::Status::success && status != evm::Status::revert;
    };
    return a == b || (is_exceptional(a) && is_exceptional(b));
}

void check_same(const Run& a, const Run& b) {
    META138_ASSERT(is_same_end(a.result.status, b.result.status));
    META138_ASSERT(a.result.gas_left == b.result.gas_left);
    META138_ASSERT(a.result.gas_refund == b.result.gas_refund);
    META138_ASSERT(a.result.output == b.result.output);
    META138_ASSERT(a.world == b.world);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 4 || size > 4096) return 0;
    const auto fork = static_cast<Fork>(data[0] % forks().size());
    const std::int64_t gas = (std::int64_t{data[1]} + 1) * 400;
    const std::size_t input_size = std::min<std::size_t>(data[2], size - 3);
    const ByteView input{data + 3, input_size};
    const ByteView code{data + 3 + input_size, size - 3 - input_size};

    evm::Tracer tracer;
    const auto interpreted = run(code, input, fork, gas, evm::TranslationPolicy::never, nullptr);
    check_same(interpreted, run(code, input, fork, gas, evm::TranslationPolicy::never, &tracer));
    check_same(interpreted, run(code, input, fork, gas, evm::TranslationPolicy::always, nullptr));
    check_same(interpreted, run(code, input, fork, gas, evm::TranslationPolicy::when_hot, nullptr));
    return 0;
}
