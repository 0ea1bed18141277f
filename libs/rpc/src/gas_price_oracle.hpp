// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/mutex.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/chain_view.hpp"
#include "meta138/rpc/settings.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::rpc {

/// What transactions of the last blocks offered. Remembers the blocks it has read, so that a new
/// head costs one block. Any thread.
class GasPriceOracle {
public:
    /// The percentile of the prices that transactions without a fee cap named; absent: none did.
    [[nodiscard]] std::optional<uint256> gas_price(const blockchain::ChainView& view,
                                                   const Settings& settings);
    /// The percentile of the priority fees that transactions with a fee cap named.
    [[nodiscard]] std::optional<uint256> priority_fee(const blockchain::ChainView& view,
                                                      const Settings& settings);

private:
    struct Sample {
        std::uint64_t number = 0;
        Hash32 hash;
        std::vector<uint256> gas_prices;
        std::vector<uint256> priority_fees;
    };
    using Member = std::vector<uint256> Sample::*;

    std::optional<uint256> percentile(const blockchain::ChainView& view, const Settings& settings,
                                      Member member);
    static Sample read(const blockchain::ChainView& view, std::uint64_t number);

    Mutex mutex_;
    std::deque<std::shared_ptr<const Sample>> samples_ META138_GUARDED_BY(mutex_);
};

}  // namespace meta138::rpc
