// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fake_network.hpp"
#include "sealed_consensus.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/sync/eth_protocol.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/test/generated_chain.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <memory>
#include <vector>

namespace meta138::sync::test {

inline meta138::test::GeneratedChainOptions chain_options(std::uint64_t seed = 1) {
    return {.senders = 8,
            .recipients = 100,
            .gas_limit = 30'000'000,
            .seed = seed,
            .has_difficulty = true};
}

/// Everybody is rich and has sent nothing yet; or poor, as before the block with their money.
class RichAccounts final : public txpool::AccountSource {
public:
    explicit RichAccounts(bool is_rich = true)
        : balance_{is_rich ? uint256{1} << 100 : uint256{}} {}

    [[nodiscard]] txpool::AccountState account(const Address& /*address*/) const override {
        return {.nonce = 0, .balance = balance_, .has_code = false};
    }

private:
    uint256 balance_;
};

/// A pool's clock that goes with the network's.
inline txpool::PoolHooks on_time_of(const FakeNetwork& network) {
    txpool::PoolHooks hooks;
    hooks.now = [&network] {
        return txpool::Time{
            std::chrono::duration_cast<txpool::Time::duration>(network.now().time_since_epoch())};
    };
    return hooks;
}

inline txpool::PoolConfig free_pool() {
    txpool::PoolConfig config;
    config.min_gas_price = 0;
    config.max_transaction_bytes = std::size_t{4} << 20;
    return config;
}

/// A chain with its eth protocol, on a FakeNetwork.
class TestNode {
public:
    struct Options {
        std::uint64_t seed = 1;  ///< Of the transactions in its own blocks.
        bool checks_seals = true;
        bool is_final = true;
        std::uint64_t network_id = 138;
        EthSettings settings{};
        std::chrono::microseconds block_time{0};  ///< That an import takes.
    };

    explicit TestNode(FakeNetwork& network) : TestNode{network, Options{}} {}
    TestNode(FakeNetwork& network, const Options& options)
        : options{options},
          peers{network},
          generator{chain_options(options.seed)},
          consensus{generator.genesis(), options.checks_seals, options.is_final},
          database{storage::Database::open({.in_memory = true})},
          chain{*database, generator.genesis(), consensus},
          pool{free_pool(),
               {.number = 0,
                .next_fork = Fork::cancun,
                .gas_limit = 30'000'000,
                .chain_id = 138,
                .next_base_fee = {},
                .next_blob_base_fee = {},
                .max_blobs_per_block = 6},
               std::make_shared<const RichAccounts>(),
               on_time_of(network)},
          protocol{
              settings_of(options), services(network), pool, peers, telemetry::Logger{}, metrics} {
        chain.add_listener([this](const blockchain::HeadEvent& event) { protocol.on_head(event); });
        protocol.start();
    }

    /// Makes blocks on its head: with a few transactions, every fourth, the others empty.
    void extend(std::size_t blocks, bool with_bad_seals = false, std::size_t transactions = 2) {
        for (std::size_t i = 0; i < blocks; ++i) {
            const auto block = generator.build(chain, meta138::test::Workload::transfers,
                                               (number() + 1) % 4 == 0 ? transactions : 0);
            auto sealed = block->block.header;
            if (with_bad_seals) sealed.nonce = bad_seal;
            chain.append(block, &sealed);
        }
    }
    /// Takes over another node's blocks, as if it had been there.
    void copy(const TestNode& other, std::uint64_t to) {
        const auto view = other.chain.view();
        for (auto i = number() + 1; i <= to; ++i)
            (void)chain.import(view->blocks().block(i).value()).value();
    }
    [[nodiscard]] std::uint64_t number() const { return chain.view()->head().header.number; }
    [[nodiscard]] Hash32 head() const { return chain.view()->head().hash; }

    const Options options;
    FakeNetwork::Side peers;
    meta138::test::ChainGenerator generator;
    SealedConsensus consensus;
    std::unique_ptr<storage::Database> database;
    blockchain::Chain chain;
    txpool::SharedPool pool;
    telemetry::Metrics metrics;
    std::vector<SyncStatus> sync_changes;
    std::size_t worker_tasks = 0;
    std::chrono::milliseconds worker_delay{0};  ///< Before a worker begins with a task.
    bool has_workers = true;
    EthProtocol protocol;

private:
    static EthSettings settings_of(const Options& options) {
        auto settings = options.settings;
        settings.network_id = options.network_id;
        settings.seed = options.seed;
        return settings;
    }
    EthServices services(FakeNetwork& network) {
        return {.view = [this] { return chain.view(); },
                .import_blocks =
                    [this, &network](auto blocks, auto done) {
                        const auto time = options.block_time * static_cast<int>(blocks.size());
                        network.post_at(network.now() + time, [this, blocks = std::move(blocks),
                                                               done = std::move(done)]() mutable {
                            done(import_blocks(chain, std::move(blocks)));
                        });
                    },
                .run_on_worker =
                    [this, &network](Peers::Task& task) {
                        if (!has_workers) return false;
                        ++worker_tasks;
                        network.post_at(network.now() + worker_delay, std::move(task));
                        return true;
                    },
                .on_sync_changed = [this](const auto& status) { sync_changes.push_back(status); }};
    }
};

/// A peer that has a chain and only serves it.
class TestServer {
public:
    TestServer(FakeNetwork& network, std::shared_ptr<const blockchain::ChainView> view)
        : peers{network},
          pool{free_pool(), {}, std::make_shared<const RichAccounts>()},
          protocol{{.network_id = 138},
                   {.view = [view = std::move(view)] { return view; },
                    .import_blocks =
                        [](auto, auto done) {
                            done(ImportOutcome{
                                .imported = 0, .error = std::nullopt, .was_refused = true});
                        },
                    .run_on_worker =
                        [&network](Peers::Task& task) {
                            network.post(std::move(task));
                            return true;
                        },
                    .on_sync_changed = {}},
                   pool,
                   peers,
                   telemetry::Logger{},
                   metrics} {}

    FakeNetwork::Side peers;
    txpool::SharedPool pool;
    telemetry::Metrics metrics;
    EthProtocol protocol;
};

}  // namespace meta138::sync::test
