// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/block_builder.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/node/options.hpp"
#include "meta138/telemetry/logging.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace meta138::node {

/// The accounts of the head of a view.
std::shared_ptr<const txpool::AccountSource> accounts_of(
    std::shared_ptr<const blockchain::ChainView> view);

/// What the pool judges by when the chain looks like that.
txpool::PoolHead pool_head_of(const blockchain::ChainView& view);

txpool::PoolConfig pool_config_of(const PoolOptions& options, const RpcLimits& limits,
                                  bool zero_base_fee);

/// Tells the pool what a change of the head means to it. On the chain's thread.
void feed_head(txpool::SharedPool& pool, const blockchain::HeadEvent& event);

/// The pool as block building sees it: what turned out invalid leaves the pool, what was skipped
/// loses its place.
class PoolSource final : public blockchain::TransactionSource {
public:
    /// Whether an account may send; empty: everybody may.
    using IsPermitted = std::function<bool(const Address& sender)>;

    PoolSource(txpool::SharedPool& pool, const IsPermitted& is_permitted,
               const telemetry::Logger& log)
        : pool_{pool}, is_permitted_{is_permitted}, selection_{pool.select()}, log_{log} {}

    std::optional<Candidate> next() override;
    void report(blockchain::Selection selection, std::optional<TransactionError> error) override;

private:
    txpool::SharedPool& pool_;
    const IsPermitted& is_permitted_;
    txpool::SharedPool::Selection selection_;
    const telemetry::Logger& log_;
    txpool::SharedTransaction offered_;
};

}  // namespace meta138::node
