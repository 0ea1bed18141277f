// SPDX-License-Identifier: Apache-2.0
#include "meta138/crypto/blake2f.hpp"
#include "meta138/crypto/keccak.hpp"
#include "meta138/crypto/ripemd160.hpp"
#include "meta138/crypto/sha256.hpp"

#include <benchmark/benchmark.h>

#include <vector>

namespace meta138::crypto {
namespace {

template <auto hash>
void hash_bytes(benchmark::State& state) {
    Bytes input(static_cast<std::size_t>(state.range(0)), 0x5a);
    for (auto _ : state) {
        auto digest = hash(input);
        // Each input depends on the digest before, so that the latency is seen.
        if (!input.empty()) input[0] = digest[0];
        benchmark::DoNotOptimize(digest);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(hash_bytes<keccak256>)
    ->Name("keccak256")
    ->Arg(32)
    ->Arg(64)
    ->Arg(136)
    ->Arg(576)
    ->Arg(4096);
BENCHMARK(hash_bytes<sha256>)->Name("sha256")->Arg(32)->Arg(64)->Arg(128)->Arg(1024)->Arg(4096);
BENCHMARK(hash_bytes<ripemd160>)->Name("ripemd160")->Arg(32)->Arg(128)->Arg(1024);

/// Hashes that do not wait for each other, one call each.
void keccak256_independent(benchmark::State& state) {
    const Bytes input(static_cast<std::size_t>(state.range(0)), 0x5a);
    for (auto _ : state) {
        auto digest = keccak256(input);
        benchmark::DoNotOptimize(digest);
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(keccak256_independent)->Arg(32)->Arg(64)->Arg(136)->Arg(576)->Arg(4096);

/// 1000 inputs: of one size, or of every size that a trie's nodes have when range(0) is 0.
void keccak256_of_1000(benchmark::State& state) {
    std::vector<Bytes> nodes;
    std::vector<ByteView> views;
    std::int64_t bytes = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
        const auto size =
            state.range(0) != 0 ? static_cast<std::size_t>(state.range(0)) : 33 + (i * 7919) % 500;
        nodes.emplace_back(size, static_cast<std::uint8_t>(i));
        bytes += static_cast<std::int64_t>(size);
    }
    for (const auto& node : nodes) views.emplace_back(node);
    std::vector<Hash32> digests(nodes.size());
    for (auto _ : state) {
        keccak256_batch(views, digests);
        benchmark::DoNotOptimize(digests.data());
        benchmark::ClobberMemory();
    }
    state.SetBytesProcessed(state.iterations() * bytes);
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(keccak256_of_1000)->Arg(32)->Arg(64)->Arg(532)->Arg(0)->Unit(benchmark::kMicrosecond);

void blake2f_rounds(benchmark::State& state) {
    std::array<std::uint64_t, 8> h{1, 2, 3, 4, 5, 6, 7, 8};
    const std::array<std::uint64_t, 16> m{1, 2, 3};
    for (auto _ : state) {
        blake2f(static_cast<std::uint32_t>(state.range(0)), h, m, {1, 0}, false);
        benchmark::DoNotOptimize(h);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(blake2f_rounds)->Arg(12)->Arg(1000);

}  // namespace
}  // namespace meta138::crypto
