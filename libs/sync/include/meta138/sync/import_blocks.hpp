// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/blockchain/chain.hpp"
#include "meta138/blockchain/import_error.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace meta138::sync {

/// What became of a batch of blocks: those before the first that failed are part of the chain.
struct ImportOutcome {
    std::size_t imported = 0;  ///< From the front of the batch, known ones included.
    std::optional<blockchain::ImportError> error;  ///< Of the block behind them.
    /// Nothing is wrong with the blocks: the chain's thread had no room, or the node is stopping.
    bool was_refused = false;
};

/// Called once, on any thread.
using ImportDone = std::move_only_function<void(ImportOutcome)>;

/// Imports blocks in order until one fails. On the chain's thread. Throws storage::IoError.
[[nodiscard]] ImportOutcome import_blocks(blockchain::Chain& chain,
                                          std::vector<blockchain::PreparedBlock> blocks);

}  // namespace meta138::sync
