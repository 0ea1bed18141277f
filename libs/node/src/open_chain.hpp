// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/consensus/validator_sets.hpp"
#include "meta138/node/options.hpp"
#include "meta138/qbft/config.hpp"
#include "meta138/storage/database.hpp"
#include "meta138/types/genesis.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace meta138::node {

/// A chain with what it stands on: genesis, database, consensus.
class OpenChain {
public:
    /// Throws OptionError, storage::OpenError, storage::IoError.
    explicit OpenChain(const Options& options, bool read_only = false);

    [[nodiscard]] blockchain::Chain& chain() noexcept { return *chain_; }
    [[nodiscard]] storage::Database& database() noexcept { return *database_; }
    [[nodiscard]] const Genesis& genesis() const noexcept { return genesis_; }
    /// Absent: blocks come from no validators (a development chain, proof of work, Clique).
    [[nodiscard]] const std::optional<qbft::Config>& qbft() const noexcept { return qbft_; }
    /// Null where qbft() is absent.
    [[nodiscard]] const consensus::ValidatorSets* validator_sets() const noexcept { return sets_; }

private:
    void make_consensus(const Options& options);

    Genesis genesis_;
    std::optional<qbft::Config> qbft_;
    const consensus::ValidatorSets* sets_ = nullptr;  // the consensus'
    std::unique_ptr<storage::Database> database_;
    std::unique_ptr<blockchain::Consensus> consensus_;
    std::unique_ptr<blockchain::Chain> chain_;
};

/// Where a chain's data folder remembers what the genesis file said
/// (blockchain/genesis_record.hpp).
std::filesystem::path genesis_record_of(const Options& options);

storage::DatabaseOptions database_options_of(const Options& options);

}  // namespace meta138::node
