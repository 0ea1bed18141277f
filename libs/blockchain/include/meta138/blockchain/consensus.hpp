// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/invalid_block.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

namespace meta138::blockchain {

/// A header that its chain's consensus protocol refuses, for people.
struct InvalidSeal {
    std::string reason;
    /// It may be valid: its time is ahead of this node's clock, or this node does not know who may
    /// seal it.
    bool is_undecided = false;
};

/// What a consensus protocol may look up about the blocks before the one that it judges. Outlives
/// what it hands out.
class Ancestry : public execution::BlockHashes {
public:
    /// The header of the block with that hash; absent: not known.
    [[nodiscard]] virtual std::optional<Header> find_header(const Hash32& hash) const = 0;
    /// The state after that block; null: not retained, or the block was not executed.
    [[nodiscard]] virtual std::unique_ptr<state::StateView> state_after(
        const Hash32& hash) const = 0;
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
    /// What the protocol says about a header apart from its seals: a block that is proposed has
    /// none yet.
    [[nodiscard]] virtual std::expected<void, InvalidSeal> validate_unsealed(
        const Header& /*header*/, const Header& /*parent*/, const Ancestry& /*ancestry*/) const {
        return {};
    }
    /// Whether who sealed the header was allowed to.
    [[nodiscard]] virtual std::expected<void, InvalidSeal> validate_seal(
        const Header& header, const Header& parent, const Ancestry& ancestry) const = 0;
    /// Whether a block once accepted stays (QBFT), or the heavier chain wins.
    [[nodiscard]] virtual bool is_final() const noexcept = 0;
};

/// Accepts any seal: development chains, and chains whose blocks come from somebody we trust
/// (files, an Engine API). Rules as the genesis file has them, Besu's switches included: with a
/// `qbft` or `ibft2` section difficulty 1, no ommers, no reward and room for validators in the
/// extra data.
[[nodiscard]] std::unique_ptr<Consensus> make_trusting_consensus(const Genesis& genesis);

}  // namespace meta138::blockchain
