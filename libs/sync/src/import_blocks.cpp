// SPDX-License-Identifier: Apache-2.0
#include "meta138/sync/import_blocks.hpp"

#include <utility>

namespace meta138::sync {

ImportOutcome import_blocks(blockchain::Chain& chain,
                            std::vector<blockchain::PreparedBlock> blocks) {
    ImportOutcome outcome;
    for (auto& block : blocks) {
        auto imported = chain.import(std::move(block));
        if (!imported) {
            outcome.error = std::move(imported).error();
            break;
        }
        ++outcome.imported;
    }
    return outcome;
}

}  // namespace meta138::sync
