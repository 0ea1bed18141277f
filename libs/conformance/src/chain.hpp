// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/execute_block.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/fork_schedule.hpp"

#include <chrono>
#include <expected>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace meta138::conformance {

/// A chain in memory, with all its branches, that imports blocks as a node would.
///
/// The head is the tip of the branch with the most total difficulty; from Paris on, the block that
/// was imported last.
class Chain {
public:
    /// Adapts the rules that the schedule gives for a block.
    using AdaptRules = std::function<void(execution::BlockRules&)>;

    /// `genesis_state` is the state of the genesis block, whose root the header has. The cache and
    /// the state are for the chain's use while it lives.
    Chain(ForkSchedule schedule, const Header& genesis, state::MapState genesis_state,
          evm::CodeCache& code_cache, state::State& state, AdaptRules adapt_rules = {});

    struct Imported {
        Hash32 hash;
        std::vector<Receipt> receipts;
    };
    /// The error says why the block is refused.
    std::expected<Imported, std::string> import_block(ByteView encoded);
    std::expected<Imported, std::string> import_block(const Block& block, std::size_t encoded_size);

    /// How long the block's transactions take on the state of its parent: nothing but their
    /// execution is counted, and nothing is kept.
    struct Timing {
        std::uint64_t gas_used = 0;
        std::chrono::nanoseconds time{};
    };
    std::expected<Timing, std::string> time_block(const Block& block);

    [[nodiscard]] const Hash32& head() const noexcept { return head_; }
    [[nodiscard]] const Header& head_header() const { return blocks_.at(head_).block.header; }
    /// The state of the head.
    [[nodiscard]] state::MapState& head_state();

private:
    struct Stored {
        Block block;  // without transactions and withdrawals
        uint256 total_difficulty;
        state::StateDiff diff;  // from its parent
    };

    class Ancestors final : public execution::BlockHashes {
    public:
        Ancestors(const Chain& chain, const Hash32& parent) : chain_{chain}, parent_{parent} {}
        [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override;

    private:
        const Chain& chain_;
        Hash32 parent_;
    };

    [[nodiscard]] execution::BlockRules rules_for(const Header& header,
                                                  const uint256& parent_total_difficulty) const;
    [[nodiscard]] std::vector<Block> ancestors_of(const Hash32& parent) const;
    /// Makes `state_map_` that of the block.
    void move_to(const Hash32& block);
    void choose_head(const Hash32& imported, Fork fork);

    ForkSchedule schedule_;
    AdaptRules adapt_rules_;
    evm::CodeCache& code_cache_;
    state::State& state_;
    Hash32 genesis_;
    state::StateDiff genesis_diff_;
    std::unordered_map<Hash32, Stored> blocks_;
    state::MapState state_map_;
    Hash32 state_of_;  // the block whose state that is
    Hash32 head_;
};

}  // namespace meta138::conformance
