// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "call_simulation.hpp"
#include "trace_cancellation.hpp"

#include "meta138/evm/tracer.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/state/state_view.hpp"
#include "meta138/tracing/switched_tracer.hpp"
#include "meta138/types/block.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace meta138::rpc {

/// A block with the state before it, to be run again.
struct ReplayBlock {
    Block block;
    Hash32 hash;
    std::vector<Address> senders;
    execution::BlockRules rules;
    execution::BlockEnvironment environment;
    std::unique_ptr<state::StateView> parent_state;  ///< Reads through the request's view.
};

/// The canonical block with that number, which is not the genesis block. Absent: it does not
/// exist. Fails when its body, or the state of its parent, is not retained.
[[nodiscard]] RpcResult<std::optional<ReplayBlock>> load_replay_block(const Request& request,
                                                                      std::uint64_t number);
/// A block that is not on the chain, but whose parent is. Absent: the parent is not known, or a
/// transaction's signature is nobody's.
[[nodiscard]] RpcResult<std::optional<ReplayBlock>> make_replay_block(const Request& request,
                                                                      Block block);

/// Runs the transactions of a block again, one after the other: those that are traced under a
/// tracer, the others at full speed. The state is as each left it.
class Replayer {
public:
    /// All references outlive this object.
    Replayer(const Request& request, const ReplayBlock& block);
    Replayer(const Replayer&) = delete;
    Replayer& operator=(const Replayer&) = delete;

    [[nodiscard]] const Request& request() const noexcept { return request_; }
    [[nodiscard]] state::State& state() noexcept { return *state_; }
    [[nodiscard]] const ReplayBlock& block() const noexcept { return block_; }
    /// Of the transaction that runs next.
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    /// How many logs those before it have made.
    [[nodiscard]] std::size_t log_count() const noexcept { return log_count_; }

    /// Runs what is before the transaction at `position`.
    RpcResult<void> skip_to(std::size_t position);
    /// Runs the next transaction; `tracer` may be null. Under a tracer it throws TraceCancelled.
    RpcResult<execution::TransactionResult> run_next(evm::Tracer* tracer);

private:
    execution::BlockExecutor& executor(bool is_traced);

    const Request& request_;
    const ReplayBlock& block_;
    StateLease state_;
    CancellationGuard guard_;
    tracing::SwitchedTracer switched_;
    std::optional<execution::BlockExecutor> quiet_;
    std::optional<execution::BlockExecutor> traced_;
    std::size_t position_ = 0;
    std::size_t log_count_ = 0;
};

}  // namespace meta138::rpc
