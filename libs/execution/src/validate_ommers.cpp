// SPDX-License-Identifier: Apache-2.0
#include "meta138/base/try.hpp"
#include "meta138/execution/validate_block.hpp"

#include <algorithm>
#include <vector>

namespace meta138::execution {

namespace {

using Verdict = std::expected<void, InvalidBlock>;

constexpr std::size_t max_ommers = 2;

/// The chain that an ommer branched off, and what it held already.
struct Ancestry {
    std::span<const Block> ancestors;  // the parent first
    std::vector<Hash32> hashes;        // of the ancestors
    std::vector<Hash32> ommers;        // of the ancestors, and those of the block that came before
};

Ancestry ancestry_of(std::span<const Block> ancestors) {
    Ancestry result{.ancestors = ancestors, .hashes = {}, .ommers = {}};
    for (const auto& ancestor : ancestors) {
        result.hashes.push_back(block_hash(ancestor.header));
        for (const auto& ommer : ancestor.ommers) result.ommers.push_back(block_hash(ommer));
    }
    return result;
}

bool contains(const std::vector<Hash32>& hashes, const Hash32& hash) {
    return std::ranges::find(hashes, hash) != hashes.end();
}

/// The rule that the ommer breaks, if any.
std::expected<void, BlockRule> validate_ommer(const Header& ommer, const Hash32& ommer_hash,
                                              const Header& header, const Ancestry& ancestry,
                                              const RulesOf& rules_of) {
    if (ommer.number >= header.number || header.number - ommer.number > MAX_OMMER_DEPTH)
        return std::unexpected{BlockRule::ommer_depth};
    if (contains(ancestry.hashes, ommer_hash)) return std::unexpected{BlockRule::ommer_is_ancestor};
    if (contains(ancestry.ommers, ommer_hash))
        return std::unexpected{BlockRule::ommer_is_duplicate};
    const auto parent = std::ranges::find(ancestry.hashes, ommer.parent_hash);
    if (parent == ancestry.hashes.end() || ommer.parent_hash == header.parent_hash)
        return std::unexpected{BlockRule::ommer_parent};
    const auto& parent_block =
        ancestry.ancestors[static_cast<std::size_t>(parent - ancestry.hashes.begin())];
    if (!validate_header(ommer, parent_block.header, rules_of(ommer)))
        return std::unexpected{BlockRule::ommer_header};
    return {};
}

}  // namespace

std::expected<void, InvalidBlock> validate_ommers(const Block& block,
                                                  std::span<const Block> ancestors,
                                                  const RulesOf& rules_of) {
    if (block.ommers.empty()) return {};
    if (block.ommers.size() > max_ommers)
        return std::unexpected{InvalidBlock{.rule = BlockRule::ommer_count,
                                            .got = std::uint64_t{block.ommers.size()},
                                            .expected = std::uint64_t{max_ommers}}};
    auto ancestry = ancestry_of(ancestors);
    for (std::size_t i = 0; i < block.ommers.size(); ++i) {
        const auto hash = block_hash(block.ommers[i]);
        const auto verdict =
            validate_ommer(block.ommers[i], hash, block.header, ancestry, rules_of);
        if (!verdict) return std::unexpected{InvalidBlock{.rule = verdict.error(), .index = i}};
        ancestry.ommers.push_back(hash);
    }
    return {};
}

}  // namespace meta138::execution
