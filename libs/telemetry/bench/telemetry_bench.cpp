// SPDX-License-Identifier: Apache-2.0
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"

#include <benchmark/benchmark.h>

namespace meta138::telemetry {
namespace {

void counter_increment(benchmark::State& state) {
    static Counter counter;
    for (auto _ : state) counter.increment();
}
BENCHMARK(counter_increment)->Threads(1)->Threads(2);

void summary_observe(benchmark::State& state) {
    static Summary summary;
    for (auto _ : state) summary.observe(std::chrono::microseconds{35});
}
BENCHMARK(summary_observe)->Threads(1)->Threads(2);

void log_call_that_is_off(benchmark::State& state) {
    const auto log = Log::open({.output = [](std::string_view) {}});
    const auto logger = log->logger("bench.Bench");
    for (auto _ : state) logger.debug({{"number", 1}}, "Imported {}", 42);
}
BENCHMARK(log_call_that_is_off);

void log_call_that_is_on(benchmark::State& state) {
    const auto log =
        Log::open({.output = [](std::string_view line) { benchmark::DoNotOptimize(line.data()); }});
    const auto logger = log->logger("bench.Bench");
    for (auto _ : state) logger.info({{"number", 1}}, "Imported {}", 42);
}
BENCHMARK(log_call_that_is_on);

}  // namespace
}  // namespace meta138::telemetry
