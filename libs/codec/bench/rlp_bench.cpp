// SPDX-License-Identifier: Apache-2.0
#include "meta138/codec/rlp/item.hpp"
#include "meta138/codec/rlp/reader.hpp"
#include "meta138/codec/rlp/writer.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

namespace meta138::rlp {
namespace {

/// What most transactions are: EIP-1559, without data.
struct Transfer {
    std::uint64_t chain_id = 138;
    std::uint64_t nonce = 1'234;
    uint256 max_priority_fee_per_gas{1'000'000'000};
    uint256 max_fee_per_gas{30'000'000'000};
    std::uint64_t gas_limit = 21'000;
    Address to{{0x12, 0x34}};
    uint256 value{1'000'000'000'000'000'000};
    Bytes data;
    uint256 r = uint256::max();
    uint256 s = uint256::max();
};

void write_transfer(Writer& out, const Transfer& transfer, std::size_t hint = 0) {
    out.list(
        [&] {
            out.integer(transfer.chain_id)
                .integer(transfer.nonce)
                .integer(transfer.max_priority_fee_per_gas)
                .integer(transfer.max_fee_per_gas)
                .integer(transfer.gas_limit)
                .fixed(transfer.to)
                .integer(transfer.value)
                .string(transfer.data);
            out.list([] {});
            out.integer(std::uint64_t{1}).integer(transfer.r).integer(transfer.s);
        },
        hint);
}

Transfer read_transfer(Reader& outer) {
    auto in = outer.list();
    Transfer transfer{
        .chain_id = in.integer<std::uint64_t>(),
        .nonce = in.integer<std::uint64_t>(),
        .max_priority_fee_per_gas = in.integer<uint256>(),
        .max_fee_per_gas = in.integer<uint256>(),
        .gas_limit = in.integer<std::uint64_t>(),
        .to = in.fixed<Address>(),
        .value = in.integer<uint256>(),
        .data = to_bytes(in.bytes()),
        .r = {},
        .s = {},
    };
    in.raw_item();
    in.integer<std::uint8_t>();
    transfer.r = in.integer<uint256>();
    transfer.s = in.integer<uint256>();
    return transfer;
}

Bytes block_of(std::size_t transfers) {
    Writer out;
    out.items(std::vector<Transfer>(transfers),
              [](Writer& items, const Transfer& transfer) { write_transfer(items, transfer); });
    return out.take();
}

void per_item(benchmark::State& state, std::size_t items, std::size_t bytes) {
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
    state.counters["per_item"] = benchmark::Counter(
        static_cast<double>(items),
        benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// The hint spares the transfers' payloads a move by one byte each, and the block's by three.
void encode_transfers(benchmark::State& state) {
    const std::vector<Transfer> transfers(static_cast<std::size_t>(state.range(0)));
    const std::size_t hint = state.range(1) != 0 ? 110 : 0;
    Writer out;
    for (auto _ : state) {
        out.clear();
        out.items(
            transfers,
            [hint](Writer& items, const Transfer& transfer) {
                write_transfer(items, transfer, hint);
            },
            hint * transfers.size());
        benchmark::DoNotOptimize(out.view().data());
    }
    per_item(state, transfers.size(), out.size());
}
BENCHMARK(encode_transfers)->ArgNames({"count", "hint"})->ArgsProduct({{1, 1'000}, {0, 1}});

void decode_transfers(benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(0));
    const auto encoded = block_of(count);
    for (auto _ : state) {
        auto in = Reader::item(encoded);
        benchmark::DoNotOptimize(in.finish(in.items(read_transfer)));
    }
    per_item(state, count, encoded.size());
}
BENCHMARK(decode_transfers)->ArgName("count")->Arg(1)->Arg(1'000);

void validate_any_item(benchmark::State& state) {
    const auto encoded = block_of(1'000);
    for (auto _ : state) benchmark::DoNotOptimize(validate_item(encoded));
    per_item(state, 1'000, encoded.size());
}
BENCHMARK(validate_any_item);

void decode_any_item(benchmark::State& state) {
    const auto encoded = block_of(1'000);
    for (auto _ : state) benchmark::DoNotOptimize(decode_item(encoded));
    per_item(state, 1'000, encoded.size());
}
BENCHMARK(decode_any_item);

/// An account of the state trie, at once and in its exact size.
void encode_account(benchmark::State& state) {
    const uint256 balance{1'000'000'000'000'000'000};
    const Hash32 hash{{1, 2, 3}};
    for (auto _ : state)
        benchmark::DoNotOptimize(encode_list(std::uint64_t{7}, balance, hash, hash));
}
BENCHMARK(encode_account);

}  // namespace
}  // namespace meta138::rlp
