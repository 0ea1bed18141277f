// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/blockchain/consensus.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/genesis.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace meta138::blockchain {

/// The chain as it was at one moment, for readers: take it once at the start of a request. Safe to
/// use from any thread, for as long as it is held.
class ChainView final : public Ancestry {
public:
    ChainView(std::shared_ptr<const storage::Snapshot> snapshot,
              std::shared_ptr<const Genesis> genesis, const Consensus& consensus,
              std::uint64_t safe, std::uint64_t finalized);

    [[nodiscard]] const storage::StoredHeader& head() const noexcept { return head_; }
    [[nodiscard]] std::uint64_t safe() const noexcept { return safe_; }
    [[nodiscard]] std::uint64_t finalized() const noexcept { return finalized_; }
    [[nodiscard]] const storage::Snapshot& blocks() const noexcept { return *snapshot_; }
    [[nodiscard]] const Genesis& genesis() const noexcept { return *genesis_; }
    [[nodiscard]] const Hash32& genesis_hash() const noexcept { return genesis_hash_; }
    [[nodiscard]] const Consensus& consensus() const noexcept { return consensus_; }
    /// The rules of a valid block of this chain, canonical or not.
    [[nodiscard]] execution::BlockRules rules_of(const Header& header) const;
    /// The rules of a child of the head.
    [[nodiscard]] execution::BlockRules next_rules(std::uint64_t timestamp) const {
        return consensus_.rules_at(head_.header.number + 1, timestamp, head_.total_difficulty);
    }

    /// Of canonical blocks; zero for others.
    [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override;
    /// Of canonical blocks; absent for others.
    [[nodiscard]] std::optional<Header> find_header(const Hash32& hash) const override;
    /// Of canonical blocks; null for others.
    [[nodiscard]] std::unique_ptr<state::StateView> state_after(const Hash32& hash) const override;

private:
    std::shared_ptr<const storage::Snapshot> snapshot_;
    std::shared_ptr<const Genesis> genesis_;
    const Consensus& consensus_;
    storage::StoredHeader head_;
    Hash32 genesis_hash_;
    std::uint64_t safe_;
    std::uint64_t finalized_;
};

}  // namespace meta138::blockchain
