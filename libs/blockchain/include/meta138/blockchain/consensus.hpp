// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/invalid_block.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace meta138::blockchain {

/// A header that its chain's consensus protocol refuses, for people.
struct InvalidSeal {
    std::string reason;
};

/// What a chain's consensus protocol says about blocks. Implementations hold no state that changes:
/// safe to call from any thread.
class Consensus {
public:
    virtual ~Consensus() = default;

    /// The rules of a block with that number and time. The parent's total difficulty matters only
    /// to chains where it starts Paris (terminalTotalDifficulty).
    [[nodiscard]] virtual execution::BlockRules rules_at(
        std::uint64_t number, std::uint64_t timestamp,
        const uint256& parent_total_difficulty) const = 0;
    /// The identity of a block: of QBFT without its seals.
    [[nodiscard]] virtual Hash32 block_hash(const Header& header) const = 0;
    /// Whether who sealed the header was allowed to.
    [[nodiscard]] virtual std::expected<void, InvalidSeal> validate_seal(
        const Header& header, const Header& parent) const = 0;
    /// Whether a block once accepted stays (QBFT), or the heavier chain wins.
    [[nodiscard]] virtual bool is_final() const noexcept = 0;
};

/// Accepts any seal: development chains, and chains whose blocks come from somebody we trust
/// (files, an Engine API). Rules as the genesis file has them, Besu's switches included: with a
/// `qbft` or `ibft2` section difficulty 1, no ommers, no reward and room for validators in the
/// extra data.
[[nodiscard]] std::unique_ptr<Consensus> make_trusting_consensus(const Genesis& genesis);

}  // namespace meta138::blockchain
