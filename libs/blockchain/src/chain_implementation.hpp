// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "side_blocks.hpp"

#include "meta138/base/published.hpp"
#include "meta138/blockchain/chain.hpp"
#include "meta138/state/map_state.hpp"
#include "meta138/state/state.hpp"

#include <map>
#include <memory>
#include <span>
#include <vector>

namespace meta138::blockchain {

class Chain::Implementation {
public:
    using Executed = std::shared_ptr<const ExecutedBlock>;

    Implementation(storage::Database& database, const Genesis& genesis, const Consensus& consensus,
                   const ChainOptions& options);

    [[nodiscard]] PreparedBlock prepare(const meta138::Block& block) const {
        return {block, consensus, options.threads, known_senders};
    }
    std::expected<Imported, ImportError> import(PreparedBlock prepared);
    /// What to do about the seals of a block: a proposal has none yet.
    enum class Seals : std::uint8_t { validated, ignored };
    /// Takes the block out of `prepared` if it is valid, and leaves it there if not.
    std::expected<Executed, ImportError> execute(PreparedBlock& prepared,
                                                 Seals seals = Seals::validated);
    std::expected<Executed, ImportError> execute_on(std::span<const Executed> ancestors,
                                                    PreparedBlock& prepared);
    void append(Executed block, const Header* sealed);
    std::expected<void, ImportError> rewind_to(std::uint64_t number);
    std::expected<void, ImportError> set_head(const Hash32& hash);
    bool set_safe_and_finalized(const Hash32& safe, const Hash32& finalized);
    state::StateDiff patch_state(const state::StateDiff& diff);

    storage::Database& database;
    const std::shared_ptr<const Genesis> genesis;
    const Consensus& consensus;
    const ChainOptions options;
    evm::CodeCache code_cache;
    Published<ChainView> published;
    Published<std::vector<std::shared_ptr<const meta138::Block>>> bad_blocks{{}};
    BlockTimes times;
    KnownSenders known_senders;
    KnownExecutions known_executions;

    std::map<std::size_t, Listener> listeners;
    std::size_t next_listener = 1;

private:
    using Block = meta138::Block;
    using Verdict = std::expected<void, ImportError>;

    /// The chain as the database has it now, which is not always published yet.
    [[nodiscard]] const ChainView& now() const noexcept { return *now_; }
    [[nodiscard]] const storage::StoredHeader& head() const noexcept { return now_->head(); }
    void refresh();
    void publish(HeadEvent event);

    /// Every rule but those about what the block does, against its parent.
    Verdict validate(const PreparedBlock& prepared, const Header& parent, const Hash32& parent_hash,
                     const execution::BlockRules& rules, Seals seals = Seals::validated);
    Verdict validate_ommers(const Block& block);
    /// What a block runs on.
    struct Base {
        const state::StateView& state;
        const execution::BlockHashes& block_hashes;
        state::StateCommitment& commitment;
    };
    std::expected<Executed, ImportError> run(PreparedBlock& prepared,
                                             const execution::BlockRules& rules, const Base& base);
    void write(const ExecutedBlock& block);
    void remember_bad(const Block& block);

    /// The block as an execution of before, if there is one and its seals are in order.
    [[nodiscard]] Executed find_execution(const PreparedBlock& prepared);
    std::expected<Imported, ImportError> import_side(PreparedBlock prepared);
    std::expected<Imported, ImportError> choose(const Hash32& tip, const uint256& total_difficulty,
                                                Imported otherwise);
    Verdict reorganise(const Hash32& tip);
    /// Executes and appends the branch's blocks on the common ancestor; stops at an invalid one.
    Verdict apply_branch(const std::vector<Hash32>& branch, std::vector<Executed>& added);
    void mark_invalid(const std::vector<Hash32>& branch, std::size_t at, const ImportError& error);
    void restore(const std::vector<Hash32>& branch);
    /// Takes blocks off until that one is the head.
    void unwind_to(std::uint64_t number, HeadEvent& event);
    [[nodiscard]] Verdict validate_depth(std::uint64_t ancestor) const;
    [[nodiscard]] Executed load(std::uint64_t number) const;

    std::shared_ptr<const ChainView> now_;
    std::uint64_t safe_ = 0;
    std::uint64_t finalized_ = 0;
    SideBlocks side_blocks_;
    // One State for all blocks: it keeps its memory. Between blocks it views nothing.
    state::MapState nothing_;
    state::State state_{nothing_};
};

}  // namespace meta138::blockchain
