// SPDX-License-Identifier: Apache-2.0
#include "bn254/fp12_ifma.hpp"
#include "bn254/pairing.hpp"
#include "bn254/walkers_ifma.hpp"

#include "meta138/base/hex.hpp"
#include "meta138/crypto/bn254.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <string>

namespace meta138::crypto {
namespace {

using namespace bn254;

constexpr Fp a = Fp::from_hex("0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed");
constexpr Fp b = Fp::from_hex("0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2");
constexpr Fp c = Fp::from_hex("0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");
constexpr Fp d = Fp::from_hex("0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b");
const Fp12 f{{{a, b}, {c, d}, {b, c}}, {{d, a}, {b, d}, {c, a}}};

constexpr G1Affine g1{Fp::from_uint64(1), Fp::from_uint64(2)};
constexpr G2Affine g2{{a, b}, {c, d}};

/// Each result is the next operand: the latency.
template <typename Value, typename Step>
void chain(benchmark::State& state, const Value& initial, const Step& step) {
    auto value = initial;
    for (auto _ : state) {
        value = step(value);
        benchmark::DoNotOptimize(value);
    }
}

/// Eight independent chains: the throughput, per operation.
template <typename Value, typename Step>
void independent(benchmark::State& state, const Value& value, const Step& step) {
    std::array<Value, 8> values;
    values.fill(value);
    while (state.KeepRunningBatch(8)) {
        for (auto& each : values) each = step(each);
        benchmark::DoNotOptimize(values);
    }
}

void bn254_fp_mul(benchmark::State& state) {
    chain(state, a, [](const Fp& v) { return v * b; });
}
void bn254_fp_mul_independent(benchmark::State& state) {
    independent(state, a, [](const Fp& v) { return v * b; });
}
void bn254_fp_square(benchmark::State& state) {
    chain(state, a, [](const Fp& v) { return v.square(); });
}
void bn254_fp_inverse(benchmark::State& state) {
    chain(state, a, [](const Fp& v) { return v.inverse() + b; });
}
void bn254_fp2_mul(benchmark::State& state) {
    chain(state, f.c0.c0, [](const Fp2& v) { return v * f.c1.c2; });
}
void bn254_fp2_mul_independent(benchmark::State& state) {
    independent(state, f.c0.c0, [](const Fp2& v) { return v * f.c1.c2; });
}
void bn254_fp2_square(benchmark::State& state) {
    chain(state, f.c0.c0, [](const Fp2& v) { return v.square(); });
}
template <typename Tower>
void bn254_fp12_mul(benchmark::State& state) {
    const auto factor = Tower::from(f);
    chain(state, factor, [&](const Tower& v) { return v * factor; });
}
template <typename Tower>
void bn254_fp12_square(benchmark::State& state) {
    chain(state, Tower::from(f), [](const Tower& v) { return v.square(); });
}
template <typename Tower>
void bn254_fp12_cyclotomic_square(benchmark::State& state) {
    chain(state, Tower::from(f), [](const Tower& v) { return v.cyclotomic_square(); });
}
template <typename SomeWalkers>
void bn254_miller_loop(benchmark::State& state) {
    const std::array pairs{PointPair{g1, g2}, PointPair{-g1, g2}};
    for (auto _ : state) benchmark::DoNotOptimize(miller_loop_with<SomeWalkers>(pairs));
}
template <typename Tower>
void bn254_final_exponentiation(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(final_exponentiation_with<Tower>(f));
}
void bn254_subgroup_check(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(is_in_subgroup(g2));
}
BENCHMARK(bn254_fp_mul);
BENCHMARK(bn254_fp_mul_independent);
BENCHMARK(bn254_fp_square);
BENCHMARK(bn254_fp_inverse);
BENCHMARK(bn254_fp2_mul);
BENCHMARK(bn254_fp2_mul_independent);
BENCHMARK(bn254_fp2_square);
BENCHMARK(bn254_subgroup_check);

template <typename SomeWalkers>
void add_tower(const std::string& name) {
    using Tower = SomeWalkers::Tower;
    const auto add = [&name](const char* what, void (*function)(benchmark::State&)) {
        benchmark::RegisterBenchmark(("bn254_" + std::string{what} + "<" + name + ">").c_str(),
                                     function);
    };
    add("fp12_mul", bn254_fp12_mul<Tower>);
    add("fp12_square", bn254_fp12_square<Tower>);
    add("fp12_cyclotomic_square", bn254_fp12_cyclotomic_square<Tower>);
    add("miller_loop_of_2", bn254_miller_loop<SomeWalkers>);
    add("final_exponentiation", bn254_final_exponentiation<Tower>);
}
[[maybe_unused]] const bool towers_added = [] {
    add_tower<Walkers>("Fp12");
    if (has_ifma()) add_tower<WalkersIfma>("Fp12Ifma");
    return true;
}();

template <typename Point>
void append(Bytes& bytes, const Point& point) {
    const auto put = [&bytes](const Fp& value) {
        std::ranges::copy(value.to_be_bytes(), std::back_inserter(bytes));
    };
    if constexpr (std::same_as<Point, G1Affine>) {
        for (const auto& value : {point.x, point.y}) put(value);
    } else {
        for (const auto& value : {point.x.c1, point.x.c0, point.y.c1, point.y.c0}) put(value);
    }
}

void bn254_ecadd(benchmark::State& state) {
    Bytes input;
    append(input, multiply(g1, {7}).to_affine());
    append(input, multiply(g1, {~0ull, 12, 5, 3}).to_affine());
    for (auto _ : state)
        benchmark::DoNotOptimize(bn254_add(std::span<const std::uint8_t>{input}.first<128>()));
}
void bn254_ecmul(benchmark::State& state) {
    Bytes input;
    append(input, multiply(g1, {7}).to_affine());
    const auto scalar =
        decode_hex("0x25f8c89ea3437f44f8fc8b6bfbb6312074dc6f983809a5e809ff4e1d076dd585").value();
    input.insert(input.end(), scalar.begin(), scalar.end());
    for (auto _ : state)
        benchmark::DoNotOptimize(bn254_mul(std::span<const std::uint8_t>{input}.first<96>()));
}
void bn254_pairing(benchmark::State& state) {
    Bytes input;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        append(input, multiply(g1, {static_cast<std::uint64_t>(i + 1)}).to_affine());
        append(input, g2);
    }
    for (auto _ : state) benchmark::DoNotOptimize(bn254_pairing_check(input));
}
BENCHMARK(bn254_ecadd);
BENCHMARK(bn254_ecmul);
BENCHMARK(bn254_pairing)->Arg(1)->Arg(2)->Arg(4)->Arg(10);

}  // namespace
}  // namespace meta138::crypto
