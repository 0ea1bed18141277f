// SPDX-License-Identifier: Apache-2.0
#include "meta138/types/block.hpp"
#include "meta138/types/intrinsic_gas.hpp"
#include "meta138/types/receipt.hpp"
#include "meta138/types/transaction.hpp"
#include "meta138/types/transaction_signature.hpp"

#include <benchmark/benchmark.h>

namespace meta138 {
namespace {

crypto::SecretKey secret() {
    Hash32 bytes;
    bytes.bytes.fill(0x46);
    return *crypto::SecretKey::from(bytes.bytes);
}

Transaction signed_transaction(TransactionType type, std::size_t data_size, std::uint64_t nonce) {
    Transaction tx;
    tx.type = type;
    tx.chain_id = 138;
    tx.nonce = nonce;
    tx.max_fee_per_gas = 20'000'000'000;
    tx.max_priority_fee_per_gas =
        type == TransactionType::dynamic_fee ? 1'000'000'000 : 20'000'000'000;
    tx.gas_limit = 100'000;
    tx.to = Address{{0x35}};
    tx.value = 1'000'000'000'000'000'000;
    tx.data.assign(data_size, 0x5a);
    sign_transaction(tx, secret());
    return tx;
}

Header london_header() {
    Header header;
    header.difficulty = 1;
    header.number = 15'000'000;
    header.gas_limit = 30'000'000;
    header.gas_used = 15'000'000;
    header.timestamp = 1'700'000'000;
    header.extra_data.assign(32, 1);
    header.base_fee_per_gas = 1'000'000'000;
    return header;
}

// A block as a busy chain has it: 200 transactions with the arguments of a token transfer.
Block busy_block() {
    Block block{.header = london_header(), .transactions = {}, .ommers = {}, .withdrawals = {}};
    for (std::uint64_t nonce = 0; nonce < 200; ++nonce)
        block.transactions.push_back(signed_transaction(TransactionType::dynamic_fee, 68, nonce));
    return block;
}

std::vector<Receipt> busy_receipts() {
    std::vector<Receipt> receipts(200);
    for (auto& receipt : receipts) {
        receipt.type = TransactionType::dynamic_fee;
        receipt.succeeded = true;
        receipt.cumulative_gas_used = 10'000'000;
        receipt.logs.assign(2, Log{Address{{7}}, std::vector<Hash32>(3, Hash32{{9}}), Bytes(32)});
        receipt.bloom = bloom_of(receipt.logs);
    }
    return receipts;
}

void decode_transaction(benchmark::State& state) {
    const auto opaque = encode_transaction(signed_transaction(
        TransactionType::dynamic_fee, static_cast<std::size_t>(state.range()), 1));
    for (auto _ : state) benchmark::DoNotOptimize(meta138::decode_transaction(opaque));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(opaque.size()));
}
BENCHMARK(decode_transaction)->Arg(0)->Arg(68)->Arg(20'000);

void encode_transaction(benchmark::State& state) {
    const auto transaction = signed_transaction(TransactionType::dynamic_fee,
                                                static_cast<std::size_t>(state.range()), 1);
    for (auto _ : state) benchmark::DoNotOptimize(encode_transaction(transaction));
}
BENCHMARK(encode_transaction)->Arg(0)->Arg(68)->Arg(20'000);

void recover_sender(benchmark::State& state) {
    const auto transaction = signed_transaction(TransactionType::dynamic_fee, 68, 1);
    for (auto _ : state) benchmark::DoNotOptimize(recover_sender(transaction, Fork::osaka));
}
BENCHMARK(recover_sender);

void recover_senders(benchmark::State& state) {
    const auto block = busy_block();
    std::vector<std::expected<Address, TransactionError>> senders(block.transactions.size());
    for (auto _ : state) {
        meta138::recover_senders(block.transactions, Fork::osaka, senders);
        benchmark::DoNotOptimize(senders.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(senders.size()));
}
BENCHMARK(recover_senders);

void intrinsic_gas(benchmark::State& state) {
    const auto transaction = signed_transaction(TransactionType::dynamic_fee,
                                                static_cast<std::size_t>(state.range()), 1);
    for (auto _ : state) benchmark::DoNotOptimize(intrinsic_gas(transaction, Fork::osaka));
}
BENCHMARK(intrinsic_gas)->Arg(68)->Arg(20'000);

void block_hash(benchmark::State& state) {
    const auto header = london_header();
    for (auto _ : state) benchmark::DoNotOptimize(block_hash(header));
}
BENCHMARK(block_hash);

void decode_block(benchmark::State& state) {
    const auto encoded = encode_block(busy_block());
    for (auto _ : state) benchmark::DoNotOptimize(meta138::decode_block(encoded));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(encoded.size()));
}
BENCHMARK(decode_block);

void encode_block(benchmark::State& state) {
    const auto block = busy_block();
    for (auto _ : state) benchmark::DoNotOptimize(encode_block(block));
}
BENCHMARK(encode_block);

void transactions_root(benchmark::State& state) {
    const auto block = busy_block();
    for (auto _ : state) benchmark::DoNotOptimize(transactions_root(block.transactions));
}
BENCHMARK(transactions_root);

void receipts_root(benchmark::State& state) {
    const auto receipts = busy_receipts();
    for (auto _ : state) benchmark::DoNotOptimize(receipts_root(receipts));
}
BENCHMARK(receipts_root);

void bloom_of_logs(benchmark::State& state) {
    const auto receipts = busy_receipts();
    for (auto _ : state) {
        for (const auto& receipt : receipts) benchmark::DoNotOptimize(bloom_of(receipt.logs));
    }
}
BENCHMARK(bloom_of_logs);

}  // namespace
}  // namespace meta138
