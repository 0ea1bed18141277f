// SPDX-License-Identifier: Apache-2.0
#include "side_blocks.hpp"

#include <algorithm>
#include <ranges>

namespace meta138::blockchain {

std::optional<KnownHeader> SideBlocks::find(const storage::Snapshot& snapshot, const Hash32& hash) {
    // Down the branch to a block whose total difficulty is known, and up again.
    std::vector<std::pair<Hash32, Header>> branch;
    std::optional<KnownHeader> known;
    for (auto at = hash; !known;) {
        if (const auto number = snapshot.block_number(at)) {
            if (auto stored = snapshot.header(*number))
                known = {std::move(stored->header), stored->total_difficulty, true};
        } else if (const auto entry = entries_.find(at); entry != entries_.end()) {
            known = {entry->second.header, entry->second.total_difficulty, false};
        } else if (auto block = snapshot.side_block(at)) {
            branch.emplace_back(at, std::move(block->header));
            at = branch.back().second.parent_hash;
            continue;
        }
        if (!known) return std::nullopt;
    }
    for (auto& [side_hash, header] : branch | std::views::reverse) {
        known->total_difficulty += header.difficulty;
        known->header = std::move(header);
        known->canonical = false;
        add(side_hash, known->header, known->total_difficulty);
    }
    return known;
}

void SideBlocks::add(const Hash32& hash, const Header& header, const uint256& total_difficulty) {
    if (entries_.size() >= max_entries) entries_.clear();
    entries_.insert_or_assign(hash, Entry{header, total_difficulty});
}

void SideBlocks::mark_invalid(const Hash32& hash, ImportError error) {
    if (invalid_.size() >= max_entries) invalid_.clear();
    invalid_.insert_or_assign(hash, std::move(error));
}

const ImportError* SideBlocks::find_error(const Hash32& hash) const {
    const auto found = invalid_.find(hash);
    return found == invalid_.end() ? nullptr : &found->second;
}

std::optional<Branch> find_branch(const storage::Snapshot& snapshot, const Hash32& tip) {
    Branch branch;
    auto at = tip;
    for (;;) {
        if (const auto number = snapshot.block_number(at)) {
            branch.ancestor = *number;
            std::ranges::reverse(branch.hashes);
            return branch;
        }
        const auto block = snapshot.side_block(at);
        if (!block) return std::nullopt;
        branch.hashes.push_back(at);
        at = block->header.parent_hash;
    }
}

std::vector<Block> find_ancestors(const storage::Snapshot& snapshot, const Hash32& parent,
                                  std::size_t count) {
    std::vector<Block> ancestors;
    auto hash = parent;
    while (ancestors.size() < count) {
        const auto number = snapshot.block_number(hash);
        auto block = number ? snapshot.block(*number) : snapshot.side_block(hash);
        if (!block) break;
        hash = block->header.parent_hash;
        ancestors.push_back(*std::move(block));
    }
    return ancestors;
}

}  // namespace meta138::blockchain
