// SPDX-License-Identifier: Apache-2.0
// How fast headers and blocks go from one node to another: the pieces, and the whole over sockets
// on loopback.
#include "../test/sealed_consensus.hpp"
#include "decode_answers.hpp"
#include "serve.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/p2p/network.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/sync/eth_protocol.hpp"
#include "meta138/test/generated_chain.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace meta138::sync {
namespace {

namespace eth = p2p::eth;
using test::SealedConsensus;

/// Hashes headers as QBFT does.
class QbftHashes final : public blockchain::Consensus {
public:
    explicit QbftHashes(const Genesis& genesis) : rules_{genesis} {}
    [[nodiscard]] execution::BlockRules rules_at(
        std::uint64_t number, std::uint64_t timestamp,
        const uint256& parent_total_difficulty) const override {
        return rules_.rules_at(number, timestamp, parent_total_difficulty);
    }
    [[nodiscard]] Hash32 block_hash(const Header& header) const override {
        return qbft::on_chain_hash(header);
    }
    [[nodiscard]] std::expected<void, blockchain::InvalidSeal> validate_seal(
        const Header&, const Header&, const blockchain::Ancestry&) const override {
        return {};
    }
    [[nodiscard]] bool is_final() const noexcept override { return true; }

private:
    SealedConsensus rules_;
};

/// A chain in memory; every block has so many transfers.
struct BuiltChain {
    BuiltChain(std::size_t blocks, std::size_t transactions) {
        for (std::size_t i = 0; i < blocks; ++i)
            chain.append(generator.build(chain, meta138::test::Workload::transfers, transactions));
    }
    meta138::test::ChainGenerator generator{{.senders = 100, .has_difficulty = true}};
    SealedConsensus consensus{generator.genesis()};
    std::unique_ptr<storage::Database> database = storage::Database::open({.in_memory = true});
    blockchain::Chain chain{*database, generator.genesis(), consensus};
};

BuiltChain& built(std::size_t transactions) {
    static BuiltChain empty{10'000, 0};
    static BuiltChain full{1'000, 100};
    return transactions == 0 ? empty : full;
}

void serve_192_headers(benchmark::State& state) {
    const auto view = built(0).chain.view();
    std::size_t bytes = 0;
    for (auto _ : state)
        bytes += serve_headers(*view, {.request_id = 1,
                                       .start = std::uint64_t{1000},
                                       .limit = 192,
                                       .skip = 0,
                                       .reverse = false})
                     .size();
    state.SetItemsProcessed(state.iterations() * 192);
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(serve_192_headers);

void decode_192_headers_of_four_validators(benchmark::State& state) {
    const auto view = built(0).chain.view();
    qbft::ExtraData extra{.vanity = Bytes(32),
                          .validators = std::vector<Address>(4),
                          .vote = std::nullopt,
                          .round = 0,
                          .seals = {}};
    extra.seals.resize(3);
    eth::AnswerWriter answer{1};
    for (std::uint64_t i = 1; i <= 192; ++i) {
        auto header = view->blocks().header(i)->header;
        header.extra_data = qbft::encode_extra_data(extra);
        answer.add(encode_header(header));
    }
    const auto payload = answer.finish();
    const QbftHashes consensus{built(0).generator.genesis()};
    for (auto _ : state) benchmark::DoNotOptimize(decode_headers(payload, consensus));
    state.SetItemsProcessed(state.iterations() * 192);
}
BENCHMARK(decode_192_headers_of_four_validators);

eth::HashesRequest first_blocks(const blockchain::ChainView& view, std::uint64_t count) {
    eth::HashesRequest request{.request_id = 1, .hashes = {}};
    for (std::uint64_t i = 1; i <= count; ++i) request.hashes.push_back(view.block_hash(i));
    return request;
}

void serve_64_bodies_of_100_transactions(benchmark::State& state) {
    const auto view = built(100).chain.view();
    const auto request = first_blocks(*view, 64);
    for (auto _ : state) benchmark::DoNotOptimize(serve_bodies(*view, request));
    state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(serve_64_bodies_of_100_transactions);

void match_64_bodies_of_100_transactions(benchmark::State& state) {
    auto& source = built(100);
    const auto view = source.chain.view();
    const auto payload = serve_bodies(*view, first_blocks(*view, 64));
    std::vector<SharedHeader> headers;
    for (std::uint64_t i = 1; i <= 64; ++i) {
        auto header = std::make_shared<DownloadedHeader>();
        header->header = view->blocks().header(i)->header;
        header->hash = view->block_hash(i);
        headers.push_back(std::move(header));
    }
    for (auto _ : state) benchmark::DoNotOptimize(match_bodies(payload, headers, source.consensus));
    state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(match_64_bodies_of_100_transactions);

/// Runs tasks in order.
class Worker {
public:
    ~Worker() { stop(); }
    void post(Peers::Task task) {
        const std::lock_guard lock{mutex_};
        tasks_.push_back(std::move(task));
        changed_.notify_one();
    }
    void stop() {
        if (!thread_.joinable()) return;
        thread_.request_stop();
        changed_.notify_all();
        thread_.join();
    }

private:
    void run(const std::stop_token& stop) {
        std::unique_lock lock{mutex_};
        while (changed_.wait(lock, stop, [&] { return !tasks_.empty(); })) {
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
            task = nullptr;
            lock.lock();
        }
    }
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Peers::Task> tasks_;
    std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};
};

class NoAccounts final : public txpool::AccountSource {
public:
    [[nodiscard]] txpool::AccountState account(const Address&) const override { return {}; }
};

/// A node with the real network, a worker and a thread for its chain.
struct BenchNode {
    explicit BenchNode(blockchain::Chain& its_chain) : chain{its_chain} {
        network.add_protocol(EthProtocol::capabilities(), protocol);
        network.start();
        protocol.start();
    }
    ~BenchNode() {
        network.stop();
        worker.stop();
        thread.stop();
    }
    static p2p::NetworkOptions options() {
        p2p::NetworkOptions result;
        result.client_id = "meta138/bench";
        result.listen_host = "127.0.0.1";
        result.port = 0;
        result.discovery = false;
        return result;
    }
    EthServices services() {
        return {.view = [this] { return chain.view(); },
                .import_blocks =
                    [this](auto blocks, auto done) {
                        thread.post(
                            [this, blocks = std::move(blocks), done = std::move(done)]() mutable {
                                done(import_blocks(chain, std::move(blocks)));
                            });
                    },
                .run_on_worker =
                    [this](Peers::Task& task) {
                        worker.post(std::move(task));
                        return true;
                    },
                .on_sync_changed = {}};
    }

    blockchain::Chain& chain;
    telemetry::Metrics metrics;
    crypto::SecretKey key = crypto::SecretKey::generate();
    txpool::SharedPool pool{{}, {}, std::make_shared<const NoAccounts>()};
    Worker worker;
    Worker thread;
    p2p::Network network{options(), key, telemetry::Logger{}, metrics};
    std::unique_ptr<Peers> peers = make_peers(network);
    EthProtocol protocol{{.network_id = 138}, services(), pool, *peers,
                         telemetry::Logger{}, metrics};
};

/// From the first connection to the last block.
void sync_over_loopback(benchmark::State& state) {
    auto& source = built(static_cast<std::size_t>(state.range(0)));
    const auto target = source.chain.view()->head().header.number;
    for (auto _ : state) {
        const auto database = storage::Database::open({.in_memory = true});
        blockchain::Chain chain{*database, source.generator.genesis(), source.consensus};
        BenchNode server{source.chain};
        BenchNode client{chain};
        std::mutex mutex;
        std::condition_variable done;
        chain.add_listener([&](const blockchain::HeadEvent& event) {
            client.protocol.on_head(event);
            if (event.view->head().header.number < target) return;
            const std::lock_guard lock{mutex};
            done.notify_one();
        });
        const auto start = std::chrono::steady_clock::now();
        client.network.add_static(server.network.local().enode);
        std::unique_lock lock{mutex};
        if (!done.wait_for(lock, std::chrono::minutes{1},
                           [&] { return chain.view()->head().header.number >= target; }))
            state.SkipWithError("it did not come to an end");
        const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
        state.SetIterationTime(time.count());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(target));
}
BENCHMARK(sync_over_loopback)
    ->ArgName("transactions")
    ->Arg(0)
    ->Arg(100)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace meta138::sync
