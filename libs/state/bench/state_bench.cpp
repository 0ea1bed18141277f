// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"

#include <benchmark/benchmark.h>

namespace meta138::state {
namespace {

Address address_of(std::uint64_t i) {
    return to_address(uint256{0x9e3779b97f4a7c15} * i);
}

/// 1000 accounts, of which the first has 1000 slots.
MapState thousand_accounts() {
    MapState view;
    for (std::uint64_t i = 0; i < 1000; ++i) view.set_account(address_of(i), 1, 1'000'000);
    for (std::uint64_t key = 0; key < 1000; ++key) view.set_storage(address_of(0), key, key + 1);
    return view;
}

void read_warm_slots_of_one_account(benchmark::State& loop) {
    const auto view = thousand_accounts();
    State state{view};
    std::uint64_t key = 0;
    for (auto _ : loop) {
        benchmark::DoNotOptimize(state.access_storage(address_of(0), key));
        key = (key + 1) % 1000;
    }
}
BENCHMARK(read_warm_slots_of_one_account);

void read_warm_slots_of_two_accounts_in_turn(benchmark::State& loop) {
    const auto view = thousand_accounts();
    State state{view};
    std::uint64_t key = 0;
    for (auto _ : loop) {
        benchmark::DoNotOptimize(state.access_storage(address_of(key % 2), key));
        key = (key + 1) % 1000;
    }
}
BENCHMARK(read_warm_slots_of_two_accounts_in_turn);

void look_at_slots_and_write(benchmark::State& loop) {  // SSTORE
    const auto view = thousand_accounts();
    State state{view};
    const auto address = address_of(0);
    std::uint64_t key = 0;
    for (auto _ : loop) {
        const auto checkpoint = state.checkpoint();
        benchmark::DoNotOptimize(state.access_storage(address, key));
        state.set_storage(address, key, 7);
        key = (key + 1) % 1000;
        state.revert_to(checkpoint);
    }
}
BENCHMARK(look_at_slots_and_write);

void write_slots_and_revert(benchmark::State& loop) {
    const auto view = thousand_accounts();
    State state{view};
    for (auto _ : loop) {
        const auto checkpoint = state.checkpoint();
        for (std::uint64_t key = 0; key < 10; ++key) state.set_storage(address_of(0), key, 7);
        state.revert_to(checkpoint);
    }
    loop.SetItemsProcessed(10 * loop.iterations());
}
BENCHMARK(write_slots_and_revert);

void read_warm_balances(benchmark::State& loop) {
    const auto view = thousand_accounts();
    State state{view};
    std::uint64_t i = 0;
    for (auto _ : loop) {
        benchmark::DoNotOptimize(state.balance(address_of(i)));
        i = (i + 1) % 1000;
    }
}
BENCHMARK(read_warm_balances);

/// A transaction that only moves value: what State does for it, and its part of the diff.
void blocks_of_500_transfers(benchmark::State& loop) {
    const auto view = thousand_accounts();
    State state{view};
    for (auto _ : loop) {
        for (std::uint64_t i = 0; i < 500; ++i) {
            const auto from = address_of(i);
            state.begin_transaction();
            state.set_nonce(from, state.nonce(from) + 1);
            state.subtract_balance(from, 21000);
            state.warm_account(from);
            state.warm_account(address_of(i + 500));
            state.subtract_balance(from, 1);
            state.add_balance(address_of(i + 500), 1);
            state.add_balance(address_of(999), 21000);
            state.finish_transaction(true);
        }
        benchmark::DoNotOptimize(state.diff());
        state.reset();
    }
    loop.SetItemsProcessed(500 * loop.iterations());
}
BENCHMARK(blocks_of_500_transfers);

void roots_after_500_changes_in_100000_accounts(benchmark::State& loop) {
    MapState view;
    for (std::uint64_t i = 0; i < 100'000; ++i) view.set_account(address_of(i), 1, 1'000'000);
    benchmark::DoNotOptimize(view.root());
    std::uint64_t balance = 0;
    for (auto _ : loop) {
        StateDiff diff;
        ++balance;
        for (std::uint64_t i = 0; i < 500; ++i)
            diff.accounts.push_back({.address = address_of(i * 200),
                                     .account = Account{.nonce = 2, .balance = balance},
                                     .storage_cleared = false,
                                     .storage = {}});
        benchmark::DoNotOptimize(view.root_after(diff));
        view.apply(diff);
    }
    loop.SetItemsProcessed(500 * loop.iterations());
}
BENCHMARK(roots_after_500_changes_in_100000_accounts);

}  // namespace
}  // namespace meta138::state
