// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/base/uint256.hpp"
#include "meta138/blockchain/import_error.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/block.hpp"

#include <cstddef>
#include <optional>
#include <unordered_map>
#include <vector>

namespace meta138::blockchain {

/// A block on any branch, as far as its children need to know it.
struct KnownHeader {
    Header header;
    uint256 total_difficulty;
    bool canonical = false;
};

/// What the database does not say about blocks off the canonical chain: their total difficulty, and
/// which of them turned out invalid. Bounded: forgets, and finds out again.
class SideBlocks {
public:
    /// The block with that hash on any branch; absent when it is not known.
    [[nodiscard]] std::optional<KnownHeader> find(const storage::Snapshot& snapshot,
                                                  const Hash32& hash);
    void add(const Hash32& hash, const Header& header, const uint256& total_difficulty);

    void mark_invalid(const Hash32& hash, ImportError error);
    /// Null: nothing is held against the block.
    [[nodiscard]] const ImportError* find_error(const Hash32& hash) const;

private:
    struct Entry {
        Header header;
        uint256 total_difficulty;
    };

    static constexpr std::size_t max_entries = 4096;

    std::unordered_map<Hash32, Entry> entries_;
    std::unordered_map<Hash32, ImportError> invalid_;
};

/// The hashes of the blocks from a canonical block (excluded) up to `tip`, oldest first, and that
/// block's number. Absent: `tip` does not lead to the canonical chain.
struct Branch {
    std::uint64_t ancestor = 0;
    std::vector<Hash32> hashes;
};
[[nodiscard]] std::optional<Branch> find_branch(const storage::Snapshot& snapshot,
                                                const Hash32& tip);

/// The parent, its parent and so on, `count` of them or as many as there are.
[[nodiscard]] std::vector<Block> find_ancestors(const storage::Snapshot& snapshot,
                                                const Hash32& parent, std::size_t count);

}  // namespace meta138::blockchain
