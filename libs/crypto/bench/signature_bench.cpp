// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/modexp.hpp"
#include "meta138/crypto/p256.hpp"
#include "meta138/crypto/secp256k1.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <vector>

namespace meta138::crypto {
namespace {

using namespace literals;

SecretKey some_key() {
    return *SecretKey::from(Bytes(32, 0x42));
}

void secp256k1_recover(benchmark::State& state) {
    const auto hash = keccak256({});
    const auto signature = sign(hash, some_key());
    for (auto _ : state) benchmark::DoNotOptimize(recover_address(hash, signature));
}
BENCHMARK(secp256k1_recover);

/// 200 signatures, as of a block.
void secp256k1_recover_200(benchmark::State& state) {
    std::vector<SignedHash> inputs;
    for (std::uint8_t i = 0; i < 200; ++i) {
        const auto hash = keccak256({&i, 1});
        inputs.push_back({hash, sign(hash, some_key())});
    }
    std::vector<std::optional<Address>> addresses(inputs.size());
    for (auto _ : state) {
        recover_addresses(inputs, addresses);
        benchmark::DoNotOptimize(addresses.data());
    }
    state.SetItemsProcessed(state.iterations() * 200);
}
BENCHMARK(secp256k1_recover_200)->Unit(benchmark::kMicrosecond);

void secp256k1_sign(benchmark::State& state) {
    const auto hash = keccak256({});
    const auto secret = some_key();
    for (auto _ : state) benchmark::DoNotOptimize(sign(hash, secret));
}
BENCHMARK(secp256k1_sign);

void secp256k1_verify(benchmark::State& state) {
    const auto hash = keccak256({});
    const auto signature = sign(hash, some_key());
    const auto key = public_key(some_key());
    for (auto _ : state) benchmark::DoNotOptimize(verify(hash, signature.r, signature.s, key));
}
BENCHMARK(secp256k1_verify);

void secp256k1_ecdh(benchmark::State& state) {
    const auto secret = some_key();
    const auto key = public_key(some_key());
    for (auto _ : state) benchmark::DoNotOptimize(ecdh(secret, key));
}
BENCHMARK(secp256k1_ecdh);

/// The first vector of EIP-7951's test file.
void p256_verify_valid(benchmark::State& state) {
    const auto hash = "0x4cee90eb86eaa050036147a12d49004b6b9c72bd725d39d4785011fe190f0b4d"_hash32;
    const auto r = "0xa73bd4903f0ce3b639bbbf6e8e80d16931ff4bcf5993d58468e8fb19086e8cac"_hash32;
    const auto s = "0x36dbcd03009df8c59286b162af3bd7fcc0450c9aa81be5d10d312af6c66b1d60"_hash32;
    const auto qx = "0x4aebd3099c618202fcfe16ae7770b0c49ab5eadf74b754204a3bb6060e44eff3"_hash32;
    const auto qy = "0x7618b065f9832de4ca6ca971a7a1adc826d0f7c00181a5fb2ddf79ae00b4e10e"_hash32;
    for (auto _ : state) {
        bool valid = p256_verify(hash, r, s, qx, qy);
        if (!valid) state.SkipWithError("the signature is valid");
        benchmark::DoNotOptimize(valid);
    }
}
BENCHMARK(p256_verify_valid);

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

/// Sizes in bits of base and modulus (range 0), of the exponent (1), and whether the modulus is
/// even.
void modexp_random(benchmark::State& state) {
    std::mt19937_64 random{1};
    const auto size = static_cast<std::size_t>(state.range(0)) / 8;
    const auto base = random_bytes(random, size);
    auto exponent = random_bytes(random, static_cast<std::size_t>(state.range(1) + 7) / 8);
    exponent[0] |= 0x80;
    if (state.range(1) == 17) exponent = {1, 0, 1};
    auto modulus = random_bytes(random, size);
    modulus[0] |= 0x80;
    modulus[size - 1] = static_cast<std::uint8_t>((modulus[size - 1] | 1) - state.range(2));
    Bytes out(size);
    for (auto _ : state) {
        modexp(base, exponent, modulus, out);
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(modexp_random)
    ->ArgNames({"modulus", "exponent", "even"})
    ->Args({64, 64, 0})
    ->Args({256, 17, 0})
    ->Args({256, 256, 0})
    ->Args({256, 256, 1})
    ->Args({384, 384, 0})
    ->Args({512, 512, 0})
    ->Args({1024, 1024, 0})
    ->Args({1024, 1024, 1})
    ->Args({2048, 17, 0})
    ->Args({2048, 2048, 0})
    ->Args({2048, 2048, 1})
    ->Args({4096, 17, 0})
    ->Args({4096, 256, 0})
    ->Args({8192, 17, 0})
    ->Args({8192, 64, 0});

}  // namespace
}  // namespace meta138::crypto
