// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <optional>

namespace meta138::execution {

/// What a header gives to the execution of its block: known before anything has run.
struct BlockEnvironment {
    evm::BlockContext context;
    Hash32 parent_hash;
    std::optional<Hash32> parent_beacon_block_root;  ///< Cancun and later.
};

[[nodiscard]] BlockEnvironment environment_of(const Header& header, const BlockRules& rules);

}  // namespace meta138::execution
