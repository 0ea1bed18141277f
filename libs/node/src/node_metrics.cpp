// SPDX-License-Identifier: Apache-2.0
#include "node_metrics.hpp"

#include <malloc.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace meta138::node {
namespace {

using telemetry::Category;

double sum(const txpool::PoolCounters::BySource<std::uint64_t>& counters) {
    double total = 0;
    for (const auto& row : counters)
        for (const auto value : row) total += static_cast<double>(value);
    return total;
}

template <std::size_t N>
double sum(const txpool::PoolCounters::BySource<std::array<std::uint64_t, N>>& counters,
           std::size_t index) {
    double total = 0;
    for (const auto& row : counters)
        for (const auto& values : row) total += static_cast<double>(values[index]);
    return total;
}

}  // namespace

NodeMetrics::NodeMetrics(telemetry::Metrics& metrics, const blockchain::Chain& chain,
                         const txpool::SharedPool& pool, const storage::Database& database,
                         std::function<std::uint64_t()> highest_block)
    : metrics_{metrics},
      gas_{metrics.counter(Category::blockchain, "chain_head_gas_used_counter",
                           "Gas of the blocks since the start")},
      transactions_{metrics.counter(Category::blockchain, "chain_head_transaction_count_counter",
                                    "Transactions of the blocks since the start")},
      reorganisations_{metrics.counter(Category::meta138, "reorganisations",
                                       "Times that blocks left the canonical chain")} {
    add_chain(chain);
    add_best_known(chain, std::move(highest_block));
    add_pool(pool);
    add_storage(database);
    add_memory(pool, database);
}

void NodeMetrics::add_chain(const blockchain::Chain& chain) {
    using Read = double (*)(const blockchain::ChainView&);
    const auto gauge = [&](Category category, std::string_view name, std::string_view help,
                           Read read) {
        registrations_.push_back(
            metrics_.gauge(category, name, help, [&chain, read] { return read(*chain.view()); }));
    };
    const Read number = [](const blockchain::ChainView& view) {
        return static_cast<double>(view.head().header.number);
    };
    gauge(Category::ethereum, "blockchain_height", "Number of the head block", number);
    gauge(Category::ethereum, "blockchain_finalized_block", "Number of the finalized block",
          [](const auto& view) { return static_cast<double>(view.finalized()); });
    gauge(Category::ethereum, "blockchain_safe_block", "Number of the safe block",
          [](const auto& view) { return static_cast<double>(view.safe()); });
    gauge(Category::blockchain, "chain_head_timestamp", "Time of the head block in seconds",
          [](const auto& view) { return static_cast<double>(view.head().header.timestamp); });
    gauge(Category::blockchain, "chain_head_gas_limit", "Gas limit of the head block",
          [](const auto& view) { return static_cast<double>(view.head().header.gas_limit); });
    gauge(Category::blockchain, "chain_head_gas_used", "Gas of the head block",
          [](const auto& view) { return static_cast<double>(view.head().header.gas_used); });
    gauge(Category::blockchain, "chain_head_transaction_count", "Transactions of the head block",
          [](const auto& view) { return static_cast<double>(view.head().transaction_count); });
    const Read difficulty = [](const blockchain::ChainView& view) {
        return static_cast<double>(view.head().total_difficulty.low64());
    };
    gauge(Category::blockchain, "difficulty", "Total difficulty of the chain", difficulty);
    // Besu's former name, which dashboards still ask for.
    gauge(Category::blockchain, "difficulty_total", "Total difficulty of the chain", difficulty);
    gauge(Category::meta138, "oldest_block", "Oldest block whose body is kept",
          [](const auto& view) { return static_cast<double>(view.blocks().oldest_block()); });
    gauge(Category::meta138, "oldest_state", "Oldest block whose state is kept",
          [](const auto& view) { return static_cast<double>(view.blocks().oldest_state()); });
    // The network's, if there is one: without peers there is nobody to be behind.
    metrics_.gauge(Category::synchronizer, "in_sync", "1 when the node is in sync").set(1);
    metrics_.gauge(Category::ethereum, "peer_count", "Connected peers").set(0);
}

void NodeMetrics::add_best_known(const blockchain::Chain& chain,
                                 std::function<std::uint64_t()> highest_block) {
    registrations_.push_back(
        metrics_.gauge(Category::ethereum, "best_known_block_number", "Highest block heard of",
                       [&chain, highest_block = std::move(highest_block)] {
                           return static_cast<double>(
                               std::max(chain.view()->head().header.number, highest_block()));
                       }));
}

void NodeMetrics::add_pool(const txpool::SharedPool& pool) {
    const auto gauge = [&](std::string_view name, std::string_view help,
                           std::function<double(const txpool::PoolStatus&)> read,
                           telemetry::Labels labels = {}) {
        registrations_.push_back(metrics_.gauge(
            Category::transaction_pool, name, help,
            [&pool, read = std::move(read)] { return read(pool.status()); }, labels));
    };
    gauge("transactions", "Transactions in the pool",
          [](const auto& status) { return static_cast<double>(status.transactions); });
    gauge("number_of_transactions", "Transactions in the pool by layer",
          [](const auto& status) { return static_cast<double>(status.pending); },
          {{"layer", "prioritized"}});
    gauge("number_of_transactions", "Transactions in the pool by layer",
          [](const auto& status) { return static_cast<double>(status.queued); },
          {{"layer", "sparse"}});
    gauge("space_used", "Memory of the pool in bytes",
          [](const auto& status) { return static_cast<double>(status.bytes); });
    gauge("unique_senders", "Senders with transactions in the pool",
          [](const auto& status) { return static_cast<double>(status.senders); });
    registrations_.push_back(metrics_.counter(Category::transaction_pool, "added",
                                              "Transactions taken in",
                                              [&pool] { return sum(pool.counters().added); }));
    // Besu's name in its sequenced pool, which dashboards ask for.
    for (const std::size_t is_local : {0U, 1U})
        registrations_.push_back(metrics_.counter(
            Category::transaction_pool, "transactions_added", "Transactions taken in, by origin",
            [&pool, is_local] {
                const auto added = pool.counters().added[is_local];
                return static_cast<double>(added[0] + added[1]);
            },
            {{"source", is_local == 1 ? "local" : "remote"}}));
    for (std::size_t i = 0; i < txpool::removal_count; ++i)
        registrations_.push_back(metrics_.counter(
            Category::transaction_pool, "removed", "Transactions that left, by why",
            [&pool, i] { return sum(pool.counters().removed, i); },
            {{"operation", to_string(static_cast<txpool::Removal>(i))}}));
    for (std::size_t i = 0; i < txpool::pool_error_count; ++i)
        registrations_.push_back(
            metrics_.counter(Category::transaction_pool, "rejected", "Transactions refused, by why",
                             [&pool, i] { return sum(pool.counters().rejected, i); },
                             {{"reason", name_of(static_cast<txpool::PoolError>(i))}}));
}

void NodeMetrics::add_storage(const storage::Database& database) {
    const auto add = [&](std::string_view name, std::string_view help, auto usages) {
        for (const auto& [kind, bytes] : (database.*usages)())
            registrations_.push_back(
                metrics_.gauge(Category::meta138, name, help,
                               [&database, usages, kind] {
                                   for (const auto& usage : (database.*usages)())
                                       if (usage.name == kind)
                                           return static_cast<double>(usage.bytes);
                                   return 0.0;
                               },
                               {{"kind", kind}}));
    };
    add("storage_disk_bytes", "Bytes on disk by kind of data", &storage::Database::disk_usage);
    add("storage_memory_bytes", "Memory of the database by user", &storage::Database::memory_usage);
}

// Where the resident memory is (process_resident_memory_bytes): who wonders why it grows has to see
// whether it is a cache that fills up, or memory that the allocator keeps for later.
void NodeMetrics::add_memory(const txpool::SharedPool& pool, const storage::Database& database) {
    const auto add = [&](std::string_view component, std::function<double()> read) {
        registrations_.push_back(metrics_.gauge(Category::meta138, "memory_bytes",
                                                "Memory by who has it", std::move(read),
                                                {{"component", component}}));
    };
    add("database", [&database] {
        std::uint64_t bytes = 0;
        for (const auto& usage : database.memory_usage()) bytes += usage.bytes;
        return static_cast<double>(bytes);
    });
    add("transaction_pool", [&pool] {
        const auto status = pool.status();
        return static_cast<double>(status.bytes + status.blob_bytes + status.kept_blob_bytes);
    });
    add("allocated", [] {
        const auto info = ::mallinfo2();
        return static_cast<double>(info.uordblks + info.hblkhd);
    });
    add("kept_by_allocator", [] { return static_cast<double>(::mallinfo2().fordblks); });
}

void NodeMetrics::count(const blockchain::HeadEvent& event) {
    for (const auto& block : event.added) {
        gas_.increment(block->block.header.gas_used);
        transactions_.increment(block->block.transactions.size());
    }
    if (!event.removed.empty()) reorganisations_.increment();
}

}  // namespace meta138::node
