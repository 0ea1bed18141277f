// SPDX-License-Identifier: Apache-2.0
#include "meta138/signer/nonce_journal.hpp"
#include "meta138/signer/nonce_queue.hpp"
#include "meta138/signer/transaction_request.hpp"

#include <benchmark/benchmark.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>

namespace meta138::signer {
namespace {

Hash32 hash_number(std::uint64_t number) {
    Hash32 hash;
    for (std::size_t i = 0; i < 8; ++i) hash[i] = static_cast<std::uint8_t>(number >> (8 * i));
    return hash;
}

void sign(benchmark::State& state) {
    const LocalSigner signer{crypto::SecretKey::generate(), std::make_shared<SecretPages>()};
    Transaction transaction;
    transaction.chain_id = 138;
    transaction.to = Address{};
    for (auto _ : state) {
        ++transaction.nonce;
        benchmark::DoNotOptimize(sign_transaction(transaction, signer));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(sign);

/// One transaction through the queue, from Submit to Settle, with as many before it as the argument
/// says that are not mined.
void queue(benchmark::State& state) {
    NonceQueue nonces{{.max_unmined = 100'000}};
    const QueueTime now{};
    const auto raw = std::make_shared<const Bytes>(Bytes(110, 1));
    (void)nonces.on(Submit{.request = 1}, now);
    Ticket ticket = std::get<Sign>(nonces.on(Counts{}, now).at(0)).ticket;
    RequestId request = 1;
    const auto unmined = static_cast<std::uint64_t>(state.range(0));
    for (auto _ : state) {
        (void)nonces.on(Signed{.ticket = ticket, .hash = hash_number(ticket), .raw = raw}, now);
        (void)nonces.on(SendAnswered{.ticket = ticket, .outcome = SendAnswered::Accepted{}}, now);
        if (request > unmined && request % 100 == 0)
            (void)nonces.on(Counts{.latest = request - unmined, .pending = request}, now);
        const auto actions = nonces.on(Submit{.request = ++request}, now);
        for (const auto& action : actions) {
            if (const auto* next = std::get_if<Sign>(&action)) ticket = next->ticket;
        }
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(queue)->Arg(10)->Arg(8'000);

/// Records made durable, with as many at a time as the argument says.
void journal(benchmark::State& state) {
    const auto file = std::filesystem::temp_directory_path() / "meta138-signer-bench-nonces";
    std::filesystem::remove(file);
    std::mutex mutex;
    std::condition_variable changed;
    std::int64_t waiting = 0;
    {
        NonceJournal nonces{{.file = file}};
        const auto raw = std::make_shared<const Bytes>(Bytes(110, 1));
        const NonceAccount account{.chain_id = 138, .address = {}};
        std::uint64_t nonce = 0;
        for (auto _ : state) {
            {
                std::unique_lock lock{mutex};
                changed.wait(lock, [&] { return waiting < state.range(0); });
                ++waiting;
            }
            ++nonce;
            nonces.add_signed(account, nonce, hash_number(nonce), raw, [&](bool) {
                const std::lock_guard lock{mutex};
                --waiting;
                changed.notify_one();
            });
            if (nonce % 1'000 == 0) nonces.settle(account, nonce - 100);
        }
    }
    std::filesystem::remove(file);
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(journal)->Arg(1)->Arg(64)->Arg(512)->UseRealTime();

}  // namespace
}  // namespace meta138::signer
