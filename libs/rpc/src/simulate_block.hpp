// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "simulate_logs.hpp"
#include "simulate_parameters.hpp"
#include "simulate_trie_log.hpp"

#include "meta138/evm/precompiles.hpp"
#include "meta138/execution/block_executor.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/rpc/error.hpp"
#include "meta138/rpc/request.hpp"
#include "meta138/state/state.hpp"
#include "meta138/storage/snapshot.hpp"
#include "meta138/types/block.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace meta138::rpc {

/// What a simulated call came to.
struct SimulatedCall {
    execution::TransactionResult result;
    std::vector<NumberedLog> logs;
    Hash32 transaction_hash;
};

struct SimulatedBlock {
    Block block;
    Hash32 hash;
    std::vector<Address> senders;
    std::vector<SimulatedCall> calls;
};

/// Simulates blocks one on top of the other (eth_simulateV1): as go-ethereum does, so that hashes
/// and roots are the same.
class BlockSimulator final : public execution::BlockHashes {
public:
    /// All references outlive this object. `base` is the canonical block that the first block
    /// follows; `state` is over the state after it.
    BlockSimulator(const Request& request, const storage::StoredHeader& base, state::State& state,
                   const SimulationInput& options);

    RpcResult<SimulatedBlock> run(const SimulatedBlockInput& input);
    /// What the blocks so far have touched.
    [[nodiscard]] const TouchedAccounts& touched() const noexcept { return touched_; }

    /// Of simulated blocks as well.
    [[nodiscard]] Hash32 block_hash(std::uint64_t number) const override;

private:
    [[nodiscard]] Header make_header(const BlockOverrides& overrides,
                                     const execution::BlockRules& rules) const;
    RpcResult<void> apply_state_overrides(const StateOverrides& overrides, Fork fork);
    RpcResult<SimulatedCall> run_call(const CallObject& call, execution::BlockExecutor& executor,
                                      SimulatedLogs& logs, SimulatedBlock& block);
    RpcResult<Transaction> make_transaction(const CallObject& call,
                                            const execution::ExecutionContext& in,
                                            std::uint64_t block_gas_used) const;
    RpcResult<execution::TransactionCharges> check(const Transaction& transaction,
                                                   const Address& sender,
                                                   const execution::ExecutionContext& in) const;
    RpcResult<void> complete(SimulatedBlock& block, execution::BlockExecutor& executor,
                             const SimulatedBlockInput& input, Fork fork);

    const Request& request_;
    std::uint64_t base_number_;
    uint256 base_total_difficulty_;
    state::State& state_;
    bool validation_;
    bool trace_transfers_;
    Header parent_;
    Hash32 parent_hash_;
    std::uint64_t gas_budget_;
    evm::PrecompileMoves moves_;
    TouchedAccounts touched_;
    std::map<std::uint64_t, Hash32> hashes_;  // of the base block and what follows it
};

}  // namespace meta138::rpc
