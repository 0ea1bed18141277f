// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "selection_metrics.hpp"

#include "meta138/base/mutex.hpp"
#include "meta138/blockchain/block_builder.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/node/options.hpp"
#include "meta138/rpc/backend.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/telemetry/metrics.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace meta138::node {

/// What one block is to have, instead of what it would have.
struct BlockWishes {
    std::optional<std::uint64_t> timestamp;
    std::optional<uint256> base_fee_per_gas;
    std::optional<Hash32> prev_randao;
    std::optional<Address> coinbase;
    /// How late it is for the chain, when it is not the system's time: in seconds.
    std::int64_t clock_offset = 0;
    /// No block when the pool has nothing for it.
    bool only_with_transactions = false;
};

/// Makes blocks of what the pool holds, and appends them to the chain.
///
/// produce() belongs to the chain's thread; what miner_ methods set may come from any.
class BlockProducer final : public rpc::MiningControl {
public:
    /// All outlive the producer.
    BlockProducer(blockchain::Chain& chain, txpool::SharedPool& pool,
                  const BlockProductionOptions& options,
                  std::function<bool(const Address&)> is_permitted, telemetry::Logger log,
                  telemetry::Metrics& metrics);

    /// The block that is the head now; null: none was made.
    std::shared_ptr<const blockchain::ExecutedBlock> produce(const BlockWishes& wishes,
                                                             std::chrono::milliseconds budget);

    [[nodiscard]] bool is_mining() const override { return is_mining_; }
    bool start() override { return !is_mining_.exchange(true); }
    bool stop() override { return is_mining_.exchange(false); }
    [[nodiscard]] uint256 min_gas_price() const override;
    void set_min_gas_price(const uint256& wei) override;
    [[nodiscard]] uint256 min_priority_fee() const override;
    void set_min_priority_fee(const uint256& wei) override;
    [[nodiscard]] Bytes extra_data() const override;
    [[nodiscard]] std::optional<std::uint64_t> target_gas_limit() const;
    bool set_extra_data(Bytes extra_data) override;
    bool set_target_gas_limit(std::uint64_t gas_limit) override;

private:
    [[nodiscard]] blockchain::BlockAttributes attributes(const BlockWishes& wishes) const;
    void log_block(const blockchain::ExecutedBlock& block,
                   const blockchain::BuildReport& report) const;

    blockchain::Chain& chain_;
    txpool::SharedPool& pool_;
    const std::function<bool(const Address&)> is_permitted_;  // empty: everybody is
    telemetry::Logger log_;
    telemetry::Summary& duration_;
    SelectionMetrics selection_;
    std::atomic<bool> is_mining_{true};
    mutable Mutex mutex_;
    BlockProductionOptions options_ META138_GUARDED_BY(mutex_);
};

/// "1,234,567"
std::string with_commas(std::uint64_t number);

/// "block #1,234 / 3 tx / 0 pending / 63,000 (0.7%) gas / (0xhash)", or "empty block #1,234 / ...":
/// as Besu's log has it.
std::string describe_block(const blockchain::ExecutedBlock& block, std::size_t pending);

}  // namespace meta138::node
