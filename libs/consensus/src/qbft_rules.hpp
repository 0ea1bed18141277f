// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/uint256.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/qbft/extra_data.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

#include <cstdint>
#include <optional>

namespace meta138::consensus {

/// The rules of the blocks of one chain, as Besu's BFT protocols have them. Safe to use from any
/// thread.
class QbftRules {
public:
    /// `min_gas_price`, in wei, is the base fee where the genesis file has fixedBaseFee.
    QbftRules(const Genesis& genesis, qbft::Config config, const uint256& min_gas_price);

    [[nodiscard]] execution::BlockRules at(std::uint64_t number, std::uint64_t timestamp) const;
    [[nodiscard]] const qbft::Config& config() const noexcept { return config_; }

private:
    qbft::Config config_;
    ForkSchedule schedule_;
    bool zero_base_fee_;
    std::optional<uint256> fixed_base_fee_;
    std::optional<uint256> initial_base_fee_;
    std::optional<std::uint64_t> contract_size_limit_;
};

/// The extra data of a header of that protocol, IBFT's in the form of QBFT; absent: malformed.
[[nodiscard]] std::optional<qbft::ExtraData> extra_data_of(const Header& header,
                                                           qbft::Protocol protocol);

/// The identity of a block (on-chain hash), by the protocol that it belongs to.
[[nodiscard]] Hash32 hash_of(const Header& header, const qbft::Config& config);

}  // namespace meta138::consensus
