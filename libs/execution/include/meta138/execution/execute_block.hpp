// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/invalid_block.hpp"
#include "meta138/state/state_commitment.hpp"
#include "meta138/state/state_diff.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"

#include <cstdint>
#include <expected>
#include <span>
#include <vector>

namespace meta138::execution {

/// What a valid block did.
struct BlockResult {
    std::vector<Receipt> receipts;
    std::vector<Bytes> requests;  ///< EIP-7685
    /// What each transaction reverted with; empty for those that did not.
    std::vector<Bytes> revert_reasons;
    state::StateDiff diff;
};

/// Runs a block whose header and body have been validated (validate_header, validate_body) on the
/// state of its parent, and compares all that follows from it with the header: gas, receipts,
/// bloom, requests, state root.
///
/// `senders` are those of the transactions (recover_senders). `commitment` is for the state that
/// `resources.state` views. The state holds the changes afterwards, and is to be reset.
[[nodiscard]] std::expected<BlockResult, InvalidBlock> execute_block(
    const Block& block, std::span<const Address> senders, const BlockRules& rules,
    const BlockExecutor::Resources& resources, state::StateCommitment& commitment);

/// The senders of the transactions, in order, recovered by up to `threads` threads.
[[nodiscard]] std::expected<std::vector<Address>, InvalidBlock> recover_senders(
    std::span<const Transaction> transactions, Fork fork, unsigned threads = 1);

}  // namespace meta138::execution
