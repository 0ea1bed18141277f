// SPDX-License-Identifier: Apache-2.0
#include "meta138/execution/execute_block.hpp"

#include "meta138/base/assert.hpp"
#include "meta138/base/try.hpp"
#include "meta138/types/requests.hpp"

namespace meta138::execution {

namespace {

using Verdict = std::expected<void, InvalidBlock>;

template <typename T>
Verdict compare(BlockRule rule, const T& got, const T& expected) {
    if (got == expected) return {};
    return std::unexpected{InvalidBlock{.rule = rule, .got = got, .expected = expected}};
}

Verdict compare_outcome(const Header& header, BlockExecutor& executor, const BlockRules& rules) {
    TRY(compare(BlockRule::gas_used, executor.used().gas, header.gas_used));
    if (header.blob_gas_used)
        TRY(compare(BlockRule::blob_gas_used, executor.used().blob_gas, *header.blob_gas_used));
    TRY(compare(BlockRule::receipt_root, receipts_root(executor.receipts()), header.receipt_root));
    if (bloom_of(executor.receipts()) != header.bloom)
        return std::unexpected{InvalidBlock{.rule = BlockRule::bloom}};
    if (has_fields_of(Fork::prague, rules))
        TRY(compare(BlockRule::requests_hash, requests_hash(executor.requests()),
                    header.requests_hash.value_or(Hash32{})));
    return {};
}

}  // namespace

std::expected<BlockResult, InvalidBlock> execute_block(const Block& block,
                                                       std::span<const Address> senders,
                                                       const BlockRules& rules,
                                                       const BlockExecutor::Resources& resources,
                                                       state::StateCommitment& commitment) {
    META138_ASSERT(senders.size() == block.transactions.size());
    BlockExecutor executor{resources, rules, environment_of(block.header, rules)};
    executor.begin();
    std::vector<Bytes> revert_reasons(block.transactions.size());
    for (std::size_t i = 0; i < block.transactions.size(); ++i) {
        auto result = executor.execute(block.transactions[i], senders[i]);
        if (!result)
            return std::unexpected{InvalidBlock{
                .rule = BlockRule::transaction, .index = i, .transaction_error = result.error()}};
        if (result->status == evm::Status::revert) revert_reasons[i] = std::move(result->output);
        if (rules.fork < Fork::byzantium)  // EIP-658
            executor.receipts().back().post_state_root =
                commitment.root_after(resources.state.diff());
    }
    const auto withdrawals =
        block.withdrawals ? std::span{*block.withdrawals} : std::span<const Withdrawal>{};
    TRY(executor.finish(block.ommers, withdrawals));
    TRY(compare_outcome(block.header, executor, rules));

    BlockResult result{.receipts = std::move(executor.receipts()),
                       .requests = executor.requests(),
                       .revert_reasons = std::move(revert_reasons),
                       .diff = resources.state.diff()};
    TRY(compare(BlockRule::state_root, commitment.root_after(result.diff),
                block.header.state_root));
    return result;
}

}  // namespace meta138::execution
