// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "meta138/base/bytes.hpp"
#include "meta138/evm/code_cache.hpp"
#include "meta138/evm/evm.hpp"
#include "meta138/evm/tracer.hpp"
#include "meta138/execution/block_environment.hpp"
#include "meta138/execution/block_hashes.hpp"
#include "meta138/execution/block_rules.hpp"
#include "meta138/execution/invalid_block.hpp"
#include "meta138/execution/state_host.hpp"
#include "meta138/execution/transaction.hpp"
#include "meta138/state/state.hpp"
#include "meta138/types/block.hpp"
#include "meta138/types/receipt.hpp"

#include <expected>
#include <span>
#include <vector>

namespace meta138::execution {

/// Runs a block step by step: begin(), any number of transactions, finish(). Importing, building
/// and tracing blocks all go through here. The changes stay in the State.
class BlockExecutor {
public:
    /// What an executor works with; all of it outlives the executor.
    struct Resources {
        state::State& state;
        const BlockHashes& block_hashes;
        evm::CodeCache& code_cache;
        evm::Tracer* tracer = nullptr;
    };

    BlockExecutor(const Resources& resources, const BlockRules& rules,
                  const BlockEnvironment& environment);
    BlockExecutor(const BlockExecutor&) = delete;
    BlockExecutor& operator=(const BlockExecutor&) = delete;

    /// What happens before the transactions: the DAO's irregular state change (EIP-779), the beacon
    /// root (EIP-4788), the parent's hash (EIP-2935).
    void begin();

    /// Runs the transaction if it may stand next in the block. If not, nothing has changed.
    std::expected<TransactionResult, TransactionError> execute(const Transaction& transaction,
                                                               const Address& sender);

    /// What happens after the transactions: withdrawals (EIP-4895), requests (EIP-7685), rewards.
    std::expected<void, InvalidBlock> finish(std::span<const Header> ommers,
                                             std::span<const Withdrawal> withdrawals);

    [[nodiscard]] const GasUsage& used() const noexcept { return used_; }
    /// One for each transaction. Before Byzantium post_state_root is the caller's to fill in.
    [[nodiscard]] const std::vector<Receipt>& receipts() const noexcept { return receipts_; }
    [[nodiscard]] std::vector<Receipt>& receipts() noexcept { return receipts_; }
    /// EIP-7685, after finish(): each a type byte and its data, in order of types; none is empty.
    [[nodiscard]] const std::vector<Bytes>& requests() const noexcept { return requests_; }

    [[nodiscard]] ExecutionContext context() noexcept {
        return {.state = state_, .evm = evm_, .rules = rules_, .block = environment_};
    }

private:
    void apply_withdrawals(std::span<const Withdrawal> withdrawals);
    std::expected<void, InvalidBlock> collect_requests();
    std::expected<void, InvalidBlock> collect_requests_of(std::uint8_t type,
                                                          const Address& contract);
    void pay_rewards(std::span<const Header> ommers);
    void make_final();

    state::State& state_;
    BlockRules rules_;
    BlockEnvironment environment_;
    StateHost host_;
    evm::Evm evm_;
    GasUsage used_;
    std::vector<Receipt> receipts_;
    std::vector<Bytes> requests_;
};

}  // namespace meta138::execution
