// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "chain_spec.hpp"
#include "time.hpp"

#include "meta138/blockchain/chain.hpp"
#include "meta138/consensus/qbft_consensus.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/types/genesis.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace meta138::simulation {

class Random;

/// The network that a chain of IBFT 2 comes from: makes its blocks up to the switch to QBFT, sealed
/// by validators' keys as Besu's are, and keeps them for whoever lacks them. It has no faults.
/// Meta138 does not propose such blocks.
class OldNetwork {
public:
    /// All outlive it. `keys` has those of all validators; they vote `newcomer` in.
    OldNetwork(const Genesis& genesis, const qbft::Config& config, std::span<const Identity> keys,
               Random& random, std::optional<Address> newcomer);

    /// Makes the next block, if its time has come and it is one of IBFT 2.
    void on_time(Time wall);
    [[nodiscard]] std::uint64_t head() const;
    [[nodiscard]] Block block(std::uint64_t number) const;
    [[nodiscard]] const blockchain::Chain& chain() const noexcept { return chain_; }

private:
    [[nodiscard]] Block make_block(const Header& parent, std::uint64_t timestamp);
    void seal(Block& block, const std::vector<Address>& validators);

    const qbft::Config& config_;
    std::span<const Identity> keys_;
    Random& random_;
    std::optional<Address> newcomer_;
    const std::unique_ptr<consensus::QbftConsensus> rules_;
    const std::unique_ptr<storage::Database> database_;
    blockchain::Chain chain_;
};

}  // namespace meta138::simulation
