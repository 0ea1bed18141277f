// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/uint256.hpp"

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

namespace {

using meta138::uint256;

struct Operands {
    uint256 x;
    uint256 y;
    uint256 z;
};

/// A random number with exactly `bits` bits.
uint256 random_number(std::mt19937_64& random, unsigned bits) {
    uint256 result;
    for (auto& limb : result.limbs) limb = random();
    result.limbs[3] |= std::uint64_t{1} << 63;
    return result >> (256 - bits);
}

/// More than a branch predictor learns by heart.
std::vector<Operands> random_operands(const benchmark::State& state) {
    std::mt19937_64 random{138};
    std::vector<Operands> result(8192);
    for (auto& [x, y, z] : result) {
        x = random_number(random, static_cast<unsigned>(state.range(0)));
        y = random_number(random, static_cast<unsigned>(state.range(1)));
        z = random_number(random, static_cast<unsigned>(state.range(2)));
    }
    return result;
}

/// Independent calls with operands from and to memory, as on the stack of an interpreter.
template <auto operation>
void throughput(benchmark::State& state) {
    const auto operands = random_operands(state);
    std::size_t i = 0;
    for (auto _ : state) {
        const auto& [x, y, z] = operands[i++ % operands.size()];
        auto result = operation(x, y, z);
        benchmark::DoNotOptimize(result);
    }
}

/// The same modulus in every call, as within a field.
template <auto operation>
void fixed_modulus(benchmark::State& state) {
    const auto operands = random_operands(state);
    const auto modulus = operands.front().z;
    std::size_t i = 0;
    for (auto _ : state) {
        const auto& [x, y, z] = operands[i++ % operands.size()];
        auto result = operation(x, y, modulus);
        benchmark::DoNotOptimize(result);
    }
}

/// Each call waits for the result of the one before.
template <auto operation>
void latency(benchmark::State& state) {
    const auto [x, y, z] = random_operands(state).front();
    auto result = x;
    for (auto _ : state) {
        result = operation(result | x, y, z);
        benchmark::DoNotOptimize(result);
    }
}

constexpr auto add = [](const uint256& x, const uint256& y, const uint256&) { return x + y; };
constexpr auto sub = [](const uint256& x, const uint256& y, const uint256&) { return x - y; };
constexpr auto less = [](const uint256& x, const uint256& y, const uint256&) { return x < y; };
constexpr auto equal = [](const uint256& x, const uint256& y, const uint256&) { return x == y; };
constexpr auto mul = [](const uint256& x, const uint256& y, const uint256&) { return x * y; };
constexpr auto wide_mul = [](const uint256& x, const uint256& y, const uint256&) {
    return umul(x, y);
};
constexpr auto divide = [](const uint256& x, const uint256& y, const uint256&) { return x / y; };
constexpr auto modulo = [](const uint256& x, const uint256& y, const uint256&) { return x % y; };
constexpr auto signed_divide = [](const uint256& x, const uint256& y, const uint256&) {
    return sdiv(x, y);
};
constexpr auto add_modulo = [](const uint256& x, const uint256& y, const uint256& z) {
    return addmod(x, y, z);
};
constexpr auto mul_modulo = [](const uint256& x, const uint256& y, const uint256& z) {
    return mulmod(x, y, z);
};
constexpr auto power = [](const uint256& x, const uint256& y, const uint256&) { return exp(x, y); };
constexpr auto shift_left = [](const uint256& x, const uint256& y, const uint256&) {
    return shl(y.low64() % 256, x);
};
constexpr auto shift_right = [](const uint256& x, const uint256& y, const uint256&) {
    return shr(y.low64() % 256, x);
};
constexpr auto arithmetic_shift = [](const uint256& x, const uint256& y, const uint256&) {
    return sar(y.low64() % 256, x);
};
constexpr auto extend_sign = [](const uint256& x, const uint256& y, const uint256&) {
    return signextend(y.low64() % 32, x);
};
constexpr auto pick_byte = [](const uint256& x, const uint256& y, const uint256&) {
    return byte_at(y.low64() % 32, x);
};

void load_bytes(benchmark::State& state) {
    std::array<std::uint8_t, 32> bytes{1, 2, 3};
    for (auto _ : state) {
        benchmark::DoNotOptimize(bytes);
        auto result = meta138::load_be32(bytes.data());
        benchmark::DoNotOptimize(result);
    }
}

void load_short_bytes(benchmark::State& state) {
    const meta138::Bytes bytes(static_cast<std::size_t>(state.range(0)), 0x5a);
    for (auto _ : state) benchmark::DoNotOptimize(meta138::uint256_from_be(bytes));
}

void parse_hex(benchmark::State& state) {
    const auto text = to_quantity(uint256::max());
    for (auto _ : state) benchmark::DoNotOptimize(meta138::parse_quantity(text));
}

void print_decimal(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(to_string(uint256::max()));
}

// Arguments: the bits of x, y and z.
BENCHMARK(throughput<add>)->Args({256, 256, 1});
BENCHMARK(throughput<sub>)->Args({256, 256, 1});
BENCHMARK(throughput<less>)->Args({256, 256, 1});
BENCHMARK(throughput<equal>)->Args({256, 256, 1});
BENCHMARK(throughput<mul>)->Args({256, 256, 1});
BENCHMARK(throughput<wide_mul>)->Args({256, 256, 1});
BENCHMARK(throughput<shift_left>)->Args({256, 256, 1});
BENCHMARK(throughput<shift_right>)->Args({256, 256, 1});
BENCHMARK(throughput<arithmetic_shift>)->Args({256, 256, 1});
BENCHMARK(throughput<extend_sign>)->Args({256, 256, 1});
BENCHMARK(throughput<pick_byte>)->Args({256, 256, 1});

void division_sizes(benchmark::internal::Benchmark* bench) {
    for (const auto& [x, y] : {std::pair{64, 64},
                               {64, 32},
                               {128, 64},
                               {256, 64},
                               {128, 128},
                               {192, 128},
                               {256, 128},
                               {192, 192},
                               {256, 192},
                               {256, 255},
                               {256, 256},
                               {128, 256}})
        bench->Args({x, y, 1});
}
BENCHMARK(throughput<divide>)->Apply(division_sizes);
BENCHMARK(throughput<modulo>)->Apply(division_sizes);
BENCHMARK(throughput<signed_divide>)->Args({256, 128, 1});

void modular_sizes(benchmark::internal::Benchmark* bench) {
    for (const auto bits : {64, 128, 192, 255, 256}) {
        bench->Args({bits, bits, bits});
        if (bits < 255) bench->Args({256, 256, bits});
    }
}
BENCHMARK(throughput<add_modulo>)->Apply(modular_sizes);
BENCHMARK(throughput<mul_modulo>)->Apply(modular_sizes);

BENCHMARK(fixed_modulus<mul_modulo>)->Apply(modular_sizes)->Args({254, 254, 254});

BENCHMARK(latency<divide>)->Args({256, 64, 1})->Args({256, 128, 1})->Args({256, 255, 1});
BENCHMARK(latency<mul>)->Args({256, 255, 1});
BENCHMARK(latency<add>)->Args({256, 255, 1});
BENCHMARK(latency<mul_modulo>)->Args({255, 255, 255});

BENCHMARK(throughput<power>)
    ->Args({4, 5, 1})
    ->Args({256, 8, 1})
    ->Args({256, 64, 1})
    ->Args({256, 256, 1});

BENCHMARK(load_bytes);
BENCHMARK(load_short_bytes)->Arg(1)->Arg(8)->Arg(20)->Arg(31);
BENCHMARK(parse_hex);
BENCHMARK(print_decimal);

}  // namespace
