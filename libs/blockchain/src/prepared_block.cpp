// SPDX-License-Identifier: Apache-2.0
#include "meta138/blockchain/chain.hpp"
#include "meta138/execution/execute_block.hpp"
#include "meta138/execution/validate_block.hpp"

namespace meta138::blockchain {

PreparedBlock::PreparedBlock(Block block, const Consensus& consensus, unsigned threads)
    : block_{std::move(block)}, hash_{consensus.block_hash(block_.header)} {
    const auto& header = block_.header;
    // What is checked here follows from forks by number or time: no total difficulty needed.
    const auto rules = consensus.rules_at(header.number, header.timestamp, {});
    const auto body = execution::validate_body(block_, encode_block(block_).size(), rules);
    if (!body) {
        fault_ = body.error();
        return;
    }
    auto senders = execution::recover_senders(block_.transactions, rules.fork, threads);
    if (senders)
        senders_ = *std::move(senders);
    else
        fault_ = senders.error();
}

}  // namespace meta138::blockchain
