// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace meta138::node {

/// What the dashboards of Besu's users ask for, and what they cannot ask Besu: under Besu's names
/// where there are such. All given outlive the object.
class NodeMetrics {
public:
    /// `highest_block` is the highest that peers speak of, or less; any thread calls it.
    NodeMetrics(telemetry::Metrics& metrics, const blockchain::Chain& chain,
                const txpool::SharedPool& pool, const storage::Database& database,
                std::function<std::uint64_t()> highest_block);

    /// Counts what a change of the head brought. On the chain's thread.
    void count(const blockchain::HeadEvent& event);

private:
    void add_chain(const blockchain::Chain& chain);
    void add_best_known(const blockchain::Chain& chain,
                        std::function<std::uint64_t()> highest_block);
    void add_pool(const txpool::SharedPool& pool);
    void add_storage(const storage::Database& database);
    void add_memory(const txpool::SharedPool& pool, const storage::Database& database);

    telemetry::Metrics& metrics_;
    telemetry::Counter& gas_;
    telemetry::Counter& transactions_;
    telemetry::Counter& reorganisations_;
    std::vector<telemetry::Metrics::Registration> registrations_;
};

}  // namespace meta138::node
