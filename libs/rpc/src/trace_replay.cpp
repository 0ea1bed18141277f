// SPDX-License-Identifier: Apache-2.0
#include "trace_replay.hpp"

#include "find_block.hpp"

#include "meta138/base/try.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/execute_block.hpp"
#include "meta138/tracing/tracer_group.hpp"

#include <utility>

namespace meta138::rpc {

RpcResult<std::optional<ReplayBlock>> load_replay_block(const Request& request,
                                                        std::uint64_t number) {
    const auto& blocks = request.view->blocks();
    TRY(require_body(request, number));
    auto header = blocks.header(number);
    auto body = blocks.block(number);
    auto transactions = blocks.transactions(number);
    if (!header || !body || !transactions) return std::nullopt;
    ReplayBlock result;
    result.block = *std::move(body);
    result.hash = header->hash;
    for (const auto& transaction : *transactions) result.senders.push_back(transaction.sender);
    result.rules = request.view->rules_of(result.block.header);
    result.environment = execution::environment_of(result.block.header, result.rules);
    result.parent_state = blocks.state_at(number - 1);
    if (!result.parent_state) return fail(error::world_state_unavailable);
    return result;
}

RpcResult<std::optional<ReplayBlock>> make_replay_block(const Request& request, Block block) {
    const auto& blocks = request.view->blocks();
    const auto parent = blocks.block_number(block.header.parent_hash);
    if (!parent || *parent + 1 != block.header.number) return std::nullopt;
    ReplayBlock result;
    result.hash = request.view->consensus().block_hash(block.header);
    result.rules = request.view->rules_of(block.header);
    auto senders = execution::recover_senders(block.transactions, result.rules.fork);
    if (!senders) return std::nullopt;
    result.senders = *std::move(senders);
    result.environment = execution::environment_of(block.header, result.rules);
    result.block = std::move(block);
    result.parent_state = blocks.state_at(*parent);
    if (!result.parent_state) return fail(error::world_state_unavailable);
    return result;
}

Replayer::Replayer(const Request& request, const ReplayBlock& block)
    : request_{request}, block_{block}, state_{*block.parent_state}, guard_{request} {
    executor(false).begin();
}

RpcResult<void> Replayer::skip_to(std::size_t position) {
    while (position_ < position) TRY(run_next(nullptr));
    return {};
}

RpcResult<execution::TransactionResult> Replayer::run_next(evm::Tracer* tracer) {
    if (request_.is_cancelled()) return fail(error::timeout);
    tracing::TracerGroup group;
    if (tracer != nullptr) {
        group.add(guard_);
        group.add(*tracer);
        switched_.set_target(&group);
    }
    auto result = executor(tracer != nullptr)
                      .execute(block_.block.transactions[position_], block_.senders[position_]);
    switched_.set_target(nullptr);
    // The block has been valid once.
    if (!result) return fail(error::internal_error, to_string(result.error()));
    ++position_;
    log_count_ += result->logs.size();
    return *std::move(result);
}

execution::BlockExecutor& Replayer::executor(bool is_traced) {
    auto& executor = is_traced ? traced_ : quiet_;
    if (!executor) {
        executor.emplace(
            execution::BlockExecutor::Resources{.state = *state_,
                                                .block_hashes = *request_.view,
                                                .code_cache = *request_.backend.code_cache,
                                                .tracer = is_traced ? &switched_ : nullptr},
            block_.rules, block_.environment);
    }
    return *executor;
}

}  // namespace meta138::rpc
