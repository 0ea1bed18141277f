// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain.hpp"

#include "chain_implementation.hpp"
#include "genesis_block.hpp"
#include "overlay.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/execution/execute_block.hpp"
#include "meta138/execution/validate_block.hpp"

namespace meta138::blockchain {

namespace {

using Clock = std::chrono::steady_clock;

/// Counts the time that roots take.
class TimedCommitment final : public state::StateCommitment {
public:
    explicit TimedCommitment(state::StateCommitment& inner) : inner_{inner} {}
    [[nodiscard]] Hash32 root_after(const state::StateDiff& diff) override {
        const auto start = Clock::now();
        const auto root = inner_.root_after(diff);
        time_ += Clock::now() - start;
        return root;
    }
    [[nodiscard]] std::chrono::nanoseconds time() const noexcept { return time_; }

private:
    state::StateCommitment& inner_;
    std::chrono::nanoseconds time_{};
};

}  // namespace

Chain::Implementation::Implementation(storage::Database& database_, const Genesis& genesis_,
                                      const Consensus& consensus_, const ChainOptions& options_)
    : database{database_},
      genesis{std::make_shared<const Genesis>(genesis_)},
      consensus{consensus_},
      options{options_},
      code_cache{options_.code_cache_bytes} {
    open_genesis(database, *genesis, consensus);
    refresh();
    published.store(now_);
}

void Chain::Implementation::refresh() {
    auto snapshot = database.snapshot();
    if (consensus.is_final()) safe_ = finalized_ = snapshot->head()->header.number;
    now_ = std::make_shared<const ChainView>(std::move(snapshot), genesis, consensus, safe_,
                                             finalized_);
}

void Chain::Implementation::publish(HeadEvent event) {
    published.store(now_);
    event.view = now_;
    // A listener may remove itself.
    for (auto at = listeners.begin(); at != listeners.end();) {
        const auto current = at++;
        current->second(event);
    }
}

// --- Blocks on the head

Chain::Implementation::Verdict Chain::Implementation::validate(const PreparedBlock& prepared,
                                                               const Header& parent,
                                                               const Hash32& parent_hash,
                                                               const execution::BlockRules& rules,
                                                               Seals seals) {
    const auto& block = prepared.block();
    TRY(execution::validate_header(block.header, parent, parent_hash, rules));
    TRY(consensus.validate_unsealed(block.header, parent, now()));
    if (seals == Seals::validated) TRY(consensus.validate_seal(block.header, parent, now()));
    if (prepared.fault()) return std::unexpected{*prepared.fault()};
    return validate_ommers(block);
}

Chain::Implementation::Verdict Chain::Implementation::validate_ommers(const Block& block) {
    if (block.ommers.empty()) return {};
    const auto ancestors =
        find_ancestors(now().blocks(), block.header.parent_hash, execution::MAX_OMMER_DEPTH + 1);
    // Chains with ommers have not reached Paris, by whatever total difficulty.
    TRY(execution::validate_ommers(block, ancestors, [this](const Header& ommer) {
        return consensus.rules_at(ommer.number, ommer.timestamp, {});
    }));
    return {};
}

std::expected<Chain::Implementation::Executed, ImportError> Chain::Implementation::run(
    PreparedBlock& prepared, const execution::BlockRules& rules, const Base& base) {
    state_.reset(base.state);
    TimedCommitment commitment{base.commitment};
    const auto start = Clock::now();
    auto result = execution::execute_block(
        prepared.block_, prepared.senders_, rules,
        {.state = state_, .block_hashes = base.block_hashes, .code_cache = code_cache}, commitment);
    times.execution += Clock::now() - start - commitment.time();
    times.state_root += commitment.time();
    state_.reset(nothing_);
    if (!result) return std::unexpected{result.error()};
    if (!options.record_revert_reasons) result->revert_reasons.clear();
    return std::make_shared<const ExecutedBlock>(
        ExecutedBlock{.block = std::move(prepared.block_),
                      .hash = prepared.hash_,
                      .senders = std::move(prepared.senders_),
                      .receipts = std::move(result->receipts),
                      .requests = std::move(result->requests),
                      .revert_reasons = std::move(result->revert_reasons),
                      .diff = std::move(result->diff)});
}

std::expected<Chain::Implementation::Executed, ImportError> Chain::Implementation::execute(
    PreparedBlock& prepared, Seals seals) {
    const auto& header = prepared.block().header;
    if (header.parent_hash != head().hash)
        return std::unexpected{UnknownParent{header.parent_hash}};
    const auto rules = consensus.rules_at(header.number, header.timestamp, head().total_difficulty);
    TRY(validate(prepared, head().header, head().hash, rules, seals));
    const auto parent_state = now().blocks().state_at(head().header.number);
    META138_ASSERT(parent_state != nullptr);
    return run(
        prepared, rules,
        {.state = *parent_state, .block_hashes = now(), .commitment = database.commitment()});
}

std::expected<Chain::Implementation::Executed, ImportError> Chain::Implementation::execute_on(
    std::span<const Executed> ancestors, PreparedBlock& prepared) {
    if (ancestors.empty()) return execute(prepared);
    META138_ASSERT(ancestors.front()->block.header.parent_hash == head().hash);
    auto total_difficulty = head().total_difficulty;
    OverlayBlockHashes block_hashes{now()};
    state::StateDiff diff;
    for (const auto& ancestor : ancestors) {
        total_difficulty += ancestor->block.header.difficulty;
        block_hashes.add(ancestor->block.header.number, ancestor->hash);
        diff = compose(std::move(diff), ancestor->diff);
    }
    const auto& header = prepared.block().header;
    const auto& parent = *ancestors.back();
    if (header.parent_hash != parent.hash)
        return std::unexpected{UnknownParent{header.parent_hash}};
    const auto rules = consensus.rules_at(header.number, header.timestamp, total_difficulty);
    TRY(validate(prepared, parent.block.header, parent.hash, rules));
    const auto head_state = now().blocks().state_at(head().header.number);
    META138_ASSERT(head_state != nullptr);
    const OverlayView parent_state{*head_state, diff};
    OverlayCommitment commitment{database.commitment(), diff};
    return run(prepared, rules,
               {.state = parent_state, .block_hashes = block_hashes, .commitment = commitment});
}

void Chain::Implementation::write(const ExecutedBlock& block) {
    const auto start = Clock::now();
    database.append({.block = block.block,
                     .hash = block.hash,
                     .senders = block.senders,
                     .receipts = block.receipts,
                     .diff = block.diff,
                     .revert_reasons = block.revert_reasons});
    times.write += Clock::now() - start;
    ++times.blocks;
    refresh();
}

void Chain::Implementation::remember_bad(const Block& block) {
    auto blocks = *bad_blocks.load();
    if (blocks.size() == max_bad_blocks) blocks.erase(blocks.begin());
    blocks.push_back(std::make_shared<const Block>(block));
    bad_blocks.store(std::move(blocks));
}

void Chain::Implementation::append(Executed block, const Header* sealed) {
    META138_ASSERT(block->block.header.parent_hash == head().hash);
    if (sealed != nullptr && *sealed != block->block.header) {
        META138_ASSERT(consensus.block_hash(*sealed) == block->hash);
        auto copy = *block;
        copy.block.header = *sealed;
        block = std::make_shared<const ExecutedBlock>(std::move(copy));
    }
    write(*block);
    publish({.view = {}, .removed = {}, .removed_blocks = {}, .added = {std::move(block)}});
}

Chain::Implementation::Executed Chain::Implementation::find_execution(
    const PreparedBlock& prepared) {
    if (!known_executions || prepared.fault()) return nullptr;
    auto known = known_executions(prepared.hash());
    if (!known || known->block.header.parent_hash != head().hash) return nullptr;
    // The hash stands for everything but the seals.
    if (!consensus.validate_seal(prepared.block().header, head().header, now())) return nullptr;
    return known;
}

std::expected<Imported, ImportError> Chain::Implementation::import(PreparedBlock prepared) {
    const auto& header = prepared.block().header;
    const auto& hash = prepared.hash();
    if (now().blocks().block_number(hash)) return Imported::already_known;
    if (const auto* error = side_blocks_.find_error(hash)) return std::unexpected{*error};
    if (header.parent_hash != head().hash) return import_side(std::move(prepared));
    if (auto known = find_execution(prepared)) {
        append(std::move(known), &header);
        return Imported::new_head;
    }
    auto executed = execute(prepared);
    if (!executed) {
        if (is_invalid(executed.error())) remember_bad(prepared.block());
        return std::unexpected{executed.error()};
    }
    append(*std::move(executed), nullptr);
    return Imported::new_head;
}

// --- The public face

Chain::Chain(storage::Database& database, const Genesis& genesis, const Consensus& consensus,
             const ChainOptions& options)
    : implementation_{std::make_unique<Implementation>(database, genesis, consensus, options)} {}

Chain::~Chain() = default;

std::shared_ptr<const ChainView> Chain::view() const {
    return implementation_->published.load();
}

std::vector<std::shared_ptr<const Block>> Chain::bad_blocks() const {
    return *implementation_->bad_blocks.load();
}

evm::CodeCache& Chain::code_cache() noexcept {
    return implementation_->code_cache;
}

const Consensus& Chain::consensus() const noexcept {
    return implementation_->consensus;
}

const ChainOptions& Chain::options() const noexcept {
    return implementation_->options;
}

const BlockTimes& Chain::times() const noexcept {
    return implementation_->times;
}

void Chain::set_known_senders(KnownSenders known) {
    implementation_->known_senders = std::move(known);
}

void Chain::set_known_executions(KnownExecutions known) {
    implementation_->known_executions = std::move(known);
}

storage::Database& Chain::database() noexcept {
    return implementation_->database;
}

std::size_t Chain::add_listener(Listener listener) {
    const auto number = implementation_->next_listener++;
    implementation_->listeners.emplace(number, std::move(listener));
    return number;
}

void Chain::remove_listener(std::size_t listener) {
    implementation_->listeners.erase(listener);
}

std::expected<Imported, ImportError> Chain::import(const Block& block) {
    return import(implementation_->prepare(block));
}

std::expected<Imported, ImportError> Chain::import(PreparedBlock prepared) {
    return implementation_->import(std::move(prepared));
}

std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> Chain::execute(
    const Block& block) {
    auto prepared = implementation_->prepare(block);
    return implementation_->execute(prepared);
}

std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> Chain::execute_unsealed(
    PreparedBlock prepared) {
    return implementation_->execute(prepared, Chain::Implementation::Seals::ignored);
}

std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> Chain::execute_unsealed(
    const Block& block) {
    return execute_unsealed(implementation_->prepare(block));
}

std::expected<std::shared_ptr<const ExecutedBlock>, ImportError> Chain::execute_on(
    std::span<const std::shared_ptr<const ExecutedBlock>> ancestors, const Block& block) {
    auto prepared = implementation_->prepare(block);
    return implementation_->execute_on(ancestors, prepared);
}

void Chain::append(std::shared_ptr<const ExecutedBlock> block, const Header* sealed) {
    implementation_->append(std::move(block), sealed);
}

std::expected<void, ImportError> Chain::rewind_to(std::uint64_t number) {
    return implementation_->rewind_to(number);
}

std::expected<void, ImportError> Chain::set_head(const Hash32& hash) {
    return implementation_->set_head(hash);
}

bool Chain::set_safe_and_finalized(const Hash32& safe, const Hash32& finalized) {
    return implementation_->set_safe_and_finalized(safe, finalized);
}

state::StateDiff Chain::patch_state(const state::StateDiff& diff) {
    return implementation_->patch_state(diff);
}

}  // namespace meta138::blockchain
