// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/consensus/validator_sets.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/types/genesis.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <memory>

namespace meta138::consensus {

/// Header.prev_randao of every block of IBFT and QBFT; what PREVRANDAO gives (Besu BftHelpers).
inline constexpr Hash32 istanbul_mix_hash = [] {
    using namespace literals;
    return "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"_hash32;
}();

/// How far a block may be ahead of this node's clock.
inline constexpr std::chrono::seconds max_clock_drift{1};

struct QbftOptions {
    /// With `fixedBaseFee` in the genesis file: the base fee, the node's minimum gas price in wei.
    uint256 min_gas_price = 1000;
    /// The wall clock, since the Unix epoch; null: blocks of any time are taken. Called from any
    /// thread.
    std::function<std::chrono::seconds()> now;
};

/// The rules of a QBFT chain, IBFT 2 or IBFT before it included, as Besu has them: accepts what
/// Besu accepts.
class QbftConsensus : public blockchain::Consensus {
public:
    /// Shared with who decides blocks, and with JSON-RPC.
    [[nodiscard]] virtual const ValidatorSets& validator_sets() const noexcept = 0;
};

/// `config` is parse_config()'s of that genesis file. The error names the key of the file that
/// this program cannot follow.
[[nodiscard]] std::expected<std::unique_ptr<QbftConsensus>, GenesisError> make_qbft_consensus(
    const Genesis& genesis, const qbft::Config& config, QbftOptions options = {});

}  // namespace meta138::consensus
