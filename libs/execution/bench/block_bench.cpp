// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/hex.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"

#include <benchmark/benchmark.h>

namespace meta138::execution {
namespace {

using namespace literals;

struct NoBlockHashes final : BlockHashes {
    [[nodiscard]] Hash32 block_hash(std::uint64_t) const override { return {}; }
};

Address address_of(std::uint64_t i) {
    return to_address(uint256{0x9e3779b97f4a7c15} * i);
}

constexpr std::size_t transactions = 500;
constexpr Address token = "0x00000000000000000000000000000000000070ce"_address;

/// A block of `transactions` calls by as many senders, without the root of the state.
void execute_blocks(benchmark::State& loop, const state::MapState& view, const Transaction& call) {
    const auto rules = mainnet_rules(Fork::prague);
    BlockEnvironment environment;
    environment.context.coinbase = address_of(7'000'000);
    environment.context.gas_limit = 100'000'000;
    state::State state{view};
    const NoBlockHashes hashes;
    evm::CodeCache codes;
    for (auto _ : loop) {
        BlockExecutor executor{
            {.state = state, .block_hashes = hashes, .code_cache = codes}, rules, environment};
        auto transaction = call;
        for (std::uint64_t i = 0; i < transactions; ++i) {
            if (!call.to) transaction.to = address_of(i + transactions);
            const auto result = executor.execute(transaction, address_of(i));
            if (!result || !result->succeeded()) loop.SkipWithError("a transaction failed");
        }
        benchmark::DoNotOptimize(state.diff());
        state.reset();
    }
    loop.SetItemsProcessed(static_cast<std::int64_t>(transactions) * loop.iterations());
}

state::MapState rich_accounts() {
    state::MapState view;
    for (std::uint64_t i = 0; i < 2 * transactions; ++i)
        view.set_account(address_of(i), 0, 1'000'000'000'000);
    return view;
}

void transfers(benchmark::State& loop) {
    Transaction call;
    call.gas_limit = 21000;
    call.max_fee_per_gas = call.max_priority_fee_per_gas = 3;
    call.value = 1;
    execute_blocks(loop, rich_accounts(), call);
}
BENCHMARK(transfers);

/// What a token's transfer does to the state: two slots, by hashes of addresses, and a log.
void token_transfers(benchmark::State& loop) {
    auto view = rich_accounts();
    // mstore(0, caller); k = keccak256(0, 32); sstore(k, sload(k) + 1);
    // mstore(0, calldataload(0)); k = keccak256(0, 32); sstore(k, sload(k) + 1); log1(0, 32, k)
    view.set_account(
        token, 1, 0,
        *decode_hex("0x335f5260205f20805460010190555f355f5260205f208054600101815560205fa1"));
    Transaction call;
    call.to = token;
    call.gas_limit = 200'000;
    call.max_fee_per_gas = call.max_priority_fee_per_gas = 3;
    call.data.resize(32);
    execute_blocks(loop, view, call);
}
BENCHMARK(token_transfers);

}  // namespace
}  // namespace meta138::execution
