// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rpc_cases.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/txpool/shared_pool.hpp"

#include <memory>

namespace meta138::conformance {

/// A pool that follows the head of a chain.
class RpcPool {
public:
    RpcPool(RpcFamily family, const std::shared_ptr<const blockchain::ChainView>& view);

    [[nodiscard]] txpool::SharedPool& pool() noexcept { return *pool_; }
    /// On the chain's thread.
    void follow(const blockchain::HeadEvent& event);

private:
    RpcFamily family_;
    std::unique_ptr<txpool::SharedPool> pool_;
};

}  // namespace meta138::conformance
