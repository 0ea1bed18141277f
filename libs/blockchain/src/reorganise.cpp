// SPDX-License-Identifier: Apache-2.0
#include "chain_implementation.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"

#include <algorithm>

// Other branches than the canonical one, and the way from one to the other.

namespace meta138::blockchain {

namespace {

// Of a block that is on the chain.
std::vector<Address> senders_of(const std::vector<storage::StoredTransaction>& transactions) {
    std::vector<Address> senders;
    senders.reserve(transactions.size());
    for (const auto& transaction : transactions) senders.push_back(transaction.sender);
    return senders;
}

}  // namespace

std::expected<Imported, ImportError> Chain::Implementation::import_side(PreparedBlock prepared) {
    const auto& header = prepared.block().header;
    const auto& hash = prepared.hash();
    if (consensus.is_final() && header.number <= head().header.number)
        return std::unexpected{ConflictsWithFinal{header.number}};
    if (const auto known = side_blocks_.find(now().blocks(), hash))
        return choose(hash, known->total_difficulty, Imported::already_known);
    if (const auto* error = side_blocks_.find_error(header.parent_hash)) {
        const InvalidAncestor ancestor{
            .number = header.number - 1, .hash = header.parent_hash, .reason = to_string(*error)};
        return std::unexpected{ancestor};
    }
    const auto parent = side_blocks_.find(now().blocks(), header.parent_hash);
    if (!parent) return std::unexpected{UnknownParent{header.parent_hash}};
    const auto rules =
        consensus.rules_at(header.number, header.timestamp, parent->total_difficulty);
    TRY(validate(prepared, parent->header, header.parent_hash, rules));

    database.put_side_block(prepared.block(), hash);
    const auto total_difficulty = parent->total_difficulty + header.difficulty;
    side_blocks_.add(hash, header, total_difficulty);
    refresh();
    return choose(hash, total_difficulty, Imported::side_block);
}

std::expected<Imported, ImportError> Chain::Implementation::choose(const Hash32& tip,
                                                                   const uint256& total_difficulty,
                                                                   Imported otherwise) {
    if (consensus.is_final() || total_difficulty <= head().total_difficulty) {
        published.store(now_);
        return otherwise;
    }
    TRY(reorganise(tip));
    return Imported::reorganised;
}

std::expected<void, ImportError> Chain::Implementation::validate_depth(
    std::uint64_t ancestor) const {
    if (ancestor < finalized_) return std::unexpected{ConflictsWithFinal{finalized_}};
    if (ancestor < now().blocks().oldest_state())
        return std::unexpected{StateUnavailable{ancestor}};
    return {};
}

std::expected<void, ImportError> Chain::Implementation::reorganise(const Hash32& tip) {
    const auto branch = find_branch(now().blocks(), tip);
    if (!branch) return std::unexpected{UnknownBlock{}};
    TRY(validate_depth(branch->ancestor));

    HeadEvent event;
    unwind_to(branch->ancestor, event);
    const auto applied = apply_branch(branch->hashes, event.added);
    if (!applied) {
        HeadEvent undone;
        unwind_to(branch->ancestor, undone);
        restore(event.removed);
        published.store(now_);
        return applied;
    }
    publish(std::move(event));
    return {};
}

std::expected<void, ImportError> Chain::Implementation::apply_branch(
    const std::vector<Hash32>& branch, std::vector<Executed>& added) {
    for (std::size_t i = 0; i < branch.size(); ++i) {
        auto block = now().blocks().side_block(branch[i]);
        META138_ASSERT(block.has_value());
        PreparedBlock prepared{*std::move(block), consensus, options.threads};
        auto executed = execute(prepared);
        if (!executed) {
            mark_invalid(branch, i, executed.error());
            // The reason that the caller's block, the last, is refused for.
            return std::unexpected{*side_blocks_.find_error(branch.back())};
        }
        write(**executed);
        added.push_back(*std::move(executed));
    }
    return {};
}

void Chain::Implementation::mark_invalid(const std::vector<Hash32>& branch, std::size_t at,
                                         const ImportError& error) {
    const InvalidAncestor ancestor{
        .number = head().header.number + 1, .hash = branch[at], .reason = to_string(error)};
    side_blocks_.mark_invalid(branch[at], error);
    // The tip last, so that it is there even if the others filled the table.
    for (auto i = at + 1; i < branch.size(); ++i) side_blocks_.mark_invalid(branch[i], ancestor);
}

// The blocks were on the chain before: they are valid.
void Chain::Implementation::restore(const std::vector<Hash32>& branch) {
    std::vector<Executed> again;
    const auto restored = apply_branch(branch, again);
    META138_ASSERT(restored.has_value());
}

void Chain::Implementation::unwind_to(std::uint64_t number, HeadEvent& event) {
    while (head().header.number > number) {
        const auto removed = head();
        if (event.removed_blocks.size() < max_removed_blocks)
            event.removed_blocks.push_back(load(removed.header.number));
        event.removed.push_back(removed.hash);
        database.unwind();
        refresh();
        side_blocks_.add(removed.hash, removed.header, removed.total_difficulty);
    }
    std::ranges::reverse(event.removed);
    std::ranges::reverse(event.removed_blocks);
}

Chain::Implementation::Executed Chain::Implementation::load(std::uint64_t number) const {
    const auto& snapshot = now().blocks();
    auto block = snapshot.block(number);
    const auto transactions = snapshot.transactions(number);
    auto receipts = snapshot.receipts(number);
    META138_ASSERT(block && transactions && receipts);
    ExecutedBlock loaded;
    loaded.block = *std::move(block);
    loaded.hash = snapshot.block_hash(number).value_or(Hash32{});
    loaded.senders = senders_of(*transactions);
    for (auto& stored : *receipts) loaded.receipts.push_back(std::move(stored.receipt));
    return std::make_shared<const ExecutedBlock>(std::move(loaded));
}

std::expected<void, ImportError> Chain::Implementation::rewind_to(std::uint64_t number) {
    if (number > head().header.number) return std::unexpected{UnknownBlock{}};
    if (number == head().header.number) return {};
    if (number < now().blocks().oldest_state()) return std::unexpected{StateUnavailable{number}};
    HeadEvent event;
    unwind_to(number, event);
    safe_ = std::min(safe_, number);
    finalized_ = std::min(finalized_, number);
    refresh();
    publish(std::move(event));
    return {};
}

std::expected<void, ImportError> Chain::Implementation::set_head(const Hash32& hash) {
    if (const auto number = now().blocks().block_number(hash)) return rewind_to(*number);
    if (const auto* error = side_blocks_.find_error(hash)) return std::unexpected{*error};
    return reorganise(hash);
}

bool Chain::Implementation::set_safe_and_finalized(const Hash32& safe, const Hash32& finalized) {
    const auto find = [this](const Hash32& hash) {
        return hash.is_zero() ? std::optional<std::uint64_t>{0} : now().blocks().block_number(hash);
    };
    const auto safe_number = find(safe);
    const auto finalized_number = find(finalized);
    if (!safe_number || !finalized_number) return false;
    safe_ = *safe_number;
    finalized_ = *finalized_number;
    refresh();
    published.store(now_);
    return true;
}

state::StateDiff Chain::Implementation::patch_state(const state::StateDiff& diff) {
    auto inverse = database.patch_state(diff);
    refresh();
    published.store(now_);
    return inverse;
}

}  // namespace meta138::blockchain
