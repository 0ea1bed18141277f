// SPDX-License-Identifier: Apache-2.0
// What the pool does under load: adding, bursts of one sender, a new head, selection for a block.
#include "meta138/txpool/pool.hpp"
#include "meta138/txpool/shared_pool.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <vector>

namespace meta138::txpool {
namespace {

constexpr std::size_t full = 100'000;
constexpr std::size_t block = 1'400;  // transfers in 30 million gas

Address address_of(std::uint64_t number) {
    return to_address(uint256{number} + uint256{0x1000});
}

PoolTransaction transfer(const Address& sender, std::uint64_t nonce, std::uint64_t price) {
    PoolTransaction pooled;
    auto& transaction = pooled.transaction;
    transaction.chain_id = 138;
    transaction.nonce = nonce;
    transaction.max_fee_per_gas = price;
    transaction.max_priority_fee_per_gas = price;
    transaction.gas_limit = 21000;
    transaction.to = address_of(1);
    transaction.r = to_uint256(sender);
    pooled.sender = sender;
    pooled.hash = transaction_hash(transaction);
    return pooled;
}

constexpr AccountState rich() {
    return {.nonce = 0, .balance = uint256::max(), .has_code = false};
}

PoolHead head_at(std::uint64_t base_fee) {
    return {.number = 1,
            .next_fork = Fork::prague,
            .gas_limit = 30'000'000,
            .chain_id = 138,
            .next_base_fee = base_fee,
            .next_blob_base_fee = 0};
}

PoolConfig config() {
    PoolConfig config;
    config.min_gas_price = 0;
    config.max_transactions = full;
    config.max_bytes = std::size_t{1} << 30;
    return config;
}

/// Transactions of senders with `of_each` nonces, in the order of nonces.
std::vector<PoolTransaction> transactions(std::size_t count, std::size_t of_each) {
    std::vector<PoolTransaction> result;
    const auto senders = count / of_each;
    for (std::size_t i = 0; i != count; ++i)
        result.push_back(transfer(address_of(i % senders), i / senders, 1000 + i * 7919 % 5000));
    return result;
}

void fill(Pool& pool, const std::vector<PoolTransaction>& all) {
    for (const auto& transaction : all) static_cast<void>(pool.add(transaction, rich(), Time{}));
    static_cast<void>(pool.take_events());
}

// 100,000 transactions into an empty pool; range: nonces of each sender.
void add(benchmark::State& state) {
    const auto all = transactions(full, static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        Pool pool{config(), head_at(100)};
        fill(pool, all);
        state.PauseTiming();
        pool.clear(Removal::dropped);
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(full));
}
BENCHMARK(add)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMillisecond);

// Each newcomer into a full pool pushes the worst out.
void add_to_a_full_pool(benchmark::State& state) {
    Pool pool{config(), head_at(100)};
    fill(pool, transactions(full, 1));
    std::uint64_t next = 0;
    for (auto _ : state) {
        static_cast<void>(
            pool.add(transfer(address_of(1'000'000 + next), 0, 10'000 + next), rich(), Time{}));
        if (++next % 1024 == 0) static_cast<void>(pool.take_events());
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(add_to_a_full_pool);

// besu-eth/besu#7240: a burst of one sender on a chain without fees.
void burst_of_one_sender(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto burst = transactions(count, count);
    auto with_room = config();
    with_room.max_future_by_sender = count;
    for (auto _ : state) {
        Pool pool{with_room, head_at(0)};
        fill(pool, burst);
        Cursor cursor;
        std::size_t selected = 0;
        while (const auto best = pool.next(cursor)) {
            pool.take(cursor);
            ++selected;
        }
        if (selected != count) state.SkipWithError("not all were selected");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(count));
}
BENCHMARK(burst_of_one_sender)->Arg(240)->Arg(10'000)->Unit(benchmark::kMicrosecond);

/// The best for a block, as hashes and accounts after it.
struct Block {
    std::vector<Hash32> hashes;
    std::vector<AccountUpdate> accounts;
};
Block select_best(const Pool& pool) {
    Block selected;
    std::map<Address, std::uint64_t> nonces;
    Cursor cursor;
    while (selected.hashes.size() < block) {
        const auto best = pool.next(cursor);
        if (!best) break;
        pool.take(cursor);
        selected.hashes.push_back(best->hash);
        nonces[best->sender] = best->transaction.nonce + 1;
    }
    for (const auto& [address, nonce] : nonces)
        selected.accounts.push_back({address, {.nonce = nonce, .balance = uint256::max()}});
    return selected;
}

// A head with 1,400 of 100,000 transactions, the base fee moving by an eighth; range: nonces of
// each sender.
void on_head(benchmark::State& state) {
    const auto all = transactions(full, static_cast<std::size_t>(state.range(0)));
    Pool pool{config(), head_at(1000)};
    fill(pool, all);
    std::uint64_t round = 0;
    for (auto _ : state) {
        state.PauseTiming();
        const auto selected = select_best(pool);
        state.ResumeTiming();
        pool.on_head({.head = head_at(++round % 2 == 0 ? 1000 : 1125),
                      .included = selected.hashes,
                      .accounts = selected.accounts,
                      .returned = {},
                      .returned_accounts = {}});
        state.PauseTiming();
        static_cast<void>(pool.take_events());
        if (pool.status().transactions < full / 2) {
            pool.clear(Removal::dropped);
            fill(pool, all);
        }
        state.ResumeTiming();
    }
}
BENCHMARK(on_head)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

// 1,400 of 100,000; range: nonces of each sender.
void select_a_block(benchmark::State& state) {
    Pool pool{config(), head_at(1000)};
    fill(pool, transactions(full, static_cast<std::size_t>(state.range(0))));
    for (auto _ : state) {
        Cursor cursor;
        for (std::size_t i = 0; i != block; ++i) {
            benchmark::DoNotOptimize(pool.next(cursor));
            pool.take(cursor);
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(block));
}
BENCHMARK(select_a_block)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

class Rich final : public AccountSource {
public:
    [[nodiscard]] AccountState account(const Address&) const override { return rich(); }
};

// All of it as eth_sendRawTransaction does it, with recovery of the sender.
void add_signed(benchmark::State& state) {
    Hash32 secret;
    secret.bytes.fill(7);
    const auto key = *crypto::SecretKey::from(secret.bytes);
    std::vector<Transaction> all;
    for (std::uint64_t nonce = 0; nonce != 1000; ++nonce) {
        all.push_back(transfer({}, nonce, 1000).transaction);
        sign_transaction(all.back(), key);
    }
    auto with_room = config();
    with_room.max_future_by_sender = 1000;
    SharedPool pool{with_room, head_at(0), std::make_shared<Rich>()};
    std::size_t next = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(pool.add({.transaction = all[next], .sidecar = {}}, true));
        if (++next != all.size()) continue;
        state.PauseTiming();
        pool.clear();
        next = 0;
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(add_signed)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace meta138::txpool
