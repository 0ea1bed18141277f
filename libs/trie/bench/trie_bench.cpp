// SPDX-License-Identifier: Apache-2.0
#include "meta138/trie/ordered_list_root.hpp"
#include "meta138/trie/proof.hpp"
#include "meta138/trie/stack_trie.hpp"
#include "meta138/trie/trie.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

namespace meta138::trie {
namespace {

constexpr std::size_t account_size =
    70;  // rlp([nonce, balance, storage_root, code_hash]) of most accounts

struct Entries {
    std::vector<Hash32> keys;
    std::vector<Bytes> values;

    explicit Entries(std::size_t count, std::uint64_t seed = 138) : keys(count), values(count) {
        std::mt19937_64 random{seed};
        for (auto& key : keys)
            for (auto& byte : key) byte = static_cast<std::uint8_t>(random());
        for (auto& value : values) {
            value.resize(account_size);
            for (auto& byte : value) byte = static_cast<std::uint8_t>(random());
        }
    }

    void insert_into(Trie& trie) const {
        for (std::size_t i = 0; i < keys.size(); ++i) trie.insert(keys[i].bytes, values[i]);
    }
};

void per_key(benchmark::State& state, std::size_t keys) {
    state.counters["per_key"] = benchmark::Counter(
        static_cast<double>(keys),
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

std::vector<Update> updates_of(const Entries& entries) {
    std::vector<Update> updates;
    for (std::size_t i = 0; i < entries.keys.size(); ++i)
        updates.push_back({.key = entries.keys[i].bytes, .value = ByteView{entries.values[i]}});
    return updates;
}

/// Keys in random order, as one batch.
void root_from_scratch(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto threads = static_cast<unsigned>(state.range(1));
    const Entries entries{count};
    const auto updates = updates_of(entries);
    for (auto _ : state) {
        Trie trie;
        trie.apply(updates);
        benchmark::DoNotOptimize(trie.root(threads));
    }
    per_key(state, count);
}
BENCHMARK(root_from_scratch)
    ->ArgNames({"keys", "threads"})
    ->ArgsProduct({{1'000, 100'000, 1'000'000}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

/// Keys in random order, one by one.
void root_from_scratch_by_insert(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const Entries entries{count};
    for (auto _ : state) {
        Trie trie;
        entries.insert_into(trie);
        benchmark::DoNotOptimize(trie.root());
    }
    per_key(state, count);
}
BENCHMARK(root_from_scratch_by_insert)
    ->ArgName("keys")
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

/// Without hashing.
void apply_only(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    Entries entries{count};
    if (state.range(1) != 0) std::ranges::sort(entries.keys);
    const auto updates = updates_of(entries);
    for (auto _ : state) {
        Trie trie;
        trie.apply(updates);
        benchmark::DoNotOptimize(trie.empty());
    }
    per_key(state, count);
}
BENCHMARK(apply_only)
    ->ArgNames({"keys", "sorted"})
    ->ArgsProduct({{1'000, 1'000'000}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

/// What a block does: some accounts of a large state change, and the root is asked for.
void update_in_a_million(benchmark::State& state) {
    const auto changed = static_cast<std::size_t>(state.range(0));
    const auto threads = static_cast<unsigned>(state.range(1));
    const Entries entries{1'000'000};
    Trie trie;
    entries.insert_into(trie);
    benchmark::DoNotOptimize(trie.root(2));
    std::mt19937_64 random{1};
    Bytes value(account_size);
    for (auto _ : state) {
        for (std::size_t i = 0; i < changed; ++i) {
            value[0] = static_cast<std::uint8_t>(random());
            value[1] = static_cast<std::uint8_t>(random());
            trie.insert(entries.keys[random() % entries.keys.size()].bytes, value);
        }
        benchmark::DoNotOptimize(trie.root(threads));
    }
    per_key(state, changed);
}
BENCHMARK(update_in_a_million)
    ->ArgNames({"changed", "threads"})
    ->Args({1'000, 1})
    ->Args({1'000, 2})
    ->Args({10'000, 1})
    ->Args({10'000, 2})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

void stack_trie(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    Entries entries{count};
    std::ranges::sort(entries.keys);
    for (auto _ : state) {
        StackTrie stack;
        for (std::size_t i = 0; i < count; ++i)
            stack.insert(entries.keys[i].bytes, entries.values[i]);
        benchmark::DoNotOptimize(stack.root());
    }
    per_key(state, count);
}
BENCHMARK(stack_trie)->ArgName("keys")->Arg(1'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void list_root(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    std::mt19937_64 random{1};
    std::vector<Bytes> items(count);
    for (auto& item : items) {
        item.resize(static_cast<std::size_t>(state.range(1)));
        for (auto& byte : item) byte = static_cast<std::uint8_t>(random());
    }
    for (auto _ : state) benchmark::DoNotOptimize(ordered_list_root(items));
    per_key(state, count);
}
BENCHMARK(list_root)
    ->ArgNames({"items", "bytes"})
    ->ArgsProduct({{10, 200, 1'000}, {120, 500}})
    ->Unit(benchmark::kMicrosecond);

void prove_and_verify(benchmark::State& state) {
    const Entries entries{100'000};
    Trie trie;
    entries.insert_into(trie);
    const auto root = trie.root();
    std::size_t i = 0;
    for (auto _ : state) {
        const auto& key = entries.keys[i++ % entries.keys.size()].bytes;
        benchmark::DoNotOptimize(verify_proof(root, key, trie.prove(key)));
    }
}
BENCHMARK(prove_and_verify)->Unit(benchmark::kMicrosecond);

void verify_range(benchmark::State& state) {
    Entries entries{100'000};
    std::ranges::sort(entries.keys);
    Trie trie;
    entries.insert_into(trie);
    const auto root = trie.root();
    constexpr std::size_t from = 40'000;
    constexpr std::size_t count = 4'000;
    std::vector<RangeEntry> range;
    for (std::size_t i = from; i < from + count; ++i)
        range.push_back({.key = entries.keys[i], .value = entries.values[i]});
    auto proof = trie.prove(range.front().key.bytes);
    for (auto& node : trie.prove(range.back().key.bytes)) proof.push_back(std::move(node));
    for (auto _ : state) {
        const auto verified = verify_range_proof(root, range.front().key, range, proof);
        if (!verified) state.SkipWithError("not verified");
    }
    per_key(state, count);
}
BENCHMARK(verify_range)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace meta138::trie
